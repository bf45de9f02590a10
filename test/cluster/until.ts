// Waits for what a cluster does in its own time.
import { delay } from '../../src/runtime/clock.ts';

const WITHIN_MS = 90_000;

/** Rejects with what was waited for, and what it looked like at last. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  seen: () => unknown = () => undefined,
): Promise<void> {
  const end = Date.now() + WITHIN_MS;
  while (!(await condition())) {
    if (Date.now() > end) {
      const last = await seen();
      throw new Error(
        `waited ${WITHIN_MS / 1_000} s in vain: ${what}${last === undefined ? '' : ` (${last})`}`,
      );
    }
    await delay(100);
  }
}
