// Time as an input: the wall clock, and one that tests move by hand.

export type Clock = {
  nowMs(): number;
  /** Resolves at the time, or rejects with the signal's reason. */
  sleepUntil(timeMs: number, signal?: AbortSignal): Promise<void>;
};

const MAX_TIMER_MS = 60_000;

export const systemClock: Clock = {
  nowMs: Date.now,
  async sleepUntil(timeMs, signal) {
    // Long sleeps are cut so that a suspended machine or a stepped clock is noticed within a minute.
    for (let left = timeMs - Date.now(); left > 0; left = timeMs - Date.now()) {
      await delay(Math.min(left, MAX_TIMER_MS), signal);
    }
  },
};

export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

export type VirtualClock = Clock & {
  /** Moves time and wakes what is due, in order; settles when what was woken had its turn. */
  advanceTo(timeMs: number): Promise<void>;
  sleepers(): number;
};

export function createVirtualClock(startMs: number): VirtualClock {
  let nowMs = startMs;
  const sleepers = new Set<{ at: number; wake: () => void }>();
  return {
    nowMs: () => nowMs,
    sleepUntil: (timeMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        if (timeMs <= nowMs) return resolve();
        const sleeper = {
          at: timeMs,
          wake: () => {
            signal?.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        const onAbort = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        sleepers.add(sleeper);
      }),
    async advanceTo(timeMs) {
      for (;;) {
        const due = [...sleepers].filter((s) => s.at <= timeMs).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        sleepers.delete(due);
        nowMs = Math.max(nowMs, due.at);
        due.wake();
        await new Promise(setImmediate);
      }
      nowMs = timeMs;
      await new Promise(setImmediate);
    },
    sleepers: () => sleepers.size,
  };
}
