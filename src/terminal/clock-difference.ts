// The warning about a difference between this machine's clock and the server's.
import { roughDuration } from '../domain/duration.ts';

/** An answer may have taken some seconds. */
const CLOCKS_DIFFER_MS = 60_000;

/** Ranges and ages use this machine's clock: with a wrong clock they are wrong, too. */
export function clockDifference(nowMs: number, serverMs: number): string | undefined {
  const aheadMs = nowMs - serverMs;
  if (Math.abs(aheadMs) < CLOCKS_DIFFER_MS) return undefined;
  const direction = aheadMs > 0 ? 'ahead of' : 'behind';
  return `this machine's clock is ${roughDuration(Math.abs(aheadMs))} ${direction} the server's: relative times (--since 1h) may be wrong`;
}
