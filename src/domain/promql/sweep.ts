// Evaluates a function over one window per step, for each series of a selector.
import type { Timing } from './syntax.ts';
import { type Column, checkValues, type Grid, newColumn, type PointSeries, stepAt } from './values.ts';
import type { WindowFunction } from './window-functions.ts';

const NONE: ArrayLike<number> = [];
/** Points of windows that are looked at between two looks at the clock. */
const POINTS_A_TURN = 10_000;

export type Sweep = {
  /** What a selector with windows of this length reads, `[startMs, stopMs)`. */
  spanOf(timing: Timing, lengthMs: number): { readonly startMs: number; readonly stopMs: number };
  /** `use` puts a value of each window or none. Where only what has not ended counts, a window behind the end has none. */
  sweep(
    series: readonly PointSeries[],
    windows: { readonly timing: Timing; readonly lengthMs: number; readonly untilEnded?: boolean },
    use: WindowFunction,
    parameter?: Float64Array,
  ): Promise<Column[]>;
};

export function createSweep(parts: {
  readonly grid: Grid;
  /** What `@ start()` and `@ end()` are. */
  readonly bounds: { readonly start: number; readonly end: number };
  /** Values that other parts of the query came to and still hold. */
  held(): number;
  pause(): Promise<void> | undefined;
}): Sweep {
  const { grid, bounds } = parts;
  const { count } = grid;

  /** The evaluation time of a selector at a step. */
  const timeAt = ({ offsetMs, at }: Timing, i: number): number =>
    (at === undefined ? stepAt(grid, i) : typeof at === 'number' ? at : bounds[at]) - offsetMs;

  function spanOf(timing: Timing, lengthMs: number): { readonly startMs: number; readonly stopMs: number } {
    return { startMs: timeAt(timing, 0) - lengthMs + 1, stopMs: timeAt(timing, count - 1) + 1 };
  }

  async function sweep(
    series: readonly PointSeries[],
    {
      timing,
      lengthMs,
      untilEnded,
    }: { readonly timing: Timing; readonly lengthMs: number; readonly untilEnded?: boolean },
    use: WindowFunction,
    parameter?: Float64Array,
  ): Promise<Column[]> {
    checkValues(parts.held() + series.length * count);
    const columns: Column[] = [];
    let work = 0;
    for (const { labels, ms, values, endsMs } of series) {
      const ends = untilEnded ? (endsMs ?? NONE) : NONE;
      let ended = 0;
      const turn = parts.pause();
      if (turn) await turn;
      const column = newColumn(labels, count);
      const window = { ms, values, from: 0, to: 0, startMs: 0, endMs: 0, stepMs: 0 };
      let any = false;
      for (let i = 0; i < count; i++) {
        window.stepMs = stepAt(grid, i);
        window.endMs = timeAt(timing, i);
        window.startMs = window.endMs - lengthMs;
        while (window.to < ms.length && ms[window.to]! <= window.endMs) window.to++;
        while (window.from < window.to && ms[window.from]! <= window.startMs) window.from++;
        if (window.from === window.to) continue;
        work += window.to - window.from;
        if (work > POINTS_A_TURN) {
          work = 0;
          const next = parts.pause();
          if (next) await next;
        }
        while (ended < ends.length && ends[ended]! <= window.endMs) ended++;
        if (ended > 0 && ends[ended - 1]! > ms[window.to - 1]!) continue;
        const value = use(window, parameter === undefined ? 0 : parameter[i]!);
        if (value === undefined) continue;
        column.values[i] = value;
        column.present[i] = 1;
        any = true;
      }
      if (any) columns.push(column);
    }
    return columns;
  }

  return { spanOf, sweep };
}
