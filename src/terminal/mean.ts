// The mean of values of any size.

/** NaN of none. The plain sum is the most exact; where it would overflow, a running mean. */
export function meanOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  if (Number.isFinite(sum)) return sum / values.length;
  let mean = 0;
  for (const [i, value] of values.entries()) mean += value / (i + 1) - mean / (i + 1);
  return mean;
}
