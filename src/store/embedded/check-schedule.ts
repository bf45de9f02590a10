// When the weeks are read for damage: at the start, then once a day, in turns that let others in.
import { messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { WeekFiles } from './week-files.ts';

/** All of a small store is checked before anything is answered. */
const CHECK_AT_START_MS = 250;
const CHECK_TURN_MS = 4;
const CHECK_EVERY_MS = 86_400_000;

/** `run` is called now and then. */
export function createCheckSchedule(
  files: WeekFiles,
  { clock, onDone, onError }: { clock: Clock; onDone: () => void; onError: (text: string) => void },
) {
  let dueMs = 0;
  let isStart = true;
  let stopped = false;

  async function check(): Promise<void> {
    let turnEndsMs = clock.monotonicMs() + (isStart ? CHECK_AT_START_MS : CHECK_TURN_MS);
    for (const wait of files.check(() => isStart)) {
      if (stopped) return;
      if (!wait && clock.monotonicMs() < turnEndsMs) continue;
      isStart = false;
      await (wait ?? new Promise(setImmediate));
      if (stopped) return;
      turnEndsMs = clock.monotonicMs() + CHECK_TURN_MS;
    }
    isStart = false;
    onDone();
  }

  return {
    run() {
      const nowMs = clock.monotonicMs();
      if (nowMs < dueMs) return;
      dueMs = nowMs + CHECK_EVERY_MS;
      check().catch((error) => {
        isStart = false;
        if (!stopped) onError(`the weeks could not be checked for damage: ${messageOf(error)}`);
      });
    },
    stop() {
      stopped = true;
    },
  };
}
