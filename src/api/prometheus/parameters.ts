// Parameters of Prometheus' HTTP API, from the URL and from a form: times, durations, selectors, limits.
import { grouped } from '../../domain/counting.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { LAST_DATE_MS, parseInstant } from '../../domain/instant.ts';
import { MAX_STEPS, stepsOf } from '../../domain/promql/grid.ts';
import { readDuration } from '../../domain/promql/literals.ts';
import type { Grid } from '../../domain/promql/values.ts';

/** What was given once, and what several times. */
export type Parameters = {
  one(name: string): string | undefined;
  all(name: string): readonly string[];
};

/** Of both, those of the body first, as Go's forms are read. */
export function parametersOf(query: unknown, body: unknown): Parameters {
  const all = (name: string) =>
    [body, query].flatMap((from) => {
      const value = (from as Readonly<Record<string, string | string[]>> | undefined)?.[name];
      return value === undefined ? [] : [value].flat();
    });
  return { all, one: (name) => all(name).find((value) => value !== '') };
}

export const invalid = (name: string, why: string): ExpectedError =>
  new ExpectedError('BAD_REQUEST', `invalid parameter "${name}": ${why}`, {
    hint: 'Times are seconds since the epoch or RFC 3339; durations are seconds or 5m.',
  });

/** Milliseconds of seconds since the epoch, or of RFC 3339. */
export function timeOf(from: Parameters, name: string): number | undefined {
  const text = from.one(name);
  if (text === undefined) return undefined;
  const isNumber = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text);
  const ms = isNumber ? Math.round(Number(text) * 1_000) : parseInstant(text);
  if (ms === undefined) throw invalid(name, `cannot parse ${JSON.stringify(text)} to a valid timestamp`);
  // promtool asks from the first to the last time there is.
  return Math.max(-LAST_DATE_MS, Math.min(LAST_DATE_MS, ms));
}

/** Milliseconds above zero. */
export function durationOf(from: Parameters, name: string): number | undefined {
  const text = from.one(name);
  if (text === undefined) return undefined;
  const ms = readDuration(text);
  if (ms === undefined) throw invalid(name, `cannot parse ${JSON.stringify(text)} to a valid duration`);
  if (ms <= 0) throw invalid(name, 'zero or negative duration. Try a positive number');
  return ms;
}

export function limitOf(from: Parameters): number | undefined {
  const text = from.one('limit');
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw invalid('limit', 'it must be a whole number from 0');
  return Number(text) || undefined;
}

export function required(from: Parameters, name: string): string {
  const text = from.one(name);
  if (text === undefined) throw invalid(name, 'it is missing');
  return text;
}

export function gridOf(from: Parameters): Grid {
  const [startMs, stopMs, stepMs] = [timeOf(from, 'start'), timeOf(from, 'end'), durationOf(from, 'step')];
  if (startMs === undefined) throw invalid('start', 'it is missing');
  if (stopMs === undefined) throw invalid('end', 'it is missing');
  if (stepMs === undefined) throw invalid('step', 'it is missing');
  if (stopMs < startMs) throw invalid('end', 'end timestamp must not be before start time');
  const grid = stepsOf({ startMs, stopMs, stepMs });
  if (!grid)
    throw new ExpectedError(
      'BAD_REQUEST',
      `exceeded maximum resolution of ${grouped(MAX_STEPS)} points per timeseries`,
      {
        hint: `Try decreasing the query resolution: a step of at least ${Math.ceil((stopMs - startMs) / (MAX_STEPS - 1) / 1_000)} s.`,
      },
    );
  return grid;
}

/** A label's name in a path, where `U__cpu_2e_usage` stands for what a path cannot have. */
export function labelInPath(name: string): string {
  if (!name.startsWith('U__')) return name;
  return name
    .slice(3)
    .replace(/__|_([0-9a-fA-F]{1,6})_/g, (all, hex) =>
      all === '__'
        ? '_'
        : Number.parseInt(hex, 16) <= 0x10ffff
          ? String.fromCodePoint(Number.parseInt(hex, 16))
          : all,
    );
}
