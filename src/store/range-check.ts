// Refuses ranges that no answer could be given for, and says what to ask instead.
import { ExpectedError } from '../domain/errors.ts';
import { AGGREGATES, MAX_POINTS_PER_SERIES, type RangeQuery } from './store.ts';
import { stepGrid } from './windowing.ts';

export function checkRange({ startMs, stopMs, stepMs, aggregate }: RangeQuery): void {
  for (const time of [startMs, stopMs]) {
    if (Number.isSafeInteger(time) && Math.abs(time) <= 8.64e15) continue;
    throw new ExpectedError('BAD_TIME', `${time} is not a time in milliseconds since 1970`);
  }
  if (stopMs <= startMs) {
    const [start, stop] = [startMs, stopMs].map((ms) => new Date(ms).toISOString());
    throw new ExpectedError('BAD_RANGE', `the range from ${start} to ${stop} is empty`, {
      hint: 'The start must be before the stop.',
    });
  }
  if (stepMs === undefined) {
    if (aggregate === undefined) return;
    throw new ExpectedError('BAD_RANGE', `an aggregate (${aggregate}) needs a step`, {
      hint: 'Give a step, for instance --step 5m.',
    });
  }
  if (!Number.isSafeInteger(stepMs) || stepMs < 1) {
    throw new ExpectedError('BAD_RANGE', `a step of ${stepMs} ms is none; it must be a whole number over 0`);
  }
  if (aggregate !== undefined && !AGGREGATES.includes(aggregate)) {
    throw new ExpectedError('BAD_RANGE', `there is no aggregate ${JSON.stringify(aggregate)}`, {
      hint: `Use one of ${AGGREGATES.join(', ')}.`,
    });
  }
  const { count } = stepGrid(startMs, stopMs, stepMs);
  if (count <= MAX_POINTS_PER_SERIES) return;
  const least = Math.ceil((stopMs - startMs) / (MAX_POINTS_PER_SERIES - 1) / 1000);
  throw new ExpectedError(
    'BAD_RANGE',
    `a step of ${stepMs} ms makes ${count} windows; an answer has at most ${MAX_POINTS_PER_SERIES} a series`,
    { hint: `Give a step of at least ${least}s, or a shorter range.` },
  );
}
