// Backtests: evaluates rules over stored samples with the live evaluator, in portions that fit into memory.
import type { AnalyzeService } from '../../api/analyze.ts';
import type { BacktestResult } from '../../api/backtest-fields.ts';
import type { Change } from '../../domain/alerting/alert.ts';
import { metricsOf } from '../../domain/alerting/rule-set.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { silentAfterMs } from '../../domain/host.ts';
import { formatInstant } from '../../domain/instant.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Store } from '../../store/store.ts';
import type { Locations } from '../locations.ts';
import { startBatch } from './backtest-batch.ts';
import {
  hostsOf,
  type KnownHost,
  nameOf,
  type Pass,
  planPasses,
  prepare,
  type Work,
} from './backtest-plan.ts';
import { createTally, stepOf } from './backtest-tally.ts';
import { batchesOf, readTicks, sliceMsOf } from './backtest-ticks.ts';

export type BacktestParts = {
  /** Why answers may lack samples for now, in words. */
  readonly replaying?: (() => string | undefined) | undefined;
  readonly store: Pick<Store, 'range' | 'latest' | 'hosts'>;
  readonly locations: Pick<Locations, 'all'>;
  readonly clock: Clock;
  /** What became of each rule's alerts, in the order of each host's ticks: for tests. */
  readonly onChange?: (rule: string, change: Change) => void;
};

const MAX_RUNNING = 2;
/** Most take some seconds. */
const RETRY_AFTER_MS = 5_000;
const PROGRESS_MS = 200;
export function createBacktests(parts: BacktestParts): AnalyzeService['backtest'] {
  let running = 0;
  return async function* backtest(request, signal) {
    const work = prepare(request);
    if (running >= MAX_RUNNING) {
      throw new ExpectedError(
        'UNAVAILABLE',
        `${running} backtests are running; more would slow down reports`,
        {
          hint: 'Try again in a moment.',
          retryAfterMs: RETRY_AFTER_MS,
        },
      );
    }
    running++;
    try {
      yield* run(work, parts, signal);
    } finally {
      running--;
    }
  };
}

async function* run(
  work: Work,
  parts: BacktestParts,
  signal: AbortSignal,
): ReturnType<AnalyzeService['backtest']> {
  const { store, clock, onChange } = parts;
  const { startMs, stopMs } = work.request;
  const { places, warnings } = await parts.locations.all();
  const incomplete = parts.replaying?.();
  const known = await hostsOf(work, store, places);
  const windows = { startMs, stopMs, stepMs: stepOf(stopMs - startMs) };
  const tallies = new Map(
    work.rules.map((rule) => [rule.definition.name, createTally(rule, windows, work.limit)]),
  );
  const passes = await planPasses(work, store, known);
  const total = Math.max(
    1,
    passes.reduce((sum, { hosts }) => sum + hosts.length, 0),
  );
  const seen = { ticks: 0, firstMs: Number.POSITIVE_INFINITY };
  let shownMs = Number.NEGATIVE_INFINITY;
  let done = 0;
  yield { progress: 0 };
  for (const pass of passes) {
    const { fromMs, together, hosts } = pass;
    const before = seen.ticks;
    seen.ticks = 0;
    for (const batch of together ? [hosts] : batchesOf(hosts, stopMs - fromMs)) {
      const evaluated = startBatch({ pass, tallies, clock, onChange, known, batch });
      const sliceMs = batch.length === 0 ? stopMs - fromMs : sliceMsOf(batch);
      for (let at = fromMs; at < stopMs; at += sliceMs) {
        const range = { startMs: at, stopMs: Math.min(stopMs, at + sliceMs), signal };
        const read = await readTicks(store, batch, range);
        signal.throwIfAborted();
        await evaluated.play(read.ticks(), range, seen);
        const nowMs = clock.monotonicMs();
        if (nowMs - shownMs < PROGRESS_MS) continue;
        shownMs = nowMs;
        const share = (range.stopMs - fromMs) / (stopMs - fromMs);
        yield { progress: Math.min(1, (done + share * batch.length) / total) };
      }
      evaluated.close();
      done += batch.length;
    }
    seen.ticks = Math.max(before, seen.ticks);
  }
  const samplesFromMs = beginOf(passes, seen.firstMs, startMs);
  const result: BacktestResult = {
    ...windows,
    hosts: Math.max(0, ...passes.map(({ hosts }) => hosts.length)),
    ticks: seen.ticks,
    rules: work.request.rules.map(({ name }, i) => ({
      ...tallies.get(nameOf(i))!.result(name),
      near: work.rules
        .filter(({ definition }) => definition.name.startsWith(`${i}.`) && definition.name !== nameOf(i))
        .map(({ canonical, definition }) => ({
          expression: canonical,
          ...tallies.get(definition.name)!.counts(),
        })),
    })),
    ...(samplesFromMs !== undefined && { samplesFromMs }),
    warnings: [
      ...warnings,
      ...(incomplete ? [incomplete] : []),
      ...notesOf({ work, known, passes, samplesFromMs }),
    ],
  };
  yield { progress: 1, result };
}

/** The first sample, where nothing is known of the range before it. */
function beginOf(passes: readonly Pass[], firstMs: number, startMs: number): number | undefined {
  const intervals = passes.flatMap(({ hosts }) => hosts.map(({ intervalMs }) => intervalMs));
  if (intervals.length === 0 || firstMs <= startMs + silentAfterMs(Math.max(...intervals))) return undefined;
  return Number.isFinite(firstMs) ? firstMs : undefined;
}

/** What the reader must know to judge the result. */
function notesOf({
  work,
  known,
  passes,
  samplesFromMs,
}: {
  readonly work: Work;
  readonly known: readonly KnownHost[];
  readonly passes: readonly Pass[];
  readonly samplesFromMs: number | undefined;
}): string[] {
  const hosts = passes.flatMap((pass) => pass.hosts);
  const notes: string[] = [];
  if (known.length === 0) return ['no assigned host that ever reported is in the scope'];
  if (hosts.length === 0) return ['no host in the scope has samples in this range'];
  if (work.rules.some(({ kind, definition }) => kind === 'share' || definition.locations.length > 0))
    notes.push('locations are those of today, also for the time before a host was moved');
  if (samplesFromMs !== undefined)
    notes.push(`samples begin at ${formatInstant(samplesFromMs)}: nothing is known before`);
  for (const metric of metricsOf(work.rules)) {
    if (!hosts.some((host) => host.metrics.includes(metric)))
      notes.push(`no host in the scope reported ${metric} in this range`);
  }
  return notes;
}
