// The main thread's side of the log thread: calls, transfer of records, and failure of the thread.
import { ExpectedError } from '../../domain/errors.ts';
import type { Logger } from '../../runtime/logging.ts';
import { startWorker } from '../../runtime/worker-call.ts';
import { BUS_SCHEMA, type BusMessage, type BusRecord } from '../bus.ts';
import type { LogOptions, LogState } from './log.ts';
import type { GroupOffsets } from './offsets.ts';
import type { LogRecord } from './record-table.ts';

export type LogCall =
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

/** Every answer brings the state after it. */
export type LogAnswer = { readonly value: unknown; readonly state: LogState };
export type LogEvent = { readonly damaged: string } | { readonly state: LogState };
export type LogOpened = { readonly state: LogState; readonly groups: readonly GroupOffsets[] };

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
  /** Called after each answer, which may have brought a newer state, and when the thread died. */
  readonly onState: () => void;
};

export async function startLogThread(options: ThreadOptions): Promise<LogThread> {
  const { logger, workerUrl, onState, ...workerData } = options;
  const thread = await startWorker<LogCall, LogOpened>({
    url: workerUrl,
    name: 'minimon-bus',
    workerData,
    onEvent(event: LogEvent) {
      if ('damaged' in event) logger.error(event.damaged);
      else state = event.state;
    },
    onDeath(error) {
      // After the calls in flight were rejected: readers then see a dead thread, not one without news.
      setImmediate(onState);
      return new ExpectedError('UNAVAILABLE', `the thread of the bus stopped: ${error.message}`, {
        hint: 'Restart the daemon; acknowledged records are on disk.',
        cause: error,
      });
    },
  });
  let state: LogState = thread.opened.state;
  let closing: Promise<void> | undefined;

  async function ask<T>(call: LogCall, transfer: ArrayBuffer[] = []): Promise<T> {
    try {
      const answer = await thread.call<LogAnswer>(call, { transfer });
      state = answer.state;
      return answer.value as T;
    } finally {
      onState();
    }
  }

  async function close() {
    // Closed by the thread itself, so that the log ends with a checkpoint and the next start need not recover it.
    if (!thread.dead()) await thread.call({ op: 'close' });
    await thread.end(new ExpectedError('UNAVAILABLE', 'the bus is stopping'));
  }

  return {
    state: () => state,
    groups: thread.opened.groups,
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
    dead: () => thread.dead(),
    close: () => (closing ??= close()),
  };
}

/** Two buffers that change hands, instead of thousands of objects to clone. */
export type PackedRecords = {
  /** Four numbers a record: offset, received_ms, schema, length. */
  readonly heads: Float64Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
};

const FIELDS = 4;

export function packRecords(records: readonly LogRecord[]): PackedRecords {
  const heads = new Float64Array(records.length * FIELDS);
  const bytes = new Uint8Array(records.reduce((sum, record) => sum + record.bytes.length, 0));
  let at = 0;
  for (const [i, record] of records.entries()) {
    heads.set([record.offset, record.receivedMs, record.schema, record.bytes.length], i * FIELDS);
    bytes.set(record.bytes, at);
    at += record.bytes.length;
  }
  return { heads, bytes };
}

function unpackRecords(partition: number, { heads, bytes }: PackedRecords): LogRecord[] {
  const records: LogRecord[] = [];
  let at = 0;
  for (let i = 0; i < heads.length; i += FIELDS) {
    const end = at + heads[i + 3]!;
    records.push({
      partition,
      offset: heads[i]!,
      receivedMs: heads[i + 1]!,
      schema: heads[i + 2]!,
      bytes: bytes.subarray(at, end),
    });
    at = end;
  }
  return records;
}
