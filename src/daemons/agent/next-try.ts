// When the agent's next request is sent at the earliest, also as connections come and go.
import type { Clock } from '../../runtime/clock.ts';

/** Simulated hosts do the same. */
export const REPORT_BACKOFF = { firstMs: 1_000, maxMs: 60_000 } as const;
/** A server that takes connections and then loses them is not asked again by all hosts each second. */
const TRIED_SOON_EVERY_MS = 10_000;

export function createNextTry({
  clock,
  random = Math.random,
}: {
  readonly clock: Clock;
  readonly random?: (() => number) | undefined;
}) {
  /** Monotonic. */
  let earliestMs = 0;
  let waiting: AbortController | undefined;
  /** By the last request. */
  let isUnanswered = false;
  let isSending = false;
  /** While a call was under way that may still fail for want of it. */
  let isConnectedSince = false;
  /** Monotonic: the last try that a connection brought, or the next one. */
  let soonMs = Number.NEGATIVE_INFINITY;

  const after = (ms: number): void => {
    earliestMs = clock.monotonicMs() + ms;
  };

  function soon(): void {
    const nowMs = clock.monotonicMs();
    if (soonMs < nowMs)
      soonMs = Math.max(nowMs, soonMs + TRIED_SOON_EVERY_MS) + Math.round(random() * REPORT_BACKOFF.firstMs);
    if (earliestMs <= soonMs) return;
    earliestMs = soonMs;
    waiting?.abort();
  }

  return {
    /** Undefined: now. Resolves then, or when it has become sooner, or with the signal. */
    due(signal: AbortSignal): Promise<void> | undefined {
      const waitMs = earliestMs - clock.monotonicMs();
      if (waitMs <= 0) return undefined;
      waiting = new AbortController();
      return clock.sleep(waitMs, AbortSignal.any([signal, waiting.signal])).catch(() => {});
    },
    after,
    notBefore(ms: number) {
      earliestMs = Math.max(earliestMs, clock.monotonicMs() + ms);
    },
    now() {
      after(0);
      waiting?.abort();
    },
    /** A request is sent; to be called when it has ended. */
    begun(): () => void {
      isSending = true;
      isConnectedSince = false;
      return () => {
        isSending = false;
      };
    },
    answered() {
      isUnanswered = false;
    },
    failed(request: { readonly isUnanswered: boolean; readonly retryMs: number }) {
      isUnanswered = request.isUnanswered;
      after(request.retryMs);
      if (isUnanswered && isConnectedSince) soon();
    },
    connected() {
      if (isSending) isConnectedSince = true;
      else if (isUnanswered) soon();
    },
  };
}
