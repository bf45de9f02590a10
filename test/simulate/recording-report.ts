// A report service in this process that holds requests to the domain's limits and keeps every tick it accepted.
import assert from 'node:assert/strict';
import type { ReportAnswer, ReportService } from '../../src/api/report.ts';
import {
  LIMITS,
  type Refusal,
  seriesError,
  type Tick,
  tickError,
  valueError,
} from '../../src/domain/tick.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { createTickReader, tickOf } from '../../src/wire/tick-reader.ts';

export type RecordedRequest = {
  readonly atMs: number;
  readonly backfill: boolean;
  readonly ticks: readonly Tick[];
};

export type RecordingReport = ReportService & {
  readonly requests: RecordedRequest[];
  ticks(): Tick[];
  samples(): number;
  /** Thrown instead of an answer while it is set. */
  fail: (() => Error) | undefined;
  calls: number;
};

const RETENTION_MS = 35 * 86_400_000;

export function createRecordingReport(
  clock: Clock,
  refuse?: (tick: Tick) => string | undefined,
): RecordingReport {
  const requests: RecordedRequest[] = [];
  const ticks = () => requests.flatMap((request) => request.ticks);
  const self: RecordingReport = {
    requests,
    ticks,
    samples: () => ticks().reduce((sum, tick) => sum + tick.samples.length, 0),
    fail: undefined,
    calls: 0,
    async report(bytes): Promise<ReportAnswer> {
      self.calls += 1;
      if (self.fail) throw self.fail();
      assert.ok(bytes.length <= LIMITS.requestBytes, 'a request is at most 1 MiB');
      const all: Tick[] = [];
      const { backfill } = createTickReader().readRequest(bytes, (view) => all.push(tickOf(view)));
      const nowMs = clock.nowMs();
      const samples = all.reduce((sum, tick) => sum + tick.samples.length, 0);
      assert.ok(samples <= LIMITS.samplesPerRequest, 'a request is at most 5,000 samples');
      const accepted: Tick[] = [];
      const refusals: Refusal[] = [];
      for (const tick of all) {
        const fault =
          tickError(
            { ...tick, sampleCount: tick.samples.length },
            { nowMs, backfill, retentionMs: RETENTION_MS },
          ) ??
          tick.samples
            .map(({ metric, labels, value }) => seriesError(metric, labels) ?? valueError(value))
            .find((each) => each !== undefined);
        assert.equal(fault, undefined, `${tick.hostId} at ${tick.timeMs}`);
        const reason = refuse?.(tick);
        if (reason === undefined) accepted.push(tick);
        else {
          const { hostId, timeMs } = tick;
          refusals.push({ hostId, timeMs, metric: '', labels: {}, samples: tick.samples.length, reason });
        }
      }
      requests.push({ atMs: nowMs, backfill, ticks: accepted });
      const refusedSamples = refusals.reduce((sum, refusal) => sum + refusal.samples, 0);
      const acceptedSamples = samples - refusedSamples;
      return { acceptedSamples, refusedSamples, refusals, receivedMs: nowMs, sentMs: nowMs };
    },
  };
  return self;
}
