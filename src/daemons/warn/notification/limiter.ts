// Rate limiter of a receiver: when the next request may be sent.
import type { RateLimit } from '../../../receivers/receiver.ts';

export type Limiter = {
  /** When so many requests may go out together; the time now where they may at once. */
  freeAtMs(nowMs: number, requests: number): number;
  take(nowMs: number, requests: number): void;
  /** How many single requests, of so many, can go out within this time. */
  fits(nowMs: number, withinMs: number, wanted: number): number;
  /** When the requests went out that still count. */
  sent(nowMs: number): readonly number[];
};

export function createLimiter(limits: readonly RateLimit[]): Limiter {
  const longestMs = Math.max(0, ...limits.map(({ perMs }) => perMs));
  let sent: number[] = [];

  const freeAt = (times: readonly number[], nowMs: number, requests: number): number =>
    Math.max(
      nowMs,
      ...limits.map(({ count, perMs }) => {
        // More than a limit ever allows goes out when nothing else does.
        const left = count - Math.min(requests, count);
        const blocking = times[times.length - 1 - left];
        return blocking === undefined ? nowMs : blocking + perMs;
      }),
    );

  return {
    freeAtMs: (nowMs, requests) => freeAt(sent, nowMs, requests),
    take(nowMs, requests) {
      if (limits.length === 0) return;
      sent = sent.filter((ms) => nowMs - ms < longestMs);
      for (let i = 0; i < requests; i++) sent.push(nowMs);
    },
    fits(nowMs, withinMs, wanted) {
      if (limits.length === 0) return wanted;
      const times = [...sent];
      let count = 0;
      for (let at = freeAt(times, nowMs, 1); count < wanted && at <= nowMs + withinMs; count++) {
        times.push(at);
        at = freeAt(times, at, 1);
      }
      return count;
    },
    sent: (nowMs) => sent.filter((ms) => nowMs - ms < longestMs),
  };
}
