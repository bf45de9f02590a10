// Metrics of OpenTelemetry as JSON: 64-bit integers are texts, names are in camel case.
import { type Attributes, emit, type OnMetric, type OtlpData, type OtlpDataPoint } from './otlp.ts';
import { DecodeError } from './protobuf.ts';

type Json = Readonly<Record<string, unknown>>;

const KINDS = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const;

/** Throws DecodeError where the text is no such request. */
export function readOtlpJson(text: string, onMetric: OnMetric): void {
  for (const resourceMetrics of listOf(parsed(text), 'resourceMetrics')) {
    const resource = attributesOf(objectOf(resourceMetrics['resource']));
    for (const scope of listOf(resourceMetrics, 'scopeMetrics')) {
      for (const metric of listOf(scope, 'metrics')) emit(dataOf(metric), resource, onMetric);
    }
  }
}

function parsed(text: string): Json {
  try {
    return objectOf(JSON.parse(text));
  } catch (error) {
    throw error instanceof SyntaxError ? new DecodeError('it is not JSON') : error;
  }
}

function objectOf(value: unknown): Json {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw new DecodeError('there is something else where an object belongs');
  return value as Json;
}

function listOf(from: Json, name: string): Json[] {
  const list = from[name] ?? [];
  if (!Array.isArray(list)) throw new DecodeError(`${name} is no list`);
  return list.map(objectOf);
}

/** As its specification has it: null is as good as nothing. */
const isAbsent = (value: unknown): boolean => value === undefined || value === null;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Also of an integer that stands as a text. */
function numberOf(value: unknown): number {
  const number = isAbsent(value) ? 0 : typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number !== 'number') throw new DecodeError('there is something else where a number belongs');
  return number;
}

/** Of nanoseconds as a number, some would be a millisecond early. */
function msOf(value: unknown): number {
  const nanos = Number.isFinite(value) ? String(BigInt(Math.trunc(value as number))) : String(value ?? '');
  if (nanos !== '' && !/^\d+$/.test(nanos)) throw new DecodeError('a time is no whole number of nanoseconds');
  return Number(nanos.slice(0, -6)) || 0;
}

/** Lists and maps are no labels. */
function attributesOf(from: Json): Attributes {
  const attributes = new Map<string, string>();
  for (const { key, value } of listOf(from, 'attributes')) {
    const { stringValue, boolValue, intValue, doubleValue } = objectOf(value);
    const found = stringValue ?? boolValue ?? intValue ?? doubleValue;
    if (found !== undefined) attributes.set(textOf(key), String(found));
  }
  return attributes;
}

function dataOf(metric: Json): OtlpData {
  const kind = KINDS.find((name) => !isAbsent(metric[name]));
  const data = objectOf(kind && metric[kind]);
  const temporality = data['aggregationTemporality'];
  return {
    ...{ name: textOf(metric['name']), unit: textOf(metric['unit']) },
    ...{ isSum: kind === 'sum', isDistribution: kind !== undefined && kind !== 'gauge' && kind !== 'sum' },
    temporality: temporality === 'AGGREGATION_TEMPORALITY_DELTA' ? 1 : Number(temporality) || 0,
    monotonic: data['isMonotonic'] === true,
    points: listOf(data, 'dataPoints').map(pointOf),
  };
}

function pointOf(point: Json): OtlpDataPoint {
  const { asDouble, asInt, count, sum, flags, startTimeUnixNano, timeUnixNano } = point;
  return {
    ...{ attributes: attributesOf(point), startMs: msOf(startTimeUnixNano), timeMs: msOf(timeUnixNano) },
    ...{ value: numberOf(asDouble ?? asInt), count: numberOf(count), flags: numberOf(flags) },
    sum: isAbsent(sum) ? undefined : numberOf(sum),
  };
}
