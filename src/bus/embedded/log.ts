// The embedded bus on disk: records in one SQLite file, the groups' offsets in another; runs in the log's own thread.
import { join } from 'node:path';
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import { directoryId, type Owner } from '../../runtime/directory-id.ts';
import { lockDirectory } from '../../runtime/directory-lock.ts';
import { type EndMark, openEndMark } from '../../runtime/end-mark.ts';
import { isMissing, renameDamaged } from '../../runtime/sqlite.ts';
import { isDamage } from '../../runtime/sqlite-damage.ts';
import { busFull, createSpaceCheck } from './free-space.ts';
import { type GroupOffsets, type LogBreak, type Offsets, openOffsets } from './offsets.ts';
import {
  type DamagedFile,
  type LogMessage,
  type LogRecord,
  openRecordTable,
  type RecordTable,
} from './record-table.ts';

export type LogOptions = {
  readonly directory: string;
  readonly partitions: number;
  readonly maxBytes: number;
  readonly minFreeShare: number;
  /** By partition, how far the reader that holds records knows itself to be: a log that ends before it lost records. */
  readonly consumed?: ReadonlyMap<number, { readonly next: number; readonly durable: number }> | undefined;
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

/** More than a replaced log can have had beyond the end that was kept last. */
const BREAK_GAP = 1_000_000;
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

type LogParts = {
  readonly owner: Owner;
  readonly offsets: Offsets;
  /** By partition. */
  readonly mark: EndMark;
  readonly onDamaged: (message: string) => void;
};

function createLog(options: LogOptions, parts: LogParts & { readonly release: () => void }): EmbeddedLog {
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

/**
 * The record table and its bounds. What is damaged or missing of it costs the records in it and no more: offsets that are
 * known elsewhere and have no record are never given out again, and count as lost when they are read.
 */
function openSurvivingTable(
  { directory, partitions, consumed }: LogOptions,
  { offsets, mark, owner, onDamaged }: LogParts,
) {
  const path = join(directory, 'bus.sqlite');
  const everyPartition = Array.from({ length: partitions }, (_, partition) => partition);
  const known = knownEnds();
  let replaced = false;
  let table: RecordTable | undefined;
  let starts: number[] = [];
  let ends: number[] = [];
  if (known.some((end) => end > 0) && isMissing(path)) {
    replaced = true;
    onDamaged(
      `${path} is missing although records up to ${known.join(', ')} were written: an empty one is created`,
    );
  }
  try {
    open(known);
  } catch (error) {
    // A large file shows its damage only now.
    if (!isDamage(error)) throw error;
    replace(error, known);
  }
  goPastConsumed();
  if (replaced) skipOffsets();
  else keepEnds();

  /** Where each partition ended at least: not what the log itself shows. */
  function knownEnds(): number[] {
    const kept = offsets.ends();
    return everyPartition.map((partition) =>
      Math.max(kept.get(partition) ?? 0, mark.found?.[partition] ?? 0),
    );
  }

  /** What the reader has in files already counts as never used, so that only what is lost is counted. */
  function goPastConsumed(): void {
    for (const [partition, { next, durable }] of consumed ?? []) {
      const end = ends[partition];
      if (end === undefined || end >= next) continue;
      onDamaged(
        `${directory} ends at offset ${end} of partition ${partition} although ${next} was read before: it is an older copy, or lost its files. ${next - Math.max(end, durable)} records are lost that were in no other file yet; the log goes on after them`,
      );
      if (durable > end) offsets.addBreaks([{ partition, previousEnd: end, start: durable }]);
      if (starts[partition] === end) starts = starts.with(partition, Math.max(end, durable));
      ends = ends.with(partition, next);
      replaced = true;
    }
  }

  function open(atLeast: readonly number[], damaged?: DamagedFile): void {
    table = openRecordTable({
      path,
      owner,
      damaged,
      onDamaged(message) {
        replaced = true;
        onDamaged(message);
      },
    });
    const bounds = everyPartition.map(table.bounds);
    // An empty log continues where it ended: offsets are never reused.
    ends = bounds.map(({ last }, partition) =>
      Math.max(atLeast[partition]!, last === undefined ? 0 : last + 1),
    );
    starts = bounds.map(({ first }, partition) => first ?? ends[partition]!);
  }

  function replace(error: unknown, atLeast: readonly number[]): void {
    table?.close();
    replaced = true;
    open(atLeast, { why: messageOf(error), aside: renameDamaged(path) });
  }

  /** Goes on so far past the log's end that no offset can mean two records, whatever of the end is not known. */
  function skipOffsets(): void {
    const previousEnds = ends;
    ends = previousEnds.map((end) => end + BREAK_GAP);
    starts = starts.map((start, partition) => (start === previousEnds[partition] ? ends[partition]! : start));
    offsets.addBreaks(
      ends.map((start, partition) => ({ partition, previousEnd: previousEnds[partition]!, start })),
    );
    keepEnds();
    replaced = false;
  }

  function keepEnds(): void {
    offsets.keepEnds(ends);
    mark.keep(ends);
  }

  return {
    /** By partition. */
    starts: (): readonly number[] => starts,
    ends: (): readonly number[] => ends,
    setStart(partition: number, start: number) {
      starts = starts.with(partition, start);
    },
    setEnds(next: number[]) {
      ends = next;
    },
    usedBytes: () => table!.usedBytes(),
    /** Damage that shows while the log is in use: the work is done again on the table that replaces it. */
    use<T>(work: (table: RecordTable) => T): T {
      try {
        return work(table!);
      } catch (error) {
        if (!isDamage(error)) throw error;
        replace(error, ends);
        skipOffsets();
        return work(table!);
      }
    },
    close: () => table!.close(),
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
