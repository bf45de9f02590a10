// RPC to a worker thread: an answer, an error, or failure of the thread; long answers are streamed with backpressure.
import { type MessagePort, type Transferable, Worker, type WorkerOptions } from 'node:worker_threads';
import { ExpectedError, isErrorCode, messageOf } from '../domain/errors.ts';
import { diskError } from './disk-errors.ts';

/** What a call and its answer travel through. Everything posted must be structured-clone safe. */
export type CallPort = MessagePort | Worker;

/** An error loses its class on the way: code and hint travel beside the message. */
type Failure = { readonly code?: string; readonly hint?: string | undefined; readonly message: string };
type ToServer<Call> =
  | { readonly id: number; readonly call: Call }
  | { readonly more: number }
  | { readonly cancel: number };
type ToCaller =
  | { readonly id: number; readonly piece: unknown }
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly failure: Failure }
  | { readonly event: unknown }
  | { readonly opened: unknown }
  | { readonly failedToOpen: Failure };

/** Pieces of one answer that may be on their way, so that the caller never finds a heap of them. */
const PIECES_IN_FLIGHT = 2;

export type CallOptions = {
  /** Change hands with the call instead of being copied. */
  readonly transfer?: readonly Transferable[];
  /** Each piece in order; the server waits while two are on their way. A promise: the piece is until it resolves. */
  readonly onPiece?: (piece: never) => unknown;
  /** Rejects the call with its reason and cancels it at the server. */
  readonly signal?: AbortSignal | undefined;
};

export type Caller<Call> = {
  /** The answer, or the server's error with its code and hint. */
  call<Answer>(call: Call, options?: CallOptions): Promise<Answer>;
  /** From now on every call, also those that wait, is rejected with this error. */
  close(error: Error): void;
};

type Waiting = CallOptions & { resolve(answer: never): void; reject(error: unknown): void };

