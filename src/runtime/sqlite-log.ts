// Checks a write-ahead log (WAL) before SQLite opens it: SQLite applies frames up to the first bad one and drops the
// rest silently. The format: https://sqlite.org/fileformat2.html#walformat
import { readFileSync } from 'node:fs';

const HEADER = 32;
const FRAME_HEADER = 24;
const BIG_ENDIAN_SUMS = 0x377f0683;
const LITTLE_ENDIAN_SUMS = 0x377f0682;

/**
 * Why transactions that were committed are not going to be read, or undefined when none is known to be. What a crash
 * leaves of a transaction that was never committed is no damage: it has no frame with the mark of a commit. Nor are
 * frames of the log's earlier rounds, which have other salts. A log that was cut at a frame looks whole.
 */
export function damageOfLog(path: string): string | undefined {
  const log = readIfThere(path);
  if (!log || log.length === 0) return undefined;
  const header = readHeader(log);
  if (!header)
    return log.length > HEADER
      ? 'its write-ahead log has a damaged header'
      : 'its write-ahead log was cut short';
  const step = FRAME_HEADER + header.pageBytes;
  const count = Math.ceil((log.length - HEADER) / step);
  const valid = countValid(log, header, { step, count });
  let incomplete = false;
  for (let frame = valid; frame < count; frame++) {
    const at = HEADER + frame * step;
    if (at + FRAME_HEADER > log.length) break;
    const kind = kindOf(log, at, header.salts);
    if (kind === 'older') continue;
    if (kind === 'changed' || (kind === 'commit' && frame > valid)) {
      return `its write-ahead log is damaged in frame ${valid + 1} of ${count}`;
    }
    if (kind === 'commit') incomplete = true;
  }
  // A process killed between the two writes of a frame leaves the same as a disk that changed the frame.
  return incomplete
    ? 'the last transaction in its write-ahead log is incomplete: never acknowledged, or damaged'
    : undefined;
}

/** Undefined also for one that cannot be read: SQLite will find that too, and say why. */
function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

type Salts = readonly [number, number];
type Sums = readonly [number, number];
type Header = {
  readonly pageBytes: number;
  readonly salts: Salts;
  readonly sums: Sums;
  readonly littleEndian: boolean;
};

function readHeader(log: Buffer): Header | undefined {
  if (log.length < HEADER) return undefined;
  const magic = log.readUInt32BE(0);
  if (magic !== BIG_ENDIAN_SUMS && magic !== LITTLE_ENDIAN_SUMS) return undefined;
  const littleEndian = magic === LITTLE_ENDIAN_SUMS;
  const sums = addSums([0, 0], log.subarray(0, 24), littleEndian);
  const pageBytes = log.readUInt32BE(8);
  if (!isAt(log, 24, sums) || pageBytes < 512 || pageBytes > 65_536) return undefined;
  return { pageBytes, salts: [log.readUInt32BE(16), log.readUInt32BE(20)], sums, littleEndian };
}

/** As many as SQLite would read: each frame's checksum goes on from that of the frame before. */
function countValid(log: Buffer, header: Header, { step, count }: { step: number; count: number }): number {
  let { sums } = header;
  for (let frame = 0; frame < count; frame++) {
    const at = HEADER + frame * step;
    if (at + step > log.length || !isAt(log, at + 8, header.salts)) return frame;
    sums = addSums(sums, log.subarray(at, at + 8), header.littleEndian);
    sums = addSums(sums, log.subarray(at + FRAME_HEADER, at + step), header.littleEndian);
    if (!isAt(log, at + 16, sums)) return frame;
  }
  return count;
}

/** `changed`: one of the two salts is the log's and one is not, which no round of a log leaves. */
function kindOf(log: Buffer, at: number, salts: Salts): 'older' | 'changed' | 'commit' | 'page' {
  const [first, second] = salts.map((salt, i) => log.readUInt32BE(at + 8 + i * 4) === salt);
  if (first !== second) return 'changed';
  if (!first) return 'older';
  return log.readUInt32BE(at + 4) === 0 ? 'page' : 'commit';
}

const isAt = (log: Buffer, at: number, [first, second]: Sums): boolean =>
  log.readUInt32BE(at) === first && log.readUInt32BE(at + 4) === second;

function addSums([first, second]: Sums, bytes: Buffer, littleEndian: boolean): Sums {
  let a = first;
  let b = second;
  for (let at = 0; at < bytes.length; at += 8) {
    const x = littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
    const y = littleEndian ? bytes.readUInt32LE(at + 4) : bytes.readUInt32BE(at + 4);
    a = (a + x + b) >>> 0;
    b = (b + y + a) >>> 0;
  }
  return [a, b];
}
