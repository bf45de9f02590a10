// The parts of the head that the reader was given, for ranges that are asked for again and again: the writer is asked only for
// hosts whose part has changed since. Its answer waits for its turn there, and costs two thread switches.
import { headVersion } from './head-versions.ts';
import type { RangeRequest } from './messages.ts';
import type { PackedSeries } from './packed-series.ts';

type HostsRequest = RangeRequest & { readonly hosts: readonly string[] };
type KeptSeries = { readonly key: string; readonly ms: Float64Array; readonly values: Float64Array };
type Kept = { readonly version: number; readonly series: readonly KeptSeries[] };

export type HeadCache = {
  /** What a snapshot of the range gives. `take` takes one of the hosts and the range that it is given. */
  snapshot(
    request: HostsRequest,
    take: (request: HostsRequest) => Promise<PackedSeries>,
  ): Promise<PackedSeries>;
};

/** 16 bytes each. */
const MAX_POINTS = 2_000_000;
/** What a host is counted as beside its points. */
const POINTS_A_HOST = 16;
/** From a multiple of it on and without an end: a range that moves on with the time finds what it was given before. */
const START_MS = 3_600_000;

export function createHeadCache(shared: SharedArrayBuffer): HeadCache {
  const versions = new Int32Array(shared);
  /** By what is asked of a host. */
  let answers = new Map<string, Map<string, Kept>>();
  let points = 0;

  function keptOf(question: string): Map<string, Kept> {
    if (points > MAX_POINTS) {
      answers = new Map();
      points = 0;
    }
    const kept = answers.get(question) ?? new Map<string, Kept>();
    answers.set(question, kept);
    return kept;
  }

  function keep(kept: Map<string, Kept>, packed: PackedSeries, asked: ReadonlyMap<string, number>): void {
    const found = new Map<string, KeptSeries[]>();
    let at = 0;
    packed.keys.forEach((key, i) => {
      const [from, to] = [at, at + packed.counts[i]!];
      at = to;
      const one = { key, ms: packed.ms.slice(from, to), values: packed.values.slice(from, to) };
      const ofHost = found.get(packed.hostIds[i]!);
      if (ofHost) ofHost.push(one);
      else found.set(packed.hostIds[i]!, [one]);
    });
    for (const [hostId, version] of asked) {
      const series = found.get(hostId) ?? [];
      points += sizeOf(series) - sizeOf(kept.get(hostId)?.series);
      kept.set(hostId, { version, series });
    }
  }

  return {
    async snapshot(request, take) {
      const { metric, labels, hosts } = request;
      const startMs = Math.floor(request.startMs / START_MS) * START_MS;
      const kept = keptOf(JSON.stringify([metric, Object.entries(labels).sort(), startMs]));
      const changed = new Map<string, number>();
      for (const hostId of hosts) {
        // Read before the writer is asked: what changes meanwhile is asked for again the next time.
        const version = headVersion(versions, hostId);
        if (kept.get(hostId)?.version !== version) changed.set(hostId, version);
      }
      if (changed.size > 0) {
        const wide = { ...request, hosts: [...changed.keys()], startMs, stopMs: Number.POSITIVE_INFINITY };
        keep(kept, await take(wide), changed);
      }
      return pack(kept, request);
    },
  };
}

const sizeOf = (series: readonly KeptSeries[] | undefined): number =>
  series?.reduce((sum, { ms }) => sum + ms.length, POINTS_A_HOST) ?? 0;

/** The points in the range, in the order in which they were given: not settled. */
function pack(kept: ReadonlyMap<string, Kept>, { hosts, startMs, stopMs }: HostsRequest): PackedSeries {
  const isIn = (timeMs: number) => timeMs >= startMs && timeMs < stopMs;
  const parts = hosts.flatMap((hostId) =>
    kept.get(hostId)!.series.map((series) => {
      let count = 0;
      for (const timeMs of series.ms) if (isIn(timeMs)) count++;
      return { hostId, series, count };
    }),
  );
  const filled = parts.filter(({ count }) => count > 0);
  const total = filled.reduce((sum, { count }) => sum + count, 0);
  const [ms, values] = [new Float64Array(total), new Float64Array(total)];
  let at = 0;
  for (const { series } of filled) {
    for (let i = 0; i < series.ms.length; i++) {
      if (!isIn(series.ms[i]!)) continue;
      ms[at] = series.ms[i]!;
      values[at++] = series.values[i]!;
    }
  }
  return {
    hostIds: filled.map(({ hostId }) => hostId),
    keys: filled.map(({ series }) => series.key),
    counts: filled.map(({ count }) => count),
    ...{ ms, values },
  };
}
