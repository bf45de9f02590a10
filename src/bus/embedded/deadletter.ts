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
  const count = db.prepare('SELECT count(*) FROM letters').pluck();
  const trim = db.prepare('DELETE FROM letters WHERE id IN (SELECT id FROM letters ORDER BY id LIMIT ?)');
  const addDropped = db.prepare('UPDATE dropped SET count = count + ?');
  const page = db.prepare('SELECT id, letter FROM letters WHERE id > ? ORDER BY id LIMIT ?');
  let kept = count.get() as number;
  let dropped = db.prepare('SELECT count FROM dropped').pluck().get() as number;
  let open = true;

  return {
    async put(letters) {
      const { added, excess } = db.transaction(() => {
        let added = 0;
        for (const letter of letters) {
          added += insert.run(deadLetterName(letter), encodeDeadLetter(letter)).changes;
        }
        const excess = Math.max(0, kept + added - maxLetters);
        if (excess > 0) {
          trim.run(excess);
          addDropped.run(excess);
        }
        return { added, excess };
      })();
      kept += added - excess;
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
    async stop() {
      if (open) db.close();
      open = false;
    },
  };
}
