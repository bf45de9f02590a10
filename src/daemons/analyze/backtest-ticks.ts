// Rebuilds ticks from stored samples for a backtest, reading hosts in portions that fit into memory.
import type { StreamTick } from '../../domain/alerting/evaluator.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { silentAfterMs } from '../../domain/host.ts';
import { type Labels, type Sample, seriesKey } from '../../domain/tick.ts';
import { rawSpanMs } from '../../store/range-check.ts';
import type { Series, Store } from '../../store/store.ts';
import { isEndMark } from '../../wire/end-marks.ts';

/** Points in memory at once: few enough for each step to leave the event loop within milliseconds. */
const MAX_POINTS = 80_000;
/** The last tick of every host is looked up in parts. */
const HOSTS_A_LOOKUP = 100;
/** Reported with every tick from the first on. */
const EVERY_TICK = 'uptime';
/** Fewer do not tell an interval from gaps. */
const ENOUGH_TICKS = 10;

/** A host that has samples in the range: which of its metrics are read. */
export type ReadHost = {
  readonly id: string;
  readonly intervalMs: number;
  readonly metrics: readonly string[];
  readonly series: number;
};

/**
 * What is read of each host: the rules' metrics, and one that comes with every tick, since a tick without a disk says
 * something else of it than no tick at all. Hosts without a sample since then are not among them; those that ended by now
 * had samples before.
 */
export async function planHosts(
  store: Pick<Store, 'latest'>,
  hosts: readonly { readonly id: string; readonly intervalMs: number }[],
  { metrics, sinceMs }: { readonly metrics: ReadonlySet<string>; readonly sinceMs: number },
): Promise<ReadHost[]> {
  const planned: ReadHost[] = [];
  for (let at = 0; at < hosts.length; at += HOSTS_A_LOOKUP) {
    const part = hosts.slice(at, at + HOSTS_A_LOOKUP);
    const reported = new Map<string, Map<string, number>>();
    const ids = part.map(({ id }) => id);
    for (const { hostId, metric } of await store.latest({ hosts: ids, sinceMs, ended: true })) {
      const counts = reported.get(hostId) ?? new Map<string, number>();
      reported.set(hostId, counts);
      counts.set(metric, (counts.get(metric) ?? 0) + 1);
    }
    for (const { id, intervalMs } of part) {
      const counts = reported.get(id);
      if (counts === undefined) continue;
      const [fewest = EVERY_TICK] = [...counts].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))[0] ?? [];
      const presence = counts.has(EVERY_TICK) ? EVERY_TICK : fewest;
      const read = [...new Set([presence, ...[...counts.keys()].filter((metric) => metrics.has(metric))])];
      const series = read.reduce((sum, metric) => sum + counts.get(metric)!, 0);
      planned.push({ id, intervalMs, metrics: read.sort(), series });
    }
  }
  return planned;
}

/** Hosts that fit into the memory together over the whole range; one that does not fit stands alone. */
export function batchesOf(hosts: readonly ReadHost[], lengthMs: number): ReadHost[][] {
  const batches: ReadHost[][] = [];
  let points = Number.POSITIVE_INFINITY;
  for (const host of hosts) {
    const own = pointsOf(host, lengthMs);
    if (points + own > MAX_POINTS) {
      batches.push([]);
      points = 0;
    }
    batches.at(-1)!.push(host);
    points += own;
  }
  return batches;
}

/** How much of the range is read at once. */
export function sliceMsOf(hosts: readonly ReadHost[]): number {
  const pointsAMs = hosts.reduce((sum, host) => sum + pointsOf(host, 1), 0);
  const densest = Math.min(...hosts.map(({ intervalMs }) => intervalMs));
  return rawSpanMs(densest, MAX_POINTS / pointsAMs);
}

const pointsOf = ({ series, intervalMs }: ReadHost, lengthMs: number): number =>
  (series * lengthMs) / intervalMs;

type Column = {
  readonly metric: string;
  readonly labels: Labels;
  readonly timesMs: readonly number[];
  readonly values: readonly (number | null)[];
  next: number;
};

/** By the time of the tick that said so: the keys of the series that ended with it. */
type Ends = Map<number, string[]>;

