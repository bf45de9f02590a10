// The main loop's side of the log thread: requests by message, answers as promises, and what happens when it dies.
import { Worker } from 'node:worker_threads';
import { ExpectedError, isErrorCode } from '../../domain/errors.ts';
import type { Logger } from '../../runtime/logging.ts';
import { BUS_SCHEMA, type BusMessage, type BusRecord } from '../bus.ts';
import type { GroupOffsets, LogOptions, LogState } from './log.ts';
import { type PackedRecords, unpackRecords } from './records.ts';

type Work =
  | {
      readonly op: 'append';
      readonly messages: readonly { partition: number; receivedMs: number; length: number }[];
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly schema: number;
    }
  | { readonly op: 'read'; readonly partition: number; readonly from: number; readonly maxBytes: number }
  | { readonly op: 'trim'; readonly before: readonly number[] }
  | ({ readonly op: 'commit' } & GroupOffsets)
  | { readonly op: 'state' }
  | { readonly op: 'close' };
export type LogRequest = Work & { readonly id: number };
export type LogReply = {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: {
    readonly code?: string | undefined;
    readonly hint?: string | undefined;
    readonly message: string;
  };
  readonly state?: LogState;
};
type LogEvent =
  | LogReply
  | { readonly damaged: string }
  | { readonly opened: LogState; readonly groups: readonly GroupOffsets[] };

export type LogThread = {
  state(): LogState;
  /** As they were when the log was opened. */
  readonly groups: readonly GroupOffsets[];
  append(messages: readonly BusMessage[]): Promise<readonly number[]>;
  read(at: { partition: number; from: number; maxBytes: number }): Promise<readonly BusRecord[]>;
  trim(before: readonly number[]): Promise<boolean>;
  commit(group: GroupOffsets): Promise<void>;
  refresh(): Promise<void>;
  /** Why the thread is gone, once it is. */
  dead(): Error | undefined;
  close(): Promise<void>;
};

export type ThreadOptions = LogOptions & {
  readonly logger: Logger;
  readonly workerUrl: URL;
  /** Told after each answer that came with a newer state, and when the thread died. */
  readonly onState: () => void;
};

export async function startLogThread(options: ThreadOptions): Promise<LogThread> {
  const { logger, workerUrl, onState, ...workerData } = options;
  const worker = new Worker(workerUrl, { workerData, name: 'minimon-bus' });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let state: LogState | undefined;
  let dead: Error | undefined;
  let closing = false;
  let ids = 0;

  const groups = await new Promise<readonly GroupOffsets[]>((resolve, reject) => {
    worker.on('message', (event: LogEvent) => {
      if ('damaged' in event) return logger.error(event.damaged);
      if ('opened' in event) {
        state = event.opened;
        return resolve(event.groups);
      }
      if (event.state) state = event.state;
      const waiter = waiting.get(event.id);
      waiting.delete(event.id);
      if (event.error) waiter?.reject(revived(event.error));
      else waiter?.resolve(event.value);
      onState();
    });
    const died = (error: Error) => {
      // An error on the way up has its own code; later ones mean that the bus is gone.
      reject(error);
      if (!state || closing || dead) return;
      dead = error;
      for (const waiter of waiting.values()) waiter.reject(gone(error));
      waiting.clear();
      onState();
    };
    worker.on('error', (error) => died(revived(error as Error & { code?: string; hint?: string })));
    worker.on('exit', (code) => died(new Error(`the bus log thread ended (code ${code})`)));
  });

  function ask<T>(work: Work, transfer: ArrayBuffer[] = []): Promise<T> {
    if (dead) return Promise.reject(gone(dead));
    // A thread that has ended would never answer.
    if (closing) return Promise.reject(new ExpectedError('UNAVAILABLE', 'the bus is stopping'));
    const id = ++ids;
    return new Promise<T>((resolve, reject) => {
      waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      worker.postMessage({ id, ...work } satisfies LogRequest, transfer);
    });
  }

  return {
    state: () => state!,
    groups,
    append(messages) {
      // One buffer that changes hands: posting a view would copy all of the memory it is a view of.
      const bytes = new Uint8Array(messages.reduce((sum, message) => sum + message.bytes.length, 0));
      let at = 0;
      const heads = messages.map(({ partition, receivedMs, bytes: body }) => {
        bytes.set(body, at);
        at += body.length;
        return { partition, receivedMs, length: body.length };
      });
      return ask({ op: 'append', messages: heads, bytes, schema: BUS_SCHEMA }, [bytes.buffer]);
    },
    read: async (at) => unpackRecords(at.partition, await ask<PackedRecords>({ op: 'read', ...at })),
    trim: (before) => ask({ op: 'trim', before }),
    commit: (group) => ask({ op: 'commit', ...group }),
    refresh: () => ask({ op: 'state' }),
    dead: () => dead,
    async close() {
      if (closing || dead) return;
      const closed = ask<void>({ op: 'close' });
      closing = true;
      await closed;
      await worker.terminate();
    },
  };
}

function revived(error: { code?: string | undefined; hint?: string | undefined; message: string }): Error {
  const { code, hint, message } = error;
  if (code && isErrorCode(code)) return new ExpectedError(code, message, { hint });
  return error instanceof Error ? error : new Error(message);
}

const gone = (error: Error) =>
  new ExpectedError('UNAVAILABLE', `the bus is gone: ${error.message}`, {
    hint: 'The daemon has to be started again; what was acknowledged is on disk.',
    cause: error,
  });
