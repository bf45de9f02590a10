// Queries of the store's threads, from the main loop or from the reader's own: each answer is put together from its pieces.
import type { Clock } from '../../runtime/clock.ts';
import type { Caller } from '../../runtime/worker-call.ts';
import { checkRange } from '../range-check.ts';
import type { Consumed, LatestSample, Series, Store, StoredHost, Watermark } from '../store.ts';
import { queryEncoded } from './encoded-query.ts';
import type { ReaderCall, SeriesPiece, WriterCall } from './messages.ts';
import { numbersOf, unpackLatest, unpackSeries } from './packed-series.ts';

export function createQueries(parts: {
  readonly writer: Pick<Caller<WriterCall>, 'call'>;
  readonly reader: Pick<Caller<ReaderCall>, 'call'>;
  readonly clock: Clock;
}): Pick<Store, 'range' | 'latest' | 'encoded' | 'matrix' | 'hosts' | 'metrics' | 'watermarks' | 'consumed'> {
  const { writer, reader, clock } = parts;
  return {
    async range(query) {
      checkRange(query);
      const { hosts, metric, labels = {}, startMs, stopMs, stepMs, aggregate = 'mean' } = query;
      const { maxPoints, ends = false, signal } = query;
      const found: Series[] = [];
      let windowsMs: number[] | undefined;
      const onPiece = ({ series, sharedMs }: SeriesPiece) => {
        if (sharedMs) windowsMs ??= numbersOf(sharedMs);
        found.push(...unpackSeries(series, windowsMs));
      };
      const request = {
        kind: 'range',
        ...{ hosts, metric, labels, startMs, stopMs, stepMs, aggregate, ends, maxPoints },
      } as const;
      await reader.call({ op: 'range', request }, { onPiece, signal });
      return found;
    },

    async latest({ hosts, metrics, sinceMs, ended = false, maxPoints, signal }) {
      const found: LatestSample[] = [];
      const onPiece = ({ series }: SeriesPiece) => void found.push(...unpackLatest(series));
      const asked = { hosts, metrics, sinceMs, ended, maxPoints };
      const request = { kind: 'newest', ...asked, nowMs: clock.nowMs() } as const;
      await reader.call({ op: 'latest', request }, { onPiece, signal });
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
