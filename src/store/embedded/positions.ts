// How far each partition was written, and before which position a crash loses nothing.
import type { Unit } from './head.ts';

export type Positions = {
  /** Where a record begins: the end of the one before it. -Infinity for the first of a partition in this run. */
  begin(partition: number, next: number): number;
  /** The record is in the head and the host book. */
  written(partition: number, next: number): void;
  /** The host book was made durable: all that was written so far need not come again for its sake. */
  bookFlushed(): void;
  /** Never moves back. Partitions of which nothing can be said yet are left out. */
  durable(units: Iterable<Unit>): ReadonlyMap<number, number>;
};

export function createPositions(): Positions {
  const ends = new Map<number, number>();
  let bookEnds = new Map<number, number>();
  const reported = new Map<number, number>();
  return {
    begin: (partition, next) => Math.min(ends.get(partition) ?? Number.NEGATIVE_INFINITY, next - 1),
    written(partition, next) {
      if (next > (ends.get(partition) ?? Number.NEGATIVE_INFINITY)) ends.set(partition, next);
    },
    bookFlushed() {
      bookEnds = new Map(ends);
    },
    durable(units) {
      const oldest = new Map(bookEnds);
      for (const { positions } of units) {
        for (const [partition, position] of positions) {
          const before = oldest.get(partition);
          if (before !== undefined && position < before) oldest.set(partition, position);
        }
      }
      for (const [partition, position] of oldest) {
        if (position > (reported.get(partition) ?? Number.NEGATIVE_INFINITY))
          reported.set(partition, position);
      }
      return reported;
    },
  };
}
