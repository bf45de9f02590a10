// Series, newest samples and the seed's records as protobuf: the repeated fields of analyze.proto's answers.
import { seedMetric } from '../domain/metric-kinds.ts';
import { createProtoWriter, type ProtoWriter } from './protobuf.ts';
import type { SeriesBytes, SeriesElement } from './series-element.ts';

/** `repeated Series series = 4`, `repeated LatestSample samples = 2`, `repeated HostRecord records = 1`. */
const FIELDS = { series: 4, samples: 2, records: 1 } as const;

function elements(field: number, fill: (proto: ProtoWriter, element: SeriesElement) => void): SeriesBytes {
  let proto = createProtoWriter();
  return {
    add: (element) => proto.message(field, () => fill(proto, element)),
    size: () => proto.finish().length,
    take() {
      const taken = new Uint8Array(proto.finish());
      proto = createProtoWriter();
      return taken;
    },
    restart() {
      proto = createProtoWriter();
    },
  };
}

function writeName(proto: ProtoWriter, { hostId, metric, labels }: SeriesElement): void {
  proto.string(1, hostId);
  proto.string(2, metric);
  for (const [name, value] of Object.entries(labels)) {
    proto.message(3, () => {
      proto.string(1, name);
      proto.string(2, value);
    });
  }
}

/** Packed doubles are the column's own bytes: every machine that Node runs on is little-endian. */
const doubles = ({ values, from, to }: SeriesElement): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset + from * 8, (to - from) * 8);

/** Packed int64; the bytes stay valid until the next call. */
function packedTimes(unitMs: number): (element: SeriesElement) => Uint8Array {
  let packed = new Uint8Array(0);
  let last: { readonly ms: Float64Array; readonly end: number } = { ms: new Float64Array(0), end: 0 };
  return ({ ms, from, to }) => {
    const count = to - from;
    if (last.ms.length === count && last.ms.every((time, i) => time === ms[from + i]))
      return packed.subarray(0, last.end);
    if (packed.length < count * 10) packed = new Uint8Array(count * 10);
    let end = 0;
    for (let i = from; i < to; i++) {
      const time = unitMs === 1 ? ms[i]! : Math.floor(ms[i]! / unitMs);
      if (time < 0) end = negative(packed, end, time);
      else {
        let left = time;
        for (; left > 0x7f; left = Math.floor(left / 128)) packed[end++] = (left % 128) | 0x80;
        packed[end++] = left;
      }
    }
    last = { ms: ms.slice(from, to), end };
    return packed.subarray(0, end);
  };
}

/** Before 1970: ten bytes, as protobuf writes them. */
function negative(packed: Uint8Array, at: number, value: number): number {
  let end = at;
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) packed[end++] = Number(rest & 0x7fn) | 0x80;
  packed[end++] = Number(rest);
  return end;
}

export function seriesProtobuf(): SeriesBytes {
  const times = packedTimes(1);
  return elements(FIELDS.series, (proto, element) => {
    writeName(proto, element);
    proto.bytes(4, times(element));
    proto.bytes(5, doubles(element));
  });
}

export function latestProtobuf(): SeriesBytes {
  return elements(FIELDS.samples, (proto, element) => {
    writeName(proto, element);
    proto.varint(4, element.ms[element.from]!);
    proto.double(5, element.values[element.from]!);
  });
}

export function recordsProtobuf(): SeriesBytes {
  const seconds = packedTimes(1_000);
  const milliseconds = packedTimes(1);
  return elements(FIELDS.records, (proto, element) => {
    proto.string(1, element.hostId);
    proto.string(2, seedMetric(element.metric));
    proto.bytes(3, doubles(element));
    proto.bytes(4, seconds(element));
    proto.bytes(5, milliseconds(element));
  });
}
