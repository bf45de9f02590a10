// When a route is active: days and times of day in a zone. As text, `mon-fri 08:00-18:00 Europe/Berlin`, and whether they
// cover an instant.
import { ExpectedError } from '../errors.ts';
import type { ActiveTimes } from './configuration.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
const HINT =
  'Write days, times and a zone, each optional: mon-fri 08:00-18:00, 22:00-06:00 Asia/Shanghai, sat,sun.';

/** True for an IANA zone that this machine knows. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Throws BAD_TIME where the text says no times; `timeZone` is that of times without one. */
export function parseActiveTimes(text: string, timeZone: string): ActiveTimes {
  const fail = (why: string): never => {
    throw new ExpectedError('BAD_TIME', `active times ${JSON.stringify(text.slice(0, 100))}: ${why}`, {
      hint: HINT,
    });
  };
  let days: number[] | undefined;
  let span: { from: string; to: string } | undefined;
  let zone: string | undefined;
  for (const word of text.trim().split(/\s+/)) {
    const times = /^(\d\S*)-(\d\S*)$/.exec(word);
    const listed = times ? undefined : daysOf(word.toLowerCase());
    if (times && span === undefined) {
      const [from, to] = [times[1]!, times[2]!];
      if (!TIME.test(from)) fail(`${from} is not a time of day`);
      if (!TIME.test(to) && to !== '24:00') fail(`${to} is not a time of day`);
      if (from === to) fail('they end when they start; leave the times out for whole days');
      span = { from, to };
    } else if (listed !== undefined && days === undefined && span === undefined) days = listed;
    else if (word !== '' && zone === undefined && isTimeZone(word)) zone = word;
    else fail(word === '' ? 'they are empty' : `${word} is not a day, a time span or a known time zone`);
  }
  return { timeZone: zone ?? timeZone, days: days ?? [], ...(span ?? { from: '00:00', to: '24:00' }) };
}

/** Parses saved times; a route whose times cannot be parsed here is always active. */
export const readActiveTimes = (texts: readonly string[], timeZone: string): ActiveTimes[] =>
  texts.flatMap((text) => {
    try {
      return [parseActiveTimes(text, timeZone)];
    } catch {
      return [];
    }
  });

/** 1 to 7 of `mon-fri` or `sat,sun`, also over the end of the week. */
function daysOf(word: string): number[] | undefined {
  const days = new Set<number>();
  for (const part of word.split(',')) {
    const [first = '', last = first, ...more] = part.split('-');
    const [from, to] = [DAYS.indexOf(first), DAYS.indexOf(last)];
    if (from < 0 || to < 0 || more.length > 0) return undefined;
    for (let day = from; ; day = (day + 1) % 7) {
      days.add(day + 1);
      if (day === to) break;
    }
  }
  return [...days].sort((a, b) => a - b);
}

/** Parses back to the same. */
export function printActiveTimes({ timeZone, days, from, to }: ActiveTimes): string {
  const names = days.map((day) => DAYS[day - 1]!);
  const isRun = names.length > 2 && days.every((day, i) => day === days[0]! + i);
  const listed = isRun ? `${names[0]}-${names.at(-1)}` : names.join(',');
  return [listed, `${from}-${to}`, timeZone].filter((word) => word !== '').join(' ');
}

/** The end is exclusive. Over midnight where it is before the start: the day is the one on which they start. */
export function coversInstant({ timeZone, days, from, to }: ActiveTimes, nowMs: number): boolean {
  const parts = new Map(
    weekTimeFormat(timeZone)
      .formatToParts(nowMs)
      .map(({ type, value }) => [type, value]),
  );
  const time = `${parts.get('hour')}:${parts.get('minute')}`;
  const day = DAYS.indexOf(parts.get('weekday')?.toLowerCase() ?? '') + 1;
  const dayBefore = day === 1 ? 7 : day - 1;
  const on = (which: number) => days.length === 0 || days.includes(which);
  if (from < to) return on(day) && from <= time && time < to;
  return (on(day) && from <= time) || (on(dayBefore) && time < to);
}

const FORMATS = new Map<string, Intl.DateTimeFormat>();

function weekTimeFormat(timeZone: string): Intl.DateTimeFormat {
  let format = FORMATS.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      // Saved on a machine that knew the zone: here it must not hold back messages.
      timeZone: isTimeZone(timeZone) ? timeZone : 'UTC',
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    FORMATS.set(timeZone, format);
  }
  return format;
}
