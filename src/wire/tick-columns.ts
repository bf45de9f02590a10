// Ticks written from columns, of series that come again: all of a sample but its value is copied.
import type { Sample, Tick } from '../domain/tick.ts';
import * as pb from './protobuf.ts';
import { COUNTERS, SAMPLES, writeSample, writeTick } from './tick-codec.ts';

/** A series that comes again: from its second time on its samples are copied but for their values. */
export type RecurringSeries = Pick<Sample, 'metric' | 'labels'> & {
  isSeen: boolean;
  /** All of a sample before its value. Of samples or of counters: a series is one of both. */
  head: DataView | undefined;
};

export type SampleColumns = {
  readonly series: readonly RecurringSeries[];
  readonly values: readonly number[];
};

/** The same bytes as encodeTick's. */
export function encodeColumns(
  tick: Omit<Tick, 'samples' | 'counters'>,
  { samples, counters }: { readonly samples: readonly SampleColumns[]; readonly counters: SampleColumns },
): Uint8Array {
  const writer = pb.createProtoWriter([...samples, counters].reduce((sum, one) => sum + sizeOf(one), 256));
  writeTick(writer, tick, {
    samples() {
      for (const columns of samples) writeColumns(writer, SAMPLES, columns);
    },
    counters: () => writeColumns(writer, COUNTERS, counters),
  });
  return writer.finish();
}

/** Of a sample that was not seen before. */
const USUAL_SAMPLE_BYTES = 100;
const DOUBLE_BYTES = 8;

function sizeOf({ series }: SampleColumns): number {
  let bytes = 0;
  for (const { head } of series) bytes += (head ? head.byteLength : USUAL_SAMPLE_BYTES) + DOUBLE_BYTES;
  return bytes;
}

function writeColumns(writer: pb.ProtoWriter, field: number, { series, values }: SampleColumns): void {
  for (let i = 0; i < values.length; i++) {
    const one = series[i]!;
    if (one.head) writer.headed(one.head, values[i]!);
    else {
      writeSample(writer, field, one, values[i]!);
      if (one.isSeen) one.head = headOf(field, one);
      one.isSeen = true;
    }
  }
}

function headOf(field: number, series: RecurringSeries): DataView {
  const writer = pb.createProtoWriter();
  writeSample(writer, field, series, 0);
  return pb.viewOf(Buffer.from(writer.finish().subarray(0, -DOUBLE_BYTES)));
}
