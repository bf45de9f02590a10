// A query whose answer is bytes: the reader thread makes them, the main loop only hands them on.

import { createChildSignal } from '../../runtime/child-signal.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createPieceQueue } from '../../runtime/piece-queue.ts';
import type { Caller } from '../../runtime/worker-call.ts';
import { checkRange } from '../range-check.ts';
import type { EncodedAnswer, EncodedQuery } from '../store.ts';
import type { EncodedEnd, Found, Opening, PointsRequest, ReaderCall } from './messages.ts';

export async function queryEncoded(
  query: EncodedQuery,
  { reader, clock }: { readonly reader: Pick<Caller<ReaderCall>, 'call'>; readonly clock: Clock },
): Promise<EncodedAnswer> {
  const { kind, wire, check } = query;
  const request = requestOf(query, clock.nowMs());
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

function requestOf(query: EncodedQuery, nowMs: number): PointsRequest {
  if (query.kind === 'latest') {
    const { hosts, metrics, sinceMs, ended = false, maxPoints } = query;
    return { kind: 'newest', hosts, metrics, sinceMs, nowMs, ended, maxPoints };
  }
  checkRange(query);
  const { hosts, metric, labels = {}, startMs, stopMs, stepMs, aggregate = 'mean' } = query;
  const { ends = false, maxPoints } = query;
  return { kind: 'range', hosts, metric, labels, startMs, stopMs, stepMs, aggregate, ends, maxPoints };
}
