// Runs a module (analyze) inside the reader thread, where queries are plain calls. That saves two thread switches per
// query and all copies of the answer.
import type { MessagePort, Transferable } from 'node:worker_threads';
import { ExpectedError } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createCaller, createLocalCaller } from '../../runtime/worker-call.ts';
import type { Store } from '../store.ts';
import type { LoadGuest, WriterCall } from './messages.ts';
import { createQueries } from './queries.ts';
import type { Reader } from './reader.ts';

export type GuestQueries = Pick<
  Store,
  'range' | 'latest' | 'encoded' | 'matrix' | 'hosts' | 'metrics' | 'watermarks' | 'consumed'
>;

/** What a guest's module exports. It shares its thread with the queries of all others: what it does has short turns. */
export type GuestModule = { readonly openGuest: (data: never, queries: GuestQueries) => void };

/** Everything in `data` must be structured-clone safe. */
export type Guest = {
  readonly url: URL;
  readonly data: unknown;
  readonly transfer?: readonly Transferable[];
};

/** In the reader thread. */
export async function openGuest(
  { url, data, writer }: LoadGuest,
  { reader, clock }: { readonly reader: Reader; readonly clock: Clock },
): Promise<void> {
  const module = (await import(url)) as GuestModule;
  const queries = createQueries({
    writer: writerOf(writer),
    reader: createLocalCaller(reader.answer),
    clock,
  });
  module.openGuest(data as never, queries);
}

/** Once the store is gone its calls reject. */
function writerOf(port: MessagePort) {
  const caller = createCaller<WriterCall>(port);
  port.once('close', () => caller.close(new ExpectedError('UNAVAILABLE', 'the store is stopped')));
  return caller;
}
