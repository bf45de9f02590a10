// Tells bus records that can be stored from those that cannot be read, and counts their samples.
import { BUS_SCHEMA, type BusRecord } from '../../bus/bus.ts';
import { createTickReader } from '../../wire/tick-wire.ts';

export type ReadRecord = { readonly record: BusRecord; readonly samples: number };
export type UnreadableRecord = { readonly record: BusRecord; readonly reason: string };

export type RecordReader = (records: readonly BusRecord[]) => {
  readonly good: readonly ReadRecord[];
  readonly unreadable: readonly UnreadableRecord[];
};

export function createRecordReader(): RecordReader {
  const reader = createTickReader();
  return (records) => {
    const good: ReadRecord[] = [];
    const unreadable: UnreadableRecord[] = [];
    for (const record of records) {
      if (record.schema !== BUS_SCHEMA) {
        unreadable.push({
          record,
          reason: `record has schema ${record.schema}; this minimon knows ${BUS_SCHEMA}`,
        });
        continue;
      }
      let samples = 0;
      try {
        reader.readBatch(record.bytes, ({ values }) => {
          samples += values.length;
        });
        good.push({ record, samples });
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        unreadable.push({ record, reason: `record cannot be decoded: ${error.message}` });
      }
    }
    return { good, unreadable };
  };
}
