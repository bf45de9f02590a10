// Durations as people write them: 60s, 5m, 1h30m, 7d.
import { ExpectedError } from './errors.ts';

const UNITS = [
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;
const UNIT_MS: ReadonlyMap<string, number> = new Map(UNITS);
const WHOLE = /^(?:\d+(?:\.\d+)?[a-z]+\s*)+$/;
const PART = /(\d+(?:\.\d+)?)([a-z]+)/g;
/** A hundred years: what is longer was meant as something else. */
const MAX_MS = 100 * 365.25 * 86_400_000;
const HINT = 'Write a number and a unit: 30s, 5m, 1h30m, 7d, 1w (a day is 24 h).';

/** Milliseconds of a duration, units from large to small, each once; a day is 24 h whatever clocks do. Throws BAD_TIME. */
export function parseDuration(text: string): number {
  const trimmed = text.trim();
  const shown = JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
  if (/^\d+(\.\d+)?$/.test(trimmed)) {
    throw new ExpectedError('BAD_TIME', `${shown} is a number without a unit`, {
      // No unit makes something of nothing.
      hint: trimmed.length < 9 && Number(trimmed) > 0 ? `Did you mean ${trimmed}s or ${trimmed}m?` : HINT,
    });
  }
  if (!WHOLE.test(trimmed)) {
    throw new ExpectedError('BAD_TIME', `${shown} is not a duration`, { hint: HINT });
  }
  let total = 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (const [, number, unit] of trimmed.matchAll(PART)) {
    const unitMs = UNIT_MS.get(unit!);
    if (unitMs === undefined || unitMs >= smallest) {
      const problem =
        unitMs === undefined ? `has the unknown unit "${unit!.slice(0, 12)}"` : 'is out of order';
      throw new ExpectedError('BAD_TIME', `duration ${shown} ${problem}`, { hint: HINT });
    }
    smallest = unitMs;
    total += Number(number) * unitMs;
  }
  if (total > MAX_MS) {
    throw new ExpectedError('BAD_TIME', `duration ${shown} is over the limit of 100 years`, { hint: HINT });
  }
  return Math.round(total);
}

/** {@link parseDuration} of a time that has to last: 0 and what is below it are named as such. Throws BAD_TIME. */
export function parseLasting(text: string, name: string): number {
  const shown = text.trim().slice(0, 40);
  const size = shown.replace(/^-\s*/, '');
  const amount = isDuration(size)
    ? parseDuration(size)
    : /^\d+(\.\d+)?$/.test(size)
      ? Number(size)
      : undefined;
  if (amount !== undefined && (size !== shown || amount === 0)) {
    throw new ExpectedError('BAD_TIME', `${name} is ${shown}, which is not above 0`, {
      hint: 'Give a time above 0, such as 30s or 5m.',
    });
  }
  return parseDuration(text);
}

/** True for what {@link parseDuration} takes. */
export function isDuration(text: string): boolean {
  try {
    parseDuration(text);
    return true;
  } catch {
    return false;
  }
}

/** The whole duration, as {@link parseDuration} reads it back: 1h30m, 45s, 0s. Weeks are written as days. */
export function formatDuration(ms: number): string {
  return splitDuration(ms).join('') || '0s';
}

/** The two largest units, for reading: 12d 3h, 1h 30m, 45s, 250ms. */
export function roughDuration(ms: number): string {
  if (ms > 0 && ms < 1_000) return `${Math.round(ms)}ms`;
  const sign = ms < 0 ? '-' : '';
  const seconds = Math.round(Math.abs(ms) / 1_000);
  // Rounded to what is shown first, so that 59m 59.9s does not become "59m 60s".
  const unit = seconds >= 86_400 ? 3_600 : seconds >= 3_600 ? 60 : 1;
  const parts = splitDuration(Math.floor(seconds / unit) * unit * 1_000);
  return sign + (parts.slice(0, 2).join(' ') || '0s');
}

function splitDuration(ms: number): string[] {
  let left = Math.round(Math.abs(ms));
  const parts: string[] = [];
  for (const [unit, unitMs] of UNITS) {
    if (unit === 'w') continue;
    const count = Math.floor(left / unitMs);
    if (count > 0) parts.push(`${count}${unit}`);
    left -= count * unitMs;
  }
  return parts;
}
