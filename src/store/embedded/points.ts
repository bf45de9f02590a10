// Points of one series as two columns that grow and are used again, and how pieces of several origins become one.

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

export function addPoint(points: Points, ms: number, value: number): void {
  makeRoom(points, points.count + 1);
  points.ms[points.count] = ms;
  points.values[points.count++] = value;
}

/** Orders the points by time; of several with one time the one that was added first stays. */
export function settle(points: Points): void {
  const { ms, values, count } = points;
  let ascending = true;
  for (let i = 1; i < count && ascending; i++) ascending = ms[i]! > ms[i - 1]!;
  if (ascending) return;
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => ms[a]! - ms[b]! || a - b);
  const oldMs = ms.slice(0, count);
  const oldValues = values.slice(0, count);
  let kept = 0;
  for (const from of order) {
    if (kept > 0 && ms[kept - 1] === oldMs[from]) continue;
    ms[kept] = oldMs[from]!;
    values[kept++] = oldValues[from]!;
  }
  points.count = kept;
}

/** Index of the first point at or after a time, in settled points. */
export function firstAt(points: Points, timeMs: number): number {
  let low = 0;
  let high = points.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (points.ms[middle]! < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
