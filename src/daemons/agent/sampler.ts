// The sampling schedule: aligned to the wall clock, each slot at most once, missed slots are skipped.
import type { Clock } from '../../runtime/clock.ts';

export type SamplerOptions = {
  readonly clock: Clock;
  readonly intervalMs: number;
  /** Take a first tick shortly after the start. Its time is the slot that has begun. */
  readonly immediate: boolean;
  readonly onSlot: (timeMs: number) => Promise<void>;
  readonly onMissed: (slots: number) => void;
};

const FIRST_TICK_AFTER_MS = 2_000;
/** A first tick this near the next slot would leave that one nothing to measure. */
const NEAREST_MS = 1_000;

/** Runs until the signal; rejects with its reason. */
export async function runSampler(options: SamplerOptions, signal: AbortSignal): Promise<never> {
  const { clock, intervalMs, immediate, onSlot, onMissed } = options;
  const slotOf = (timeMs: number) => Math.floor(timeMs / intervalMs) * intervalMs;
  let last = Number.NaN;

  const firstAt = clock.nowMs() + FIRST_TICK_AFTER_MS;
  if (immediate && slotOf(firstAt) + intervalMs - firstAt >= NEAREST_MS) {
    await clock.sleepUntil(firstAt, signal);
    last = slotOf(clock.nowMs());
    await onSlot(last);
  }
  for (;;) {
    const next = nextSlot();
    const sleptFrom = clock.monotonicMs();
    await clock.sleepUntil(next, signal);
    const nowMs = clock.nowMs();
    const slot = slotOf(nowMs);
    // The clock was set back meanwhile: what began by its new time during the sleep counts, and else it is waited for.
    const first = slot < next ? slotOf(nowMs - (clock.monotonicMs() - sleptFrom)) + intervalMs : next;
    if (slot < first || slot === last) continue;
    if (slot > first) onMissed((slot - first) / intervalMs);
    last = slot;
    await onSlot(slot);
  }

  function nextSlot(): number {
    const next = slotOf(clock.nowMs()) + intervalMs;
    // The clock went back a little over the slot that was just taken.
    return next === last ? next + intervalMs : next;
  }
}
