// Sends an answer whose list comes as bytes: in one write if complete, else chunk by chunk with backpressure.
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import { delay } from '../../runtime/clock.ts';
import type { Call } from '../calls.ts';
import { type ListInBytes, withEmptyList } from '../in-bytes.ts';
import { jsonKey, jsonOf } from './json.ts';

/** A client that takes nothing for so long is cut off: its answer holds memory. */
const STALLED_MS = 30_000;
const TYPE = 'application/json; charset=utf-8';

/** What stands around the elements of the answer's list. */
export function frameOf(call: Call, rest: unknown): readonly [before: string, after: string] {
  const text = JSON.stringify(jsonOf(call.answer).write(withEmptyList(call, rest)));
  const opening = `"${jsonKey(call.list!, call.answer[call.list!]!.kind)}":[`;
  const cut = text.indexOf(opening) + opening.length;
  return [text.slice(0, cut), text.slice(cut)];
}

/** Aborted when the client leaves before it has its answer. */
export function leaving(reply: FastifyReply): AbortSignal {
  const left = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) left.abort(new ExpectedError('UNAVAILABLE', 'the client left'));
  });
  return left.signal;
}

export async function sendList(
  reply: FastifyReply,
  [before, after]: readonly [string, string],
  elements: ListInBytes['elements'],
  type = TYPE,
): Promise<void> {
  reply.hijack();
  const response = reply.raw;
  if (elements instanceof Uint8Array) {
    const length = Buffer.byteLength(before) + elements.length + Buffer.byteLength(after);
    response.writeHead(200, { 'content-type': type, 'content-length': length });
    // One write to the socket, without a copy.
    response.cork();
    response.write(before);
    response.write(elements);
    response.end(after);
    response.uncork();
    return;
  }
  response.writeHead(200, { 'content-type': type });
  response.write(before);
  try {
    for await (const piece of elements) {
      if (!response.write(piece)) await drained(response);
      if (response.destroyed) return;
    }
    response.end(after);
  } catch (error) {
    // Its status is sent: only a cut tells the client that this is not the whole answer.
    response.destroy(error instanceof Error ? error : new Error(messageOf(error)));
  }
}

function drained(response: ServerResponse): Promise<void> {
  const done = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  response.once('drain', resolve);
  response.once('close', resolve);
  delay(STALLED_MS, done.signal).then(
    () => response.destroy(),
    () => {},
  );
  return promise.finally(() => {
    done.abort();
    response.off('drain', resolve);
    response.off('close', resolve);
  });
}
