// Whether a range can be asked for: its times, step and aggregate, checked before the store is troubled.
import type { RangeRequest } from '../../api/analyze.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { checkInstant } from '../../domain/instant.ts';
import { didYouMean, labelNameError } from '../../domain/names.ts';
import { AGGREGATES, MAX_POINTS_PER_SERIES } from '../../store/store.ts';

export function checkRange(range: { readonly startMs: number; readonly stopMs: number }): void {
  const start = checkInstant(range.startMs, 'start');
  const stop = checkInstant(range.stopMs, 'stop');
  if (start < stop) return;
  const at = (ms: number) => new Date(ms).toISOString();
  const fault =
    start === stop
      ? `is empty: it starts and stops at ${at(start)}`
      : `stops (${at(stop)}) before it starts (${at(start)})`;
  throw new ExpectedError('BAD_RANGE', `the range ${fault}`, {
    hint: 'A range holds its start and not its stop; give a stop after the start.',
  });
}

export function checkStep(request: RangeRequest): void {
  const { stepMs, aggregate, startMs, stopMs } = request;
  if (aggregate !== undefined && !AGGREGATES.includes(aggregate)) {
    throw new ExpectedError('BAD_REQUEST', `${JSON.stringify(aggregate)} is no aggregate`, {
      hint: didYouMean(aggregate, AGGREGATES, `Aggregates are ${AGGREGATES.join(', ')}.`),
    });
  }
  if (stepMs === undefined) {
    if (aggregate === undefined) return;
    throw new ExpectedError('BAD_REQUEST', `the aggregate ${aggregate} needs a step to aggregate over`, {
      hint: 'Give a step, such as 5m.',
    });
  }
  if (!Number.isSafeInteger(stepMs) || stepMs < 1) {
    throw new ExpectedError('BAD_RANGE', `the step is ${stepMs} ms; it must be a whole number from 1 ms`);
  }
  const windows = Math.ceil(stopMs / stepMs) - Math.floor(startMs / stepMs);
  if (windows > MAX_POINTS_PER_SERIES) {
    throw new ExpectedError(
      'BAD_RANGE',
      `a step of ${stepMs} ms makes ${windows} windows of this range; the limit is ${MAX_POINTS_PER_SERIES} a series`,
      { hint: `Give a step of at least ${Math.ceil((stopMs - startMs) / (MAX_POINTS_PER_SERIES - 1))} ms.` },
    );
  }
}

export function checkLabels(labels: RangeRequest['labels']): void {
  for (const name of Object.keys(labels ?? {})) {
    const fault = labelNameError(name);
    if (fault) throw new ExpectedError('BAD_METRIC', fault, { hint: 'A label is written like mount=/.' });
  }
}
