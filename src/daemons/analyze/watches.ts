// Limits and polling of streams of the newest samples.
import { ExpectedError } from '../../domain/errors.ts';

export const WATCH_EVERY_MS = 1_000;
/** Each keeps its last answer, to tell whether the next one is another. */
const MAX_WATCHES = 64;

/** Opens a watch; what it returns closes it. UNAVAILABLE, with when to come again, over the limit. */
export function createWatches(): () => () => void {
  let open = 0;
  return () => {
    if (open >= MAX_WATCHES) {
      throw new ExpectedError('UNAVAILABLE', `${open} watches are open, the limit`, {
        hint: 'Close some of them, or poll the newest samples.',
        retryAfterMs: WATCH_EVERY_MS,
      });
    }
    open++;
    return () => void open--;
  };
}
