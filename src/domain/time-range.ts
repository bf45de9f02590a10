// What --since and --until mean (durations, times of day, dates, RFC 3339) in absolute milliseconds, and the step of a
// chart over such a range.
import { isDuration, parseDuration } from './duration.ts';
import { ExpectedError } from './errors.ts';
import { formatInstant } from './instant.ts';

export type TimeRange = { readonly startMs: number; readonly stopMs: number };

type Now = { readonly nowMs: number; readonly utc?: boolean | undefined };

const DEFAULT_SINCE_MS = 3_600_000;

const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/;
const DAY_WORD = /^(today|yesterday)(?:\s+(\S+))?$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](.+))?$/i;
const DATE_CLOCK = /^(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(z|[+-]\d{2}:?\d{2})?$/i;
const HINT = 'Use a duration (1h, 7d), a time of day (14:00), a date or 2026-03-28T14:00:00Z.';

/**
 * Resolves a range. Without `since` it is `defaultMs` (an hour) long; without `until` it ends now, as it does when `until`
 * is yet to come. A duration counts back from now in plain seconds, whatever clocks do in between. Times without an offset
 * are local (the TZ of the process) or UTC with `utc`. A time of day is the last one that was; after a `since` that
 * is one, `until` is the first that follows it. A time of day that clocks skip is refused, of one that comes twice the
 * earlier is taken. Throws BAD_TIME, and BAD_RANGE for a range that is empty, reversed or all in the future.
 */
export function resolveRange(
  request: Now & {
    readonly since?: string | undefined;
    readonly until?: string | undefined;
    readonly defaultMs?: number;
  },
): TimeRange {
  const { since, until, nowMs, defaultMs = DEFAULT_SINCE_MS } = request;
  let startMs = since === undefined ? undefined : resolveTime(since, request);
  let stopMs = nowMs;
  if (until !== undefined) {
    const following =
      startMs !== undefined && CLOCK.test(since!.trim()) && CLOCK.test(until.trim()) ? startMs : undefined;
    stopMs =
      following === undefined ? resolveTime(until, request) : clockAfter(until.trim(), following, request);
  }
  stopMs = Math.min(stopMs, nowMs);
  startMs ??= stopMs - defaultMs;
  if (startMs >= nowMs && since !== undefined) {
    throw new ExpectedError(
      'BAD_RANGE',
      `--since ${since} is ${formatInstant(startMs)}, which is in the future`,
      {
        hint: `It is ${formatInstant(nowMs)} now.`,
      },
    );
  }
  if (startMs >= stopMs) {
    throw new ExpectedError(
      'BAD_RANGE',
      `the range from ${formatInstant(startMs)} to ${formatInstant(stopMs)} is empty or reversed`,
      {
        hint: 'A duration counts back from now, also together with --until.',
      },
    );
  }
  return { startMs, stopMs };
}

/** One point in time as a person writes it, in milliseconds. Throws BAD_TIME. */
export function resolveTime(text: string, now: Now): number {
  const word = text.trim();
  if (/^now$/i.test(word)) return now.nowMs;
  if (CLOCK.test(word)) return lastClock(word, now);
  const day = DAY_WORD.exec(word.toLowerCase());
  if (day) {
    const shift = day[1] === 'yesterday' ? -1 : 0;
    return day[2] === undefined ? dayStart(now, shift) : clockOn(day[2], { ...now, shift });
  }
  const date = DATE.exec(word);
  if (date) return resolveDate(word, date, now);
  if (/^[+-]?\d+(\.\d+)?$/.test(word)) throw bareNumber(word);
  if (isDuration(word)) return now.nowMs - parseDuration(word);
  // Its own error names the unit that is wrong.
  if (/^\d/.test(word)) parseDuration(word);
  throw notATime(text);
}

/** Today's time of day if it was already, else yesterday's by the local calendar (which may be 23 or 25 h before). */
function lastClock(word: string, now: Now): number {
  const { hour, minute, second } = parseClock(word);
  const seen = fields(now.nowMs, now.utc);
  const passed = seen.hour * 3600 + seen.minute * 60 + seen.second >= hour * 3600 + minute * 60 + second;
  const today = passed ? clockOn(word, { ...now, shift: 0 }) : Number.POSITIVE_INFINITY;
  return today <= now.nowMs ? today : clockOn(word, { ...now, shift: -1 });
}

function clockAfter(word: string, afterMs: number, now: Now): number {
  const sameDay = clockOn(word, { nowMs: afterMs, utc: now.utc, shift: 0 });
  return sameDay > afterMs ? sameDay : clockOn(word, { nowMs: afterMs, utc: now.utc, shift: 1 });
}

function clockOn(word: string, at: Now & { readonly shift: number }): number {
  const clock = parseClock(word);
  const { year, month, day } = fields(at.nowMs, at.utc);
  return instant({ year, month, day: day + at.shift, ...clock, utc: at.utc });
}

/** The first instant of a day: midnight, or what follows it where clocks skip midnight. */
function dayStart(now: Now, shift: number): number {
  const { year, month, day } = fields(now.nowMs, now.utc);
  return now.utc ? Date.UTC(year, month, day + shift) : new Date(year, month, day + shift).getTime();
}

export function parseClock(word: string): { hour: number; minute: number; second: number } {
  const match = CLOCK.exec(word);
  const [hour, minute, second] = [Number(match?.[1]), Number(match?.[2]), Number(match?.[3] ?? 0)];
  if (!match || hour > 23 || minute > 59 || second > 59) throw notATime(word);
  return { hour, minute, second };
}

function resolveDate(word: string, date: RegExpExecArray, now: Now): number {
  const [year, month, day] = [Number(date[1]), Number(date[2]) - 1, Number(date[3])];
  const real = new Date(Date.UTC(year, month, day));
  if (real.getUTCMonth() !== month || real.getUTCDate() !== day) throw notATime(word);
  if (date[4] === undefined) return now.utc ? real.getTime() : new Date(year, month, day).getTime();
  const clock = DATE_CLOCK.exec(date[4].trim());
  if (!clock) throw notATime(word);
  const { hour, minute, second } = parseClock(`${clock[1]}:${clock[2]}:${clock[3] ?? '00'}`);
  const ms = Math.floor(Number(`0.${clock[4] ?? 0}`) * 1_000);
  const zone = clock[5];
  if (zone === undefined) return instant({ year, month, day, hour, minute, second, utc: now.utc }) + ms;
  const utc = instant({ year, month, day, hour, minute, second, utc: true }) + ms;
  if (/^z$/i.test(zone)) return utc;
  const offset = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return utc - (zone.startsWith('-') ? -1 : 1) * offset * 60_000;
}

type Fields = { year: number; month: number; day: number; hour: number; minute: number; second: number };

function fields(ms: number, utc: boolean | undefined): Fields {
  const at = new Date(ms);
  return utc
    ? {
        year: at.getUTCFullYear(),
        month: at.getUTCMonth(),
        day: at.getUTCDate(),
        hour: at.getUTCHours(),
        minute: at.getUTCMinutes(),
        second: at.getUTCSeconds(),
      }
    : {
        year: at.getFullYear(),
        month: at.getMonth(),
        day: at.getDate(),
        hour: at.getHours(),
        minute: at.getMinutes(),
        second: at.getSeconds(),
      };
}

function instant(at: Fields & { readonly utc: boolean | undefined }): number {
  const { year, month, day, hour, minute, second, utc } = at;
  if (utc) return Date.UTC(year, month, day, hour, minute, second);
  // Date takes the earlier of two equal local times, and moves one that does not exist: then the fields differ.
  const ms = new Date(year, month, day, hour, minute, second).getTime();
  const seen = fields(ms, false);
  if (seen.hour !== hour || seen.minute !== minute) {
    const two = (n: number) => String(n).padStart(2, '0');
    const date = `${seen.year}-${two(seen.month + 1)}-${two(seen.day)}`;
    throw new ExpectedError(
      'BAD_TIME',
      `${two(hour)}:${two(minute)} does not exist on ${date}: clocks skip it`,
      {
        hint: `Use ${two(seen.hour)}:${two(seen.minute)}, which is the same instant, or ${formatInstant(ms)}.`,
      },
    );
  }
  return ms;
}

/** A bare number might be seconds or milliseconds: guessing wrong gives an empty chart, so both readings are offered. */
function bareNumber(word: string): ExpectedError {
  const value = Math.abs(Number(word));
  const readings = [
    ['seconds', value * 1_000],
    ['milliseconds', value],
    ['nanoseconds', value / 1e6],
  ] as const;
  const near = readings.find(([, ms]) => ms > Date.UTC(2000, 0) && ms < Date.UTC(2100, 0));
  return new ExpectedError('BAD_TIME', `${JSON.stringify(word.slice(0, 40))} is a number without a unit`, {
    hint: near ? `If these are ${near[0]} since 1970, write ${formatInstant(Math.floor(near[1]))}.` : HINT,
  });
}

function notATime(text: string): ExpectedError {
  const shown = JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
  return new ExpectedError('BAD_TIME', `${shown} is not a time`, { hint: HINT });
}

const STEPS_MS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400,
].map((seconds) => seconds * 1_000);

/**
 * The smallest round step of which at most `columns` fit into the range, and in which each host has a sample (`leastMs`
 * is the longest interval): a shorter one would draw gaps where there are none. Days beyond that.
 */
export function chartStep(rangeMs: number, columns: number, leastMs = 0): number {
  const least = Math.max(rangeMs / Math.max(1, columns), leastMs);
  return STEPS_MS.find((step) => step >= least) ?? Math.ceil(least / 86_400_000) * 86_400_000;
}
