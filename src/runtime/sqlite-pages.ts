// Reads rows of a SQLite file page by page, ignoring its B-trees, to salvage rows that carry a
// checksum. It relies only on the cell format (https://sqlite.org/fileformat2.html).
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';

export type PageValue = null | number | string | Buffer;
/** `rowid` is undefined in a table without one. */
export type PageRow = { readonly rowid: number | undefined; readonly values: readonly PageValue[] };

const LOG_HEADER = 32;
const FRAME_HEADER = 24;

/**
 * The rows of all pages, those in its write-ahead log included, committed or not. A row may come more than once and in
 * older versions, and a damaged page may give rows that never were: check each. A page that cannot be read is left out.
 */
export function* salvageRows(path: string, pageBytes: number): Generator<PageRow> {
  const log = existsSync(`${path}-wal`) ? readFileSync(`${path}-wal`) : Buffer.alloc(0);
  const frames: { readonly page: number; readonly bytes: Buffer }[] = [];
  const step = FRAME_HEADER + pageBytes;
  for (let at = LOG_HEADER; at + step <= log.length; at += step) {
    frames.push({ page: log.readUInt32BE(at), bytes: log.subarray(at + FRAME_HEADER, at + step) });
  }
  const newest = new Map(frames.map(({ page, bytes }) => [page, bytes]));
  const main = openPages(path, pageBytes);
  const overflow = (page: number) => newest.get(page) ?? main.read(page);
  try {
    for (let page = 1; page <= main.count; page++) {
      const bytes = main.read(page);
      if (bytes) yield* rowsOfPage(bytes, page, overflow);
    }
    for (const { page, bytes } of frames) yield* rowsOfPage(bytes, page, overflow);
  } finally {
    main.close();
  }
}

/** Numbered from 1, as in SQLite. The last one may be cut short: zeros follow. */
function openPages(path: string, size: number) {
  if (!existsSync(path)) return { count: 0, read: () => undefined, close: () => undefined };
  const file = openSync(path, 'r');
  return {
    count: Math.ceil(fstatSync(file).size / size),
    read(page: number): Buffer | undefined {
      const bytes = Buffer.alloc(size);
      try {
        return readSync(file, bytes, 0, size, (page - 1) * size) > 0 ? bytes : undefined;
      } catch {
        // A sector that the disk cannot give back.
        return undefined;
      }
    },
    close: () => closeSync(file),
  };
}

type Overflow = (page: number) => Buffer | undefined;
/** Of an index: rows of tables WITHOUT ROWID stand in inner pages too. */
const PAGE_KINDS: Readonly<
  Record<number, { readonly cells: number; readonly index: boolean; readonly skip: number }>
> = {
  2: { cells: 12, index: true, skip: 4 },
  10: { cells: 8, index: true, skip: 0 },
  13: { cells: 8, index: false, skip: 0 },
};
const INNER_TABLE = 5;

function* rowsOfPage(page: Buffer, number: number, overflow: Overflow): Generator<PageRow> {
  const header = number === 1 ? 100 : 0;
  const type = page[header]!;
  if (type === INNER_TABLE) return;
  // A kind that is none is damage: most pages are leaves of tables.
  const kind = PAGE_KINDS[type] ?? PAGE_KINDS[13]!;
  // Not as many as the page says it has: the first pointer that points nowhere ends the list.
  for (let at = header + kind.cells; at + 2 <= page.length; at += 2) {
    const cell = page.readUInt16BE(at);
    if (cell < at + 2 || cell >= page.length) {
      // One that was hit does not hide those behind it.
      if ((at - header - kind.cells) / 2 >= page.readUInt16BE(header + 3)) return;
      continue;
    }
    const row = rowOfCell(page, cell + kind.skip, { isIndex: kind.index, overflow });
    if (row) yield row;
  }
}

function rowOfCell(
  page: Buffer,
  start: number,
  { isIndex, overflow }: { readonly isIndex: boolean; readonly overflow: Overflow },
): PageRow | undefined {
  try {
    const size = readVarint(page, start);
    let at = size.end;
    let rowid: number | undefined;
    if (!isIndex) ({ value: rowid, end: at } = readVarint(page, at));
    const payload = payloadAt(page, at, { size: size.value, isIndex, overflow });
    const values = payload && valuesOf(payload);
    return values && { rowid, values };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** No row of ours is larger. */
const MAX_PAYLOAD = 4_194_304;

function payloadAt(
  page: Buffer,
  at: number,
  cell: { readonly size: number; readonly isIndex: boolean; readonly overflow: Overflow },
): Buffer | undefined {
  const { size, isIndex, overflow } = cell;
  if (size > MAX_PAYLOAD) return undefined;
  const usable = page.length;
  const most = isIndex ? Math.floor(((usable - 12) * 64) / 255) - 23 : usable - 35;
  if (size <= most) return at + size <= usable ? page.subarray(at, at + size) : undefined;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const wanted = least + ((size - least) % (usable - 4));
  const local = wanted <= most ? wanted : least;
  if (at + local + 4 > usable) return undefined;
  const parts = [page.subarray(at, at + local)];
  let left = size - local;
  for (let next = page.readUInt32BE(at + local); left > 0; ) {
    const more = next > 0 ? overflow(next) : undefined;
    if (!more) return undefined;
    const part = more.subarray(4, 4 + Math.min(left, usable - 4));
    parts.push(part);
    left -= part.length;
    next = more.readUInt32BE(0);
  }
  return Buffer.concat(parts);
}

/** Bytes of an integer by its serial type. */
const INTEGER_BYTES: readonly number[] = [0, 1, 2, 3, 4, 6, 8];

/** Throws RangeError on what is no record. */
function valuesOf(payload: Buffer): PageValue[] {
  const header = readVarint(payload, 0);
  if (header.value > payload.length) throw new RangeError('a record ends in its header');
  const values: PageValue[] = [];
  let at = header.value;
  for (let typeAt = header.end; typeAt < header.value; ) {
    const { value: type, end } = readVarint(payload, typeAt);
    typeAt = end;
    const length = lengthOf(type);
    if (at + length > payload.length) throw new RangeError('a record ends in a value');
    values.push(decoded(type, payload.subarray(at, at + length)));
    at += length;
  }
  return values;
}

function lengthOf(type: number): number {
  if (type >= 12) return Math.floor((type - 12) / 2);
  if (type === 7) return 8;
  return type >= 8 ? 0 : INTEGER_BYTES[type]!;
}

function decoded(type: number, bytes: Buffer): PageValue {
  if (type === 0) return null;
  if (type === 8 || type === 9) return type - 8;
  if (type === 7) return bytes.readDoubleBE();
  if (type === 6) return Number(bytes.readBigInt64BE());
  if (type < 6) return bytes.readIntBE(0, bytes.length);
  if (type < 12) throw new RangeError('a type that SQLite does not write');
  // A copy: the page goes.
  return type % 2 === 0 ? Buffer.from(bytes) : bytes.toString('utf8');
}

/** Up to nine bytes, most significant first; a number past 2^53 is a RangeError. */
function readVarint(bytes: Buffer, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let at = start; at < start + 9; at++) {
    const byte = bytes[at];
    if (byte === undefined) throw new RangeError('a number ends too early');
    const isLast = at === start + 8;
    value = isLast ? value * 256 + byte : value * 128 + (byte & 0x7f);
    if (!isLast && byte >= 0x80) continue;
    if (!Number.isSafeInteger(value)) break;
    return { value, end: at + 1 };
  }
  throw new RangeError('a number is none of ours');
}
