// Arithmetic of the kernel's counters: parsing without loss, rates and percentages.

/** Counters are 64 bits wide; those past 2^53 are bigint so that small growth is not rounded away. */
export type CounterValue = number | bigint;

/** Undefined for anything that is not a whole number without sign, or that no 64 bits hold. */
export function parseCounter(text: string): CounterValue | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  if (text.length <= 15) return Number(text);
  const value = BigInt(text);
  return value < 1n << 64n ? value : undefined;
}

/** How much a counter grew; negative when it fell. */
export function growth(now: CounterValue, before: CounterValue): number {
  if (typeof now === 'number' && typeof before === 'number') return now - before;
  return Number(BigInt(now) - BigInt(before));
}

/** Per second, to three decimals: finer digits are the clock's noise and cost the store five bytes a sample. */
export const perSecond = (amount: number, elapsedMs: number): number =>
  Math.round((amount * 1_000_000) / elapsedMs) / 1_000;

/** A share in percent, inside 0..100, to two decimals, never -0. `whole` must be above 0. */
export function percent(part: number, whole: number): number {
  const share = Math.round((part / whole) * 10_000) / 100;
  return share > 0 ? Math.min(share, 100) : 0;
}

/** The load average a CPU, to two decimals as the load itself is. */
export const perCore = (load: number, cpus: number): number => Math.round((load / cpus) * 100) / 100;
