// Encodes Prometheus remote write 1.0: a WriteRequest in which each sample is a series with sorted labels.
import { compareBytes } from '../domain/names.ts';
import type { SeriesLabels } from '../domain/promql/values.ts';
import { isEndMark } from './end-marks.ts';
import { createProtoWriter, FIXED64 } from './protobuf.ts';

/** Sample.value as a stale marker: a NaN of these bits, which as a number might lose them. */
const STALE = Buffer.from([1 * 8 + FIXED64, 2, 0, 0, 0, 0, 0, 0xf0, 0x7f]);

export type WriteRequest = {
  /** The value of an end mark is a stale marker. */
  add(labels: SeriesLabels, value: number, timeMs: number): void;
  readonly samples: () => number;
  /** A WriteRequest, not compressed. Nothing may be added any more. */
  finish(): Uint8Array;
};

/** Of what a sender compresses: https://prometheus.io/docs/specs/prw/remote_write_spec/ */
export const WRITE_REQUEST_HEADERS = {
  'content-type': 'application/x-protobuf',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '0.1.0',
} as const;

export function createWriteRequest(): WriteRequest {
  const writer = createProtoWriter(65_536);
  let samples = 0;
  return {
    add(labels, value, timeMs) {
      samples++;
      writer.message(1, () => {
        for (const name of Object.keys(labels).sort(compareBytes)) {
          writer.message(1, () => {
            writer.string(1, name);
            writer.string(2, labels[name]!);
          });
        }
        writer.message(2, () => {
          if (isEndMark(value)) writer.raw(STALE);
          else writer.double(1, value);
          writer.varint(2, timeMs);
        });
      });
    },
    samples: () => samples,
    finish: () => writer.finish(),
  };
}
