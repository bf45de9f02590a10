// The newest records of the embedded bus in memory, so that readers which keep up never go back to the disk.
import type { BusRecord } from './bus.ts';

export type Tail = {
  /** Records of a partition come in offset order, each offset one after the last. */
  add(record: BusRecord): void;
  /** Undefined when `from` is older than what is kept. */
  read(at: { partition: number; from: number; maxBytes: number }): readonly BusRecord[] | undefined;
};

export function createTail(options: { readonly partitions: number; readonly maxBytes: number }): Tail {
  const perPartition = options.maxBytes / options.partitions;
  const tails = Array.from({ length: options.partitions }, () => ({
    records: [] as BusRecord[],
    head: 0,
    bytes: 0,
  }));

  return {
    add(record) {
      const tail = tails[record.partition]!;
      const last = tail.records.at(-1);
      // After a damaged log was replaced the offsets jump: what is older is on its own.
      if (last && last.offset + 1 !== record.offset) Object.assign(tail, { records: [], head: 0, bytes: 0 });
      tail.records.push(record);
      tail.bytes += record.bytes.length;
      while (tail.bytes > perPartition && tail.head < tail.records.length) {
        tail.bytes -= tail.records[tail.head]!.bytes.length;
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
      let end = start;
      for (let bytes = 0; end < records.length; end++) {
        bytes += records[end]!.bytes.length;
        if (end > start && bytes > maxBytes) break;
      }
      return records.slice(start, end);
    },
  };
}
