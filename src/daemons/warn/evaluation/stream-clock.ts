// Stream time on report's clock: from the timestamps of records, advancing by the monotonic clock between them. Never
// goes back.
import { PIPELINE_STALE_MS } from '../../../domain/host.ts';
import type { Clock } from '../../../runtime/clock.ts';

/**
 * A jump of the stamps is followed after so long: report's heartbeats come every 10 s on every partition, and until each has
 * had one, those that had none would count as stalled.
 */
const JUMP_HOLD_MS = 12_000;

export function createStreamClock(clock: Pick<Clock, 'monotonicMs'>) {
  let newest: { readonly receivedMs: number; readonly atMs: number } | undefined;
  /** Monotonic: since when stamps are further ahead than time has passed. */
  let jumpedMs: number | undefined;
  let lastMs = Number.NEGATIVE_INFINITY;

  function received(receivedMs: number): void {
    const atMs = clock.monotonicMs();
    if (newest === undefined) {
      newest = { receivedMs, atMs };
      return;
    }
    if (receivedMs <= newest.receivedMs) return;
    const aheadMs = receivedMs - (newest.receivedMs + atMs - newest.atMs);
    if (aheadMs > PIPELINE_STALE_MS) {
      jumpedMs ??= atMs;
      if (atMs - jumpedMs < JUMP_HOLD_MS) return;
    }
    newest = { receivedMs, atMs };
    jumpedMs = undefined;
  }

  return {
    received,
    /** In whole milliseconds, as instants are, which monotonic time is not. Undefined before the first record. */
    nowMs(): number | undefined {
      if (newest === undefined) return undefined;
      lastMs = Math.max(lastMs, Math.floor(newest.receivedMs + clock.monotonicMs() - newest.atMs));
      return lastMs;
    },
  };
}
