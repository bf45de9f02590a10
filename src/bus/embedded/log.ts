// The embedded bus on disk: records in one SQLite file, the groups' offsets in another; runs in the log's own thread.
import { join } from 'node:path';
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import { directoryId } from '../../runtime/directory-id.ts';
import { lockDirectory } from '../../runtime/directory-lock.ts';
import { type EndMark, openEndMark } from '../../runtime/end-mark.ts';
import { busFull, createSpaceCheck } from './free-space.ts';
import { type GroupOffsets, type LogBreak, type Offsets, openOffsets } from './offsets.ts';
import type { LogMessage, LogRecord } from './record-table.ts';
import { openSurvivingTable, type TableOptions, type TableParts } from './surviving-table.ts';

export type LogOptions = TableOptions & {
  readonly maxBytes: number;
  readonly minFreeShare: number;
};

export type LogState = {
  /** By partition: offset of the oldest record, and after the newest. Equal when there is none. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly breaks: readonly LogBreak[];
  readonly usedBytes: number;
  /** Why nothing can be appended now. */
  readonly full: string | undefined;
};

export type EmbeddedLog = {
  state(): LogState;
  /** Durable when it returns: the offset of each message. BUS_FULL when there is no space. */
  append(messages: readonly LogMessage[], schema: number): readonly number[];
  /** Records at or after `from`, at most maxBytes of them but at least one if there is any. */
  read(at: { readonly partition: number; readonly from: number; readonly maxBytes: number }): LogRecord[];
  /**
   * Removes some of the records before these offsets (by partition); true when there are more to remove. After the last
   * of them a file that is nearly empty becomes small again.
   */
  trim(before: readonly number[]): boolean;
  groups(): readonly GroupOffsets[];
  commit(group: GroupOffsets): void;
  close(): void;
};

/** Deleting holds up appends of the same thread: in short turns. */
const TRIM_AT_ONCE = 256;

/** DATA_IN_USE while another process has the directory, BAD_CONFIG for another number of partitions. */
export function openLog(options: LogOptions, onDamaged: (message: string) => void): EmbeddedLog {
  const release = lockDirectory(options.directory);
  let offsets: Offsets | undefined;
  let mark: EndMark | undefined;
  try {
    const owner = directoryId(options.directory, onDamaged);
    offsets = openOffsets({ directory: options.directory, owner, onDamaged });
    checkPartitions(offsets.ends().size, options);
    mark = openEndMark(join(options.directory, 'bus.end'), onDamaged);
    return createLog(options, { offsets, mark, owner, onDamaged, release });
  } catch (error) {
    mark?.close();
    offsets?.close();
    release();
    throw error;
  }
}

function createLog(options: LogOptions, parts: TableParts & { readonly release: () => void }): EmbeddedLog {
  const { offsets, mark } = parts;
  const table = openSurvivingTable(options, parts);
  const space = createSpaceCheck(options, table.usedBytes);

  return {
    state: () => ({
      starts: table.starts(),
      ends: table.ends(),
      breaks: offsets.breaks(),
      usedBytes: table.usedBytes(),
      full: space.full(),
    }),

    append(messages, schema) {
      // Before the transaction: SQLite finds a full disk only half way, and costs a rollback each time.
      space.reserve(messages.reduce((sum, message) => sum + message.bytes.length, 0));
      try {
        return table.use((records) => {
          const next = [...table.ends()];
          const appended = messages.map((message) => ({
            ...message,
            schema,
            offset: next[message.partition]!++,
          }));
          records.append(appended);
          // Only now: a transaction that failed has assigned no offsets.
          table.setEnds(next);
          mark.keep(next);
          return appended.map(({ offset }) => offset);
        });
      } catch (error) {
        if ((error as { code?: string }).code === 'SQLITE_FULL') throw busFull(messageOf(error));
        throw error;
      }
    },

    read: ({ partition, from, maxBytes }) =>
      table.use((records) => records.read({ partition, from, to: table.ends()[partition]!, maxBytes })),

    trim(before) {
      let more = false;
      table.use((records) => {
        for (const [partition, floor] of before.entries()) {
          const start = table.starts()[partition];
          if (start === undefined) continue;
          const ends = table.ends();
          const target = Math.min(floor, ends[partition]!);
          const to = Math.min(target, start + TRIM_AT_ONCE);
          if (to <= start) continue;
          // The last record shows where the log ends: before it is removed the offsets must know.
          if (to === ends[partition]) offsets.keepEnds(ends);
          records.remove({ partition, from: start, to });
          table.setStart(partition, to);
          if (to < target) more = true;
        }
        if (!more) records.shrink();
      });
      return more;
    },

    groups: () => offsets.groups(),
    commit: (group) => offsets.commit(group, table.ends()),

    close() {
      offsets.keepEnds(table.ends());
      table.close();
      mark.close();
      offsets.close();
      parts.release();
    },
  };
}

function checkPartitions(known: number, { partitions, directory }: LogOptions): void {
  if (known === 0 || known === partitions) return;
  throw new ExpectedError(
    'BAD_CONFIG',
    `the bus in ${directory} has ${known} partitions, not ${partitions}`,
    {
      hint: 'The number of partitions cannot be changed. Configure the number that the bus was created with.',
    },
  );
}
