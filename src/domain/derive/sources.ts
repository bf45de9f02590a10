// State per source of other agents' ticks, read in order: deduplicates replicas, measures the
// interval, and derives rates from counters. Used by every consumer of the bus.
import type { Sample } from '../tick.ts';
import { type CounterSeries, type Counters, createCounters } from './counters.ts';

/** By report's clock: after this long without a tick, another replica takes over. */
const REPLICA_SILENT_MS = 30_000;
const FORGET_MS = 3_600_000;
const SWEEP_EVERY_MS = 600_000;
const DISTANCES = 5;
const INTERVALS_MS = [1, 5, 10, 15, 20, 30, 60, 120, 300].map((seconds) => seconds * 1_000);

export type SourceTick = {
  readonly hostId: string;
  readonly source: string;
  /** Of several that measure the same (a pair of Prometheus servers), which one; empty where there is one. */
  readonly replica: string;
  readonly timeMs: number;
  /** What is taken until the distances of its ticks say better. */
  readonly intervalMs: number;
  readonly series: readonly { readonly key: string }[];
  readonly counters:
    | {
        readonly series: CounterSeries & readonly { readonly key: string }[];
        readonly values: ArrayLike<number>;
      }
    | undefined;
};

export type Derived = { readonly intervalMs: number; readonly rates: readonly Sample[] };

/** Undefined for the copy of a replica: nothing of it is stored or judged. */
export type Derivation = (tick: SourceTick, receivedMs: number) => Derived | undefined;

type Source = {
  replica: string;
  heardMs: number;
  /** Its replica could not scrape: what another one says next is taken. */
  hasFailed: boolean;
  /** Of the replica that is taken. */
  newestMs: number;
  /** Distances are those of one series: other pieces of a round have times of their own. */
  measured: string;
  measuredMs: number;
  readonly distances: number[];
  intervalMs: number | undefined;
  counters: Counters | undefined;
};

/** `onOverLimit`: a counter was one too many of its host and source, and has no rate. */
export function createDerivation(onOverLimit: () => void): Derivation {
  const sources = new Map<string, Source>();
  let sweepMs = Number.NEGATIVE_INFINITY;

  function sourceOf({ hostId, source, replica }: SourceTick, receivedMs: number): Source {
    if (receivedMs >= sweepMs) {
      for (const [key, { heardMs }] of sources) if (heardMs < receivedMs - FORGET_MS) sources.delete(key);
      sweepMs = receivedMs + SWEEP_EVERY_MS;
    }
    const key = keyOf(hostId, source);
    let found = sources.get(key);
    if (!found) {
      const unknown = { measured: '', measuredMs: 0, distances: [], intervalMs: undefined };
      const heard = { replica, heardMs: receivedMs, hasFailed: false, newestMs: Number.NEGATIVE_INFINITY };
      sources.set(key, (found = { ...heard, ...unknown, counters: undefined }));
    }
    return found;
  }

  /** Of a round that has samples too, in another request, or of a scrape that failed. */
  function ofEnds({ hostId, source, replica, timeMs, intervalMs }: SourceTick): Derived | undefined {
    const found = sources.get(keyOf(hostId, source));
    // Of a pair that is not known yet either may be the one that is not taken.
    if (found ? found.replica !== replica : replica !== '') return undefined;
    if (found && found.newestMs < timeMs) found.hasFailed = true;
    return { intervalMs: found?.intervalMs ?? intervalMs, rates: [] };
  }

  return (tick, receivedMs) => {
    if (tick.series.length === 0 && tick.counters === undefined) return ofEnds(tick);
    const source = sourceOf(tick, receivedMs);
    if (tick.replica !== source.replica) {
      const silentMs = Math.max(REPLICA_SILENT_MS, 2 * (source.intervalMs ?? 0));
      // A reader that began later takes the same one: the first by name, once it has caught up.
      const isFirst = tick.replica < source.replica && tick.timeMs > source.newestMs;
      if (!isFirst && !source.hasFailed && receivedMs - source.heardMs <= silentMs) return undefined;
      source.replica = tick.replica;
    }
    source.heardMs = Math.max(source.heardMs, receivedMs);
    source.hasFailed = false;
    source.newestMs = Math.max(source.newestMs, tick.timeMs);
    measureInterval(source, tick);
    const { counters, timeMs, intervalMs } = tick;
    const rates = counters
      ? (source.counters ??= createCounters(onOverLimit)).take(timeMs, counters.series, counters.values)
      : [];
    return { intervalMs: source.intervalMs ?? intervalMs, rates };
  };
}

const keyOf = (hostId: string, source: string): string => `${source}\u0000${hostId}`;

/** The median of the last distances of one series, as people set intervals. */
function measureInterval(source: Source, { series, counters, timeMs }: SourceTick): void {
  const key = (series[0] ?? counters?.series[0])?.key;
  if (key === undefined) return;
  if (source.measured === '' || timeMs - source.measuredMs > FORGET_MS) {
    [source.measured, source.measuredMs] = [key, timeMs];
  }
  const distance = timeMs - source.measuredMs;
  if (distance <= 0) return;
  // Anywhere in it: where a round is cut differs from one to the next.
  const isMeasured = (other: { readonly key: string }) => other.key === source.measured;
  if (!isMeasured({ key }) && !series.some(isMeasured) && !counters?.series.some(isMeasured)) return;
  source.measuredMs = timeMs;
  source.distances.push(distance);
  if (source.distances.length > DISTANCES) source.distances.shift();
  const median = source.distances.toSorted((a, b) => a - b)[Math.floor(source.distances.length / 2)]!;
  const off = (ms: number) => Math.abs(Math.log(ms / median));
  source.intervalMs = INTERVALS_MS.reduce((best, ms) => (off(ms) < off(best) ? ms : best));
}
