// Records past the durable position that are in files all the same (a backlog of old ticks): a replay passes over them.
import { join } from 'node:path';
import { openSqlite } from '../../runtime/sqlite.ts';
import type { RecordSpan } from './messages.ts';
import type { RecordRef } from './positions.ts';

const SCHEMA = [
  `CREATE TABLE done (
     partition INTEGER NOT NULL, next INTEGER NOT NULL, received_ms INTEGER NOT NULL, bytes INTEGER NOT NULL,
     samples INTEGER NOT NULL, PRIMARY KEY (partition, next)
   ) WITHOUT ROWID;`,
];

type Row = [partition: number, next: number, receivedMs: number, bytes: number, samples: number];
type Done = { readonly receivedMs: number; readonly bytes: number; readonly samples: number };

export type DoneRecords = {
  /** How many samples of the record are stored, or undefined if it has to be read. */
  samplesOf(span: RecordSpan): number | undefined;
  /** Keeps the records and forgets those before the durable positions. Losing them costs time, not samples. */
  note(records: readonly RecordRef[], durable: ReadonlyMap<number, number>): void;
  size(): number;
  close(): void;
};

export function openDoneRecords(directory: string, onDamaged: (message: string) => void): DoneRecords {
  const path = join(directory, 'done.sqlite');
  const db = openSqlite({ path, synchronous: 'normal', schema: SCHEMA, onDamaged });
  const done = new Map<number, Map<number, Done>>();
  const add = db.prepare<Row>('INSERT OR REPLACE INTO done VALUES (?, ?, ?, ?, ?)');
  const drop = db.prepare<[number, number]>('DELETE FROM done WHERE partition = ? AND next <= ?');

  const remember = (partition: number, next: number, entry: Done) => {
    const lane = done.get(partition);
    if (lane) lane.set(next, entry);
    else done.set(partition, new Map([[next, entry]]));
  };
  const rows = db.prepare<[], Row>('SELECT partition, next, received_ms, bytes, samples FROM done').raw();
  for (const [partition, next, receivedMs, bytes, samples] of rows.iterate()) {
    remember(partition, next, { receivedMs, bytes, samples });
  }

  const write = db.transaction((records: readonly RecordRef[], durable: ReadonlyMap<number, number>) => {
    for (const { partition, next, receivedMs, bytes, samples } of records) {
      if (next <= (durable.get(partition) ?? 0)) continue;
      add.run(partition, next, receivedMs, bytes, samples);
      remember(partition, next, { receivedMs, bytes, samples });
    }
    for (const [partition, position] of durable) {
      const lane = done.get(partition);
      if (!lane) continue;
      let dropped = 0;
      for (const next of lane.keys()) if (next <= position && lane.delete(next)) dropped++;
      if (dropped > 0) drop.run(partition, position);
    }
  });

  return {
    samplesOf({ partition, next, receivedMs, start, end }) {
      const known = done.get(partition)?.get(next);
      // A bus that began anew counts from 0 again: the same position is then another record, received later.
      return known?.receivedMs === receivedMs && known.bytes === end - start ? known.samples : undefined;
    },
    note(records, durable) {
      write(records, durable);
    },
    size: () => [...done.values()].reduce((sum, lane) => sum + lane.size, 0),
    close: () => void db.close(),
  };
}
