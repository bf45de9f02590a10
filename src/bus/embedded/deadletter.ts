// The dead letters of one process: a SQLite table of bounded length, the oldest letters go first.
import { join } from 'node:path';
import type { Logger } from '../../runtime/logging.ts';
import { openSqlite } from '../../runtime/sqlite.ts';
import { type DeadLetters, deadLetterName, decodeDeadLetter, encodeDeadLetter } from '../deadletter.ts';

// The name of a letter: the embedded store has its records replayed after a restart, and refuses the same again.
const SCHEMA = [
  `CREATE TABLE letters (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, letter TEXT NOT NULL)`,
  `CREATE TABLE dropped (count INTEGER NOT NULL);
   INSERT INTO dropped VALUES (0)`,
  // The row stays: a replay of the record refuses the same sample again, and must not bring the letter back.
  `ALTER TABLE letters ADD COLUMN settled INTEGER NOT NULL DEFAULT 0`,
];

export function createEmbeddedDeadLetters(options: {
  readonly directory: string;
  readonly logger: Logger;
  readonly maxLetters?: number;
}): DeadLetters {
  const { directory, logger, maxLetters = 100_000 } = options;
  const db = openSqlite({
    path: join(directory, 'deadletter.sqlite'),
    synchronous: 'full',
    schema: SCHEMA,
    onDamaged: (message) => logger.error(message),
  });
  const insert = db.prepare('INSERT OR IGNORE INTO letters (name, letter) VALUES (?, ?)');
  const countRows = db.prepare('SELECT count(*) FROM letters').pluck();
  const countKept = db.prepare('SELECT count(*) FROM letters WHERE settled = 0').pluck();
  const trim = db.prepare('DELETE FROM letters WHERE id IN (SELECT id FROM letters ORDER BY id LIMIT ?)');
  const addDropped = db.prepare('UPDATE dropped SET count = count + ?');
  const page = db.prepare('SELECT id, letter FROM letters WHERE id > ? AND settled = 0 ORDER BY id LIMIT ?');
  const markSettled = db.prepare('UPDATE letters SET settled = 1 WHERE name = ?');
  let kept = countKept.get() as number;
  let dropped = db.prepare('SELECT count FROM dropped').pluck().get() as number;
  let open = true;

  return {
    async put(letters) {
      const excess = db.transaction(() => {
        for (const letter of letters) insert.run(deadLetterName(letter), encodeDeadLetter(letter));
        const excess = Math.max(0, (countRows.get() as number) - maxLetters);
        if (excess > 0) {
          trim.run(excess);
          addDropped.run(excess);
        }
        return excess;
      })();
      kept = countKept.get() as number;
      dropped += excess;
      if (excess > 0) logger.warn({ excess }, 'the oldest dead letters were dropped to make room');
    },
    stats: () => ({ kept, dropped }),
    async list({ limit, after }) {
      const rows = page.all(Number(after ?? 0), limit) as { id: number; letter: string }[];
      const last = rows.at(-1);
      return {
        letters: rows.map(({ letter }) => decodeDeadLetter(letter)),
        ...(last && rows.length === limit ? { next: String(last.id) } : {}),
      };
    },
    // Marked, not deleted: see the schema.
    async settle(letters) {
      db.transaction(() => {
        for (const letter of letters) markSettled.run(deadLetterName(letter));
      })();
      kept = countKept.get() as number;
    },
    async stop() {
      if (open) db.close();
      open = false;
    },
  };
}
