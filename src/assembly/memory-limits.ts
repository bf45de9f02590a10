// How many hosts and series fit into memory: of the machine, the container, or Node's heap limit.
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { ExpectedError } from '../domain/errors.ts';
import type { Config } from './config-schema.ts';

/** Bytes that this process may come to, by the tightest of the limits it lives under. */
function availableMemory(): number {
  // Of the cgroup; a huge number, or 0, where there is none.
  const constrained = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  // Each thread has a heap of its own; most of the samples stand outside of them.
  const heaps = 2 * getHeapStatistics().heap_size_limit;
  return Math.min(totalmem(), constrained, heaps);
}

/** What the embedded store may keep out of its files: an eighth, since reading and merging it take as much again. */
export const headBytes = (memory = availableMemory()): number => Math.floor(memory / 8);

/** Bytes a series: with its two hours of samples and names where the store is this process's, else in report alone. */
const SERIES_BYTES = { embedded: 2_048, remote: 64 };
const MAX_SERIES = { embedded: 500_000, remote: 50_000_000 };
/** A week's file has 2^24 numbers for series, and report may let in so many again each half day: with more they run out. */
const MAX_SERIES_OF_A_WEEK = Math.floor(2 ** 24 / 14);
/** What a usual agent sends: report keeps so many for each host, whatever the others take. */
const SERIES_A_HOST = 32;

export function roomFor(
  store: 'embedded' | 'remote',
  memory = availableMemory(),
): { readonly maxHosts: number; readonly maxSeries: number } {
  // A quarter for series; the rest is for names, queries, alerts and for what is about to be collected.
  const maxSeries = Math.min(Math.floor(memory / 4 / SERIES_BYTES[store]), MAX_SERIES[store]);
  return { maxSeries, maxHosts: Math.max(100, Math.floor(maxSeries / SERIES_A_HOST)) };
}

/** Before anything is started, BAD_CONFIG where a limit is more than the embedded store can hold, or fewer than is simulated. */
export function checkLimits(
  { report, store, bus }: Pick<Config, 'report' | 'store' | 'bus'>,
  simulatedHosts = 0,
): void {
  const isEmbedded = store.kind === 'embedded' && bus.kind === 'embedded';
  if (isEmbedded && (report.maxSeries ?? 0) > MAX_SERIES_OF_A_WEEK) {
    throw new ExpectedError(
      'BAD_CONFIG',
      `report.max_series is ${report.maxSeries}: a file of the embedded store holds at most ${MAX_SERIES_OF_A_WEEK} series`,
      { hint: `Set at most ${MAX_SERIES_OF_A_WEEK}, or use InfluxDB (store.kind).` },
    );
  }
  const maxHosts = report.maxHosts ?? roomFor(isEmbedded ? 'embedded' : 'remote').maxHosts;
  // And this machine itself.
  if (simulatedHosts + 1 > maxHosts) {
    throw new ExpectedError(
      'BAD_CONFIG',
      `${simulatedHosts} simulated hosts are over the limit of ${maxHosts} hosts (report.max_hosts): report would reject the rest`,
      {
        hint: `Simulate fewer, or raise the limit if there is enough memory: --set report.max_hosts=${simulatedHosts + 1}`,
      },
    );
  }
}
