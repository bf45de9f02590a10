// Points in time for people ("12s ago", local clock times) and for programs (RFC 3339).
import { formatInstant } from '../domain/instant.ts';
import type { Screen } from './screen.ts';

const two = (n: number): string => String(n).padStart(2, '0');

/** A time in a table: its age on a terminal, RFC 3339 on a pipe, "-" where there is none. */
export function timeCell(ms: number | undefined, screen: Screen): string {
  if (ms === undefined) return '-';
  return screen.isTTY ? relativeTime(ms, screen.nowMs) : formatInstant(ms);
}

/** For programs: RFC 3339, undefined where there is none. */
export const instantValue = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : formatInstant(ms);

/** "12s ago", "in 3m"; under two seconds "now". One unit up to ten of the next, so that columns stay narrow. */
export function relativeTime(ms: number, nowMs: number): string {
  const age = nowMs - ms;
  if (Math.abs(age) < 2_000) return 'now';
  return age < 0 ? `in ${roundAge(-age)}` : `${roundAge(age)} ago`;
}

function roundAge(age: number): string {
  const seconds = Math.floor(age / 1_000);
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 2 * 3_600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3_600)}h`;
  const days = Math.floor(seconds / 86_400);
  return days < 730 ? `${days}d` : `${Math.floor(days / 365)}y`;
}

type ClockTime = {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
};

/** What clocks on the wall show, in the screen's zone. */
export function clockTime(ms: number, screen: Pick<Screen, 'utc'>): ClockTime {
  const at = new Date(screen.utc ? ms : ms - new Date(ms).getTimezoneOffset() * 60_000);
  return {
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    day: at.getUTCDate(),
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
    second: at.getUTCSeconds(),
  };
}

export const clockText = ({ hour, minute }: ClockTime): string => `${two(hour)}:${two(minute)}`;
export const dateText = ({ month, day }: ClockTime): string => `${two(month)}-${two(day)}`;

/** A whole time for a person: 2026-03-28 14:00:05. */
export function dateTimeText(ms: number, screen: Pick<Screen, 'utc'>): string {
  const at = clockTime(ms, screen);
  return `${at.year}-${dateText(at)} ${clockText(at)}:${two(at.second)}`;
}

/** The zone that shown times are in: "UTC", "UTC+2", "UTC+5:30". */
export function zoneName(ms: number, screen: Pick<Screen, 'utc'>): string {
  const minutes = screen.utc ? 0 : -new Date(ms).getTimezoneOffset();
  if (minutes === 0) return 'UTC';
  const rest = Math.abs(minutes) % 60;
  return `UTC${minutes < 0 ? '-' : '+'}${Math.floor(Math.abs(minutes) / 60)}${rest ? `:${two(rest)}` : ''}`;
}
