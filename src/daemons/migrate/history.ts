// Copies samples from one store to another, window after window, so that an interrupted run can resume.

import { ExpectedError } from '../../domain/errors.ts';
import { machineIdOf } from '../../domain/machine-copies.ts';
import { LIMITS, type Sample, type Tick } from '../../domain/tick.ts';
import { WINDOW_MS } from '../../store/embedded/windows.ts';
import type { Series, Store, StoreBatch, StoredHost } from '../../store/store.ts';
import { isEndMark } from '../../wire/end-marks.ts';
import { encodeBatch, encodeTick } from '../../wire/tick-writer.ts';

export type HistoryOptions = {
  readonly source: Pick<Store, 'range'>;
  readonly target: Pick<Store, 'write'>;
  readonly hosts: readonly StoredHost[];
  readonly metrics: readonly string[];
  /** `[fromMs, toMs)` */
  readonly fromMs: number;
  readonly toMs: number;
  readonly signal: AbortSignal;
  /** All samples before `throughMs` are in the target now. */
  readonly onWindow: (copied: HistoryProgress) => void;
};

export type HistoryProgress = {
  readonly throughMs: number;
  readonly samples: number;
  readonly rejected: number;
  /** Why the target rejected the first that it rejected. */
  readonly reason: string | undefined;
};

/** Bounds the memory: so many points are read before they are written. */
const POINTS_A_GROUP = 200_000;
const SERIES_A_HOST = 30;
const BATCH_BYTES = LIMITS.batchBytes / 2;

/** Writing again what is there changes nothing, so an interrupted window is simply copied again. */
export async function copyHistory(options: HistoryOptions): Promise<void> {
  const { hosts, fromMs, toMs, signal, onWindow } = options;
  const groups = groupsOf(hosts);
  const newestMs = hosts.reduce((max, host) => Math.max(max, host.lastReceivedMs, host.lastSeenMs), 0);
  let samples = 0;
  let firstReason: string | undefined;
  let rejectedSamples = 0;
  // One group is written while the next is read.
  let writing: Promise<unknown> = Promise.resolve();
  for (let startMs = fromMs; startMs < toMs; startMs = windowEnd(startMs)) {
    const stopMs = Math.min(windowEnd(startMs), toMs);
    for (const group of groups) {
      signal.throwIfAborted();
      const ticks = await ticksOf(group, { ...options, startMs, stopMs });
      await writing;
      writing = write(ticks);
      // Awaited in the next turn; a failure must not count as unhandled until then.
      writing.catch(() => {});
    }
    await writing;
    onWindow({ throughMs: stopMs, samples, rejected: rejectedSamples, reason: firstReason });
  }

  async function write(ticks: readonly CopiedTick[]): Promise<void> {
    const batches = batchesOf(ticks, newestMs);
    if (batches.length === 0) return;
    const result = await options.target.write(batches);
    samples += result.samples;
    rejectedSamples += result.rejected.reduce((sum, one) => sum + one.samples, 0);
    firstReason ??= result.rejected[0]?.reason;
  }
}

const windowEnd = (timeMs: number): number => (Math.floor(timeMs / WINDOW_MS) + 1) * WINDOW_MS;

/** Hosts that are read together: many with few points, few with many. */
function groupsOf(hosts: readonly StoredHost[]): readonly (readonly StoredHost[])[] {
  const groups: StoredHost[][] = [];
  let points = Number.POSITIVE_INFINITY;
  for (const host of hosts) {
    const own = SERIES_A_HOST * (WINDOW_MS / Math.max(host.intervalMs, 1_000));
    if (points + own > POINTS_A_GROUP) {
      groups.push([]);
      points = 0;
    }
    groups.at(-1)!.push(host);
    points += own;
  }
  return groups;
}

/** `live`: the host's newest tick, whose arrival is the host's last_received. */
type CopiedTick = { readonly tick: Tick; readonly live: number | undefined };

type Span = Pick<HistoryOptions, 'source' | 'metrics' | 'signal'> & {
  readonly startMs: number;
  readonly stopMs: number;
};

