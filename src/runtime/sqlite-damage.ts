// Which errors mean that a SQLite file is damaged.

const DAMAGE = new Set([
  'SQLITE_CORRUPT',
  'SQLITE_NOTADB',
  'SQLITE_CORRUPT_VTAB',
  'SQLITE_CORRUPT_INDEX',
  'SQLITE_CORRUPT_SEQUENCE',
  'SQLITE_IOERR_SHORT_READ',
]);

export const isDamage = (error: unknown): boolean =>
  DAMAGE.has((error as { code?: string } | null)?.code ?? '');

/** An error that isDamage recognizes. */
export const damage = (message: string): Error =>
  Object.assign(new Error(message), { code: 'SQLITE_CORRUPT' });
