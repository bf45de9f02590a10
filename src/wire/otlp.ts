// Metrics of OpenTelemetry (ExportMetricsServiceRequest), read from protobuf by hand; otlp-json.ts reads the same from JSON.
import * as pb from './protobuf.ts';

export type Attributes = ReadonlyMap<string, string>;

export type OtlpPoint = {
  readonly attributes: Attributes;
  /** Since when a sum counts; 0 where it is not said. */
  readonly startMs: number;
  readonly timeMs: number;
  readonly value: number;
  /** The series ended: there is no value. */
  readonly isStale: boolean;
};

export type OtlpMetric = {
  readonly name: string;
  readonly unit: string;
  /** Which of the two that a histogram or summary gives; empty for all else. */
  readonly part: '' | 'count' | 'sum';
  /** `counter`: cumulative and only growing. `delta`: the growth since its start. All else is a gauge. */
  readonly kind: 'gauge' | 'counter' | 'delta';
  readonly points: readonly OtlpPoint[];
};

/** Of histograms and summaries twice: with the counts, and with the sums. */
export type OnMetric = (resource: Attributes, metric: OtlpMetric) => void;

const DELTA = 1;
const NO_RECORDED_VALUE = 1;

/** What both encodings have of a metric's data. */
export type OtlpData = {
  readonly name: string;
  readonly unit: string;
  readonly isSum: boolean;
  readonly isDistribution: boolean;
  readonly temporality: number;
  readonly monotonic: boolean;
  readonly points: readonly OtlpDataPoint[];
};

export type OtlpDataPoint = Omit<OtlpPoint, 'value' | 'isStale'> & {
  readonly flags: number;
  readonly value: number;
  readonly count: number;
  /** Absent of histograms of values that may be negative. */
  readonly sum: number | undefined;
};

export function emit(data: OtlpData, resource: Attributes, onMetric: OnMetric): void {
  const { name, unit, isSum, isDistribution, temporality, monotonic, points } = data;
  const grown = temporality === DELTA ? 'delta' : 'counter';
  const metric = (part: OtlpMetric['part'], value: (point: OtlpDataPoint) => number | undefined) => {
    const kind = isDistribution || (isSum && (monotonic || grown === 'delta')) ? grown : 'gauge';
    const found = points.flatMap((point): OtlpPoint[] => {
      const { attributes, startMs, timeMs, flags } = point;
      const of = value(point);
      return of === undefined
        ? []
        : [{ attributes, startMs, timeMs, value: of, isStale: (flags & NO_RECORDED_VALUE) !== 0 }];
    });
    onMetric(resource, { name, unit, part, kind, points: found });
  };
  if (!isDistribution) metric('', ({ value }) => value);
  else {
    metric('count', ({ count }) => count);
    metric('sum', ({ sum }) => sum);
  }
}

/** Throws DecodeError where the bytes are no such request. */
export function readOtlp(bytes: Uint8Array, onMetric: OnMetric): void {
  const cursor = pb.cursorOf(bytes);
  while (cursor.at < cursor.end) {
    const tag = pb.readVarint(cursor);
    if (tag < 8) throw new pb.DecodeError('a field has the number 0');
    if (tag === 10) pb.nested(cursor, (resource) => readResourceMetrics(resource, onMetric));
    else pb.skipField(cursor, tag & 7);
  }
}

function readResourceMetrics(cursor: pb.ProtoCursor, onMetric: OnMetric): void {
  let attributes = new Map<string, string>();
  const scopes: pb.ProtoCursor[] = [];
  while (cursor.at < cursor.end) {
    const tag = pb.readVarint(cursor);
    if (tag === 10) attributes = pb.nested(cursor, (resource) => readAttributes(resource, 1));
    else if (tag === 18) {
      const end = pb.readLength(cursor);
      scopes.push({ buffer: cursor.buffer, at: cursor.at, end });
      cursor.at = end;
    } else pb.skipField(cursor, tag & 7);
  }
  for (const scope of scopes) {
    while (scope.at < scope.end) {
      const tag = pb.readVarint(scope);
      if (tag === 18) emit(pb.nested(scope, readMetric), attributes, onMetric);
      else pb.skipField(scope, tag & 7);
    }
  }
}

function readAttributes(cursor: pb.ProtoCursor, field: number): Map<string, string> {
  const attributes = new Map<string, string>();
  while (cursor.at < cursor.end) {
    const tag = pb.readVarint(cursor);
    if (tag === field * 8 + pb.BYTES) pb.nested(cursor, (entry) => readAttribute(entry, attributes));
    else pb.skipField(cursor, tag & 7);
  }
  return attributes;
}

