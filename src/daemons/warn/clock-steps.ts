// Detects steps of the wall clock: logs them and rewrites stored wall-clock times. Durations use
// the monotonic clock.
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';

const LOOK_MS = 5_000;
const STEP_MS = 30_000;

/** Runs until the signal. */
export async function watchClockSteps(parts: {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly onStep: () => void;
}): Promise<void> {
  const { clock, logger, signal, onStep } = parts;
  const offset = () => clock.nowMs() - clock.monotonicMs();
  let known = offset();
  while (!signal.aborted) {
    await clock.sleep(LOOK_MS, signal).catch(() => {});
    const stepMs = offset() - known;
    known += stepMs;
    if (Math.abs(stepMs) <= STEP_MS) continue;
    const text = `${Math.round(Math.abs(stepMs) / 1_000)} s ${stepMs > 0 ? 'forward' : 'back'}`;
    logger.warn(
      { stepMs },
      `the clock of this machine was set ${text}: alerts continue, silences end by the new time`,
    );
    onStep();
  }
}
