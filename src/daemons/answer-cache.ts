// A cache of another daemon's answer: refreshed when stale, and used while that daemon is down.
import { messageOf } from '../domain/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logging.ts';

export type Answered<T> = {
  /** Undefined until the first answer; an old one while there is an `error`. */
  readonly value: T | undefined;
  readonly asOfMs: number | undefined;
  /** Why the last attempt failed. */
  readonly error: unknown;
};

export type AnswerCache<T> = {
  /** Never rejects. A fresh answer for which `has` is false is asked for once more: it may just have changed. */
  current(has?: (value: T) => boolean): Promise<Answered<T>>;
  /** As of the last attempt. */
  last(): Answered<T>;
};

export function createAnswerCache<T>(options: {
  readonly load: () => Promise<T>;
  readonly freshMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Logged when it begins to fail. */
  readonly warning: string;
}): AnswerCache<T> {
  const { freshMs, clock, logger, warning } = options;
  let answered: Answered<T> = { value: undefined, asOfMs: undefined, error: undefined };
  let triedMs = Number.NEGATIVE_INFINITY;
  let loading: Promise<void> | undefined;

  async function load(): Promise<void> {
    try {
      answered = { value: await options.load(), asOfMs: clock.nowMs(), error: undefined };
    } catch (error) {
      if (answered.error === undefined) logger.warn({ error: messageOf(error) }, warning);
      answered = { ...answered, error: error ?? new Error('no reason was given') };
    }
    triedMs = clock.monotonicMs();
  }

  function loadOnce(): Promise<void> {
    loading ??= load().finally(() => {
      loading = undefined;
    });
    return loading;
  }

  return {
    async current(has) {
      const before = answered;
      // A failure is kept as long as an answer: not every call of an outage waits for its own timeout.
      if (clock.monotonicMs() - triedMs >= freshMs) await loadOnce();
      const { value, error } = answered;
      const isOld = answered === before && error === undefined;
      if (has && isOld && value !== undefined && !has(value)) await loadOnce();
      return answered;
    },
    last: () => answered,
  };
}