function readAttribute(cursor: pb.ProtoCursor, into: Map<string, string>): void {
  let key = '';
  let value: string | undefined;
  while (cursor.at < cursor.end) {
    const tag = pb.readVarint(cursor);
    if (tag === 10) key = pb.readString(cursor);
    else if (tag === 18) value = pb.nested(cursor, readAnyValue);
    else pb.skipField(cursor, tag & 7);
  }
  if (value !== undefined) into.set(key, value);
}

/** Lists and maps are no labels. */
function readAnyValue(cursor: pb.ProtoCursor): string | undefined {
  let value: string | undefined;
  while (cursor.at < cursor.end) {
    const tag = pb.readVarint(cursor);
    if (tag === 10) value = pb.readString(cursor);
    else if (tag === 16) value = String(pb.readVarint(cursor) !== 0);
    else if (tag === 24) value = String(pb.readVarint(cursor));
    else if (tag === 33) value = String(pb.readDouble(cursor));
    else pb.skipField(cursor, tag & 7);
  }
  return value;
}

/** Gauge, sum, histogram, exponential histogram, summary: where a point has its attributes and flags. */
const DATA: ReadonlyMap<number, { readonly attributes: number; readonly flags: number }> = new Map([
  [5 * 8 + pb.BYTES, { attributes: 7, flags: 8 }],
  [7 * 8 + pb.BYTES, { attributes: 7, flags: 8 }],
  [9 * 8 + pb.BYTES, { attributes: 9, flags: 10 }],
  [10 * 8 + pb.BYTES, { attributes: 1, flags: 10 }],
  [11 * 8 + pb.BYTES, { attributes: 7, flags: 8 }],
]);
const SUM_TAG = 7 * 8 + pb.BYTES;
const SUMMARY_TAG = 11 * 8 + pb.BYTES;
const DISTRIBUTIONS = new Set([74, 82, SUMMARY_TAG]);

function readMetric(cursor: pb.ProtoCursor): OtlpData {
  let [name, unit] = ['', ''];
  let [isSum, isDistribution, monotonic] = [false, false, false];
  let temporality = 0;
  const points: OtlpDataPoint[] = [];
  while (cursor.at < cursor.end) {
    const tag = pb.readVarint(cursor);
    const layout = DATA.get(tag);
    if (tag === 10) name = pb.readString(cursor);
    else if (tag === 26) unit = pb.readString(cursor);
    else if (layout) {
      isSum ||= tag === SUM_TAG;
      isDistribution ||= DISTRIBUTIONS.has(tag);
      pb.nested(cursor, (data) => {
        while (data.at < data.end) {
          const inner = pb.readVarint(data);
          if (inner === 10) points.push(pb.nested(data, (point) => readPoint(point, layout, isDistribution)));
          else if (inner === 16 && tag !== SUMMARY_TAG) temporality = pb.readVarint(data);
          else if (inner === 24) monotonic = pb.readVarint(data) !== 0;
          else pb.skipField(data, inner & 7);
        }
      });
    } else pb.skipField(cursor, tag & 7);
  }
  return { name, unit, isSum, isDistribution, temporality, monotonic, points };
}

function readPoint(
  cursor: pb.ProtoCursor,
  layout: { readonly attributes: number; readonly flags: number },
  isDistribution: boolean,
): OtlpDataPoint {
  const attributes = new Map<string, string>();
  let [startMs, timeMs, value, count, flags] = [0, 0, 0, 0, 0];
  let sum: number | undefined;
  while (cursor.at < cursor.end) {
    const tag = pb.readVarint(cursor);
    if (tag === layout.attributes * 8 + pb.BYTES) {
      pb.nested(cursor, (entry) => readAttribute(entry, attributes));
    } else if (tag === 17) startMs = readMs(cursor);
    else if (tag === 25) timeMs = readMs(cursor);
    else if (tag === 33 && isDistribution) count = Number(readBits(cursor));
    else if (tag === 41 && isDistribution) sum = pb.readDouble(cursor);
    else if (tag === 33) value = pb.readDouble(cursor);
    else if (tag === 49 && !isDistribution) value = Number(BigInt.asIntN(64, readBits(cursor)));
    else if (tag === layout.flags * 8 + pb.VARINT) flags = pb.readVarint(cursor);
    else pb.skipField(cursor, tag & 7);
  }
  return { attributes, startMs, timeMs, value, count, sum, flags };
}

function readBits(cursor: pb.ProtoCursor): bigint {
  const { buffer, at, end } = cursor;
  if (at + 8 > end) throw new pb.DecodeError('truncated number');
  cursor.at += 8;
  return buffer.readBigUInt64LE(at);
}

/** Nanoseconds are more than a number holds exactly. */
const readMs = (cursor: pb.ProtoCursor): number => Number(readBits(cursor) / 1_000_000n);
