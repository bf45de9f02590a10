// The bus offset to start reading from, so that rates are the same as those of a consumer that never stopped.
import { MAX_GAP_MS } from './counters.ts';

/** The readings of a rate may come later than they were taken. */
const WARM_MS = MAX_GAP_MS + 60_000;
/** Between two marks. */
const APART_MS = 10_000;
/** Of who is never asked. */
const MAX_MARKS = 4_096;

/** Records from this one up to the next mark's. `atMs`: received times, without the steps back of report's clock. */
type Mark = {
  readonly offset: number;
  readonly receivedMs: number;
  readonly atMs: number;
  hasCounters: boolean;
};
type Partition = { readonly marks: Mark[]; receivedMs: number; atMs: number };

export type WarmStart = {
  /** For each record, in the order of its partition; again where it is read again. */
  record(partition: number, offset: number, receivedMs: number): void;
  /** The newest record of the partition has counters. */
  counters(partition: number): void;
  /** Where to begin to be warm at this offset: at it, or at an earlier record whose counters its rates may need. Offsets only grow. */
  before(partition: number, offset: number): number;
};

export function createWarmStart(): WarmStart {
  const partitions = new Map<number, Partition>();

  return {
    record(partition, offset, receivedMs) {
      let of = partitions.get(partition);
      if (!of) partitions.set(partition, (of = { marks: [], receivedMs, atMs: 0 }));
      const { marks } = of;
      while (marks.length > 0 && marks.at(-1)!.offset >= offset) {
        marks.pop();
        const { receivedMs: backMs = receivedMs, atMs = 0 } = marks.at(-1) ?? {};
        Object.assign(of, { receivedMs: backMs, atMs });
      }
      of.atMs += Math.max(0, receivedMs - of.receivedMs);
      of.receivedMs = receivedMs;
      const last = marks.at(-1);
      if (last && of.atMs < last.atMs + APART_MS) return;
      marks.push({ offset, receivedMs, atMs: of.atMs, hasCounters: false });
      if (marks.length > MAX_MARKS) marks.shift();
    },
    counters(partition) {
      const mark = partitions.get(partition)?.marks.at(-1);
      if (mark) mark.hasCounters = true;
    },
    before(partition, offset) {
      const { marks = [] } = partitions.get(partition) ?? {};
      const of = marks.findLastIndex((mark) => mark.offset <= offset);
      if (of < 0) return offset;
      const sinceMs = marks[of]!.atMs - WARM_MS;
      let gone = 0;
      while (gone < of && marks[gone + 1]!.atMs < sinceMs) gone++;
      marks.splice(0, gone);
      const needed = marks.find((mark) => mark.hasCounters);
      return Math.min(offset, needed?.offset ?? offset);
    },
  };
}
