// Waits for what real parts do in their own time: polls a condition, and fails with what never came.
import { delay, type VirtualClock } from '../src/runtime/clock.ts';

export type UntilOptions = {
  /** Default 30 s. */
  readonly withinMs?: number;
  /** Advanced by a second with every look. */
  readonly clock?: VirtualClock;
  /** How it looked at last, for the message. */
  readonly seen?: () => unknown;
};

export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  { withinMs = 30_000, clock, seen }: UntilOptions = {},
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > end) {
      const last = await seen?.();
      throw new Error(
        `timed out after ${withinMs / 1_000} s: ${what}${last === undefined ? '' : ` (${last})`}`,
      );
    }
    await clock?.advanceTo(clock.nowMs() + 1_000);
    await delay(2);
  }
}
