// The dead letters of one process: a SQLite table of bounded length, the oldest letters go first, each with a checksum.
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { directoryId } from '../../runtime/directory-id.ts';
import { makeDataDirectory } from '../../runtime/directory-lock.ts';
import { openEndMark } from '../../runtime/end-mark.ts';
import type { Logger } from '../../runtime/logging.ts';
import { emptyLog, openSqlite, type SqliteDatabase } from '../../runtime/sqlite.ts';
import { salvageRows } from '../../runtime/sqlite-pages.ts';
import { type DeadLetters, deadLetterName, decodeDeadLetter, encodeDeadLetter } from '../deadletter.ts';

// The name of a letter: the embedded store has its records replayed after a restart, and refuses the same again.
const SCHEMA = [
  `CREATE TABLE letters (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, letter TEXT NOT NULL)`,
  `CREATE TABLE dropped (count INTEGER NOT NULL);
   INSERT INTO dropped VALUES (0)`,
  // The row stays: a replay of the record refuses the same sample again, and must not bring the letter back.
  `ALTER TABLE letters ADD COLUMN settled INTEGER NOT NULL DEFAULT 0`,
  'ALTER TABLE letters ADD COLUMN sum INTEGER; UPDATE letters SET sum = letter_sum(name, letter)',
];
const PAGE_BYTES = 4096;
const sumOf = (name: string, letter: string): number => crc32(letter, crc32(name));

export function createEmbeddedDeadLetters(options: {
  readonly directory: string;
  readonly logger: Logger;
  readonly maxLetters?: number;
}): DeadLetters {
  const { directory, logger, maxLetters = 100_000 } = options;
  const path = join(directory, 'deadletter.sqlite');
  const onDamaged = (message: string) => logger.error(message);
  makeDataDirectory(directory);
  const owner = directoryId(directory, onDamaged);
  const functions = { letter_sum: sumOf as (...values: unknown[]) => unknown };
  function dropDamaged(file: SqliteDatabase) {
    const bad = 'DELETE FROM letters WHERE sum IS NOT letter_sum(name, letter)';
    const damaged = file.prepare(bad).run().changes;
    if (damaged > 0) onDamaged(`${path}: ${damaged} dead letters are damaged and were dropped`);
  }
  const db = openSqlite({
    ...{ path, synchronous: 'full', schema: SCHEMA, owner, pageSize: PAGE_BYTES },
    ...{ functions, onDamaged, salvage },
    check: dropDamaged,
  });
  emptyLog(db);
  const insert = db.prepare('INSERT OR IGNORE INTO letters (name, letter, sum) VALUES (?, ?, ?)');
  const countRows = db.prepare('SELECT count(*) FROM letters').pluck();
  const countKept = db.prepare('SELECT count(*) FROM letters WHERE settled = 0').pluck();
  const trim = db.prepare('DELETE FROM letters WHERE id IN (SELECT id FROM letters ORDER BY id LIMIT ?)');
  const addDropped = db.prepare('UPDATE dropped SET count = count + ?');
  const page = db.prepare('SELECT id, letter FROM letters WHERE id > ? AND settled = 0 ORDER BY id LIMIT ?');
  const markSettled = db.prepare('UPDATE letters SET settled = 1 WHERE name = ?');
  let kept = countKept.get() as number;
  let dropped = db.prepare('SELECT count FROM dropped').pluck().get() as number;
  const mark = openEndMark(join(directory, 'deadletter.end'), onDamaged);
  const [were = 0] = mark.found ?? [];
  if (kept < were) {
    onDamaged(`${path}: ${were - kept} of ${were} dead letters are lost`);
    dropped += were - kept;
  }
  mark.keep([kept]);
  let open = true;

  return {
    async put(letters) {
      const excess = db.transaction(() => {
        for (const letter of letters) {
          const [name, text] = [deadLetterName(letter), encodeDeadLetter(letter)];
          insert.run(name, text, sumOf(name, text));
        }
        const excess = Math.max(0, (countRows.get() as number) - maxLetters);
        if (excess > 0) {
          trim.run(excess);
          addDropped.run(excess);
        }
        return excess;
      })();
      emptyLog(db);
      kept = countKept.get() as number;
      mark.keep([kept]);
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
      // First: a kill in between must not look like a loss.
      mark.keep([Math.max(0, kept - letters.length)]);
      db.transaction(() => {
        for (const letter of letters) markSettled.run(deadLetterName(letter));
      })();
      kept = countKept.get() as number;
      mark.keep([kept]);
    },
    async stop() {
      if (open) {
        db.close();
        mark.close();
      }
      open = false;
    },
  };
}

/** Letters whose checksum fits; one that was settled since may be listed again. */
function salvage(aside: string, db: SqliteDatabase): string {
  const insert = db.prepare(
    'INSERT OR IGNORE INTO letters (id, name, letter, settled, sum) VALUES (?, ?, ?, ?, ?)',
  );
  let found = 0;
  db.transaction(() => {
    for (const { rowid, values } of salvageRows(aside, PAGE_BYTES)) {
      const [, name, letter, settled, sum] = values;
      if (typeof name !== 'string' || typeof letter !== 'string' || sum !== sumOf(name, letter)) continue;
      found += insert.run(rowid, name, letter, settled === 1 ? 1 : 0, sum).changes;
    }
  })();
  return `${found} dead letters were read back from ${aside}`;
}
