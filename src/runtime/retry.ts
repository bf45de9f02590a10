// Retry with exponential backoff and full jitter.
import type { Clock } from './clock.ts';

export type BackoffOptions = {
  /** The shortest delay. */
  readonly firstMs: number;
  /** The longest one. */
  readonly maxMs: number;
  /** In [0, 1); tests give their own. */
  readonly random?: () => number;
};

export type Backoff = {
  /** The next delay in ms: at random between the shortest and a ceiling that doubles with each call up to the longest. */
  next(): number;
  /** After a success: the next delay is a short one again. */
  reset(): void;
};

/** What is waited between tries, by what does not answer. */
export const BACKOFF = {
  /** A database or a store. */
  store: { firstMs: 200, maxMs: 5_000 },
  /** Another daemon, or the bus. */
  daemon: { firstMs: 500, maxMs: 10_000 },
} as const;

export function createBackoff({ firstMs, maxMs, random = Math.random }: BackoffOptions): Backoff {
  let ceilingMs = firstMs;
  return {
    next() {
      ceilingMs = Math.min(maxMs, ceilingMs * 2);
      return Math.round(firstMs + random() * (ceilingMs - firstMs));
    },
    reset: () => {
      ceilingMs = firstMs;
    },
  };
}

export type RetryOptions = {
  readonly backoff: Backoff;
  readonly clock: Clock;
  /** Ends the loop: its reason is what is thrown. */
  readonly signal: AbortSignal;
  /** Called before each wait. Throwing ends the loop with that error: for what no retry can fix. */
  readonly onRetry?: (error: unknown, delayMs: number) => void;
};

/** The first result; attempts go on until one succeeds, the signal aborts or `onRetry` throws. */
export async function retry<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { backoff, clock, signal, onRetry } = options;
  for (;;) {
    signal.throwIfAborted();
    try {
      const result = await attempt();
      backoff.reset();
      return result;
    } catch (error) {
      signal.throwIfAborted();
      const delayMs = backoff.next();
      onRetry?.(error, delayMs);
      await clock.sleep(delayMs, signal);
    }
  }
}

/**
 * Retry-After of an HTTP answer, which is seconds or a date by the server's clock: milliseconds from now, between 0 and `maxMs`; undefined where
 * there is no such header or it says nothing.
 */
export function retryAfterMs(
  header: unknown,
  at: { readonly nowMs: number; readonly maxMs: number },
): number | undefined {
  if (typeof header !== 'string' || header.trim() === '') return undefined;
  const text = header.trim();
  const isSeconds = /^\d+(\.\d+)?$/.test(text);
  // Dates begin with a weekday; Date.parse makes one of nearly anything.
  if (!isSeconds && !/^[A-Za-z]{3}/.test(text)) return undefined;
  const ms = isSeconds ? Number(text) * 1_000 : Date.parse(text) - at.nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(at.maxMs, Math.max(0, ms));
}
