// The two axes of a chart: values on round steps, times on round clock times.
import type { MetricUnit } from '../../domain/metric-table.ts';
import { scaleFor, trimExponent } from '../../domain/units.ts';
import { clockText, clockTime, dateText } from '../relative-time.ts';
import type { Screen } from '../screen.ts';

export type ValueAxis = {
  /** From the top row to the bottom one, each with its unit; '' where a round step has no row of its own. */
  readonly labels: readonly string[];
  /** The ends of an axis without 0, on which a line looks steeper. */
  readonly zoom: { readonly from: string; readonly to: string } | undefined;
  /** The row of a value, 0 for the bottom row and `rows - 1` for the top one, not rounded. */
  at(value: number): number;
};

/** Steps with more decimals than this are written with an exponent. */
const MOST_DECIMALS = 6;
/** Far beyond any metric; within it no step or sum overflows or vanishes. */
const [LEAST, MOST] = [1e-300, 1e300];

/** Least height of a percentage axis: small changes must not look like cliffs. */
const LEAST_SHARE_SPAN = 2.5;
/** In so many rows or fewer each may have a label; in more they stand two rows apart at least. */
const LABELLED_ROWS = 11;

/**
 * Upright: labels on multiples of 1, 2 or 5 times a power of ten, in the rows nearest to them, no two alike. `rows` is at
 * least 2. Values outside the range land on its ends. A share (percent, nothing above 100) never has an axis that leaves
 * 0 to 100 %.
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
  const isShare = unit === 'percent' && min >= 0 && max <= 100;
  const { bottom, intervals, step } = stepsFor(drawnRange({ min, max, size, isShare }), {
    ...{ last, isShare },
    isAbove: min >= 0,
    isBelow: max <= 0,
    least: size * 1e-12,
  });
  const plain = step.decimals <= MOST_DECIMALS && size < 1e5;
  const labelOf = (value: number): string => {
    if (value === 0) return '0';
    return plain ? value.toFixed(step.decimals) : trimExponent(Number(value.toPrecision(15)).toExponential());
  };
  const labels = new Array<string>(rows).fill('');
  for (let i = 0; i <= intervals; i++) {
    const row = last - Math.round((i / intervals) * last);
    // In two rows there is none left for what is between the ends.
    if (i === intervals || row > 0) labels[row] ||= labelOf((bottom + i) * step.size) + suffix;
  }
  return {
    labels,
    zoom: bottom > 0 || bottom + intervals < 0 ? { from: labels[last]!, to: labels[0]! } : undefined,
    at: (value) => Math.min(last, Math.max(0, ((value / divisor / step.size - bottom) / intervals) * last)),
  };
}

/** What the axis has to show at least. */
function drawnRange(of: {
  readonly min: number;
  readonly max: number;
  readonly size: number;
  readonly isShare: boolean;
}): { readonly low: number; readonly high: number } {
  const { min, max, size, isShare } = of;
  // Zero is on the axis when the values reach down towards it, or never move: then heights can be compared.
  const near = min === max || Math.min(Math.abs(min), Math.abs(max)) < size * 0.7;
  let low = min > 0 && near ? 0 : min;
  let high = max < 0 && near ? 0 : max;
  const missing = isShare ? Math.max(0, LEAST_SHARE_SPAN - (high - low)) : 0;
  if (missing > 0) {
    low = Math.max(0, Math.min(low - missing / 2, 100 - LEAST_SHARE_SPAN));
    high = low + LEAST_SHARE_SPAN;
  }
  return { low, high: high > low ? high : low + 1 };
}

type Step = { readonly size: number; readonly decimals: number };
type Steps = {
  /** The lowest label, in steps from zero. */
  readonly bottom: number;
  /** How many steps are between the lowest label and the highest. */
  readonly intervals: number;
  readonly step: Step;
};

/** The labels that leave little of the picture empty, stand evenly and are not too few. */
function stepsFor(
  { low, high }: { readonly low: number; readonly high: number },
  by: {
    readonly last: number;
    readonly isShare: boolean;
    readonly isAbove: boolean;
    readonly isBelow: boolean;
    readonly least: number;
  },
): Steps {
  const { last, isShare, isAbove, isBelow, least } = by;
  let best: (Steps & { readonly cost: number }) | undefined;
  for (const step of niceSteps(Math.max((high - low) / last, least), isShare)) {
    const from = Math.floor(low / step.size);
    const needed = Math.ceil(high / step.size) - from;
    // Rows that no value reaches may let the labels stand evenly.
    for (let intervals = needed; intervals <= Math.max(2, last); intervals++) {
      const apart = last / intervals;
      const isEven = Number.isInteger(apart);
      if (intervals > needed && !isEven) continue;
      if (isShare && intervals * step.size > 100) break;
      const hasRoom = apart >= (intervals <= 3 ? 1.5 : 2) || (isEven && last < LABELLED_ROWS);
      if (!hasRoom && (best || intervals > 2)) continue;
      const uneven = isEven ? 0 : apart < 2 ? 0.3 : 0.08;
      const cost = (intervals * step.size) / (high - low) + uneven + 1 / intervals ** 2 + (hasRoom ? 0 : 9);
      if (best && best.cost <= cost) continue;
      let bottom = from - Math.floor((intervals - needed) / 2);
      // The axis does not leave the values' side of zero, nor go above 100 % for a share.
      if (isShare) bottom = Math.min(bottom, Math.floor(100 / step.size) - intervals);
      if (isBelow) bottom = Math.min(bottom, -intervals);
      if (isAbove) bottom = Math.max(bottom, 0);
      best = { bottom, intervals, step, cost };
    }
    if (best && needed <= 1) break;
    if (best && step.size > 4 * Math.max(Math.abs(low), Math.abs(high))) break;
  }
  return best!;
}

const bounded = (value: number): number =>
  Math.abs(value) < LEAST ? 0 : Math.max(-MOST, Math.min(MOST, value));

/** 1, 2, 5 times powers of ten, from the first that is not below `least`; of a share quarters too. */
function* niceSteps(least: number, isShare: boolean): Generator<Step> {
  for (let exponent = Math.floor(Math.log10(least)); ; exponent++) {
    for (const mantissa of isShare && exponent === 1 ? [1, 2, 2.5, 5] : [1, 2, 5]) {
      const size = Number(`${mantissa}e${exponent}`);
      if (size >= least) yield { size, decimals: Math.max(0, -exponent) };
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
