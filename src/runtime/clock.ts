// Time as an input: wall time, monotonic time and sleeping, and a clock that tests move by hand.

export type Clock = {
  /** Wall time, milliseconds since the epoch. It names instants; it may be stepped at any moment. */
  nowMs(): number;
  /** Milliseconds since some start, never stepped: for periods, ages, backoff, timeouts, leases. */
  monotonicMs(): number;
  /** Resolves after so many monotonic milliseconds, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Resolves at the wall time, or rejects with the signal's reason. Where the clock is set back meanwhile: at most a
   * second after the time should have been reached, so look at the clock again. For grids; for a period use `sleep`.
   */
  sleepUntil(timeMs: number, signal?: AbortSignal): Promise<void>;
};

/** A suspended machine or a stepped clock is noticed within this time. */
const MAX_TIMER_MS = 60_000;
/** How much longer than foreseen a sleep until a wall time lasts where that time is not reached. */
const SET_BACK_SLACK_MS = 1_000;

export const systemClock: Clock = {
  nowMs: Date.now,
  monotonicMs: () => performance.now(),
  async sleep(ms, signal) {
    const endMs = performance.now() + ms;
    for (let left = ms; left > 0; left = endMs - performance.now()) {
      await delay(Math.min(left, MAX_TIMER_MS), signal);
    }
    signal?.throwIfAborted();
  },
  async sleepUntil(timeMs, signal) {
    const endMs = performance.now() + (timeMs - Date.now()) + SET_BACK_SLACK_MS;
    const left = () => Math.min(timeMs - Date.now(), endMs - performance.now());
    for (let ms = left(); ms > 0; ms = left()) await delay(Math.min(ms, MAX_TIMER_MS), signal);
    signal?.throwIfAborted();
  },
};

/** A timer of the process itself, for what no test moves by hand. */
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
  /** Moves both times and wakes what is due, in order; resolves when what was woken had its turn. */
  advanceTo(timeMs: number): Promise<void>;
  /** Moves wall time alone, as somebody who sets the clock does. Wakes what slept until a time now past. */
  stepBy(ms: number): Promise<void>;
  /** Both times pass at once, as for a process that was held up: what slept wakes once, late. */
  skip(ms: number): Promise<void>;
  sleepers(): number;
};

type Sleeper = { readonly leftMs: () => number; readonly wake: () => void };

export function createVirtualClock(startMs: number): VirtualClock {
  let wallMs = startMs;
  let monotonicMs = 0;
  const sleepers = new Set<Sleeper>();

  function sleep(leftMs: () => number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const wake = () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const sleeper: Sleeper = { leftMs, wake };
      if (leftMs() <= 0) return resolve();
      signal?.addEventListener('abort', onAbort, { once: true });
      sleepers.add(sleeper);
    });
  }

  async function advanceBy(ms: number) {
    const endMs = monotonicMs + ms;
    for (;;) {
      const due = [...sleepers].sort((a, b) => a.leftMs() - b.leftMs())[0];
      const moved = due && Math.max(0, due.leftMs());
      if (!due || moved === undefined || monotonicMs + moved > endMs) break;
      sleepers.delete(due);
      wallMs += moved;
      monotonicMs += moved;
      due.wake();
      await new Promise(setImmediate);
    }
    wallMs += endMs - monotonicMs;
    monotonicMs = endMs;
    await new Promise(setImmediate);
  }

  return {
    nowMs: () => wallMs,
    monotonicMs: () => monotonicMs,
    sleep(ms, signal) {
      const endMs = monotonicMs + ms;
      return sleep(() => endMs - monotonicMs, signal);
    },
    sleepUntil(timeMs, signal) {
      const endMs = monotonicMs + (timeMs - wallMs) + SET_BACK_SLACK_MS;
      return sleep(() => Math.min(timeMs - wallMs, endMs - monotonicMs), signal);
    },
    advanceTo: (timeMs) => advanceBy(Math.max(0, timeMs - wallMs)),
    async stepBy(ms) {
      wallMs += ms;
      await advanceBy(0);
    },
    async skip(ms) {
      wallMs += ms;
      monotonicMs += ms;
      await advanceBy(0);
    },
    sleepers: () => sleepers.size,
  };
}
