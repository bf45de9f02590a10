// The ends of series as stores keep them: beside the samples of a series, a value that no sample has.
import { layoutOf } from './tick-layout.ts';
import type { TickView } from './tick-view.ts';

/** Samples are finite: whatever is NaN is an end. */
export const isEndMark = (value: number): boolean => Number.isNaN(value);

/**
 * The series that the tick ended, each with an end mark. A millisecond earlier: a series that is there at the tick's own
 * time, in another piece of it, goes on.
 */
export function endMarksOf(tick: TickView): TickView | undefined {
  const { ended } = tick;
  if (ended === undefined) return undefined;
  return {
    ...tick,
    timeMs: tick.timeMs - 1,
    layout: layoutOf(ended),
    values: new Float64Array(ended.length).fill(Number.NaN),
    ...{ counters: undefined, ended: undefined, facts: undefined },
  };
}
