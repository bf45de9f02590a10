// Points of one series in two growing columns: runs of several origins merged, windows of a step summed up.
import type { Aggregate } from './store.ts';

/** Only the first `count` of the columns count. */
export type Points = { ms: Float64Array; values: Float64Array; count: number };

export const createPoints = (room = 1024): Points => ({
  ms: new Float64Array(room),
  values: new Float64Array(room),
  count: 0,
});

/** Grows the columns, keeping what they hold. */
export function makeRoom(points: Points, count: number): void {
  if (count <= points.ms.length) return;
  const room = Math.max(count, points.ms.length * 2);
  const { ms, values } = points;
  points.ms = new Float64Array(room);
  points.values = new Float64Array(room);
  points.ms.set(ms);
  points.values.set(values);
}

/** Up to so many a loop is faster than a view of the column and its copy. */
const FEW_POINTS = 300;

/** Adds the points `from` to `to` of two columns. */
export function addRun(
  into: Points,
  { ms, values }: { readonly ms: Float64Array; readonly values: Float64Array },
  from = 0,
  to = ms.length,
): void {
  const count = to - from;
  makeRoom(into, into.count + count);
  const at = into.count;
  into.count += count;
  if (count > FEW_POINTS) {
    into.ms.set(ms.subarray(from, to), at);
    into.values.set(values.subarray(from, to), at);
    return;
  }
  const { ms: toMs, values: toValues } = into;
  for (let i = 0; i < count; i++) {
    toMs[at + i] = ms[from + i]!;
    toValues[at + i] = values[from + i]!;
  }
}

/** Orders the points by time; of several with one time the one that was added first stays. */
export function settle(points: Points): void {
  const second = endOfRun(points, 0);
  if (second === points.count) return;
  if (endOfRun(points, second) === points.count) mergeRuns(points, second);
  else sort(points);
}

/** The end of the ascending run from there. */
function endOfRun({ ms, count }: Points, from: number): number {
  let end = from + 1;
  while (end < count && ms[end]! > ms[end - 1]!) end++;
  return Math.min(end, count);
}

/** A chunk and what came late for it are two ascending runs; that is most of what is ever out of order. */
function mergeRuns(points: Points, second: number): void {
  const { ms, values, count } = points;
  const oldMs = ms.slice(0, second);
  const oldValues = values.slice(0, second);
  let to = 0;
  let left = 0;
  let right = second;
  // What is written never overtakes what is still to be read of the second run.
  while (left < second || right < count) {
    const isLeft = right === count || (left < second && oldMs[left]! <= ms[right]!);
    if (isLeft && right < count && oldMs[left] === ms[right]) right++;
    ms[to] = isLeft ? oldMs[left]! : ms[right]!;
    values[to++] = isLeft ? oldValues[left++]! : values[right++]!;
  }
  points.count = to;
}

function sort(points: Points): void {
  const { ms, values, count } = points;
  const order = ascendingOrder(ms, count);
  const oldMs = ms.slice(0, count);
  const oldValues = values.slice(0, count);
  let to = 0;
  for (const from of order) {
    if (to > 0 && ms[to - 1] === oldMs[from]) continue;
    ms[to] = oldMs[from]!;
    values[to++] = oldValues[from]!;
  }
  points.count = to;
}

/** Indexes in the order of times; equal ones stay in theirs. */
export const ascendingOrder = (ms: Float64Array, count: number): Uint32Array =>
  Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => ms[a]! - ms[b]! || a - b);

/** Index of the first point at or after a time, in settled points. */
export function firstAt(points: Pick<Points, 'ms' | 'count'>, timeMs: number): number {
  let low = 0;
  let high = points.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (points.ms[middle]! < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

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
  const { ms, values } = points;
  let window = -1;
  let endMs = grid.firstMs;
  for (let i = span.from; i < span.to; ) {
    // Mostly the next one: only after a gap its number is a division.
    window = ms[i]! < endMs + grid.stepMs ? window + 1 : Math.floor((ms[i]! - grid.firstMs) / grid.stepMs);
    endMs = grid.firstMs + (window + 1) * grid.stepMs;
    let end = i + 1;
    while (end < span.to && ms[end]! < endMs) end++;
    out[at + window] =
      end === i + 1 ? summaryOfOne(values[i]!, aggregate) : summaryOf(values, i, end, aggregate);
    i = end;
  }
}

/** As summaryOf: a sum begins with 0, so that the mean of -0 is 0. */
const summaryOfOne = (value: number, aggregate: Aggregate): number =>
  aggregate === 'count' ? 1 : aggregate === 'mean' ? value + 0 : value;

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
      // Nearest rank, in integers: 0.95 * n would round.
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
