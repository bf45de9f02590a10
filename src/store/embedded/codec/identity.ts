// 32-bit checksums seeded with the series a chunk belongs to, so that intact bytes
// in the wrong place do not match.
import { crc32 } from 'node:zlib';

/** Of a host; the part that all of its series share. Unsigned 32 bits, as are the others. */
export const hostIdentity = (hostId: string): number => crc32(`${hostId}\u0002`);

/** Of a series: compute it once a series. `host` is {@link hostIdentity}'s, `key` a series key. */
export const seriesIdentity = (host: number, key: string): number => crc32(key, host);

/** Windows start on multiples of it. */
const GRID_MS = 300_000;
// Odd, so that no two of 2^32 windows come to the same.
const SPREAD = 0x9e3779b1;

/**
 * The start of a checksum over what a series (or a host) has in the window that starts then; the start names the window
 * since the epoch, and with it the week. A CRC never forgets a difference in its start: the same bytes in another window
 * of the same series never match, in one of another series only when two names share 32 bits.
 */
export const windowIdentity = (identity: number, startMs: number): number =>
  (identity ^ Math.imul(startMs / GRID_MS, SPREAD)) >>> 0;

/** Over a row of `series`: what it is called, and that it is this row of this week. */
export const seriesRowSum = (identity: number, id: number, week: number): number =>
  crc32(`${id}@${week}`, identity);

/** Over how many chunks a host has in a window. `identity` is {@link windowIdentity}'s of the host. */
export const unitSum = (identity: number, chunks: number): number => crc32(String(chunks), identity);
