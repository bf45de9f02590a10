// The upright axis of a chart: round steps, one label a row, no two rows labelled alike.
import type { MetricUnit } from '../../domain/metric-kinds.ts';
import { plainScale, type Scale, scaleFor } from '../../domain/units.ts';

export type ValueAxis = {
  /** From the top row to the bottom one, each with its unit. */
  readonly labels: readonly string[];
  /** The row of a value, 0 at the bottom. */
  rowOf(value: number): number;
};

type Range = { readonly min: number; readonly max: number };
type AxisRequest = { readonly rows: number; readonly unit: MetricUnit };

/** Labels with more decimals than this are written with exponents, in the unit itself. */
const MOST_DECIMALS = 6;

/** `rows` is at least 2. Values outside the range land on its ends. */
export function valueAxis(range: Range, request: AxisRequest): ValueAxis {
  const size = Math.max(Math.abs(range.min), Math.abs(range.max));
  const plain = plainScale(request.unit);
  const scale = size < 1e-7 ? plain : scaleFor(size, request.unit);
  const usual = Number.isFinite(size * 1e4) && (size === 0 || size > 1e-280);
  const built = usual ? build(range, { ...request, scale }) : undefined;
  if (built) return built;
  // Where doubles end, steps and sums would overflow or vanish: powers of ten are moved into the labels.
  const shift = usual ? 0 : size > 1 ? 20 : -40;
  return build(range, {
    ...request,
    scale: { divisor: plain.divisor * 10 ** shift, suffix: plain.suffix },
    exponents: { shift },
  })!;
}

/** Undefined when the labels need exponents and were not to have them. */
function build(
  range: Range,
  {
    rows,
    unit,
    scale,
    exponents,
  }: AxisRequest & { readonly scale: Scale; readonly exponents?: { readonly shift: number } | undefined },
): ValueAxis | undefined {
  const last = rows - 1;
  const [min, max] = [range.min / scale.divisor, range.max / scale.divisor];
  const size = Math.max(Math.abs(min), Math.abs(max));
  // Zero is on the axis when the values reach down towards it, or never move: then heights can be compared.
  const near = min === max || Math.min(Math.abs(min), Math.abs(max)) < size * 0.7;
  const low = min > 0 && near ? 0 : min;
  const high = max < 0 && near ? 0 : max;
  const least = unit === 'percent' ? 0.25 : size === 0 ? 1 / last : size * 2 ** -50;
  let step = niceFrom(Math.max((high - low) / last, least));
  // Rounding both ends outwards may need a row more than there is.
  while (Math.ceil(high / step.size) - Math.floor(low / step.size) > last) step = niceFrom(step.size * 1.01);
  if (!exponents && (step.decimals > MOST_DECIMALS || size >= 1e5)) return undefined;

  const spare = last - (Math.ceil(high / step.size) - Math.floor(low / step.size));
  let bottom = Math.floor(low / step.size) - Math.floor(spare / 2);
  // The axis does not leave the values' side of zero, nor go above 100 % for a share.
  if (unit === 'percent' && max <= 100) bottom = Math.min(bottom, Math.floor(100 / step.size) - last);
  if (max <= 0) bottom = Math.min(bottom, -last);
  if (min >= 0) bottom = Math.max(bottom, 0);
  const counts = Array.from({ length: rows }, (_, row) => bottom + last - row);
  return {
    labels: labelsOf(counts, step, exponents).map((label) => label + scale.suffix),
    rowOf: (value) => Math.min(last, Math.max(0, Math.round(value / scale.divisor / step.size - bottom))),
  };
}

type Step = {
  readonly mantissa: number;
  readonly exponent: number;
  readonly size: number;
  readonly decimals: number;
};

/** The next of 1, 2, 2.5, 5 times a power of ten. */
function niceFrom(value: number): Step {
  for (let exponent = Math.floor(Math.log10(value)); ; exponent++) {
    for (const mantissa of [1, 2, 2.5, 5]) {
      const size = Number(`${mantissa}e${exponent}`);
      const decimals = Math.max(0, mantissa === 2.5 ? 1 - exponent : -exponent);
      if (size >= value) return { mantissa, exponent, size, decimals };
    }
  }
}

function labelsOf(
  counts: readonly number[],
  step: Step,
  exponents: { readonly shift: number } | undefined,
): string[] {
  if (!exponents) {
    return counts.map((count) => (count === 0 ? '0' : (count * step.size).toFixed(step.decimals)));
  }
  // Decimal places are moved in the text: the number itself may be beyond what a double holds (2e308).
  const most = Math.max(...counts.map(Math.abs)) * step.mantissa;
  const digits = Math.min(20, Math.floor(Math.log10(most)) + (step.mantissa === 2.5 ? 1 : 0));
  return counts.map((count) => {
    if (count === 0) return '0';
    const [digitsText, power] = (count * step.mantissa).toExponential(digits).split('e');
    return `${digitsText}e${Number(power) + step.exponent + exponents.shift}`;
  });
}
