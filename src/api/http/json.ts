// Shapes as JSON: instants are RFC 3339 in UTC with milliseconds going out, of any offset coming in, never a bare number.
import { ExpectedError } from '../../domain/errors.ts';
import { formatInstant, LAST_DATE_MS, parseInstant } from '../../domain/instant.ts';
import { snakeCase } from '../../domain/names.ts';
import { codecs, type Kind, type Shape } from '../shapes.ts';

function toInstant(timeMs: number): string {
  if (Math.abs(timeMs) <= LAST_DATE_MS) return formatInstant(timeMs);
  throw new ExpectedError('BAD_TIME', `${timeMs} is not a time in milliseconds since 1970`);
}

function fromInstant(text: string, name: string): number {
  const timeMs = parseInstant(text);
  if (timeMs !== undefined) return timeMs;
  throw new ExpectedError(
    'BAD_TIME',
    `${name} ${JSON.stringify(text.slice(0, 60))} is not an RFC 3339 instant`,
    {
      // In a query string + is a space, so that an offset to the east loses its sign.
      hint: / \d{2}:\d{2}$/.test(text)
        ? 'Write the + of the offset as %2B (2026-03-01T14:00:00%2B08:00), or give the time in UTC with Z.'
        : 'For example 2026-03-01T14:00:00Z; numbers of seconds or milliseconds are not accepted here.',
    },
  );
}

/** `last_seen_at` for `lastSeenMs`, an instant; `interval_ms` for `intervalMs`, a duration. */
export const jsonKey = (name: string, kind: Kind): string =>
  snakeCase(kind.is === 'time' ? name.replace(/Ms$/, 'At') : name);

const REPEATED: readonly Kind['is'][] = ['list', 'hostIds', 'texts'];

/** In a query string what may be given several times has the singular: `host=a&host=b`, `label=mount=/`. */
export const queryKey = (name: string, kind: Kind): string =>
  REPEATED.includes(kind.is) ? jsonKey(name, kind).replace(/s$/, '') : jsonKey(name, kind);

export const jsonOf = codecs({
  key: jsonKey,
  write: (kind) => (kind.is === 'time' ? toInstant : undefined),
  read(kind, name) {
    if (kind.is !== 'time') return undefined;
    const key = jsonKey(name, kind);
    return (text: string) => fromInstant(text, key);
  },
  isAbsent: () => false,
});

/** A request as it came, with what was left out filled in. */
export function readJsonRequest(shape: Shape, json: unknown, nowMs: number): unknown {
  const request = jsonOf(shape).read(json) as Record<string, number>;
  for (const [name, { fallback }] of Object.entries(shape)) {
    if (fallback && request[name] === undefined) request[name] = fallback(nowMs, request);
  }
  return request;
}
