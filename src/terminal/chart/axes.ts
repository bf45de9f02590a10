// The two axes of a chart: values on round steps, times on round clock times.
import type { MetricUnit } from '../../domain/metric-table.ts';
import { scaleFor, trimExponent } from '../../domain/units.ts';
import { clockText, clockTime, dateText } from '../relative-time.ts';
import type { Screen } from '../screen.ts';

export type ValueAxis = {
  /** From the top row to the bottom one, each with its unit; '' where a round step has no row of its own. */
  readonly labels: readonly string[];
  /** The ends where zero is not between them: a course looks steeper than on an axis from 0. */
  readonly zoom: { readonly from: string; readonly to: string } | undefined;
  /** Where a value stands, 0 for the bottom row and `rows - 1` for the top one, not rounded. */
  at(value: number): number;
};

/** Steps with more decimals than this are written with an exponent. */
const MOST_DECIMALS = 6;
/** Far beyond any metric; within it no step or sum overflows or vanishes. */
const [LEAST, MOST] = [1e-300, 1e300];

/**
 * Upright: round steps, no two rows labelled alike. `rows` is at least 2. Values outside the range land on its ends. A share
 * (percent, nothing above 100) never has an axis that leaves 0 to 100 %.
 */
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
  const isShare = unit === 'percent' && min >= 0 && max <= 100;
  let bottom = Math.floor(low / step.size) - Math.floor(spare / 2);
  // The axis does not leave the values' side of zero, nor go above 100 % for a share.
  if (isShare) {
    // More steps than 100 % has: the ends are kept, and labels stand where a round step falls on a row.
    if (last * step.size > 100) return shareAxis(rows);
    bottom = Math.min(bottom, Math.floor(100 / step.size) - last);
  }
  if (max <= 0) bottom = Math.min(bottom, -last);
  if (min >= 0) bottom = Math.max(bottom, 0);
  const plain = step.decimals <= MOST_DECIMALS && size < 1e5;
  const labelOf = (value: number): string => {
    if (value === 0) return '0';
    return plain ? value.toFixed(step.decimals) : trimExponent(Number(value.toPrecision(15)).toExponential());
  };
  const labels = Array.from(
    { length: rows },
    (_, row) => labelOf((bottom + last - row) * step.size) + suffix,
  );
  return {
    labels,
    zoom: bottom > 0 || bottom + last < 0 ? { from: labels[last]!, to: labels[0]! } : undefined,
    at: (value) => Math.min(last, Math.max(0, value / divisor / step.size - bottom)),
  };
}

/** 0 to 100 %, whatever the rows: the finest labels that stand evenly, else the finest that have a row of their own. */
function shareAxis(rows: number): ValueAxis {
  const last = rows - 1;
  const apart = last >= 8 ? 2 : 1;
  const steps = [1, 2, 5, 10, 20, 25, 50].filter((size) => (size * last) / 100 >= apart);
  const step = steps.find((size) => Number.isInteger((size * last) / 100)) ?? steps[0] ?? 100;
  const labels = new Array<string>(rows).fill('');
  for (let value = 0; value <= 100; value += step)
    labels[last - Math.round((value / 100) * last)] = `${value} %`;
  return {
    labels,
    zoom: undefined,
    at: (value) => Math.min(last, Math.max(0, (value / 100) * last)),
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

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 30, 91, 365].map((n) => n * DAY),
];

type TimeAxis = {
  /** One character a column: the rule with its ticks. */
  readonly rule: string;
  /** The line under it, `columns` wide. */
  readonly labels: string;
};

/** Level: ticks on round clock times, with as many labels as fit. */
export function timeAxis(
  {
    startMs,
    stopMs,
    columns,
  }: { readonly startMs: number; readonly stopMs: number; readonly columns: number },
  screen: Screen,
): TimeAxis {
  const perColumn = (stopMs - startMs) / columns;
  const step = STEPS.find((ms) => ms / perColumn >= labelWidth(ms) + 3) ?? Number.POSITIVE_INFINITY;
  const [line, tick] = screen.unicode ? ['─', '┬'] : ['-', '+'];
  const rule = new Array<string>(columns).fill(line!);
  let labels = '';
  for (const timeMs of ticksOf({ startMs, stopMs, step }, screen)) {
    const column = Math.floor((timeMs - startMs) / perColumn);
    const label = labelOf(timeMs, step, screen);
    const at = Math.max(0, column - Math.floor(label.length / 2));
    // A label that would touch its neighbour or the edge is dropped with its tick.
    if (at + label.length > columns || (labels !== '' && at <= labels.length)) continue;
    rule[column] = tick!;
    labels = labels.padEnd(at) + label;
  }
  return { rule: rule.join(''), labels: labels.padEnd(columns) };
}

const labelWidth = (step: number): number => (step < MINUTE ? 8 : 5);

/** Round local times, whatever the UTC offset. */
function ticksOf(
  { startMs, stopMs, step }: { readonly startMs: number; readonly stopMs: number; readonly step: number },
  screen: Screen,
): number[] {
  if (!Number.isFinite(step)) return [];
  const shift = screen.utc ? 0 : -new Date(startMs).getTimezoneOffset() * MINUTE;
  const ticks: number[] = [];
  for (let local = Math.ceil((startMs + shift) / step) * step; local - shift < stopMs; local += step) {
    ticks.push(local - shift);
  }
  return ticks;
}

function labelOf(timeMs: number, step: number, screen: Screen): string {
  const clock = clockTime(timeMs, screen);
  if (step >= DAY || (clock.hour === 0 && clock.minute === 0 && step >= HOUR)) return dateText(clock);
  const text = clockText(clock);
  return step < MINUTE ? `${text}:${String(clock.second).padStart(2, '0')}` : text;
}
