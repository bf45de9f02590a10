// Instants in milliseconds since the epoch: RFC 3339 in and out, and a check against numbers in another unit.
import { ExpectedError } from './errors.ts';

// Milliseconds below this are before March 1973, seconds below it are all before the year 5138.
const SECONDS_BELOW = 100_000_000_000;
const MICROSECONDS_FROM = 100_000_000_000_000;
const NANOSECONDS_FROM = 100_000_000_000_000_000;
/** As far from 1970 as a date can be. */
export const LAST_DATE_MS = 8.64e15;

/** Whether it is a whole number of milliseconds that has a date. */
export const isInstant = (ms: number): boolean => Number.isSafeInteger(ms) && Math.abs(ms) <= LAST_DATE_MS;

/** RFC 3339 in UTC with milliseconds, `2026-01-02T03:04:05.006Z`; the bare number where it is no date. */
export const formatInstant = (ms: number): string =>
  Math.abs(ms) <= LAST_DATE_MS ? new Date(ms).toISOString() : String(ms);

/** The same with the offset of the process's zone, never Z: `2022-02-23T13:44:04.949+08:00`. */
export function formatLocalInstant(ms: number): string {
  const minutes = -new Date(ms).getTimezoneOffset();
  const local = formatInstant(ms + minutes * 60_000).slice(0, -1);
  const two = (number: number) => String(number).padStart(2, '0');
  const size = Math.abs(minutes);
  return `${local}${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Milliseconds of RFC 3339 with an offset, or undefined; a day that the month does not have is none (Date.parse takes it). */
export function parseInstant(text: string): number | undefined {
  const match = RFC3339.exec(text);
  if (!match) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (month < 1 || month > 12 || day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate())
    return undefined;
  return Date.parse(text.toUpperCase().replace(' ', 'T'));
}

const HINT = "Times are milliseconds since 1970 (in the seed's FindRecordsByLocation: seconds).";

/** Checks that `ms` is milliseconds since the epoch; 0 stands for "from the beginning". BAD_TIME. */
export function checkInstant(ms: number, what: string): number {
  const error = Number.isInteger(ms)
    ? ms < 0 && `${ms} is before 1970`
    : `${ms} is not a whole number of milliseconds`;
  if (error) throw new ExpectedError('BAD_TIME', `${what} ${error}`, { hint: HINT });
  return ms;
}

/**
 * For numbers as they come over a wire, which do not say their unit: BAD_TIME names the date that was understood and the
 * unit it looks like. (RFC 3339 cannot be mistaken, and any year is good.)
 */
export function checkUnit(ms: number, what: string): number {
  if (ms === 0) return ms;
  const error = unitError(checkInstant(ms, what));
  if (error === undefined) return ms;
  throw new ExpectedError('BAD_TIME', `${what} ${error}`, { hint: HINT });
}

function unitError(ms: number): string | undefined {
  if (ms < SECONDS_BELOW) {
    return `${ms} is ${dateOf(ms)} in milliseconds; it looks like seconds (${dateOf(ms * 1000)})`;
  }
  if (ms >= NANOSECONDS_FROM) return `${looks(ms)} nanoseconds (${dateOf(ms / 1e6)})`;
  if (ms >= MICROSECONDS_FROM) return `${looks(ms)} microseconds (${dateOf(ms / 1e3)})`;
  return undefined;
}

const looks = (ms: number): string => `${ms} is ${dateOf(ms)} in milliseconds; it looks like`;

const dateOf = (ms: number): string =>
  Math.abs(ms) > LAST_DATE_MS ? 'no date' : formatInstant(Math.floor(ms));
