// Queries as the main loop asks them of the threads: each answer is put together from its pieces.
import type { Clock } from '../../runtime/clock.ts';
import type { Caller } from '../../runtime/worker-call.ts';
import { checkRange } from '../range-check.ts';
import type { LatestSample, Series, Store, StoredHost, Watermark } from '../store.ts';
import type { ReaderCall, SeriesPiece, WriterCall } from './messages.ts';
import { numbersOf, unpackLatest, unpackSeries } from './packed-series.ts';

export type Queries = Pick<Store, 'range' | 'latest' | 'hosts' | 'metrics' | 'watermarks'>;

export function createQueries(parts: {
  readonly writer: Pick<Caller<WriterCall>, 'call'>;
  readonly reader: Pick<Caller<ReaderCall>, 'call'>;
  readonly clock: Clock;
}): Queries {
  const { writer, reader, clock } = parts;
  return {
    async range(query) {
      checkRange(query);
      const { hosts, metric, labels = {}, startMs, stopMs, stepMs, aggregate = 'mean', signal } = query;
      const found: Series[] = [];
      let windowsMs: number[] | undefined;
      const onPiece = ({ series, sharedMs }: SeriesPiece) => {
        if (sharedMs) windowsMs ??= numbersOf(sharedMs);
        found.push(...unpackSeries(series, windowsMs));
      };
      const request = {
        kind: 'range',
        ...{ hosts, metric, labels, startMs, stopMs, stepMs, aggregate },
      } as const;
      await reader.call({ op: 'range', request }, { onPiece, signal });
      return found;
    },

    async latest({ hosts, metrics, sinceMs }) {
      const found: LatestSample[] = [];
      const onPiece = ({ series }: SeriesPiece) => void found.push(...unpackLatest(series));
      const request = { kind: 'newest', hosts, metrics, sinceMs, nowMs: clock.nowMs() } as const;
      await reader.call({ op: 'latest', request }, { onPiece });
      return found;
    },

    metrics({ sinceMs }) {
      const all = { hosts: undefined, metrics: undefined };
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
  };
}
