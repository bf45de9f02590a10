// Shutdown of started parts: named stops, last in first out, each with a timeout, idempotent.
import { messageOf } from '../domain/errors.ts';
import { withTimeout } from './timeout.ts';

export type Lifecycle = {
  /** Registers how to stop what was just started. Returns what it was given, to wrap a constructor in one line. */
  own<T>(name: string, part: T, stop: (part: T) => Promise<void> | void): T;
  /** Stops everything, newest first; a stop that fails or takes too long is reported and the rest still runs. */
  stop(): Promise<void>;
};

export function createLifecycle(
  options: { onError?: (message: string) => void; boundMs?: number } = {},
): Lifecycle {
  const { onError = () => {}, boundMs = 20_000 } = options;
  const stops: { name: string; stop: () => Promise<void> | void }[] = [];
  let stopping: Promise<void> | undefined;

  async function stopAll() {
    for (let next = stops.pop(); next; next = stops.pop()) {
      const { name, stop } = next;
      try {
        const outcome = await withTimeout(boundMs, Promise.resolve().then(stop), 'late' as const);
        if (outcome === 'late') onError(`${name} did not stop within ${boundMs / 1000} s`);
      } catch (error) {
        onError(`${name} failed to stop: ${messageOf(error)}`);
      }
    }
  }

  return {
    own(name, part, stop) {
      stops.push({ name, stop: () => stop(part) });
      return part;
    },
    stop: () => (stopping ??= stopAll()),
  };
}

/** What every daemon is. `start` either resolves once all of it runs or rejects with nothing left running. */
export type Daemon = {
  readonly name: string;
  start(): Promise<void>;
  /** Shuts down. Idempotent; also ends a start that is under way. */
  stop(): Promise<void>;
  /** Where it listens, by protocol, once started. */
  readonly addresses: () => Readonly<Record<string, string>>;
};
