// Wall time for irreversible actions such as retention: a step forward counts only after a while, a step back at once.

export type BelievedTime = {
  readonly believedMs: number;
  /** How long a time further ahead has lasted by now; 0 while none is doubted. */
  readonly doubtedForMs: number;
};

export type BelievedClock = {
  /** Call it regularly with both times; what passes between two calls by the monotonic one passes for what it returns. */
  look(times: { readonly wallMs: number; readonly monotonicMs: number }): BelievedTime;
};

/** `from` is how it was left, also by an earlier process: its doubts go on. */
export function createBelievedClock(options: {
  readonly from: BelievedTime;
  readonly monotonicMs: number;
  /** Further ahead than this is a step. */
  readonly toleranceMs: number;
  readonly believeAfterMs: number;
}): BelievedClock {
  const { toleranceMs, believeAfterMs } = options;
  let { believedMs, doubtedForMs } = options.from;
  let lookedMs = options.monotonicMs;

  return {
    look({ wallMs, monotonicMs }) {
      const passedMs = monotonicMs - lookedMs;
      lookedMs = monotonicMs;
      const expectedMs = believedMs + passedMs;
      const isAhead = wallMs > expectedMs + toleranceMs;
      if (isAhead) doubtedForMs += passedMs;
      const isBelieved = !isAhead || doubtedForMs >= believeAfterMs;
      if (isBelieved) doubtedForMs = 0;
      believedMs = isBelieved ? wallMs : expectedMs;
      return { believedMs, doubtedForMs };
    },
  };
}