/** Of one host at one time. */
type Found = { readonly samples: Sample[]; readonly ended: Omit<Sample, 'value'>[] };

async function ticksOf(hosts: readonly StoredHost[], span: Span): Promise<readonly CopiedTick[]> {
  const byHost = new Map<string, Map<number, Found>>(hosts.map(({ hostId }) => [hostId, new Map()]));
  const ids = hosts.map(({ hostId }) => hostId);
  for (const metric of span.metrics) {
    for (const series of await rangeOf(ids, metric, span)) addSeries(byHost.get(series.hostId)!, series);
  }
  return hosts.flatMap((host) =>
    [...byHost.get(host.hostId)!]
      .sort(([a], [b]) => a - b)
      .map(([timeMs, found]) => tickOf(host, timeMs, found)),
  );
}

/** An answer has a limit of points a series: a window that holds more is read in halves. */
async function rangeOf(
  hosts: readonly string[],
  metric: string,
  { source, signal, startMs, stopMs }: Omit<Span, 'metrics'>,
): Promise<readonly Series[]> {
  try {
    return await source.range({ hosts, metric, startMs, stopMs, ends: true, signal });
  } catch (error) {
    const isTooMany = error instanceof ExpectedError && error.code === 'BAD_RANGE' && stopMs - startMs > 1;
    if (!isTooMany) throw error;
    const middleMs = Math.floor((startMs + stopMs) / 2);
    const first = await rangeOf(hosts, metric, { source, signal, startMs, stopMs: middleMs });
    return [...first, ...(await rangeOf(hosts, metric, { source, signal, startMs: middleMs, stopMs }))];
  }
}

function addSeries(ticks: Map<number, Found>, { metric, labels, timesMs, values }: Series): void {
  const foundAt = (timeMs: number): Found => {
    let found = ticks.get(timeMs);
    if (!found) ticks.set(timeMs, (found = { samples: [], ended: [] }));
    return found;
  };
  for (const [i, timeMs] of timesMs.entries()) {
    const value = values[i];
    if (value === null || value === undefined) continue;
    // As its tick said it: the end stands a millisecond before.
    if (isEndMark(value)) foundAt(timeMs + 1).ended.push({ metric, labels });
    else foundAt(timeMs).samples.push({ metric, labels, value });
  }
}

function tickOf(host: StoredHost, timeMs: number, { samples, ended }: Found): CopiedTick {
  const { hostId, intervalMs, bootId, agentVersion, lastSeenMs, lastReceivedMs, facts } = host;
  const machineId = machineIdOf(host.machines[0]?.machineId ?? '');
  const isNewest = timeMs === lastSeenMs;
  const tick = {
    ...{ hostId, timeMs, intervalMs, machineId, bootId, agentVersion, samples },
    ...(ended.length > 0 && { ended }),
  };
  return {
    tick: isNewest ? { ...tick, facts } : tick,
    live: isNewest && lastReceivedMs > 0 ? lastReceivedMs : undefined,
  };
}

/**
 * As bus records, which is what stores take; at no position, since they come from no partition. History counts as
 * received with the source's newest data: stores judge a sample's time by when its record was received.
 */
function batchesOf(ticks: readonly CopiedTick[], newestMs: number): readonly StoreBatch[] {
  const batches: StoreBatch[] = [];
  let open: Uint8Array[] = [];
  let bytes = 0;
  const record = (encoded: readonly Uint8Array[], receivedMs: number | undefined) =>
    batches.push({
      partition: 0,
      next: 0,
      receivedMs: receivedMs ?? newestMs,
      bytes: encodeBatch(encoded, { backfill: receivedMs === undefined }),
    });
  for (const { tick, live } of ticks) {
    const encoded = encodeTick(tick);
    if (live !== undefined) {
      record([encoded], live);
      continue;
    }
    if (bytes + encoded.length > BATCH_BYTES && open.length > 0) {
      record(open, undefined);
      open = [];
      bytes = 0;
    }
    open.push(encoded);
    bytes += encoded.length;
  }
  if (open.length > 0) record(open, undefined);
  return batches;
}
