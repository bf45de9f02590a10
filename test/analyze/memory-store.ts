// A store in memory that answers as the contract says and writes down what it was asked: for tests of what analyze asks.

import { ExpectedError } from '../../src/domain/errors.ts';
import { compareBytes } from '../../src/domain/names.ts';
import { parseSeriesKey, seriesKey, type Tick } from '../../src/domain/tick.ts';
import { decodeBatch, encodeBatch, encodeTick } from '../../src/domain/tick-wire.ts';
import type {
  LatestQuery,
  RangeQuery,
  Series,
  SeriesSelector,
  Store,
  StoredHost,
} from '../../src/store/store.ts';

export type MemoryStore = Store & {
  /** Writes ticks as report's clock saw them at `receivedMs` (default: their own time). */
  put(ticks: readonly Tick[], receivedMs?: number): Promise<void>;
  readonly asked: { readonly ranges: RangeQuery[]; readonly latest: LatestQuery[] };
  down: boolean;
};

/** A tick with samples `{metric: value}`; `disk.usage{mount=/}` names a labelled series. */
export function tickOf(hostId: string, timeMs: number, samples: Readonly<Record<string, number>>): Tick {
  return {
    hostId,
    timeMs,
    intervalMs: 60_000,
    machineId: `machine of ${hostId}`,
    bootId: 'boot',
    agentVersion: '0.1.0',
    samples: Object.entries(samples).map(([name, value]) => {
      const { metric, label, labelValue } = SERIES.exec(name)!.groups as Record<string, string>;
      return { metric: metric!, labels: label && labelValue ? { [label]: labelValue } : {}, value };
    }),
  };
}

const SERIES = /^(?<metric>[^{]+)(?:\{(?<label>[^=]+)=(?<labelValue>.*)\})?$/;

export function createMemoryStore(): MemoryStore {
  const points = new Map<string, Map<string, Map<number, number>>>();
  const hosts = new Map<string, StoredHost>();
  const watermarks = new Map<number, number>();
  const asked = { ranges: [] as RangeQuery[], latest: [] as LatestQuery[] };
  let next = 0;

  function keep(tick: Tick, receivedMs: number) {
    const series = points.get(tick.hostId) ?? new Map<string, Map<number, number>>();
    points.set(tick.hostId, series);
    for (const { metric, labels, value } of tick.samples) {
      const key = seriesKey(metric, labels);
      series.set(key, (series.get(key) ?? new Map()).set(tick.timeMs, value));
    }
    const before = hosts.get(tick.hostId);
    hosts.set(tick.hostId, {
      hostId: tick.hostId,
      firstSeenMs: Math.min(tick.timeMs, before?.firstSeenMs ?? tick.timeMs),
      lastSeenMs: Math.max(tick.timeMs, before?.lastSeenMs ?? tick.timeMs),
      lastReceivedMs: receivedMs,
      intervalMs: tick.intervalMs,
      bootId: tick.bootId,
      agentVersion: tick.agentVersion,
      machines: [{ machineId: tick.machineId, lastReceivedMs: receivedMs }],
      facts: tick.facts ?? {},
    });
  }

  function* select({ hosts: wanted, metric, labels = {} }: SeriesSelector) {
    checkUp();
    for (const hostId of [...points.keys()].sort(compareBytes)) {
      if (wanted && !wanted.includes(hostId)) continue;
      const series = points.get(hostId)!;
      for (const key of [...series.keys()].sort(compareBytes)) {
        const one = parseSeriesKey(key);
        const fits = Object.entries(labels).every(([name, value]) => one.labels[name] === value);
        if (one.metric !== metric || !fits) continue;
        yield { hostId, ...one, points: [...series.get(key)!].sort(([a], [b]) => a - b) };
      }
    }
  }

  function checkUp() {
    if (store.down) throw new ExpectedError('UNAVAILABLE', 'the store is down');
  }

  const store: MemoryStore = {
    asked,
    down: false,
    put: async (ticks, receivedMs) => {
      const bytes = encodeBatch(ticks.map(encodeTick));
      const at = receivedMs ?? Math.max(...ticks.map((tick) => tick.timeMs));
      await store.write([{ partition: 0, next: ++next, receivedMs: at, bytes }]);
    },
    async write(batches) {
      let samples = 0;
      for (const batch of batches) {
        watermarks.set(batch.partition, batch.receivedMs);
        for (const tick of decodeBatch(batch.bytes).ticks) {
          keep(tick, batch.receivedMs);
          samples += tick.samples.length;
        }
      }
      return { samples, rejected: [] };
    },
    durable: () => new Map([[0, next]]),
    async range(query) {
      asked.ranges.push(query);
      const { startMs, stopMs, stepMs } = query;
      const answer: Series[] = [];
      for (const { points: all, ...one } of select(query)) {
        const inside = all.filter(([timeMs]) => timeMs >= startMs && timeMs < stopMs);
        if (inside.length === 0) continue;
        answer.push({ ...one, ...(stepMs ? windowsOf(inside, { ...query, stepMs }) : columnsOf(inside)) });
      }
      return answer;
    },
    async latest(query) {
      checkUp();
      asked.latest.push(query);
      const names = query.metrics ?? (await store.metrics({ sinceMs: 0 }));
      const found = names.flatMap((metric) => [...select({ ...query, metric })]);
      return found.flatMap(({ points: all, ...one }) => {
        const [timeMs, value] = all.at(-1)!;
        return timeMs < query.sinceMs ? [] : [{ ...one, timeMs, value }];
      });
    },
    async hosts({ sinceMs, hosts: wanted }) {
      checkUp();
      return [...hosts.values()]
        .filter((host) => host.lastSeenMs >= sinceMs && (!wanted || wanted.includes(host.hostId)))
        .sort((a, b) => compareBytes(a.hostId, b.hostId));
    },
    async metrics() {
      const keys = [...points.values()].flatMap((series) => [...series.keys()]);
      return [...new Set(keys.map((key) => parseSeriesKey(key).metric))].sort(compareBytes);
    },
    watermarks: async () => [...watermarks].map(([partition, receivedMs]) => ({ partition, receivedMs })),
    fault: () => (store.down ? 'the store is down' : undefined),
    stats: () => ({}),
    stop: async () => {},
  };
  return store;
}

const columnsOf = (inside: readonly (readonly [number, number])[]) => ({
  timesMs: inside.map(([timeMs]) => timeMs),
  values: inside.map(([, value]) => value),
});

function windowsOf(
  inside: readonly (readonly [number, number])[],
  { startMs, stopMs, stepMs, aggregate = 'mean' }: RangeQuery & { readonly stepMs: number },
) {
  const timesMs: number[] = [];
  for (let at = Math.floor(startMs / stepMs) * stepMs; at < stopMs; at += stepMs) timesMs.push(at);
  const values = timesMs.map((at) => {
    const window = inside
      .filter(([timeMs]) => timeMs >= at && timeMs < at + stepMs)
      .map(([, value]) => value);
    if (window.length === 0) return null;
    if (aggregate === 'count') return window.length;
    if (aggregate === 'mean') return window.reduce((sum, value) => sum + value, 0) / window.length;
    throw new Error(`the store in memory has no ${aggregate}`);
  });
  return { timesMs, values };
}
