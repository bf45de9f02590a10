// Which step a chart asks for: round to read, and no finer than the chart is wide.

const STEPS_MS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400,
].map((seconds) => seconds * 1_000);

/**
 * The smallest round step of which at most `columns` fit into the range, and in which each host has a sample (`leastMs`
 * is the longest interval): a shorter one would draw gaps where there are none. Days beyond that.
 */
export function chartStep(rangeMs: number, columns: number, leastMs = 0): number {
  const least = Math.max(rangeMs / Math.max(1, columns), leastMs);
  return STEPS_MS.find((step) => step >= least) ?? Math.ceil(least / 86_400_000) * 86_400_000;
}
