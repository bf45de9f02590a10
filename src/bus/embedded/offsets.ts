// Metadata of the embedded bus: committed offsets of the groups and end offsets of the log, each row
// with a checksum.
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Owner } from '../../runtime/directory-id.ts';
import { openSqlite, type SqliteDatabase, type SqliteStatement } from '../../runtime/sqlite.ts';

export type GroupOffsets = {
  readonly group: string;
  readonly holds: boolean;
  readonly committed: ReadonlyMap<number, number>;
};

/** Offsets from previousEnd to start were never used: a damaged log was replaced by one that begins at `start`. */
export type LogBreak = { readonly partition: number; readonly previousEnd: number; readonly start: number };

export type Offsets = {
  groups(): readonly GroupOffsets[];
  /** Durable when it returns; an offset that is behind the committed one is left out. */
  commit(group: GroupOffsets, ends: readonly number[]): void;
  /** Where each partition ended when last kept: a lower bound after a crash. */
  ends(): ReadonlyMap<number, number>;
  keepEnds(ends: readonly number[]): void;
  breaks(): readonly LogBreak[];
  addBreaks(breaks: readonly LogBreak[]): void;
  close(): void;
};

const SCHEMA = [
  `CREATE TABLE groups (name TEXT PRIMARY KEY, holds INTEGER NOT NULL);
   CREATE TABLE committed (
     name TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (name, partition)
   );
   CREATE TABLE ends (partition INTEGER PRIMARY KEY, next INTEGER NOT NULL);
   CREATE TABLE breaks (
     partition INTEGER NOT NULL, previous_end INTEGER NOT NULL, start INTEGER NOT NULL
   )`,
  `ALTER TABLE groups ADD COLUMN sum INTEGER; UPDATE groups SET sum = row_sum(name, holds);
   ALTER TABLE committed ADD COLUMN sum INTEGER; UPDATE committed SET sum = row_sum(name, partition, next);
   ALTER TABLE ends ADD COLUMN sum INTEGER; UPDATE ends SET sum = row_sum(partition, next);
   ALTER TABLE breaks ADD COLUMN sum INTEGER; UPDATE breaks SET sum = row_sum(partition, previous_end, start)`,
];
/** What a row's checksum is over. */
const SUMMED = {
  groups: 'name, holds',
  committed: 'name, partition, next',
  ends: 'partition, next',
  breaks: 'partition, previous_end, start',
};
const rowSum = (...values: unknown[]): number => crc32(JSON.stringify(values));

const withSum = (statement: SqliteStatement, ...values: unknown[]) =>
  statement.run(...values, rowSum(...values));

export function openOffsets({
  directory,
  owner,
  onDamaged,
}: {
  readonly directory: string;
  readonly owner: Owner;
  readonly onDamaged: (message: string) => void;
}): Offsets {
  const path = join(directory, 'bus-offsets.sqlite');
  const functions = { row_sum: rowSum };
  const db = openSqlite({
    path,
    synchronous: 'full',
    schema: SCHEMA,
    owner,
    functions,
    onDamaged,
    check: dropDamaged,
  });
  const keepEnd = db.prepare(
    `INSERT INTO ends VALUES (?, ?, ?) ON CONFLICT DO UPDATE
     SET next = max(next, excluded.next), sum = row_sum(partition, max(next, excluded.next))`,
  );
  const keepGroup = db.prepare(
    `INSERT INTO groups VALUES (?, ?, ?) ON CONFLICT DO UPDATE
     SET holds = excluded.holds, sum = excluded.sum`,
  );
  const keepCommitted = db.prepare(
    `INSERT INTO committed VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
     SET next = max(next, excluded.next), sum = row_sum(name, partition, max(next, excluded.next))`,
  );
  const addBreak = db.prepare('INSERT INTO breaks VALUES (?, ?, ?, ?)');
  const readBreaks = db.prepare('SELECT partition, previous_end AS previousEnd, start FROM breaks');
  let breaks = readBreaks.all() as LogBreak[];

  const keepEnds = (ends: readonly number[]) => {
    for (const [partition, end] of ends.entries()) withSum(keepEnd, partition, end);
  };

  /** Without its offset a reader begins at the earliest record, which costs it time alone. */
  function dropDamaged(file: SqliteDatabase) {
    for (const [table, columns] of Object.entries(SUMMED)) {
      const { changes } = file.prepare(`DELETE FROM ${table} WHERE sum IS NOT row_sum(${columns})`).run();
      if (changes > 0)
        onDamaged(`${path}: ${changes} damaged rows of ${table} were dropped; readers may start over`);
    }
  }

  return {
    groups() {
      const groups = db.prepare('SELECT name, holds FROM groups').all() as { name: string; holds: number }[];
      const committed = db.prepare('SELECT partition, next FROM committed WHERE name = ?');
      return groups.map(({ name, holds }) => {
        const rows = committed.all(name) as { partition: number; next: number }[];
        return {
          group: name,
          holds: holds === 1,
          committed: new Map(rows.map((row) => [row.partition, row.next] as const)),
        };
      });
    },
    // The ends in the same transaction: no committed offset may lie past an end that a crash has forgotten.
    commit: db.transaction(({ group, holds, committed }: GroupOffsets, ends: readonly number[]) => {
      withSum(keepGroup, group, holds ? 1 : 0);
      for (const [partition, next] of committed) withSum(keepCommitted, group, partition, next);
      keepEnds(ends);
    }),
    ends() {
      const rows = db.prepare('SELECT partition, next FROM ends').all() as {
        partition: number;
        next: number;
      }[];
      return new Map(rows.map((row) => [row.partition, row.next] as const));
    },
    keepEnds: db.transaction(keepEnds),
    breaks: () => breaks,
    addBreaks(added) {
      db.transaction(() => {
        for (const { partition, previousEnd, start } of added)
          withSum(addBreak, partition, previousEnd, start);
      })();
      breaks = readBreaks.all() as LogBreak[];
    },
    close: () => void db.close(),
  };
}
