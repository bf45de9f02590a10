// Reads a request's body to its end and drops it. Answered and closed with its body half read, a connection is reset, and
// its client may never see the answer.
import type { IncomingMessage } from 'node:http';

const MAX_BYTES = 64 * 1024 * 1024;
const MAX_MS = 5_000;

/** Resolves at the end of the body; past the limits (64 MiB, 5 s) the connection is reset. */
export function drainBody(request: IncomingMessage): Promise<void> {
  if (request.readableEnded || request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let dropped = 0;
    const done = () => {
      clearTimeout(timer);
      request.off('data', count);
      resolve();
    };
    const count = (chunk: Buffer) => {
      dropped += chunk.length;
      if (dropped > MAX_BYTES) done();
    };
    const timer = setTimeout(done, MAX_MS);
    for (const event of ['end', 'close', 'error']) request.once(event, done);
    request.on('data', count);
  });
}
