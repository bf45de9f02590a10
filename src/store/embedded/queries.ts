// Queries to the store's threads: assembles each answer from its pieces.
import { createChildSignal } from '../../runtime/child-signal.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createPieceQueue } from '../../runtime/piece-queue.ts';
import type { Caller } from '../../runtime/worker-call.ts';
import { checkRange } from '../range-check.ts';
import type {
  Consumed,
  EncodedAnswer,
  EncodedQuery,
  LatestQuery,
  LatestSample,
  RangeQuery,
  Series,
  Store,
  StoredHost,
  Watermark,
} from '../store.ts';
import type {
  EncodedEnd,
  Found,
  Opening,
  PointsRequest,
  ReaderCall,
  SeriesPiece,
  WriterCall,
} from './messages.ts';
import { numbersOf, unpackLatest, unpackSeries } from './packed-series.ts';

export function createQueries(parts: {
  readonly writer: Pick<Caller<WriterCall>, 'call'>;
  readonly reader: Pick<Caller<ReaderCall>, 'call'>;
  readonly clock: Clock;
}): Pick<Store, 'range' | 'latest' | 'encoded' | 'matrix' | 'hosts' | 'metrics' | 'watermarks' | 'consumed'> {
  const { writer, reader, clock } = parts;
  return {
    async range(query) {
      const found: Series[] = [];
      let windowsMs: number[] | undefined;
      const onPiece = ({ series, sharedMs }: SeriesPiece) => {
        if (sharedMs) windowsMs ??= numbersOf(sharedMs);
        found.push(...unpackSeries(series, windowsMs));
      };
      await reader.call({ op: 'range', request: rangeRequest(query) }, { onPiece, signal: query.signal });
      return found;
    },

    async latest(query) {
      const found: LatestSample[] = [];
      const onPiece = ({ series }: SeriesPiece) => void found.push(...unpackLatest(series));
      const request = newestRequest(query, clock.nowMs());
      await reader.call({ op: 'latest', request }, { onPiece, signal: query.signal });
      return found;
    },

    encoded: (query) => queryEncoded(query, { reader, clock }),

    async matrix(query) {
      checkRange(query);
      const { metric, labels = {}, hosts, startMs, stopMs, maxPoints, steps, signal } = query;
      const raw = { stepMs: undefined, aggregate: 'mean', ends: true } as const;
      const request = {
        kind: 'range',
        ...{ hosts, metric, labels, startMs, stopMs, maxPoints, ...raw },
      } as const;
      return reader.call<Uint8Array | undefined>({ op: 'matrix', request, steps }, { signal });
    },

    metrics({ sinceMs }) {
      const all = { hosts: undefined, metrics: undefined, ended: true, maxPoints: undefined };
      const request = { kind: 'newest', ...all, sinceMs, nowMs: clock.nowMs() } as const;
      return reader.call<string[]>({ op: 'metrics', request });
    },

    async hosts({ sinceMs, hosts }) {
      const found: StoredHost[] = [];
      const onPiece = (piece: readonly StoredHost[]) => void found.push(...piece);
      await writer.call({ op: 'hosts', sinceMs, hosts, nowMs: clock.nowMs() }, { onPiece });
      return found;
    },

    watermarks: () => writer.call<Watermark[]>({ op: 'watermarks' }),
    consumed: () => writer.call<ReadonlyMap<number, Consumed> | undefined>({ op: 'consumed' }),
  };
}

/** The reader thread makes the bytes of the answer, the main loop only hands them on. */
async function queryEncoded(
  query: EncodedQuery,
  { reader, clock }: { readonly reader: Pick<Caller<ReaderCall>, 'call'>; readonly clock: Clock },
): Promise<EncodedAnswer> {
  const { kind, wire, check } = query;
  const request = query.kind === 'latest' ? newestRequest(query, clock.nowMs()) : rangeRequest(query);
  const queue = createPieceQueue<Uint8Array>();
  const opening = Promise.withResolvers<Found>();
  const left = createChildSignal(query.signal);
  const onPiece = (piece: Opening | Uint8Array) => {
    if (!('found' in piece)) return queue.push(piece);
    opening.resolve(piece.found);
    return queue.begun;
  };
  const call = { op: 'encode', request, kind, wire, check } as const;
  const ended = reader.call<EncodedEnd>(call, { onPiece, signal: left.signal });
  ended.then(
    ({ bytes }) => {
      left.release();
      if (bytes.length > 0) void queue.push(bytes);
      queue.end();
    },
    (error) => {
      left.release();
      queue.fail(error);
    },
  );
  const first = await Promise.race([opening.promise, ended]);
  if ('bytes' in first) return { ...first.found!, whole: first.bytes };
  return { ...first, pieces: queue.read(() => left.abort(new Error('the reader of the answer left'))) };
}

function rangeRequest(query: RangeQuery): PointsRequest & { readonly kind: 'range' } {
  checkRange(query);
  const { hosts, metric, labels = {}, startMs, stopMs, stepMs, aggregate = 'mean' } = query;
  const { ends = false, maxPoints } = query;
  return { kind: 'range', hosts, metric, labels, startMs, stopMs, stepMs, aggregate, ends, maxPoints };
}

function newestRequest(query: LatestQuery, nowMs: number): PointsRequest & { readonly kind: 'newest' } {
  const { hosts, metrics, sinceMs, ended = false, maxPoints } = query;
  return { kind: 'newest', hosts, metrics, sinceMs, nowMs, ended, maxPoints };
}
