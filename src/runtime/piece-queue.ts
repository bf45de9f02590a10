// A queue between producer and consumer of an answer, with backpressure: the producer waits until a piece is taken.

export type PieceQueue<T> = {
  /** Resolves when the piece was taken. */
  push(piece: T): Promise<void>;
  end(): void;
  fail(error: unknown): void;
  /** Resolves when the reader has begun. */
  readonly begun: Promise<void>;
  /** Once. Ends with `onLeft` when its reader leaves early. */
  read(onLeft: () => void): AsyncGenerator<T, void, undefined>;
};

export function createPieceQueue<T>(): PieceQueue<T> {
  const pieces: { readonly piece: T; readonly taken: () => void }[] = [];
  const begun = Promise.withResolvers<void>();
  let ended: { readonly error?: unknown } | undefined;
  let wake = () => {};

  async function* read(onLeft: () => void): AsyncGenerator<T, void, undefined> {
    begun.resolve();
    let isThrough = false;
    try {
      for (;;) {
        const next = pieces.shift();
        if (next) {
          yield next.piece;
          next.taken();
        } else if (ended) {
          isThrough = true;
          if ('error' in ended) throw ended.error;
          return;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      if (!isThrough) onLeft();
    }
  }

  return {
    push(piece) {
      const { promise, resolve } = Promise.withResolvers<void>();
      pieces.push({ piece, taken: resolve });
      wake();
      return promise;
    },
    end() {
      ended ??= {};
      wake();
    },
    fail(error) {
      ended ??= { error };
      wake();
    },
    begun: begun.promise,
    read,
  };
}
