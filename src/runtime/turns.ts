// Long loops that yield to the event loop, so that other work such as acknowledging reports is not delayed.
import type { Clock } from './clock.ts';

const TURN_MS = 8;

/** To be asked between two pieces of work: a promise to be awaited once a turn is over, undefined until then. */
export function createTurns(
  clock: Pick<Clock, 'monotonicMs'>,
  turnMs = TURN_MS,
): () => Promise<void> | undefined {
  let endsMs = clock.monotonicMs() + turnMs;
  return () => {
    if (clock.monotonicMs() < endsMs) return undefined;
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      endsMs = clock.monotonicMs() + turnMs;
    });
  };
}
