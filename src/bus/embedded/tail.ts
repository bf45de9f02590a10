// The newest records of the embedded bus in memory, so that readers which keep up never go back to the disk.
import type { BusRecord } from '../bus.ts';

export type Tail = {
  /** Records of a partition come in offset order, each offset one after the last. */
  add(record: BusRecord): void;
  /** Undefined when `from` is older or newer than what is kept. */
  read(at: { partition: number; from: number; maxBytes: number }): readonly BusRecord[] | undefined;
};

/** What a record takes beside its bytes: without it a million heartbeats would count as nothing. */
const RECORD_BYTES = 256;

export function createTail(options: { readonly partitions: number; readonly maxBytes: number }): Tail {
  const perPartition = options.maxBytes / options.partitions;
  // A queue in an array: `head` records at its front are given up, and their slots empty.
  const tails = Array.from({ length: options.partitions }, () => ({
    records: [] as (BusRecord | undefined)[],
    head: 0,
    bytes: 0,
  }));
  const sizeOf = (record: BusRecord) => record.bytes.length + RECORD_BYTES;

  return {
    add(record) {
      const tail = tails[record.partition]!;
      const last = tail.records.at(-1);
      // After a damaged log was replaced the offsets jump: what is older is on its own.
      if (last && last.offset + 1 !== record.offset) Object.assign(tail, { records: [], head: 0, bytes: 0 });
      tail.records.push(record);
      tail.bytes += sizeOf(record);
      while (tail.bytes > perPartition) {
        tail.bytes -= sizeOf(tail.records[tail.head]!);
        tail.records[tail.head] = undefined;
        tail.head++;
      }
      if (tail.head > 1_000 && tail.head * 2 > tail.records.length) {
        tail.records = tail.records.slice(tail.head);
        tail.head = 0;
      }
    },
    read({ partition, from, maxBytes }) {
      const { records, head } = tails[partition]!;
      const first = records[head];
      if (!first || from < first.offset) return undefined;
      const start = head + from - first.offset;
      if (start >= records.length) return undefined;
      const found: BusRecord[] = [];
      for (let bytes = 0, i = start; i < records.length; i++) {
        const record = records[i]!;
        bytes += record.bytes.length;
        if (found.length > 0 && bytes > maxBytes) break;
        found.push(record);
      }
      return found;
    },
  };
}
