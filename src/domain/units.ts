// Values with the unit of their metric: 16.5 %, 1.2 GiB, 3.4 MB/s, 12d 3h.
import { roughDuration } from './duration.ts';
import type { MetricUnit } from './metric-table.ts';

const SI = ['', 'k', 'M', 'G', 'T', 'P', 'E'] as const;
const IEC = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;

/** A share that rounding or counters read at two instants put outside of 0 to 100 %. */
export const clampPercent = (value: number): number => Math.min(100, Math.max(0, value));

/** A scale that a value is shown in: `value / divisor` and then the suffix. */
export type Scale = { readonly divisor: number; readonly suffix: string };

/**
 * The scales of a unit, ascending. Bytes of memory and disk go by 1,024 and say so (GiB), rates by 1,000 (MB/s), as
 * free, df -h and every network tool do.
 */
function scalesOf(unit: MetricUnit): readonly Scale[] {
  switch (unit) {
    case 'percent':
      return [{ divisor: 1, suffix: ' %' }];
    case 'bytes':
      return IEC.map((prefix, i) => ({ divisor: 1_024 ** i, suffix: ` ${prefix}B` }));
    case 'bytes_per_second':
      return SI.map((prefix, i) => ({ divisor: 1_000 ** i, suffix: ` ${prefix}B/s` }));
    case 'per_second':
      return SI.slice(0, 5).map((prefix, i) => ({
        divisor: 1_000 ** i,
        suffix: prefix ? ` ${prefix}/s` : '/s',
      }));
    case 'seconds':
      return [
        { divisor: 1e-6, suffix: ' µs' },
        { divisor: 1e-3, suffix: ' ms' },
        { divisor: 1, suffix: ' s' },
        { divisor: 60, suffix: ' min' },
        { divisor: 3_600, suffix: ' h' },
        { divisor: 86_400, suffix: ' d' },
      ];
    case 'celsius':
      return [{ divisor: 1, suffix: ' °C' }];
    case 'count':
      return SI.slice(0, 5).map((prefix, i) => ({ divisor: 1_000 ** i, suffix: prefix && ` ${prefix}` }));
  }
}

/** The unit itself. */
const plainScale = (unit: MetricUnit): Scale => scalesOf(unit).find((scale) => scale.divisor === 1)!;

/** The largest scale that keeps the value at 1 or more; small values stay in the unit itself. */
export function scaleFor(value: number, unit: MetricUnit): Scale {
  const size = Math.abs(value);
  const scales = scalesOf(unit);
  const scale = scales.findLast(({ divisor }) => size >= divisor);
  // Beyond the largest prefix an exponent says more than a prefix with one.
  return scale === undefined || size / scale.divisor >= 1e5 ? plainScale(unit) : scale;
}

/** A value for reading, about three digits and never a wrong one: -1.5 ms, 97 %, 0.42. "-" for no value. */
export function formatValue(value: number | null | undefined, unit: MetricUnit): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '-';
  if (unit === 'seconds' && Math.abs(value) >= 60) return roughDuration(value * 1_000);
  const { divisor, suffix } = roundedScale(value, unit);
  return `${digits(value / divisor, unit)}${suffix}`;
}

/** 1,023.99 KiB reads as 1 MiB: the scale is taken after rounding. */
function roundedScale(value: number, unit: MetricUnit): Scale {
  const scale = scaleFor(value, unit);
  const rounded = Number(digits(value / scale.divisor, unit)) * scale.divisor;
  return scaleFor(Number.isFinite(rounded) ? rounded : value, unit);
}

function digits(scaled: number, unit: MetricUnit): string {
  const size = Math.abs(scaled);
  // -0 and what rounds to it would show a sign that says nothing.
  if (size === 0) return '0';
  if (size >= 1e6 || size < 0.001) return trimExponent(scaled.toExponential(2));
  if (unit === 'percent') return scaled.toFixed(size >= 99.95 ? 0 : 1);
  if (size >= 99.95) return scaled.toFixed(0);
  if (size >= 9.995) return scaled.toFixed(1);
  return scaled.toFixed(size < 0.01 ? 3 : 2);
}

/** Without what binary fractions add: 0.1 + 0.2 is 0.3. */
export const withoutNoise = (value: number): number => Number(value.toPrecision(12));

/** 1.00e+21 as 1e21. */
export const trimExponent = (text: string): string =>
  text
    .replace(/(\.\d*?)0+e/, '$1e')
    .replace('.e', 'e')
    .replace('e+', 'e');

/** The value alone, for a column whose title says the rest: 16.5 under CPU%, 3.4 MB under NET IN/s. */
export function formatUnder(value: number | null | undefined, unit: MetricUnit): string {
  const text = formatValue(value, unit);
  return unit === 'percent' || unit === 'bytes_per_second' || unit === 'per_second'
    ? text.replace(/ %$|\/s$/, '')
    : text;
}

/** What such a title ends with. */
export const titleUnit = (unit: MetricUnit): string => {
  if (unit === 'percent') return '%';
  return unit === 'bytes_per_second' || unit === 'per_second' ? '/s' : '';
};
