// Ticks written from columns, of series that come again: all of a sample but its value is copied.
import type { Sample, Tick } from '../domain/tick.ts';
import * as pb from './protobuf.ts';
import { COUNTERS, REQUEST_TICKS, SAMPLES, writeSample, writeTick } from './tick-writer.ts';

/** A series that comes again: from its second time on its samples are copied but for their values. */
export type RecurringSeries = Pick<Sample, 'metric' | 'labels'> & {
  isSeen: boolean;
  /** All of a sample before its value. Of samples or of counters: a series is one of both. */
  head: Uint8Array | undefined;
};

export type SampleColumns = {
  readonly series: readonly RecurringSeries[];
  readonly values: readonly number[];
};

export type TickWriter = {
  /** As a tick of a request, in the bytes of encodeTick. */
  add(
    tick: Omit<Tick, 'samples' | 'counters'>,
    columns: { readonly samples: readonly SampleColumns[]; readonly counters: SampleColumns },
  ): void;
  size(): number;
  /** Drops the ticks that were added since the size was this. */
  backTo(size: number): void;
  /** All ticks that were added: any run of them is a request. Valid until the writer is given back. */
  finish(): Uint8Array;
};

export type TickWriters = {
  take(): TickWriter;
  /** Nobody may look at what was written any more. */
  giveBack(writer: TickWriter): void;
};

const DOUBLE_BYTES = 8;
const FIRST_BYTES = 65_536;
/** Others are as large as what is sent at once, and are not worth their memory later. */
const MAX_KEPT_BYTES = 1024 * 1024;
const MAX_KEPT = 4;

/** Memory that is allocated for each request makes the engine look through all of its heap every few hundred requests. */
export function createTickWriters(): TickWriters {
  const free: TickWriter[] = [];
  return {
    take: () => free.pop() ?? createTickWriter(),
    giveBack(writer) {
      if (free.length < MAX_KEPT && writer.size() <= MAX_KEPT_BYTES) free.push(writer);
    },
  };
}

function createTickWriter(): TickWriter {
  const writer = pb.createProtoWriter(FIRST_BYTES);
  let isFinished = false;
  return {
    add(tick, { samples, counters }) {
      if (isFinished) writer.restart();
      isFinished = false;
      writer.message(REQUEST_TICKS, () =>
        writeTick(writer, tick, {
          samples() {
            for (const columns of samples) writeColumns(writer, SAMPLES, columns);
          },
          counters: () => writeColumns(writer, COUNTERS, counters),
        }),
      );
    },
    size: writer.size,
    backTo: writer.restart,
    finish() {
      isFinished = true;
      return writer.finish();
    },
  };
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

/** One for all: a buffer of each head's own would stay beside it, in the memory that Node gives out in pieces. */
const headWriter = pb.createProtoWriter();

function headOf(field: number, series: RecurringSeries): Uint8Array {
  headWriter.restart();
  writeSample(headWriter, field, series, 0);
  return Buffer.from(headWriter.finish().subarray(0, -DOUBLE_BYTES));
}
