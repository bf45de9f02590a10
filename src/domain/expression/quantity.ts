// Numbers with units in expressions: 90%, 5GiB, 100Mbit/s, 500ms; read into base units and written back to the same number.

import { nearest } from '../did-you-mean.ts';
import { formatDuration } from '../duration.ts';
import type { MetricUnit } from '../metric-table.ts';
import { type Quantity, quoted } from './syntax.ts';

type Unit = { readonly suffix: string; readonly unit: MetricUnit; readonly factor: number };

const K = 1_000;
const KI = 1_024;
const SIZES: readonly (readonly [string, number])[] = [
  ['TiB', KI ** 4],
  ['GiB', KI ** 3],
  ['MiB', KI ** 2],
  ['KiB', KI],
  ['TB', K ** 4],
  ['GB', K ** 3],
  ['MB', K ** 2],
  ['kB', K],
  ['B', 1],
];
const BITS: readonly (readonly [string, number])[] = [
  ['Tbit', K ** 4 / 8],
  ['Gbit', K ** 3 / 8],
  ['Mbit', K ** 2 / 8],
  ['kbit', K / 8],
  ['bit', 1 / 8],
];
/** Seconds a unit; milliseconds divide, since 0.001 is no double. */
const TIMES: readonly (readonly [string, number])[] = [
  ['w', 604_800],
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
];
const UNITS: readonly Unit[] = [
  { suffix: '%', unit: 'percent', factor: 1 },
  { suffix: '/s', unit: 'per_second', factor: 1 },
  ...SIZES.map(([suffix, factor]): Unit => ({ suffix, unit: 'bytes', factor })),
  ...SIZES.map(([suffix, factor]): Unit => ({ suffix: `${suffix}/s`, unit: 'bytes_per_second', factor })),
  ...BITS.map(([suffix, factor]): Unit => ({ suffix: `${suffix}/s`, unit: 'bytes_per_second', factor })),
  ...TIMES.map(([suffix, factor]): Unit => ({ suffix, unit: 'seconds', factor })),
];
const BY_SUFFIX = new Map(UNITS.map((unit) => [unit.suffix, unit]));

/** Every suffix a number may have, as an error offers them. */
export const UNIT_SUFFIXES: readonly string[] = [...BY_SUFFIX.keys(), 'ms'];

/** Units as people write them elsewhere, and what is right here. Megabit and megabyte differ by eight: never guessed. */
const MEANT: Readonly<Record<string, string>> = {
  gb: 'GB (10^9 bytes) or GiB (2^30 bytes)',
  mb: 'MB (10^6 bytes) or MiB (2^20 bytes)',
  G: 'GB or GiB',
  M: 'MB or MiB',
  K: 'kB or KiB',
  KB: 'kB (1,000 bytes) or KiB (1,024 bytes)',
  Mbps: 'Mbit/s (bits) or MB/s (bytes)',
  Gbps: 'Gbit/s (bits) or GB/s (bytes)',
  min: 'm',
  sec: 's',
};

export type ReadQuantity = Quantity | { readonly fault: string; readonly hint?: string | undefined };

/** A token such as `5GiB`, `1h30m` or `-2.5` in base units, or what is wrong with it. */
export function readQuantity(text: string): ReadQuantity {
  const [, digits = '', suffix = ''] = /^(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(.*)$/.exec(text) ?? [];
  if (/\d/.test(suffix)) return readCompound(text);
  const number = Number(digits);
  if (digits === '' || !Number.isFinite(number))
    return { fault: `number ${quoted(digits || text)} is too large` };
  if (suffix === '') return { value: plusZero(number) };
  if (suffix === 'ms') return finite({ value: plusZero(number / 1_000), unit: 'seconds' }, text);
  const unit = BY_SUFFIX.get(suffix);
  if (unit === undefined) {
    const meant =
      (Object.hasOwn(MEANT, suffix) ? MEANT[suffix] : undefined) ?? nearest(suffix, UNIT_SUFFIXES);
    return { fault: `unknown unit ${quoted(suffix)}`, hint: meant ? `Did you mean ${meant}?` : unitsHint() };
  }
  return finite({ value: plusZero(number * unit.factor), unit: unit.unit }, text);
}

const finite = (quantity: Quantity, text: string): ReadQuantity =>
  Number.isFinite(quantity.value) ? quantity : { fault: `number ${quoted(text)} is too large` };

const unitsHint = (): string =>
  'Units are %, B, kB, KiB, MB, MiB, GB, GiB, each also /s, Mbit/s, /s, ms, s, m, h, d.';

/** -0 and 0 are one threshold. */
const plusZero = (value: number): number => (value === 0 ? 0 : value);

function readCompound(text: string): ReadQuantity {
  let seconds = 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (const [, digits, suffix] of text.matchAll(/(\d+(?:\.\d+)?)([a-z]+)/g)) {
    const factor = suffix === 'ms' ? 0.001 : BY_SUFFIX.get(suffix!)!.factor;
    if (factor >= smallest)
      return { fault: `duration ${quoted(text)} is out of order`, hint: 'Write 1h30m.' };
    smallest = factor;
    seconds += suffix === 'ms' ? Number(digits) / 1_000 : Number(digits) * factor;
  }
  return finite({ value: plusZero(text.startsWith('-') ? -seconds : seconds), unit: 'seconds' }, text);
}

/** The shortest text that {@link readQuantity} reads back as the same number and unit. */
export function printQuantity(quantity: Quantity): string {
  const { value, unit } = quantity;
  if (unit === undefined || unit === 'count') return String(value);
  if (unit === 'seconds') return printSeconds(value);
  let best: string | undefined;
  for (const candidate of UNITS) {
    if (candidate.unit !== unit) continue;
    const text = String(value / candidate.factor);
    if (Number(text) * candidate.factor !== value) continue;
    const whole = text + candidate.suffix;
    if (best === undefined || whole.length < best.length) best = whole;
  }
  return best ?? `${value}`;
}

function printSeconds(value: number): string {
  const ms = Math.abs(value) * 1_000;
  if (Number.isSafeInteger(ms) && ms > 0 && ms < 1e13) {
    const text = (value < 0 ? '-' : '') + formatDuration(ms);
    const read = readQuantity(text);
    if ('value' in read && read.value === value) return text;
  }
  return `${value}s`;
}

/** One form for what means the same: a unit that says what the metric's own says already, or that zero does not need. */
export function normalQuantity(quantity: Quantity, metricUnit: MetricUnit | undefined): Quantity {
  const { value, unit } = quantity;
  if (value === 0 && (unit === undefined || unit === metricUnit)) return { value };
  if (metricUnit === undefined) return quantity;
  if (metricUnit === 'percent') return unit === 'percent' ? { value } : quantity;
  if (unit === undefined && metricUnit !== 'count' && !isSuspiciouslySmall(value, metricUnit)) {
    return { value, unit: metricUnit };
  }
  return quantity;
}

/** Bytes that were written without a unit and are so few that another unit was meant. */
export const isSuspiciouslySmall = (value: number, unit: MetricUnit): boolean =>
  (unit === 'bytes' || unit === 'bytes_per_second') && value !== 0 && Math.abs(value) < KI ** 2;
