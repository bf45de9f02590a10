// Functions of the points in a window `(end - range, end]`, with Prometheus' extrapolation of rates to the window's edges.

export type Window = {
  readonly ms: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  /** The points of the window; at least one. */
  from: number;
  to: number;
  startMs: number;
  endMs: number;
  /** The step's own time: without `offset` and `@` the window's end. */
  stepMs: number;
};

/** Undefined: no value. */
export type WindowFunction = (window: Window, parameter: number) => number | undefined;

function extrapolated(isCounter: boolean, isRate: boolean): WindowFunction {
  return ({ ms, values, from, to, startMs, endMs }) => {
    const count = to - from;
    if (count < 2) return undefined;
    const [first, last] = [values[from]!, values[to - 1]!];
    let growth = last - first;
    if (isCounter) {
      for (let i = from + 1; i < to; i++) if (values[i]! < values[i - 1]!) growth += values[i - 1]!;
    }
    const sampled = ms[to - 1]! - ms[from]!;
    const between = sampled / (count - 1);
    const threshold = between * 1.1;
    let before = ms[from]! - startMs;
    let after = endMs - ms[to - 1]!;
    if (before >= threshold) before = between / 2;
    // A counter is not below zero: the window is not extrapolated to where it would have been.
    if (isCounter && growth > 0 && first >= 0) before = Math.min(before, sampled * (first / growth));
    if (after >= threshold) after = between / 2;
    const factor = (sampled + before + after) / sampled;
    return (growth * factor) / (isRate ? (endMs - startMs) / 1_000 : 1);
  };
}

function lastTwo(isRate: boolean): WindowFunction {
  return ({ ms, values, from, to }) => {
    if (to - from < 2) return undefined;
    const [before, last] = [values[to - 2]!, values[to - 1]!];
    const seconds = (ms[to - 1]! - ms[to - 2]!) / 1_000;
    return isRate ? (last < before ? last : last - before) / seconds : last - before;
  };
}

function fold(step: (sum: number, value: number) => number): WindowFunction {
  return ({ values, from, to }) => {
    let folded = values[from]!;
    for (let i = from + 1; i < to; i++) folded = step(folded, values[i]!);
    return folded;
  };
}

/** With what rounding lost of each addition (Neumaier). */
const sum: WindowFunction = ({ values, from, to }) => {
  let total = 0;
  let lost = 0;
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return Number.isFinite(total) ? total + lost : total;
};
const mean: WindowFunction = (window, parameter) => {
  const { values, from, to } = window;
  const total = sum(window, parameter)!;
  if (Number.isFinite(total)) return total / (to - from);
  let scaled = 0;
  for (let i = from; i < to; i++) scaled += values[i]! / (to - from);
  return scaled;
};

const variance: WindowFunction = ({ values, from, to }) => {
  let [average, squares] = [0, 0];
  for (let i = from; i < to; i++) {
    const distance = values[i]! - average;
    average += distance / (i - from + 1);
    squares += distance * (values[i]! - average);
  }
  return squares / (to - from);
};

/** Least squares; the value at `zeroMs` and the slope a second. */
function regression({ ms, values, from, to }: Window, zeroMs: number): readonly [at: number, slope: number] {
  const count = to - from;
  let [x, y, xy, xx] = [0, 0, 0, 0];
  let isConstant = true;
  for (let i = from; i < to; i++) {
    const seconds = (ms[i]! - zeroMs) / 1_000;
    const value = values[i]!;
    if (value !== values[from]) isConstant = false;
    x += seconds;
    y += value;
    xy += seconds * value;
    xx += seconds * seconds;
  }
  if (isConstant) return [values[from]!, Number.isFinite(values[from]) ? 0 : Number.NaN];
  const slope = (xy - (x * y) / count) / (xx - (x * x) / count);
  return [y / count - (slope * x) / count, slope];
}

const counting =
  (counts: (before: number, value: number) => boolean): WindowFunction =>
  ({ values, from, to }) => {
    let count = 0;
    for (let i = from + 1; i < to; i++) if (counts(values[i - 1]!, values[i]!)) count++;
    return count;
  };

/** Ascending, NaN first: the least of all. */
export const forQuantiles = (values: Float64Array): Float64Array =>
  values.sort((a, b) => (Number.isNaN(a) ? (Number.isNaN(b) ? 0 : -1) : Number.isNaN(b) ? 1 : a - b));

/** Of sorted values, between the two nearest ranks. */
export function quantileOf(values: ArrayLike<number>, q: number): number {
  if (values.length === 0 || Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  const rank = q * (values.length - 1);
  const lower = Math.floor(rank);
  const upper = Math.min(values.length - 1, lower + 1);
  const weight = rank - lower;
  // Infinity times zero is no number.
  if (weight === 0 || values[lower] === values[upper]) return values[lower]!;
  return values[lower]! * (1 - weight) + values[upper]! * weight;
}

export const WINDOW_FUNCTIONS: Readonly<Record<string, WindowFunction>> = {
  rate: extrapolated(true, true),
  increase: extrapolated(true, false),
  delta: extrapolated(false, false),
  irate: lastTwo(true),
  idelta: lastTwo(false),
  deriv: (window) =>
    window.to - window.from < 2 ? undefined : regression(window, window.ms[window.from]!)[1],
  predict_linear(window, seconds) {
    if (window.to - window.from < 2) return undefined;
    const [at, slope] = regression(window, window.stepMs);
    return at + slope * seconds;
  },
  changes: counting((before, value) => before !== value && !(Number.isNaN(before) && Number.isNaN(value))),
  resets: counting((before, value) => value < before),
  avg_over_time: mean,
  sum_over_time: sum,
  // NaN gives way to any number.
  min_over_time: fold((least, value) => (value < least || Number.isNaN(least) ? value : least)),
  max_over_time: fold((most, value) => (value > most || Number.isNaN(most) ? value : most)),
  count_over_time: ({ from, to }) => to - from,
  last_over_time: ({ values, to }) => values[to - 1]!,
  first_over_time: ({ values, from }) => values[from]!,
  present_over_time: () => 1,
  stdvar_over_time: variance,
  stddev_over_time: (window, parameter) => Math.sqrt(variance(window, parameter)!),
  quantile_over_time: ({ values, from, to }, q) =>
    quantileOf(forQuantiles(Float64Array.from({ length: to - from }, (_, i) => values[from + i]!)), q),
};

/** Those whose value is still the metric's own. */
export const KEEPS_NAME: ReadonlySet<string> = new Set(['last_over_time', 'first_over_time']);
