// Records on their way from the log thread: two buffers that change hands, instead of thousands of objects to clone.
import type { LogRecord } from './log.ts';

export type PackedRecords = {
  /** Four numbers a record: offset, received_ms, schema, length. */
  readonly heads: Float64Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
};

const FIELDS = 4;

export function packRecords(records: readonly LogRecord[]): PackedRecords {
  const heads = new Float64Array(records.length * FIELDS);
  const bytes = new Uint8Array(records.reduce((sum, record) => sum + record.bytes.length, 0));
  let at = 0;
  for (const [i, record] of records.entries()) {
    heads.set([record.offset, record.receivedMs, record.schema, record.bytes.length], i * FIELDS);
    bytes.set(record.bytes, at);
    at += record.bytes.length;
  }
  return { heads, bytes };
}

export function unpackRecords(partition: number, { heads, bytes }: PackedRecords): LogRecord[] {
  const records: LogRecord[] = [];
  let at = 0;
  for (let i = 0; i < heads.length; i += FIELDS) {
    const end = at + heads[i + 3]!;
    records.push({
      partition,
      offset: heads[i]!,
      receivedMs: heads[i + 1]!,
      schema: heads[i + 2]!,
      bytes: bytes.subarray(at, end),
    });
    at = end;
  }
  return records;
}
