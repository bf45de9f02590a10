// A bounded number of tasks at once; the first failure stops the taking of new ones.

export type Lanes = {
  /** Starts the task when a lane is free, and resolves then. Rejects with the first failure of an earlier task. */
  take(task: () => Promise<void>): Promise<void>;
  /** Resolves when all have ended; rejects with the first failure. */
  drain(): Promise<void>;
};

export function createLanes(width: number): Lanes {
  const waiting: (() => void)[] = [];
  let active = 0;
  let failure: { readonly error: unknown } | undefined;

  const ended = () => new Promise<void>((resolve) => waiting.push(resolve));

  async function runTask(task: () => Promise<void>) {
    active += 1;
    try {
      await task();
    } catch (error) {
      failure ??= { error };
    } finally {
      active -= 1;
      for (const wake of waiting.splice(0)) wake();
    }
  }

  return {
    async take(task) {
      while (active >= width && !failure) await ended();
      if (failure) throw failure.error;
      void runTask(task);
    },
    async drain() {
      while (active > 0) await ended();
      if (failure) throw failure.error;
    },
  };
}
