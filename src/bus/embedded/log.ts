// The embedded bus on disk: records in one SQLite file, the groups' offsets in another; runs in the log's own thread.
import { existsSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import { lockDirectory } from '../../runtime/directory-lock.ts';
import {
  isDamage,
  moveAside,
  openSqlite,
  type SqliteDatabase,
  type SqliteStatement,
} from '../../runtime/sqlite.ts';
import { type GroupOffsets, type LogBreak, openOffsets } from './offsets.ts';

export type LogOptions = {
  readonly directory: string;
  readonly partitions: number;
  readonly maxBytes: number;
  readonly minFreeShare: number;
};

export type LogMessage = {
  readonly partition: number;
  readonly receivedMs: number;
  readonly bytes: Uint8Array;
};
export type LogRecord = LogMessage & { readonly offset: number; readonly schema: number };

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
  /** Durable when it returns: the offset of each message. BUS_FULL when there is no room. */
  append(messages: readonly LogMessage[], schema: number): readonly number[];
  /** Records at or after `from`, at most maxBytes of them but at least one if there is any. */
  read(at: { readonly partition: number; readonly from: number; readonly maxBytes: number }): LogRecord[];
  /** Removes some of the records before these offsets (by partition); true when there are more to remove. */
  trim(before: readonly number[]): boolean;
  groups(): readonly GroupOffsets[];
  commit(group: GroupOffsets): void;
  close(): void;
};

const SCHEMA = [
  `CREATE TABLE records (
     id INTEGER PRIMARY KEY, received_ms INTEGER NOT NULL, schema INTEGER NOT NULL, bytes BLOB NOT NULL
   )`,
];
// id = partition * 2^40 + offset keeps a partition's records together and in order without a second index.
const PER_PARTITION = 2 ** 40;
const BREAK_GAP = 1_000_000;
const TRIM_AT_ONCE = 256;
// Reading a large log for damage at every start would cost seconds; its readers find the damage just as well.
const QUICK_CHECK_BYTES = 64 * 1024 * 1024;

