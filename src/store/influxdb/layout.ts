// How metrics and labels become measurements, fields and tags, and back; and what InfluxDB cannot hold.
import { MAX_ID_BYTES, metricError, textError } from '../../domain/names.ts';
import type { Labels } from '../../domain/tick.ts';

/**
 * minimon's own measurements: what ticks say of hosts, arrivals out of order, refusals, how far the stream was consumed,
 * where series ended.
 */
export const OWN = {
  host: 'minimon_host',
  arrival: 'minimon_heard',
  refusal: 'minimon_refusal',
  watermark: 'minimon_watermark',
  ended: 'minimon_ended',
} as const;

// A metric may be called minimon_host.x as well: its measurement then has a prefix, and so has what begins with that.
const OWN_PREFIX = 'minimon_';
const MOVED = 'metric:';

export type Column = { readonly measurement: string; readonly field: string };

/** `cpu.usage` is field `usage` of `cpu`; a name of one part has the field `value`, which no metric may be called. */
export function columnOf(metric: string): Column {
  const dot = metric.indexOf('.');
  const first = dot < 0 ? metric : metric.slice(0, dot);
  return {
    measurement: first.startsWith(OWN_PREFIX) || first.startsWith(MOVED) ? MOVED + first : first,
    field: dot < 0 ? 'value' : metric.slice(dot + 1),
  };
}

/** A series ends in a field of its metric's name: a field of numbers cannot hold a NaN. */
export const endColumnOf = (metric: string): Column => ({ measurement: OWN.ended, field: metric });

/** The inverse of {@link columnOf} and {@link endColumnOf}. */
export function metricOf({ measurement, field }: Column): string {
  if (measurement === OWN.ended) return field;
  const first = measurement.startsWith(MOVED) ? measurement.slice(MOVED.length) : measurement;
  return field === 'value' ? first : `${first}.${field}`;
}

// In a line these end a name; nothing else needs an escape (a backslash stands for itself, but for one at the end).
const inMeasurement = /[, ]/g;
const inKey = /[,= ]/g;
export const escapeMeasurement = (text: string): string => text.replace(inMeasurement, '\\$&');
export const escapeKey = (text: string): string => text.replace(inKey, '\\$&');
/** A string field with its quotes. */
export const quoteField = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** Every double bit for bit, -0 too (JavaScript alone would write it as 0). */
export const numberField = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

// Columns of every answer, and what the server keeps for itself: no label can be told apart from them.
const TAKEN = new Set(['host_id', 'time', '_field', '_measurement', '_time', '_value', '_start', '_stop']);

/** Whether a label of this name can be there at all. */
export const isLabelName = (name: string): boolean => name !== '' && !TAKEN.has(name);

/** Why a host's samples cannot be kept under its id, or undefined. */
export function hostError(hostId: string): string | undefined {
  if (hostId === '') return 'host_id is empty';
  // Report rejects longer ones; here only the server's limit of 64 KiB a series matters.
  if (Buffer.byteLength(hostId) > 8 * MAX_ID_BYTES) return 'host_id is too long';
  return textError(hostId, 'host_id');
}

/** Why a series cannot be kept, or undefined. Report rejects these as well; a line they break would break others. */
export function columnError(metric: string, labels: Labels): string | undefined {
  const error = metricError(metric);
  if (error) return error;
  for (const [name, value] of Object.entries(labels)) {
    if (value === '') continue;
    if (!isLabelName(name)) return `a label cannot be called ${JSON.stringify(name)} in InfluxDB`;
    const why = textError(name, 'label name') ?? textError(value, 'label value');
    if (why) return why;
  }
  return undefined;
}

/** A machine id as a tag: it may be anything that a host sends. */
export const encodeMachine = (id: string): string =>
  id
    .toWellFormed()
    .slice(0, 256)
    .replace(/[%\\\u0000-\u001f\u007f]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`);

export const decodeMachine = (tag: string): string =>
  tag.replace(/%([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