/** The ticks of `[startMs, stopMs)`, by time and then by host. Received as they were measured: nothing is late. */
export async function readTicks(
  store: Pick<Store, 'range'>,
  hosts: readonly ReadHost[],
  range: { readonly startMs: number; readonly stopMs: number; readonly signal: AbortSignal },
): Promise<{ readonly count: number; ticks(): Iterable<StreamTick> }> {
  const index = new Map(hosts.map(({ id }, i) => [id, i]));
  const columns: Column[][] = hosts.map(() => []);
  const ends: Ends[] = hosts.map(() => new Map());
  let points = 0;
  for (const metric of new Set(hosts.flatMap(({ metrics }) => metrics))) {
    const ids = hosts.filter(({ metrics }) => metrics.includes(metric)).map(({ id }) => id);
    // What ended with a tick stands a millisecond before it.
    const asked = { metric, hosts: ids, ends: true, ...range, startMs: range.startMs - 1 };
    for (const series of await readRange(store, asked)) {
      const at = index.get(series.hostId)!;
      const column = columnOf(series, range, ends[at]!);
      columns[at]!.push(column);
      points += column.timesMs.length;
    }
  }
  // Times and hosts in one number each: sorted as numbers they are in the order of the stream.
  const keys = new Float64Array(points);
  let at = 0;
  for (const [host, ofHost] of columns.entries()) {
    for (const { timesMs } of ofHost) {
      for (const timeMs of timesMs) keys[at++] = (timeMs - range.startMs) * hosts.length + host;
    }
  }
  keys.sort();
  const intervals = columns.map((ofHost, i) => intervalOf(ofHost, hosts[i]!.intervalMs));
  return {
    count: points,
    *ticks() {
      let last = -1;
      for (const key of keys) {
        if (key === last) continue;
        last = key;
        const host = key % hosts.length;
        const timeMs = (key - host) / hosts.length + range.startMs;
        const samples: Sample[] = [];
        for (const column of columns[host]!) {
          const { timesMs, values, next, metric, labels } = column;
          if (timesMs[next] !== timeMs) continue;
          samples.push({ metric, labels, value: values[next]! });
          column.next++;
        }
        const ended = ends[host]!.get(timeMs);
        yield {
          ...{ hostId: hosts[host]!.id, timeMs, intervalMs: intervals[host]!, receivedMs: timeMs, samples },
          ...(ended && { ended }),
        };
      }
    },
  };
}

/** Its samples in the range. Ends are told with the tick's samples; one that has nothing else says nothing, as live. */
function columnOf(
  { metric, labels, timesMs, values }: Series,
  { startMs }: { readonly startMs: number },
  ends: Ends,
): Column {
  const column = { metric, labels, next: 0 };
  const isSample = (i: number) => timesMs[i]! >= startMs && !isEndMark(values[i]!);
  if (timesMs.every((_, i) => isSample(i))) return { ...column, timesMs, values };
  for (const [i, value] of values.entries()) {
    if (!isEndMark(value!)) continue;
    const tickMs = timesMs[i]! + 1;
    const keys = ends.get(tickMs) ?? [];
    ends.set(tickMs, keys);
    keys.push(seriesKey(metric, labels));
  }
  return {
    ...column,
    timesMs: timesMs.filter((_, i) => isSample(i)),
    values: values.filter((_, i) => isSample(i)),
  };
}

/** In halves where the points stand closer than the host's interval now makes one expect. */
async function readRange(
  store: Pick<Store, 'range'>,
  query: Parameters<Store['range']>[0],
): Promise<readonly Series[]> {
  try {
    return await store.range(query);
  } catch (error) {
    const { startMs, stopMs } = query;
    const halfMs = Math.floor((startMs + stopMs) / 2);
    if (!(error instanceof ExpectedError) || error.code !== 'BAD_RANGE' || halfMs === startMs) throw error;
    const first = await readRange(store, { ...query, stopMs: halfMs });
    return [...first, ...(await readRange(store, { ...query, startMs: halfMs }))];
  }
}

/** What is stored of the interval is today's; ticks that usually came closer, or each too late for it, had another one. */
function intervalOf(columns: readonly Column[], storedMs: number): number {
  const densest = columns.reduce<readonly number[]>(
    (most, { timesMs }) => (timesMs.length > most.length ? timesMs : most),
    [],
  );
  const distances = new Map<number, number>();
  for (let i = 1; i < densest.length; i++) {
    const distance = densest[i]! - densest[i - 1]!;
    distances.set(distance, (distances.get(distance) ?? 0) + 1);
  }
  const [usual = storedMs, times = 0] = [...distances].sort(([a, x], [b, y]) => y - x || a - b)[0] ?? [];
  if (densest.length < ENOUGH_TICKS || times * 2 <= densest.length) return storedMs;
  return usual < storedMs || usual > silentAfterMs(storedMs) ? usual : storedMs;
}
