// Validates range, step and aggregate of a query, with hints what to ask instead.
import { didYouMean } from '../domain/did-you-mean.ts';
import { ExpectedError } from '../domain/errors.ts';
import { formatInstant, isInstant } from '../domain/instant.ts';
import { stepGrid } from './points.ts';
import { AGGREGATES, MAX_POINTS_PER_SERIES, type RangeQuery } from './store.ts';

export function checkRange({
  startMs,
  stopMs,
  stepMs,
  aggregate,
}: Pick<RangeQuery, 'startMs' | 'stopMs' | 'stepMs' | 'aggregate'>): void {
  for (const time of [startMs, stopMs]) {
    if (isInstant(time)) continue;
    throw new ExpectedError('BAD_TIME', `${time} is not a time in milliseconds since 1970`);
  }
  if (startMs >= stopMs) {
    const [start, stop] = [startMs, stopMs].map((ms) => formatInstant(ms));
    const why =
      startMs === stopMs
        ? `is empty: it starts and stops at ${start}`
        : `stops (${stop}) before it starts (${start})`;
    throw new ExpectedError('BAD_RANGE', `the range ${why}`, {
      hint: 'A range includes its start and not its stop; give a stop after the start.',
    });
  }
  if (aggregate !== undefined) checkAggregate(aggregate);
  if (stepMs === undefined) {
    if (aggregate === undefined) return;
    throw new ExpectedError('BAD_RANGE', `the aggregate ${aggregate} needs a step to aggregate over`, {
      hint: 'Give a step, such as 5m.',
    });
  }
  if (!Number.isSafeInteger(stepMs) || stepMs < 1) {
    throw new ExpectedError('BAD_RANGE', `invalid step ${stepMs} ms: it must be a whole number from 1 ms`, {
      hint: 'Give a step above 0, such as 5m.',
    });
  }
  const { count } = stepGrid(startMs, stopMs, stepMs);
  if (count <= MAX_POINTS_PER_SERIES) return;
  const leastMs = Math.ceil((stopMs - startMs) / (MAX_POINTS_PER_SERIES - 1));
  throw new ExpectedError(
    'BAD_RANGE',
    `a step of ${stepMs} ms makes ${count} windows of this range; the limit is ${MAX_POINTS_PER_SERIES} a series`,
    { hint: `Give a step of at least ${leastMs} ms, or a shorter range.` },
  );
}

/** How much of a range is asked for at once, so that no raw answer has too many points a series; `mostMs` of more series. */
export const rawSpanMs = (intervalMs: number, mostMs = Number.POSITIVE_INFINITY): number =>
  Math.max(60_000, Math.floor(Math.min(mostMs, intervalMs * MAX_POINTS_PER_SERIES * 0.9)));

/** For a raw answer: how many points it has is known only while it is read. */
export const tooManyPoints = (
  { metric, hostId }: { readonly metric: string; readonly hostId: string },
  count: number | `over ${number}`,
): ExpectedError =>
  new ExpectedError(
    'BAD_RANGE',
    `${metric} of ${hostId} has ${count} points in this range; a raw answer has at most ${MAX_POINTS_PER_SERIES} a series`,
    { hint: 'Give a step, for instance --step 5m, or a shorter range.' },
  );

/** For an answer as a whole. */
export const tooManyInAll = (maxPoints: number): ExpectedError =>
  new ExpectedError('BAD_RANGE', `the answer has over ${maxPoints} points`, {
    hint: 'Give a (longer) step, a shorter range, or fewer hosts.',
  });

/** BAD_REQUEST, as for any word that is not one of a list. */
function checkAggregate(aggregate: string): void {
  if ((AGGREGATES as readonly string[]).includes(aggregate)) return;
  throw new ExpectedError('BAD_REQUEST', `unknown aggregate ${JSON.stringify(aggregate)}`, {
    hint: didYouMean(aggregate, AGGREGATES, `Aggregates are ${AGGREGATES.join(', ')}.`),
  });
}