/** `onOther` gets the events of the server. */
export function createCaller<Call>(port: CallPort, onEvent: (event: never) => void = () => {}): Caller<Call> {
  const waiting = new Map<number, Waiting>();
  let closed: Error | undefined;
  let ids = 0;

  port.on('message', (message: ToCaller) => {
    if ('event' in message) return onEvent(message.event as never);
    // Calls of the other side may come through the same port.
    if (!('piece' in message || 'answer' in message || 'failure' in message)) return;
    const { id } = message;
    const call = waiting.get(id);
    if ('piece' in message) {
      const taken = call?.onPiece?.(message.piece as never);
      const more = () => port.postMessage({ more: id } satisfies ToServer<Call>);
      if (taken instanceof Promise) void taken.then(more);
      // In a turn of its own, so that two pieces are not unpacked in one.
      else setImmediate(more);
      return;
    }
    waiting.delete(id);
    if ('failure' in message) call?.reject(errorOf(message.failure));
    else call?.resolve(message.answer as never);
  });

  return {
    async call<Answer>(call: Call, options: CallOptions = {}): Promise<Answer> {
      const { transfer = [], signal } = options;
      if (closed) throw closed;
      signal?.throwIfAborted();
      const id = ++ids;
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      waiting.set(id, { ...options, resolve, reject });
      port.postMessage({ id, call } satisfies ToServer<Call>, transfer);
      if (!signal) return promise;
      const onAbort = () => {
        waiting.delete(id);
        port.postMessage({ cancel: id } satisfies ToServer<Call>);
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      return promise.finally(() => signal.removeEventListener('abort', onAbort));
    },
    close(error) {
      closed ??= error;
      for (const { reject } of waiting.values()) reject(closed);
      waiting.clear();
    },
  };
}

/**
 * The same calls to an answerer in this thread: nothing is copied, and what an answer hands over is the caller's. A piece is
 * one at a time.
 */
export function createLocalCaller<Call>(
  answer: (call: Call, context: CallContext) => unknown,
): Pick<Caller<Call>, 'call'> {
  return {
    async call<Answer>(call: Call, { onPiece, signal = NEVER }: CallOptions = {}): Promise<Answer> {
      signal.throwIfAborted();
      const aborted = Promise.withResolvers<never>();
      // Nobody may be waiting when it is aborted.
      aborted.promise.catch(() => {});
      const onAbort = () => aborted.reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      const context: CallContext = {
        ...{ transfer: [], signal },
        async piece(piece) {
          signal.throwIfAborted();
          await Promise.race([onPiece?.(piece as never), aborted.promise]);
        },
      };
      try {
        return (await Promise.race([answer(call, context), aborted.promise])) as Answer;
      } catch (error) {
        throw diskError(error) ?? error;
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
  };
}

const NEVER = new AbortController().signal;

export type CallContext = {
  /** Change hands with the answer. */
  readonly transfer: Transferable[];
  /** Aborted when the caller cancelled the call. */
  readonly signal: AbortSignal;
  /** Sends a part of the answer; resolves when the next one may be made. */
  piece(piece: unknown, transfer?: readonly Transferable[]): Promise<void>;
};

export type CallServer = {
  /** Tells the caller something that no call waits for. */
  event(event: unknown, transfer?: readonly Transferable[]): void;
};

/** Answers calls with what `answer` returns; what it throws is thrown at the caller. */
export function serveCalls<Call>(
  port: CallPort,
  answer: (call: Call, context: CallContext) => unknown,
): CallServer {
  const running = new Map<
    number,
    { inFlight: number; resume: () => void; readonly abort: AbortController }
  >();
  const post = (message: ToCaller, transfer: readonly Transferable[] = []) =>
    port.postMessage(message, [...transfer]);

  port.on('message', (message: ToServer<Call>) => {
    if ('more' in message) {
      const call = running.get(message.more);
      if (!call) return;
      call.inFlight--;
      call.resume();
    } else if ('cancel' in message) {
      const call = running.get(message.cancel);
      call?.abort.abort(new Error('the caller cancelled the call'));
      call?.resume();
    } else if ('call' in message) void run(message.id, message.call);
  });

  async function run(id: number, call: Call) {
    const abort = new AbortController();
    const state = { inFlight: 0, resume: () => {}, abort };
    running.set(id, state);
    const context: CallContext = {
      transfer: [],
      signal: abort.signal,
      async piece(piece, transfer) {
        abort.signal.throwIfAborted();
        post({ id, piece }, transfer);
        state.inFlight++;
        if (state.inFlight < PIECES_IN_FLIGHT || abort.signal.aborted) return;
        await new Promise<void>((resolve) => {
          state.resume = resolve;
        });
      },
    };
    try {
      // Awaited only where there is a promise: a call that is answered at once is answered in order.
      const result = answer(call, context);
      const value = result instanceof Promise ? await result : result;
      post({ id, answer: value }, context.transfer);
    } catch (error) {
      post({ id, failure: failureOf(error) });
    } finally {
      running.delete(id);
    }
  }

  return { event: (event, transfer) => post({ event }, transfer) };
}

export type WorkerThread<Call, Opened> = {
  readonly opened: Opened;
  readonly call: Caller<Call>['call'];
  /** Why the thread is gone, once it died by itself. */
  dead(): Error | undefined;
  /** Ends the thread; calls that wait are rejected with the error. */
  end(error: Error): Promise<void>;
};

export type WorkerThreadOptions = Pick<WorkerOptions, 'name' | 'workerData' | 'transferList'> & {
  readonly url: URL;
  readonly onEvent?: (event: never) => void;
  /** Called once if it dies by itself. Its result rejects every waiting and later call. */
  readonly onDeath: (error: Error) => Error;
};

/** Resolves when the thread has opened (see {@link openWorker}); rejects with why it could not. */
export async function startWorker<Call, Opened = undefined>(
  options: WorkerThreadOptions,
): Promise<WorkerThread<Call, Opened>> {
  const { url, onEvent, onDeath, ...rest } = options;
  const worker = new Worker(url, rest);
  const caller = createCaller<Call>(worker, onEvent);
  let started = false;
  let ending = false;
  let dead: Error | undefined;

  const opened = await new Promise<Opened>((resolve, reject) => {
    const died = (error: Error) => {
      reject(error);
      if (!started || ending || dead) return;
      dead = error;
      caller.close(onDeath(error));
    };
    worker.on('message', (message: ToCaller) => {
      if ('opened' in message) {
        started = true;
        resolve(message.opened as Opened);
      } else if ('failedToOpen' in message) reject(errorOf(message.failedToOpen));
    });
    worker.on('error', (error) => died(error as Error));
    worker.on('exit', (code) => died(new Error(`the thread ended (code ${code})`)));
  });

  return {
    opened,
    call: caller.call,
    dead: () => dead,
    async end(error) {
      ending = true;
      caller.close(error);
      await worker.terminate();
    },
  };
}

/** The thread's side of {@link startWorker}: tells what `open` returns, or why it failed. */
export function openWorker(port: MessagePort, open: () => unknown): void {
  try {
    port.postMessage({ opened: open() } satisfies ToCaller);
  } catch (error) {
    port.postMessage({ failedToOpen: failureOf(error) } satisfies ToCaller);
    port.close();
  }
}

const failureOf = (thrown: unknown): Failure => explainedFailure(diskError(thrown) ?? thrown);

const explainedFailure = (error: unknown): Failure =>
  error instanceof ExpectedError
    ? { code: error.code, message: error.message, hint: error.hint }
    : { message: error instanceof Error ? (error.stack ?? error.message) : messageOf(error) };

const errorOf = ({ code, message, hint }: Failure): Error =>
  code !== undefined && isErrorCode(code) ? new ExpectedError(code, message, { hint }) : new Error(message);
