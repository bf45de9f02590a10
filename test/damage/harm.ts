// What a trial does to one file, by a seed: what disks, crashes and hands do to files.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';

export type Random = (below: number) => number;

/** mulberry32: the same numbers for the same seed, on every machine. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

export const HARMS = [
  'truncated',
  '1 byte left',
  'zeroed',
  'zeroed page',
  'emptied',
  'deleted',
  'unreadable',
  'a directory',
  '1 bit in the header',
  '30 bits in the header',
  '1 bit in the body',
  '30 bits in the body',
  '1 bit in the freelist',
  '1 bit in the version',
  '1 bit in the schema',
  '30 bits in the schema',
  'of another directory',
  'an older copy',
] as const;
export type Harm = (typeof HARMS)[number];

const REPLACED: readonly Harm[] = ['of another directory', 'an older copy'];
const PAGE = 4096;
/** Where SQLite keeps user_version. */
const VERSION_AT = 60;
const isSqlite = (bytes: Buffer) => bytes.toString('latin1', 0, 15) === 'SQLite format 3';

/** Whether the harm can be done: an empty file has no bits, most files no freelist. */
export function canHarm(path: string, harm: Harm): boolean {
  if (statSync(path).isDirectory()) {
    // Of the others nothing but themselves knows how far they were: to put one back whole is an operator's work.
    return (
      harm === 'deleted' ||
      harm === 'unreadable' ||
      (harm === 'an older copy' && ['bus', 'store'].includes(basename(path)))
    );
  }
  const bytes = readFileSync(path);
  if (['deleted', 'unreadable', 'a directory'].includes(harm)) return true;
  // A log is of its file: alone it is no other directory's, and no older one.
  if (REPLACED.includes(harm)) return !path.endsWith('-wal') && !path.endsWith('-shm');
  if (harm.endsWith('schema') || harm.endsWith('version')) return isSqlite(bytes);
  if (harm === '1 bit in the freelist') return isSqlite(bytes) && bytes.readUInt32BE(32) > 0;
  if (harm === 'zeroed page') return bytes.length > PAGE;
  if (harm.endsWith('body')) return bytes.length > headerBytes(bytes, path);
  return bytes.length > 0;
}

function headerBytes(bytes: Buffer, path: string): number {
  if (path.endsWith('-wal')) return 32;
  return isSqlite(bytes) ? 100 : Math.min(bytes.length - 1, 16);
}

const WHOLE: Partial<Record<Harm, (path: string, size: number, random: Random) => void>> = {
  truncated: (path, size, random) => truncateSync(path, random(size)),
  '1 byte left': (path) => truncateSync(path, 1),
  zeroed: (path, size) => writeFileSync(path, Buffer.alloc(size)),
  emptied: (path) => truncateSync(path, 0),
  deleted: (path) => rmSync(path, { recursive: true }),
  'a directory'(path) {
    rmSync(path);
    mkdirSync(path);
  },
  // A link to itself: it cannot be opened by anybody, not even by root, whom no permission stops.
  unreadable(path) {
    rmSync(path, { recursive: true });
    symlinkSync(path, path);
  },
};

/** Other data directories: one with other samples under the same names, and the same one as it was before. */
export type OtherDirectories = { readonly foreign: string | undefined; readonly older: string };

export function applyHarm(
  { data, file, others }: { readonly data: string; readonly file: string; readonly others: OtherDirectories },
  harm: Harm,
  random: Random,
): void {
  const path = join(data, file);
  if (REPLACED.includes(harm)) {
    replaceBy(join((harm === 'an older copy' ? others.older : others.foreign)!, file), path);
    return;
  }
  const whole = WHOLE[harm];
  if (whole) whole(path, statSync(path).size, random);
  else changeBytes(path, harm, random);
}

/** With the log that belongs to it. */
function replaceBy(source: string, path: string): void {
  for (const suffix of ['', '-wal', '-shm']) {
    rmSync(path + suffix, { recursive: true, force: true });
    if (existsSync(source + suffix)) cpSync(source + suffix, path + suffix, { recursive: true });
  }
}

function changeBytes(path: string, harm: Harm, random: Random): void {
  const bytes = readFileSync(path);
  const header = headerBytes(bytes, path);
  const flip = (from: number, to: number) => {
    const at = from + random(to - from);
    bytes[at] = bytes[at]! ^ (1 << random(8));
  };
  const times = harm.startsWith('30') ? 30 : 1;
  if (harm === 'zeroed page') {
    const page = random(Math.ceil(bytes.length / PAGE));
    bytes.fill(0, page * PAGE, Math.min((page + 1) * PAGE, bytes.length));
  } else if (harm.endsWith('version')) {
    flip(VERSION_AT, VERSION_AT + 4);
  } else if (harm.endsWith('schema')) {
    for (let i = 0; i < times; i++) flip(header, Math.min(PAGE, bytes.length));
  } else if (harm.endsWith('header')) {
    for (let i = 0; i < times; i++) flip(0, header);
  } else if (harm.endsWith('freelist')) {
    const size = bytes.readUInt16BE(16) === 1 ? 65_536 : bytes.readUInt16BE(16);
    const trunk = bytes.readUInt32BE(32) - 1;
    flip(trunk * size, Math.min((trunk + 1) * size, bytes.length));
  } else {
    for (let i = 0; i < times; i++) flip(header, bytes.length);
  }
  writeFileSync(path, bytes);
}
