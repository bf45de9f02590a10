// The main loop's end of the two worker threads: requests, answers in pieces, and what happens when a thread dies.
import { MessageChannel, Worker } from 'node:worker_threads';
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import {
  errorOf,
  type FromWorker,
  type Piece,
  type ToReader,
  type ToWriter,
  type WorkerSettings,
} from './messages.ts';

export type WrittenMessage = FromWorker & { readonly kind: 'written' };
type Ask = (id: number) => void;

export type Threads = {
  toWriter(message: ToWriter, buffers?: readonly ArrayBuffer[]): void;
  toReader(message: ToReader): void;
  /** `ask` posts the question under the id. Resolves when the thread is done with it. */
  request(
    ask: Ask,
    on?: { readonly piece?: (piece: Piece) => void; readonly signal?: AbortSignal | undefined },
  ): Promise<WrittenMessage | undefined>;
  /** Why nothing can be asked any more. */
  unhealthy(): string | undefined;
  end(): Promise<void>;
};

type Waiting = {
  readonly piece: ((piece: Piece) => void) | undefined;
  readonly resolve: (message: WrittenMessage | undefined) => void;
  readonly reject: (error: unknown) => void;
};

export async function startThreads(options: {
  readonly workerUrl: URL;
  readonly settings: Omit<WorkerSettings, 'role' | 'port'>;
  readonly nowMs: () => number;
  /** What no request waits for: states, log lines. */
  readonly onNews: (message: FromWorker) => void;
}): Promise<Threads> {
  const { workerUrl, settings, nowMs, onNews } = options;
  const waiting = new Map<number, Waiting>();
  const { port1, port2 } = new MessageChannel();
  let nextId = 1;
  let fault: string | undefined;
  let ending = false;

  const start = (role: 'writer' | 'reader', port: typeof port1) =>
    new Worker(workerUrl, {
      name: `store-${role}`,
      workerData: { ...settings, role, port } satisfies WorkerSettings,
      transferList: [port],
    });
  const writer = start('writer', port1);
  const reader = start('reader', port2);

  function die(why: string): void {
    if (ending) return;
    fault ??= why;
    for (const { reject } of waiting.values()) reject(unavailable(fault));
    waiting.clear();
  }

  function receive(worker: Worker, message: FromWorker): void {
    if (!('id' in message)) {
      onNews(message);
      return;
    }
    const { id } = message;
    const request = waiting.get(id);
    if (message.kind === 'piece') {
      request?.piece?.(message.piece);
      // In a turn of its own, so that two pieces are not unpacked in one.
      setImmediate(() => worker.postMessage({ kind: 'more', id, nowMs: nowMs() }));
      return;
    }
    waiting.delete(id);
    if (message.kind === 'failed') request?.reject(errorOf(message.failure));
    else request?.resolve(message.kind === 'written' ? message : undefined);
  }

  const ready = (worker: Worker) =>
    new Promise<void>((resolve, reject) => {
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`a store thread ended at its start (code ${code})`)));
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'ready') resolve();
        else if (message.kind === 'unready') reject(errorOf(message.failure));
        else receive(worker, message);
      });
      worker.on('error', (error) => die(`a thread of the store failed: ${messageOf(error)}`));
      worker.on('exit', (code) => die(`a thread of the store ended (code ${code})`));
    });
  const end = async () => {
    ending = true;
    for (const { reject } of waiting.values()) reject(unavailable('the store is stopping'));
    waiting.clear();
    await Promise.all([writer.terminate(), reader.terminate()]);
  };

  try {
    await Promise.all([ready(writer), ready(reader)]);
  } catch (error) {
    await end();
    throw error;
  }

  return {
    toWriter: (message, buffers = []) => writer.postMessage(message, [...buffers]),
    toReader: (message) => reader.postMessage(message),
    request(ask, { piece, signal } = {}) {
      return new Promise((resolve, reject) => {
        if (fault !== undefined) return reject(unavailable(fault));
        if (signal?.aborted) return reject(signal.reason);
        const id = nextId++;
        const onAbort = () => {
          waiting.delete(id);
          reader.postMessage({ kind: 'cancel', id } satisfies ToReader);
          reject(signal?.reason);
        };
        const settled =
          <T>(settle: (value: T) => void) =>
          (value: T) => {
            signal?.removeEventListener('abort', onAbort);
            settle(value);
          };
        waiting.set(id, { piece, resolve: settled(resolve), reject: settled(reject) });
        signal?.addEventListener('abort', onAbort, { once: true });
        ask(id);
      });
    },
    unhealthy: () => fault,
    end,
  };
}

const unavailable = (why: string) =>
  new ExpectedError('UNAVAILABLE', `the store cannot work: ${why}`, {
    hint: 'Restart the daemon; nothing that was acknowledged is lost.',
  });
