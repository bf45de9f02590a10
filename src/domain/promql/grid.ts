// The times at which a query over a range is evaluated, and how much there may be of them and of series.
import type { Grid } from './values.ts';

export const MAX_STEPS = 11_000;
/** Of an answer; more are cut, with a warning. */
export const MAX_SERIES = 2_000;

/** From the start by the step, the stop at most; undefined where they are too many. */
export function stepsOf({
  startMs,
  stopMs,
  stepMs,
}: {
  readonly startMs: number;
  readonly stopMs: number;
  readonly stepMs: number;
}): Grid | undefined {
  const count = Math.floor((stopMs - startMs) / stepMs) + 1;
  return count > MAX_STEPS ? undefined : { startMs, stepMs, count };
}
