// Sleeping until a wall-clock time without being caught by a clock that is set back meanwhile.
import type { Clock } from '../../runtime/clock.ts';

const SLACK_MS = 1_000;

/**
 * Resolves at the time, or about when it should have been reached had nobody touched the clock: the caller looks at the
 * clock again. Rejects with the signal's reason.
 */
export async function patientSleep(clock: Clock, untilMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const ending = new AbortController();
  const end = () => ending.abort();
  const timer = setTimeout(end, Math.max(0, untilMs - clock.nowMs()) + SLACK_MS);
  timer.unref();
  signal.addEventListener('abort', end, { once: true });
  try {
    await clock.sleepUntil(untilMs, ending.signal);
  } catch (error) {
    if (!ending.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
  signal.throwIfAborted();
}
