// The newest records of the embedded bus in memory, so that readers which keep up never go back to the disk.
import type { BusRecord } from '../bus.ts';

export type RecordCache = {
  /** Records of a partition come in offset order, each offset one after the last. */
  add(record: BusRecord): void;
  /** Undefined when `from` is older or newer than what is kept. */
  read(at: { partition: number; from: number; maxBytes: number }): readonly BusRecord[] | undefined;
};

/** What a record takes beside its bytes: without it a million heartbeats would count as nothing. */
const RECORD_BYTES = 256;

export function createRecordCache(options: {
  readonly partitions: number;
  readonly maxBytes: number;
}): RecordCache {
  const perPartition = options.maxBytes / options.partitions;
  // A queue in an array: `head` records at its front are given up, and their slots empty.
  const cached = Array.from({ length: options.partitions }, () => ({
    records: [] as (BusRecord | undefined)[],
    head: 0,
    bytes: 0,
  }));
  const sizeOf = (record: BusRecord) => record.bytes.length + RECORD_BYTES;

  return {
    add(record) {
      const at = cached[record.partition]!;
      const last = at.records.at(-1);
      // After a damaged log was replaced the offsets jump: what is older is on its own.
      if (last && last.offset + 1 !== record.offset) Object.assign(at, { records: [], head: 0, bytes: 0 });
      at.records.push(record);
      at.bytes += sizeOf(record);
      while (at.bytes > perPartition) {
        at.bytes -= sizeOf(at.records[at.head]!);
        at.records[at.head] = undefined;
        at.head++;
      }
      if (at.head > 1_000 && at.head * 2 > at.records.length) {
        at.records = at.records.slice(at.head);
        at.head = 0;
      }
    },
    read({ partition, from, maxBytes }) {
      const { records, head } = cached[partition]!;
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
