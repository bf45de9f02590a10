// The level axis of a chart: ticks on round clock times, with as many labels as fit.
import { clockText, clockTime, dateText } from '../relative-time.ts';
import type { Screen } from '../screen.ts';

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
