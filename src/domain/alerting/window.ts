// Windows of one series' samples, and the functions over them: avg, min, max, delta, forecast.

/** Times and values in turn, in order of time. One flat array of doubles: objects would cost five times as much. */
export type Window = number[];

/** Inserts a sample in order of time, and drops expired ones. */
export function addSample(window: Window, timeMs: number, value: number, keepMs: number): void {
  const length = window.length;
  if (length === 0 || timeMs > window[length - 2]!) {
    window.push(timeMs, value);
    // Moved down only when a quarter has expired: readers skip what is too old by themselves.
    const oldest = timeMs - keepMs;
    if (window[(length >> 3) * 2]! > oldest) return;
    const expired = firstInside(window, oldest);
    for (let i = expired; i < window.length; i++) window[i - expired] = window[i]!;
    window.length -= expired;
    return;
  }
  if (timeMs <= window[length - 2]! - keepMs) return;
  let at = length - 2;
  while (at > 0 && window[at - 2]! >= timeMs) at -= 2;
  if (window[at] === timeMs) window[at + 1] = value;
  else window.splice(at, 0, timeMs, value);
}

export type Coverage = { readonly samples: number; readonly due: number; readonly enough: boolean };

/**
 * * Whether the samples in `(timeMs - durationMs, timeMs]` suffice: they span half of the window and are half of
 * those due. A window that holds one or two samples at best cannot span half of itself; then all due are asked for.
 */
export function coverageOf(window: Window, timeMs: number, durationMs: number, intervalMs: number): Coverage {
  const start = firstInside(window, timeMs - durationMs);
  const samples = Math.max(0, (endInside(window, timeMs) - start) / 2);
  const due = samplesDue(durationMs, intervalMs);
  const spanMs = samples === 0 ? 0 : timeMs - window[start]!;
  return { samples, due, enough: isEnough({ samples, due, spanMs, durationMs, intervalMs }) };
}

const samplesDue = (durationMs: number, intervalMs: number): number =>
  Math.max(1, Math.floor(durationMs / intervalMs));

const isEnough = (of: {
  readonly samples: number;
  readonly due: number;
  readonly spanMs: number;
  readonly durationMs: number;
  readonly intervalMs: number;
}): boolean =>
  of.samples > 0 &&
  of.samples * 2 >= of.due &&
  of.spanMs >= Math.min(of.durationMs / 2, (of.due - 1) * of.intervalMs);

/** The function over the window, or undefined while its coverage is too small. */
export function windowValue(
  fn: 'avg' | 'min' | 'max' | 'delta',
  window: Window,
  at: { readonly timeMs: number; readonly durationMs: number; readonly intervalMs: number },
): number | undefined {
  const { timeMs, durationMs, intervalMs } = at;
  const start = firstInside(window, timeMs - durationMs);
  const end = endInside(window, timeMs);
  const samples = (end - start) / 2;
  if (samples <= 0) return undefined;
  const due = samplesDue(durationMs, intervalMs);
  if (!isEnough({ samples, due, spanMs: timeMs - window[start]!, durationMs, intervalMs })) return undefined;
  if (fn === 'delta') return window[end - 1]! - window[start + 1]!;
  let result = window[start + 1]!;
  if (fn === 'avg') {
    // Not kept as a running sum: rounding would make the result depend on history, and backtests differ from live.
    for (let i = start + 2; i < end; i += 2) result += window[i + 1]!;
    return result / ((end - start) / 2);
  }
  for (let i = start + 2; i < end; i += 2) {
    const value = window[i + 1]!;
    if (fn === 'max' ? value > result : value < result) result = value;
  }
  return result;
}

function firstInside(window: Window, afterMs: number): number {
  let low = 0;
  let high = window.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (window[middle * 2]! <= afterMs) low = middle + 1;
    else high = middle;
  }
  return low * 2;
}

function endInside(window: Window, timeMs: number): number {
  let end = window.length;
  while (end > 0 && window[end - 2]! > timeMs) end -= 2;
  return end;
}

export const MEAN_MS = 5 * 60_000;
const MEANS = 72;
/** What a forecast looks back on. */
export const FORECAST_SPAN_MS = MEANS * MEAN_MS;
const MIN_MEANS = 12;
const RECENT_MEANS = 6;

/** Five-minute means of the last six hours: bucket, sum and count in turn, in order of time. */
export type Means = number[];

export function addToMeans(means: Means, timeMs: number, value: number): void {
  const bucket = Math.floor(timeMs / MEAN_MS);
  let at = means.length - 3;
  while (at >= 0 && means[at]! > bucket) at -= 3;
  if (at >= 0 && means[at] === bucket) {
    means[at + 1]! += value;
    means[at + 2]! += 1;
    return;
  }
  means.splice(at + 3, 0, bucket, value, 1);
  const oldest = means[means.length - 3]! - MEANS;
  let expired = 0;
  while (means[expired]! <= oldest) expired += 3;
  if (expired > 0) means.splice(0, expired);
}

/** Where the line through the means will be after the horizon, and how the last half hour slopes (a second). */
export type Forecast = { readonly value: number; readonly recentSlope: number };

export function forecastOf(means: Means, timeMs: number, horizonMs: number): Forecast | undefined {
  const newest = Math.floor(timeMs / MEAN_MS);
  let start = 0;
  while (start < means.length && means[start]! <= newest - MEANS) start += 3;
  const count = (means.length - start) / 3;
  if (count < MIN_MEANS || newest - means[start]! < MIN_MEANS - 1) return undefined;
  const line = leastSquares(means, start, timeMs);
  if (line === undefined) return undefined;
  let recent = means.length;
  while (recent > start && means[recent - 3]! > newest - RECENT_MEANS) recent -= 3;
  const recentSlope = leastSquares(means, recent, timeMs)?.slope ?? 0;
  return { value: line.now + (line.slope * horizonMs) / 1_000, recentSlope };
}

/** Times are taken from now, in seconds: sums of squares of epoch milliseconds leave a double no digits. */
function leastSquares(
  means: Means,
  start: number,
  timeMs: number,
): { slope: number; now: number } | undefined {
  const count = (means.length - start) / 3;
  if (count < 2) return undefined;
  let sumX = 0;
  let sumY = 0;
  for (let i = start; i < means.length; i += 3) {
    sumX += meanTime(means[i]!, timeMs);
    sumY += means[i + 1]! / means[i + 2]!;
  }
  const [meanX, meanY] = [sumX / count, sumY / count];
  let covariance = 0;
  let variance = 0;
  for (let i = start; i < means.length; i += 3) {
    const dx = meanTime(means[i]!, timeMs) - meanX;
    covariance += dx * (means[i + 1]! / means[i + 2]! - meanY);
    variance += dx * dx;
  }
  if (variance === 0) return undefined;
  const slope = covariance / variance;
  return { slope, now: meanY - slope * meanX };
}

/** The middle of a bucket, of the open one the middle of its part so far. */
function meanTime(bucket: number, timeMs: number): number {
  const start = bucket * MEAN_MS;
  const end = Math.min(start + MEAN_MS, Math.max(timeMs, start));
  return ((start + end) / 2 - timeMs) / 1_000;
}
