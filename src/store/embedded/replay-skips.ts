// Records past the durable position that are in files already (a merged backlog): a replay skips them. Kept in
// done.sqlite; losing it costs time, not samples.
import { join } from 'node:path';
import type { Owner } from '../../runtime/directory-id.ts';
import { openSqlite } from '../../runtime/sqlite.ts';
import type { RecordRef } from './durable-positions.ts';
import type { RecordSpan } from './messages.ts';

const SCHEMA = [
  `CREATE TABLE done (
     partition INTEGER NOT NULL, next INTEGER NOT NULL, received_ms INTEGER NOT NULL, bytes INTEGER NOT NULL,
     samples INTEGER NOT NULL, PRIMARY KEY (partition, next)
   ) WITHOUT ROWID;`,
  'ALTER TABLE done ADD COLUMN has_counters INTEGER NOT NULL DEFAULT 0',
];

type Row = [
  partition: number,
  next: number,
  receivedMs: number,
  bytes: number,
  samples: number,
  hasCounters: number,
];
type Skip = {
  readonly receivedMs: number;
  readonly bytes: number;
  /** Stored. */
  readonly samples: number;
  /** Its samples are skipped, and rates need its counters. */
  readonly hasCounters: boolean;
};

export type ReplaySkips = {
  /** What is stored of the record, or undefined if it has to be read. */
  of(span: RecordSpan): Pick<Skip, 'samples' | 'hasCounters'> | undefined;
  /** Adds records and deletes those before the durable positions. */
  update(merged: readonly RecordRef[], durable: ReadonlyMap<number, number>): void;
  size(): number;
  close(): void;
};

export function openReplaySkips({
  directory,
  owner,
  onDamaged,
}: {
  readonly directory: string;
  readonly owner: Owner;
  readonly onDamaged: (message: string) => void;
}): ReplaySkips {
  const path = join(directory, 'done.sqlite');
  const db = openSqlite({ path, synchronous: 'normal', schema: SCHEMA, owner, onDamaged });
  const partitions = new Map<number, Map<number, Skip>>();
  const insert = db.prepare<Row>('INSERT OR REPLACE INTO done VALUES (?, ?, ?, ?, ?, ?)');
  const deleteThrough = db.prepare<[number, number]>('DELETE FROM done WHERE partition = ? AND next <= ?');

  const remember = ([partition, next, receivedMs, bytes, samples, hasCounters]: Row) => {
    let skips = partitions.get(partition);
    if (!skips) {
      skips = new Map();
      partitions.set(partition, skips);
    }
    skips.set(next, { receivedMs, bytes, samples, hasCounters: hasCounters !== 0 });
  };
  const rows = db
    .prepare<[], Row>('SELECT partition, next, received_ms, bytes, samples, has_counters FROM done')
    .raw();
  for (const row of rows.iterate()) remember(row);

  const update = db.transaction((merged: readonly RecordRef[], durable: ReadonlyMap<number, number>) => {
    for (const { partition, next, receivedMs, bytes, samples, hasCounters } of merged) {
      if (next <= (durable.get(partition) ?? 0)) continue;
      const row: Row = [partition, next, receivedMs, bytes, samples, hasCounters ? 1 : 0];
      insert.run(...row);
      remember(row);
    }
    for (const [partition, position] of durable) {
      const skips = partitions.get(partition);
      if (!skips) continue;
      const before = skips.size;
      for (const next of skips.keys()) if (next <= position) skips.delete(next);
      if (skips.size < before) deleteThrough.run(partition, position);
    }
  });

  return {
    of({ partition, next, receivedMs, start, end }) {
      const skip = partitions.get(partition)?.get(next);
      // A bus that was recreated counts from 0 again: the same position is then another record, received later.
      return skip?.receivedMs === receivedMs && skip.bytes === end - start ? skip : undefined;
    },
    update: (merged, durable) => void update(merged, durable),
    size: () => [...partitions.values()].reduce((sum, skips) => sum + skips.size, 0),
    close: () => void db.close(),
  };
}
