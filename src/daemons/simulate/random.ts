// Randomness as a pure function of (key, time): smooth, bounded, independent of call order, so that charts, restarts
// and several runs at once agree on the history.

/** A well mixed 32-bit integer from two. */
export function mix(a: number, b: number): number {
  let h = a ^ Math.imul(b, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** A number in [0, 1) from two. */
export const unit = (a: number, b: number): number => (mix(a, b) >>> 0) / 0x1_0000_0000;

/** A 32-bit integer from a string. */
export function keyOf(text: string, seed: number): number {
  let h = mix(seed, text.length);
  for (let i = 0; i < text.length; i++) h = mix(h, text.charCodeAt(i));
  return h;
}

/** `digits` hexadecimal digits from a key. */
export function hexOf(key: number, digits: number): string {
  let hex = '';
  for (let i = 0; hex.length < digits; i++) hex += (mix(key, i) >>> 0).toString(16).padStart(8, '0');
  return hex.slice(0, digits);
}

/**
 * Between -1 and 1, wandering from one random height to the next once a period: what a bounded random walk looks like,
 * without having to walk there from the beginning of time.
 */
export function wander(key: number, timeMs: number, periodMs: number): number {
  // Each key turns at its own moments, or a whole fleet would change direction at once.
  const x = timeMs / periodMs + (key & 0xffff) / 0x1_0000;
  const left = Math.floor(x);
  const f = x - left;
  const a = unit(key, left);
  const b = unit(key, left + 1);
  return 2 * (a + (b - a) * f * f * (3 - 2 * f)) - 1;
}
