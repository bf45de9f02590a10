// Answers of a backend without threads as bytes: made from its objects, a short turn of the main loop at a time.
import { seriesKey } from '../domain/tick.ts';
import { createSeriesBytes } from '../wire/series-bytes.ts';
import type { SeriesBytes, SeriesElement } from '../wire/series-element.ts';
import type { EncodedAnswer, EncodedQuery, LatestSample, Series, Store } from './store.ts';

/** Made within a few milliseconds. */
const PIECE_BYTES = 128 * 1024;

export async function encodeInTurns(
  query: EncodedQuery,
  store: Pick<Store, 'range' | 'latest'>,
): Promise<EncodedAnswer> {
  const { kind, wire, check, signal } = query;
  const found = query.kind === 'latest' ? await store.latest(query) : await store.range(query);
  const points = found.reduce((sum, one) => sum + ('timesMs' in one ? one.timesMs.length : 1), 0);
  const hosts = new Set(found.map(({ hostId }) => hostId));
  const metrics = new Set(found.map(({ metric }) => metric));
  const absent = {
    hosts: check.hosts.filter((host) => !hosts.has(host)),
    metrics: check.metrics.filter((metric) => !metrics.has(metric)),
  };
  const pieces = piecesOf(found, createSeriesBytes(kind, wire), signal);
  const first = await pieces.next();
  if (first.done) return { points, absent, whole: new Uint8Array(0) };
  const second = await pieces.next();
  if (second.done) return { points, absent, whole: first.value };
  return { points, absent, pieces: chain([first.value, second.value], pieces) };
}

async function* chain(before: readonly Uint8Array[], rest: AsyncGenerator<Uint8Array, void, undefined>) {
  yield* before;
  yield* rest;
}

async function* piecesOf(
  found: readonly (Series | LatestSample)[],
  bytes: SeriesBytes,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const one of found) {
    bytes.add(elementOf(one));
    if (bytes.size() < PIECE_BYTES) continue;
    yield bytes.take();
    await new Promise(setImmediate);
    signal?.throwIfAborted();
  }
  if (bytes.size() > 0) yield bytes.take();
}

function elementOf(one: Series | LatestSample): SeriesElement {
  const { hostId, metric, labels } = one;
  const times = 'timesMs' in one ? one.timesMs : [one.timeMs];
  const values = 'timesMs' in one ? one.values : [one.value];
  return {
    ...{ hostId, metric, labels, key: seriesKey(metric, labels) },
    ms: Float64Array.from(times),
    values: Float64Array.from(values, (value) => value ?? Number.NaN),
    ...{ from: 0, to: times.length },
  };
}
