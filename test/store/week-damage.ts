// Changes files of a stopped embedded store as a faulty disk, or an earlier version, would have left them.
import { readFile, writeFile } from 'node:fs/promises';
import { openSqlite, type SqliteDatabase } from '../../src/runtime/sqlite.ts';

/** Runs SQL on a file; what it leaves is in the file itself and not in a log beside it. */
export function inFile<T>(path: string, work: (db: SqliteDatabase) => T): T {
  const db = openSqlite({ path, synchronous: 'normal', quickCheck: false });
  try {
    return work(db);
  } finally {
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.close();
  }
}

/** Flips a bit in the middle of the only place where these bytes are. */
export async function flipBit(path: string, of: Uint8Array | string): Promise<void> {
  const wanted = Buffer.from(of as Uint8Array);
  const bytes = await readFile(path);
  const at = bytes.indexOf(wanted);
  if (at < 0) throw new Error(`${path} has no such bytes`);
  const middle = at + Math.floor(wanted.length / 2);
  bytes[middle] = bytes[middle]! ^ 0x04;
  await writeFile(path, bytes);
}

/** The checksum that chunks had before schema 2. */
function oldSum(bytes: Uint8Array): Buffer {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  const sum = Buffer.alloc(2);
  sum.writeUInt16BE((hash ^ (hash >>> 16)) & 0xffff);
  return sum;
}

/** Rewrites a week's file as the first schema had it. */
export function toFirstSchema(path: string): void {
  inFile(path, (db) => {
    const chunks = db.prepare<[], { id: number; data: Buffer }>('SELECT id, data FROM chunks').all();
    const put = db.prepare('UPDATE chunks SET data = ? WHERE id = ?');
    for (const { id, data } of chunks) {
      const body = data.subarray(0, -4);
      put.run(Buffer.concat([body, oldSum(body)]), id);
    }
    db.exec(
      'ALTER TABLE series DROP COLUMN sum; DROP TABLE units; DROP TABLE old; PRAGMA user_version = 1; PRAGMA application_id = 0',
    );
  });
}
