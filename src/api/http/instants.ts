// Instants on HTTP: RFC 3339 in UTC with milliseconds going out, any offset coming in, never a bare number.
import { ExpectedError } from '../../domain/errors.ts';

const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

export function toInstant(timeMs: number): string {
  const date = new Date(timeMs);
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  throw new ExpectedError('BAD_TIME', `${timeMs} is not a time in milliseconds since 1970`);
}
export const toOptionalInstant = (timeMs: number | undefined): string | undefined =>
  timeMs === undefined ? undefined : toInstant(timeMs);

export function fromInstant(text: string, name = 'time'): number {
  const timeMs = RFC3339.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(timeMs)) return timeMs;
  throw new ExpectedError(
    'BAD_TIME',
    `${name} ${JSON.stringify(text.slice(0, 60))} is not an RFC 3339 instant`,
    {
      hint: 'Write it like 2026-03-01T14:00:00Z; numbers of seconds or milliseconds are not taken here.',
    },
  );
}
export const fromOptionalInstant = (text: string | undefined, name: string): number | undefined =>
  text === undefined ? undefined : fromInstant(text, name);
