// Sums points up into windows of a step: one number a window, none for an empty one.

import type { Points } from './points.ts';
import type { Aggregate } from './store.ts';

export type StepGrid = { readonly firstMs: number; readonly stepMs: number; readonly count: number };

/** Windows on multiples of the step since the epoch that overlap `[startMs, stopMs)`. */
export function stepGrid(startMs: number, stopMs: number, stepMs: number): StepGrid {
  const first = Math.floor(startMs / stepMs);
  return { firstMs: first * stepMs, stepMs, count: Math.ceil(stopMs / stepMs) - first };
}

/** Fills `out` from `at` with one number a window (NaN: no point) from settled points `from` to `to`. */
export function sumUp(
  points: Points,
  span: { readonly from: number; readonly to: number },
  into: {
    readonly grid: StepGrid;
    readonly aggregate: Aggregate;
    readonly out: Float64Array;
    readonly at: number;
  },
): void {
  const { grid, aggregate, out, at } = into;
  out.fill(Number.NaN, at, at + grid.count);
  for (let i = span.from; i < span.to; ) {
    const window = Math.floor((points.ms[i]! - grid.firstMs) / grid.stepMs);
    const endMs = grid.firstMs + (window + 1) * grid.stepMs;
    let end = i + 1;
    while (end < span.to && points.ms[end]! < endMs) end++;
    out[at + window] = summaryOf(points.values, i, end, aggregate);
    i = end;
  }
}

function summaryOf(values: Float64Array, from: number, to: number, aggregate: Aggregate): number {
  switch (aggregate) {
    case 'count':
      return to - from;
    case 'last':
      return values[to - 1]!;
    case 'mean': {
      let sum = 0;
      for (let i = from; i < to; i++) sum += values[i]!;
      // Two huge values overflow a sum; their mean does not.
      return Number.isFinite(sum) ? sum / (to - from) : scaledMean(values, from, to);
    }
    case 'min':
    case 'max': {
      let best = values[from]!;
      for (let i = from + 1; i < to; i++) {
        const value = values[i]!;
        if (aggregate === 'min' ? value < best : value > best) best = value;
      }
      return best;
    }
    case 'p95': {
      // Nearest rank; in integers, since 0.95 is none.
      const rank = Math.ceil(((to - from) * 95) / 100);
      return values.slice(from, to).sort()[rank - 1]!;
    }
  }
}

function scaledMean(values: Float64Array, from: number, to: number): number {
  let mean = 0;
  for (let i = from; i < to; i++) mean += values[i]! / (to - from);
  return mean;
}