export function openLog(options: LogOptions, onDamaged: (message: string) => void): EmbeddedLog {
  const { directory, partitions, maxBytes, minFreeShare } = options;
  const path = join(directory, 'bus.sqlite');
  const release = lockDirectory(directory);
  const offsets = openOffsets(directory, onDamaged);
  // A log that is missing although its offsets are known was lost as much as a damaged one.
  let moved = !existsSync(path) && offsets.ends().size > 0;
  let db: SqliteDatabase;
  let statements: ReturnType<typeof prepare>;
  let starts: number[] = [];
  let ends: number[] = [];
  try {
    checkPartitions(offsets.ends().size, partitions, directory);
    try {
      open();
    } catch (error) {
      // A large file shows its damage only now.
      if (!isDamage(error)) throw error;
      db!.close();
      moved = true;
      onDamaged(moveAside(path, messageOf(error)));
      open();
    }
    if (moved) begin(offsets.ends());
    else offsets.keepEnds(ends);
  } catch (error) {
    offsets.close();
    release();
    throw error;
  }

  function open() {
    db = openSqlite({
      path,
      synchronous: 'full',
      schema: SCHEMA,
      quickCheck: !existsSync(path) || statSync(path).size <= QUICK_CHECK_BYTES,
      onDamaged: (message) => {
        moved = true;
        onDamaged(message);
      },
    });
    statements = prepare(db);
    const known = offsets.ends();
    const bound = (statement: SqliteStatement, partition: number) => {
      const base = partition * PER_PARTITION;
      const id = statement.get(base, base + PER_PARTITION) as number | undefined;
      return id === undefined ? undefined : id - base;
    };
    const every = Array.from({ length: partitions }, (_, partition) => partition);
    // An empty log goes on where it ended: offsets never come again.
    ends = every.map((p) => (bound(statements.last, p) ?? (known.get(p) ?? 0) - 1) + 1);
    starts = every.map((p) => bound(statements.first, p) ?? ends[p]!);
  }

  /** Begins a new log so far past the old one that no offset can mean two records. */
  function begin(previousEnds: ReadonlyMap<number, number>) {
    ends = Array.from({ length: partitions }, (_, p) => (previousEnds.get(p) ?? 0) + BREAK_GAP);
    starts = [...ends];
    const breaks = ends.map((start, partition) => ({
      partition,
      previousEnd: previousEnds.get(partition) ?? 0,
      start,
    }));
    offsets.addBreaks(breaks);
    offsets.keepEnds(ends);
    moved = false;
  }

  /** Damage that shows while the log is in use costs what was in it, and no more: a new log begins. */
  function surviving<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!isDamage(error)) throw error;
      const previous = new Map(ends.map((end, partition) => [partition, end] as const));
      db.close();
      onDamaged(moveAside(path, messageOf(error)));
      open();
      begin(previous);
      return work();
    }
  }

  function usedBytes(): number {
    const pages = db.pragma('page_count', { simple: true }) as number;
    const free = db.pragma('freelist_count', { simple: true }) as number;
    return (pages - free) * (db.pragma('page_size', { simple: true }) as number);
  }

  // What found no room keeps the bus full until as much is free: a bus that fits a heartbeat is no use to reports.
  let refusedBytes = 0;

  function fullness(incoming: number): string | undefined {
    if (usedBytes() + incoming > maxBytes) {
      return `the bus holds ${mebibytes(usedBytes())} MiB of its limit of ${mebibytes(maxBytes)} MiB`;
    }
    const disk = statfsSync(directory);
    const share = disk.bavail / disk.blocks;
    if (share >= minFreeShare) return undefined;
    return `the disk of ${directory} has ${(share * 100).toFixed(1)} % free; the bus leaves ${minFreeShare * 100} %`;
  }

  return {
    state: () => ({
      starts,
      ends,
      breaks: offsets.breaks(),
      usedBytes: usedBytes(),
      full: fullness(refusedBytes),
    }),

    append(messages, schema) {
      const incoming = messages.reduce((sum, message) => sum + message.bytes.length, 0);
      const full = fullness(incoming);
      refusedBytes = full ? incoming : 0;
      if (full) throw busFull(full);
      try {
        return surviving(() => {
          const next = [...ends];
          const given = db.transaction(() =>
            messages.map(({ partition, receivedMs, bytes }) => {
              const offset = next[partition]!;
              statements.insert.run(partition * PER_PARTITION + offset, receivedMs, schema, bytes);
              next[partition] = offset + 1;
              return offset;
            }),
          )();
          // Only now: a transaction that failed has given no offsets away.
          ends = next;
          return given;
        });
      } catch (error) {
        if ((error as { code?: string }).code === 'SQLITE_FULL') throw busFull(messageOf(error));
        throw error;
      }
    },

    read({ partition, from, maxBytes: limit }) {
      return surviving(() => {
        const base = partition * PER_PARTITION;
        const records: LogRecord[] = [];
        let bytes = 0;
        for (const row of statements.read.iterate(base + from, base + ends[partition]!)) {
          const found = row as { id: number; received_ms: number; schema: number; bytes: Buffer };
          bytes += found.bytes.length;
          if (records.length > 0 && bytes > limit) break;
          records.push({
            partition,
            offset: found.id - base,
            receivedMs: found.received_ms,
            schema: found.schema,
            bytes: found.bytes,
          });
        }
        return records;
      });
    },

    trim(before) {
      let more = false;
      surviving(() => {
        for (const [partition, floor] of before.entries()) {
          const start = starts[partition];
          if (start === undefined) continue;
          const target = Math.min(floor, ends[partition]!);
          const to = Math.min(target, start + TRIM_AT_ONCE);
          if (to <= start) continue;
          // The end must be known to the offsets before the last record that shows it is gone.
          if (to === ends[partition]) offsets.keepEnds(ends);
          statements.trim.run(partition * PER_PARTITION + start, partition * PER_PARTITION + to);
          starts = starts.with(partition, to);
          if (to < target) more = true;
        }
      });
      return more;
    },

    groups: () => offsets.groups(),
    commit: (group) => offsets.commit(group, ends),

    close() {
      offsets.keepEnds(ends);
      db.close();
      offsets.close();
      release();
    },
  };
}

function prepare(db: SqliteDatabase) {
  return {
    insert: db.prepare('INSERT INTO records (id, received_ms, schema, bytes) VALUES (?, ?, ?, ?)'),
    read: db.prepare(
      'SELECT id, received_ms, schema, bytes FROM records WHERE id >= ? AND id < ? ORDER BY id',
    ),
    first: db.prepare('SELECT id FROM records WHERE id >= ? AND id < ? ORDER BY id LIMIT 1').pluck(),
    last: db.prepare('SELECT id FROM records WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1').pluck(),
    trim: db.prepare('DELETE FROM records WHERE id >= ? AND id < ?'),
  };
}

const mebibytes = (bytes: number) => Math.ceil(bytes / 1_048_576);

const busFull = (why: string) =>
  new ExpectedError('BUS_FULL', why, {
    hint: 'Nothing is lost: agents keep their samples. See why persist does not store, or give the bus more room.',
  });

function checkPartitions(known: number, wanted: number, directory: string): void {
  if (known === 0 || known === wanted) return;
  throw new ExpectedError('BAD_CONFIG', `the bus in ${directory} has ${known} partitions, not ${wanted}`, {
    hint: 'Partitions are fixed for the life of a bus. Set the number it was made with.',
  });
}
