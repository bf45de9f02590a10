// The upright axis of a chart: round steps, one label a row, no two rows labelled alike.
import type { MetricUnit } from '../../domain/metric-kinds.ts';
import { scaleFor, trimExponent } from '../../domain/units.ts';

type ValueAxis = {
  /** From the top row to the bottom one, each with its unit. */
  readonly labels: readonly string[];
  /** The row of a value, 0 at the bottom. */
  rowOf(value: number): number;
};

/** Steps with more decimals than this are written with an exponent. */
const MOST_DECIMALS = 6;
/** Far beyond any metric; within it no step or sum overflows or vanishes. */
const [LEAST, MOST] = [1e-300, 1e300];

/** `rows` is at least 2. Values outside the range land on its ends. */
export function valueAxis(
  range: { readonly min: number; readonly max: number },
  { rows, unit }: { readonly rows: number; readonly unit: MetricUnit },
): ValueAxis {
  const last = rows - 1;
  const ends = [bounded(range.min), bounded(range.max)] as const;
  const { divisor, suffix } = scaleFor(Math.max(...ends.map(Math.abs)), unit);
  const [min, max] = [ends[0] / divisor, ends[1] / divisor];
  const size = Math.max(Math.abs(min), Math.abs(max));
  // Zero is on the axis when the values reach down towards it, or never move: then heights can be compared.
  const near = min === max || Math.min(Math.abs(min), Math.abs(max)) < size * 0.7;
  const low = min > 0 && near ? 0 : min;
  const high = max < 0 && near ? 0 : max;
  const least = unit === 'percent' ? 0.25 : size === 0 ? 1 / last : size * 1e-12;
  let step = niceFrom(Math.max((high - low) / last, least));
  // Rounding both ends outwards may need a row more than there is.
  while (Math.ceil(high / step.size) - Math.floor(low / step.size) > last) step = niceFrom(step.size * 1.01);

  const spare = last - (Math.ceil(high / step.size) - Math.floor(low / step.size));
  let bottom = Math.floor(low / step.size) - Math.floor(spare / 2);
  // The axis does not leave the values' side of zero, nor go above 100 % for a share.
  if (unit === 'percent' && max <= 100) bottom = Math.min(bottom, Math.floor(100 / step.size) - last);
  if (max <= 0) bottom = Math.min(bottom, -last);
  if (min >= 0) bottom = Math.max(bottom, 0);
  const plain = step.decimals <= MOST_DECIMALS && size < 1e5;
  const labelOf = (value: number): string => {
    if (value === 0) return '0';
    return plain ? value.toFixed(step.decimals) : trimExponent(Number(value.toPrecision(15)).toExponential());
  };
  return {
    labels: Array.from({ length: rows }, (_, row) => labelOf((bottom + last - row) * step.size) + suffix),
    rowOf: (value) => Math.min(last, Math.max(0, Math.round(value / divisor / step.size - bottom))),
  };
}

const bounded = (value: number): number =>
  Math.abs(value) < LEAST ? 0 : Math.max(-MOST, Math.min(MOST, value));

/** The next of 1, 2, 2.5, 5 times a power of ten. */
function niceFrom(value: number): { readonly size: number; readonly decimals: number } {
  for (let exponent = Math.floor(Math.log10(value)); ; exponent++) {
    for (const mantissa of [1, 2, 2.5, 5]) {
      const size = Number(`${mantissa}e${exponent}`);
      const decimals = Math.max(0, mantissa === 2.5 ? 1 - exponent : -exponent);
      if (size >= value) return { size, decimals };
    }
  }
}
