// Whether a number is an instant in milliseconds, or one in another unit that would be read as 1970 or as no data.
import { ExpectedError } from './errors.ts';

// Milliseconds below this are before March 1973, seconds below it are all before the year 5138.
const SECONDS_BELOW = 100_000_000_000;
const MICROSECONDS_FROM = 100_000_000_000_000;
const NANOSECONDS_FROM = 100_000_000_000_000_000;
const LAST_DATE_MS = 8.64e15;

/**
 * Checks that `ms` is milliseconds since the epoch; 0 stands for "from the beginning". BAD_TIME names the date that was
 * understood and the unit it looks like.
 */
export function checkInstant(ms: number, what: string): number {
  if (ms === 0) return ms;
  const fault = instantError(ms);
  if (fault === undefined) return ms;
  throw new ExpectedError('BAD_TIME', `${what} ${fault}`, {
    hint: "Times are milliseconds since 1970 (in the seed's FindRecordsByLocation: seconds).",
  });
}

function instantError(ms: number): string | undefined {
  if (!Number.isInteger(ms)) return `${ms} is not a whole number of milliseconds`;
  if (ms < 0) return `${ms} is before 1970`;
  if (ms < SECONDS_BELOW) {
    return `${ms} is ${dateOf(ms)} in milliseconds; it looks like seconds (${dateOf(ms * 1000)})`;
  }
  if (ms >= NANOSECONDS_FROM) return `${looks(ms)} nanoseconds (${dateOf(ms / 1e6)})`;
  if (ms >= MICROSECONDS_FROM) return `${looks(ms)} microseconds (${dateOf(ms / 1e3)})`;
  return undefined;
}

const looks = (ms: number): string => `${ms} is ${dateOf(ms)} in milliseconds; it looks like`;

const dateOf = (ms: number): string =>
  Math.abs(ms) > LAST_DATE_MS ? 'no date' : new Date(Math.floor(ms)).toISOString();
