// A sender with its spool, on a clock of its own: what it asks of report, and when.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReportAnswer } from '../../src/api/report.ts';
import { createSender, sendDelayMs } from '../../src/daemons/agent/sender.ts';
import { createSpool } from '../../src/daemons/agent/spool.ts';
import { type ErrorCode, ExpectedError } from '../../src/domain/errors.ts';
import { LIMITS } from '../../src/domain/tick.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createTickReader } from '../../src/wire/tick-reader.ts';
import { encodeTick } from '../../src/wire/tick-writer.ts';
import type { Ending } from './root-tree.ts';

export const NOON = Date.UTC(2026, 10, 25, 12);
export const MINUTE = 60_000;
export const HOST = 'ash-1';
export const DELAY = sendDelayMs(HOST, MINUTE);

type Answer = (times: readonly number[]) => Partial<ReportAnswer> | ErrorCode;

export function sending(t: Ending, options: { random?: number } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'minimon-sender-'));
  const clock = createVirtualClock(NOON);
  const total = { sent: 0, refused: 0, invalid: 0 };
  const dropped: Record<string, number> = {};
  const spool = createSpool({
    path: join(dir, 'spool.sqlite'),
    maxBytes: 10_000_000,
    maxAgeMs: 24 * 3_600_000,
    onDropped: ({ reason, samples }) => {
      dropped[reason] = (dropped[reason] ?? 0) + samples;
    },
    onDamaged: assert.fail,
  });
  /** Minutes from noon of each request's ticks. */
  const requests: { atS: number; minutes: readonly number[] }[] = [];
  let answer: Answer = () => ({});
  const reader = createTickReader();
  const sender = createSender({
    hostId: HOST,
    intervalMs: MINUTE,
    spool,
    clock,
    logger: silentLogger,
    random: () => options.random ?? 0.5,
    onDelivered: ({ sent, refused, invalid }) => {
      total.sent += sent;
      total.refused += refused;
      total.invalid += invalid;
    },
    report: {
      async report(bytes) {
        assert.ok(bytes.length <= LIMITS.requestBytes);
        const minutes: number[] = [];
        let samples = 0;
        reader.readRequest(bytes, (view) => {
          minutes.push((view.timeMs - NOON) / MINUTE);
          samples += view.layout.series.length;
        });
        assert.ok(samples <= LIMITS.samplesPerRequest);
        requests.push({ atS: (clock.nowMs() - NOON) / 1_000, minutes });
        // One that asks without end would never give the test its turn.
        if (requests.length > 1_000) await new Promise(() => {});
        const said = answer(minutes);
        if (typeof said === 'string') throw new ExpectedError(said, `report says ${said}`);
        return {
          acceptedSamples: samples,
          refusedSamples: 0,
          refusals: [],
          receivedMs: 0,
          sentMs: 0,
          ...said,
        };
      },
    },
  });
  const ending = new AbortController();
  let running: Promise<unknown> = Promise.resolve();
  t.after(async () => {
    ending.abort(new Error('over'));
    await running;
    spool.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const settle = async () => {
    for (let i = 0; i < 50; i++) await new Promise(setImmediate);
  };
  return {
    clock,
    spool,
    sender,
    requests,
    total,
    dropped,
    start() {
      running = sender.run(ending.signal).catch((error: Error) => assert.equal(error.message, 'over'));
    },
    answerWith: (next: Answer) => {
      answer = next;
    },
    put(minute: number, samples = 10) {
      const timeMs = NOON + minute * MINUTE;
      const series = Array.from({ length: samples }, (_, i) => ({
        metric: `load.${i}`,
        labels: {},
        value: i,
      }));
      const tick = {
        hostId: HOST,
        timeMs,
        intervalMs: MINUTE,
        machineId: '',
        bootId: '',
        agentVersion: '',
        samples: series,
      };
      spool.put({ timeMs, samples, bytes: encodeTick(tick) });
    },
    /** A tick that is so long in bytes, by a field that nobody knows. */
    putLong(minute: number, length: number) {
      const timeMs = NOON + minute * MINUTE;
      const ids = { hostId: HOST, machineId: '', bootId: '', agentVersion: '' };
      const samples = [{ metric: 'load.1', labels: {}, value: 1 }];
      const bytes = encodeTick({ ...ids, timeMs, intervalMs: MINUTE, samples });
      const rest = length - bytes.length - 4;
      const long = Buffer.alloc(length);
      long.set(bytes);
      // Field 15, its length in three bytes.
      long.set([122, (rest & 127) | 128, ((rest >> 7) & 127) | 128, rest >> 14], bytes.length);
      spool.put({ timeMs, samples: 1, bytes: long });
    },
    async advanceTo(seconds: number) {
      await clock.advanceTo(NOON + seconds * 1_000);
      await settle();
    },
    settle,
    minutes: () => requests.map((one) => one.minutes),
  };
}
