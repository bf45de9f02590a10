// Parses a time in the future: `2h`, `07:00`, `tomorrow 07:00`, a date, RFC 3339.
import { isDuration, parseDuration } from './duration.ts';
import { ExpectedError } from './errors.ts';
import { formatLocalInstant } from './instant.ts';
import { parseClock, resolveTime } from './time-range.ts';

export type TimeAhead = {
  readonly atMs: number;
  /** What the reader should know of how it was understood. */
  readonly note?: string;
};

type Now = { readonly nowMs: number; readonly utc?: boolean | undefined };

const DAY_AND_CLOCK = /^(?:(today|tomorrow|\d{4}-\d{2}-\d{2})[T ]+)?(\d{1,2}:\d{2}(?::\d{2})?)$/i;

/**
 * One point in time in milliseconds. A duration counts from now; a time of day is the next one. Without an offset times
 * are local (the TZ of the process), or UTC with `utc`. A time of day that clocks skip is as much later as they skip; of
 * one that comes twice the first that is yet to come is taken; both are said in `note`. Throws BAD_TIME.
 */
export function resolveAhead(text: string, now: Now): TimeAhead {
  const word = text.trim();
  const match = DAY_AND_CLOCK.exec(word);
  if (match) return clockAhead(match[1]?.toLowerCase(), match[2]!, now);
  if (/^tomorrow$/i.test(word)) return { atMs: dayOf('tomorrow', now).startMs };
  if (isDuration(word)) return { atMs: now.nowMs + parseDuration(word) };
  return { atMs: resolveTime(word, now) };
}

function clockAhead(day: string | undefined, clock: string, now: Now): TimeAhead {
  const today = instantsOf(clock, dayOf(day ?? 'today', now), now);
  const next = today.instants.find((ms) => ms > now.nowMs);
  if (day !== undefined) return answer(today, next ?? today.instants.at(-1)!, clock, now);
  if (next !== undefined) return answer(today, next, clock, now);
  const tomorrow = instantsOf(clock, dayOf('tomorrow', now), now);
  return answer(tomorrow, tomorrow.instants[0]!, clock, now);
}

type Day = { readonly year: number; readonly month: number; readonly day: number; readonly startMs: number };

function dayOf(word: string, { nowMs, utc }: Now): Day {
  const at = new Date(nowMs);
  const shift = word === 'tomorrow' ? 1 : 0;
  let [year, month, day] = utc
    ? [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate() + shift]
    : [at.getFullYear(), at.getMonth(), at.getDate() + shift];
  if (/^\d/.test(word)) {
    // Refuses days that the month does not have.
    resolveTime(word, { nowMs, utc });
    [year, month, day] = word.split('-').map(Number) as [number, number, number];
    month--;
  }
  const startMs = utc ? Date.UTC(year, month, day) : new Date(year, month, day).getTime();
  return { year, month, day, startMs };
}

type Instants = { readonly instants: readonly number[]; readonly skipped: boolean };

/** By how much clocks are set back anywhere. */
const SET_BACK_MS = [1_800_000, 3_600_000, 7_200_000];

function instantsOf(clock: string, { year, month, day }: Day, { utc }: Now): Instants {
  const { hour, minute, second } = parseClock(clock);
  if (utc) return { instants: [Date.UTC(year, month, day, hour, minute, second)], skipped: false };
  const shows = (ms: number) => {
    const at = new Date(ms);
    return at.getHours() === hour && at.getMinutes() === minute;
  };
  // Date takes the first of two equal local times, and moves one that does not exist on by what clocks skip.
  const first = new Date(year, month, day, hour, minute, second).getTime();
  if (!shows(first)) return { instants: [first], skipped: true };
  const again = SET_BACK_MS.map((ms) => first + ms).find(shows);
  return { instants: again === undefined ? [first] : [first, again], skipped: false };
}

function answer({ instants, skipped }: Instants, atMs: number, clock: string, now: Now): TimeAhead {
  if (skipped) {
    return {
      atMs,
      note: `${clock} does not exist on that day, because clocks are set forward: using ${withOffset(atMs)}`,
    };
  }
  if (instants.length < 2) return { atMs };
  const other = instants.find((ms) => ms !== atMs)!;
  const which = atMs < other ? 'the first' : 'the second';
  const rest = other > now.nowMs ? `; for the other write ${withOffset(other)}` : '';
  return {
    atMs,
    note: `${clock} comes twice on that day, as clocks are set back: ${which}, ${withOffset(atMs)}, is used${rest}`,
  };
}

/** Clocks are written to the second. */
const withOffset = (ms: number): string => formatLocalInstant(ms).replace(/\.\d+/, '');

export type SpanRequest = Now & {
  readonly starts?: string | undefined;
  readonly until?: string | undefined;
  readonly for?: string | undefined;
};

/**
 * A span that may begin later: a start and an end, or a duration that runs from the start. What is not said is left
 * out, so that the server's clock decides it. USAGE for an end and a duration, BAD_TIME, BAD_RANGE for an end that is
 * not after start and now.
 */
export function resolveSpan(request: SpanRequest): {
  readonly startsMs?: number;
  readonly endsMs?: number;
  readonly forMs?: number;
  readonly notes: readonly string[];
} {
  const { starts, until, nowMs } = request;
  if (until !== undefined && request.for !== undefined) {
    throw new ExpectedError('USAGE', '--until and --for exclude each other', {
      hint: 'Use --until or --for.',
    });
  }
  const start = starts === undefined ? undefined : resolveAhead(starts, request);
  // After a start the end is the first such time that follows it.
  const end =
    until === undefined ? undefined : resolveAhead(until, { ...request, ...endFrom(start, until, nowMs) });
  const forMs = request.for === undefined ? undefined : parseDuration(request.for);
  if (end !== undefined && end.atMs <= nowMs) {
    const when = end.atMs === nowMs ? 'now' : 'in the past';
    throw new ExpectedError('BAD_RANGE', `--until ${until} is ${when}`, {
      hint: 'Give a time in the future: 2h, 07:00, 2026-03-28T14:00:00Z.',
    });
  }
  if (forMs !== undefined && forMs <= 0)
    throw new ExpectedError('BAD_RANGE', `--for ${request.for} is not above 0`, {
      hint: 'Give a duration above 0: 30m, 2h.',
    });
  return {
    ...(start !== undefined && { startsMs: start.atMs }),
    ...(end !== undefined && { endsMs: end.atMs }),
    ...(forMs !== undefined && { forMs }),
    notes: [start?.note, end?.note].filter((note) => note !== undefined),
  };
}

const endFrom = (start: TimeAhead | undefined, until: string, nowMs: number): { readonly nowMs: number } => ({
  nowMs: start !== undefined && DAY_AND_CLOCK.test(until.trim()) ? Math.max(nowMs, start.atMs) : nowMs,
});
