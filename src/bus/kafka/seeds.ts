// Which broker of the list a new client asks for its metadata: in turn, but not the one that last did not answer.

export type Seeds = {
  next(): string;
  /** A request to it was not answered: it hangs, its machine is gone, or it is cut off and waits for the others. */
  unanswered(broker: string): void;
};

/**
 * The driver begins each client with the first of its list. That broker may be the one that hangs; or it is cut off from
 * the others and goes on answering with the leaders of before.
 */
export function createSeeds(brokers: readonly string[]): Seeds {
  let queue = [...brokers];
  let last: string | undefined;
  return {
    next() {
      const seed = queue.find((broker) => broker !== last) ?? queue[0]!;
      queue = [...queue.filter((broker) => broker !== seed), seed];
      return seed;
    },
    unanswered(broker) {
      last = broker;
    },
  };
}
