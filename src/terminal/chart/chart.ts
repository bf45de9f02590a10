// A line chart as wide as the window: value axis, time axis, gaps as gaps, and a legend that names the busiest few.
import type { MetricUnit } from '../../domain/metric-table.ts';
import { safeText } from '../../domain/safe-text.ts';
import { formatValue } from '../../domain/units.ts';
import { type Color, paint, type Screen } from '../screen.ts';
import { renderTable } from '../table.ts';
import { displayWidth, pad, truncate } from '../text.ts';
import { timeAxis, valueAxis } from './axes.ts';
import { type GridCell, letterOf, plotGrid } from './plot-grid.ts';
import { binPoints, isValue, meanOf, type Points, type Stats, statsOf } from './points.ts';

export type ChartLine = Points & { readonly name: string };

export type ChartRequest = {
  readonly lines: readonly ChartLine[];
  readonly unit: MetricUnit;
  readonly startMs: number;
  readonly stopMs: number;
  readonly stepMs?: number | undefined;
  /** Rows of the plot without its axis; at least 2. */
  readonly height?: number | undefined;
  /** How many are named; the others are a band from their least to their greatest value. */
  readonly named?: number | undefined;
  /** Which values are bad: low ones for free space. Default high. */
  readonly worst?: 'high' | 'low' | undefined;
  readonly screen: Screen;
};

const COLORS: readonly Color[] = ['cyan', 'yellow', 'magenta', 'green', 'blue', 'red'];
const DEFAULT_HEIGHT = 10;
/** With fewer columns left than this the value axis has no column of its own: its ends stand in the plot. */
const LEAST_PLOT = 12;
const LETTERS_EVERY = 18;

/** The chart and its legend, each line with its end. A sentence where there is nothing to draw. */
export function renderChart(request: ChartRequest): string {
  const { screen, unit, startMs, stopMs, stepMs, worst = 'high' } = request;
  const drawn = request.lines.flatMap((line) => {
    const stats = statsOf(line);
    return stats ? [{ ...line, ...stats }] : [];
  });
  if (drawn.length === 0 || !(stopMs > startMs)) return 'no data in this range\n';
  const rows = Math.max(2, Math.floor(request.height ?? DEFAULT_HEIGHT));
  const ranked = rank(drawn, worst);
  const named = ranked.slice(0, bounded(request.named ?? COLORS.length, ranked.length));
  const others = ranked.slice(named.length);

  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const { min: least, max: most } of ranked) {
    min = Math.min(min, least);
    max = Math.max(max, most);
  }
  const axis = valueAxis({ min, max }, { rows, unit });
  const gutter = Math.max(...axis.labels.map(displayWidth));
  const labelled = screen.columns - gutter - 2 >= LEAST_PLOT;
  const columns = Math.max(1, labelled ? screen.columns - gutter - 2 : screen.columns);
  const bins = (line: ChartLine, keep: 'max' | 'min') =>
    binPoints(line, { startMs, stopMs, stepMs, columns, keep });
  const toRows = (values: readonly (number | null)[]) =>
    values.map((v) => (v === null ? null : axis.rowOf(v)));

  const grid = plotGrid({
    lines: named.map((line) => toRows(bins(line, worst === 'high' ? 'max' : 'min'))),
    band: bandOf(others, columns, { bins, rowOf: axis.rowOf }),
    rows,
    columns,
    unicode: screen.unicode,
    lettersEvery: named.length === 1 ? 0 : screen.color ? columns : LETTERS_EVERY,
  });
  const [wall, corner] = screen.unicode ? ['┤', '└'] : ['|', '+'];
  const { rule, labels } = timeAxis({ startMs, stopMs, columns }, screen);
  const margin = (text: string, mark: string) => (labelled ? `${pad(text, gutter, 'right')} ${mark}` : '');
  const lines = [
    ...grid.map((cells, r) => {
      if (labelled) return margin(axis.labels[r]!, wall!) + drawCells(cells, screen);
      const end = r === 0 || r === rows - 1 ? axis.labels[r]!.trim() : '';
      const width = displayWidth(end);
      return width < columns ? end + drawCells(cells.slice(width), screen) : drawCells(cells, screen);
    }),
    margin('', corner!) + rule,
    ...(labels.trim() === '' ? [] : [margin('', ' ') + labels]),
  ];
  return `${lines.map((line) => `${line.trimEnd()}\n`).join('')}\n${legend(named, others, request)}`;
}

type Ranked = ChartLine & Stats;

/** By mean over the range, the worst first; equal ones as they came. */
function rank(lines: readonly Ranked[], worst: 'high' | 'low'): readonly Ranked[] {
  const sign = worst === 'high' ? -1 : 1;
  return lines.toSorted((a, b) => sign * (a.mean - b.mean) || 0);
}

function bandOf(
  others: readonly ChartLine[],
  columns: number,
  by: {
    readonly bins: (line: ChartLine, keep: 'max' | 'min') => (number | null)[];
    readonly rowOf: (value: number) => number;
  },
): ({ from: number; to: number } | null)[] | undefined {
  if (others.length === 0) return undefined;
  const band = new Array<{ from: number; to: number } | null>(columns).fill(null);
  for (const line of others) {
    const lows = by.bins(line, 'min');
    for (const [c, high] of by.bins(line, 'max').entries()) {
      const low = lows[c];
      if (high === null || !isValue(low)) continue;
      const [from, to] = [by.rowOf(low), by.rowOf(high)];
      const seen = band[c];
      band[c] = seen ? { from: Math.min(seen.from, from), to: Math.max(seen.to, to) } : { from, to };
    }
  }
  return band;
}

/** Neighbours of one colour are painted together. */
function drawCells(cells: readonly GridCell[], screen: Screen): string {
  let text = '';
  let run = '';
  let color: Color | undefined;
  for (const cell of cells) {
    const next = cell === undefined ? undefined : colorOf(cell.line);
    if (next !== color) {
      text += paint(screen, color, run);
      [run, color] = ['', next];
    }
    run += cell?.char ?? ' ';
  }
  return text + paint(screen, color, run);
}

const colorOf = (line: number | 'band'): Color => (line === 'band' ? 'gray' : COLORS[line % COLORS.length]!);

function legend(named: readonly Ranked[], others: readonly Ranked[], { unit, screen }: ChartRequest): string {
  const value = (v: number) => formatValue(v, unit);
  const key = (i: number) => {
    if (named.length > 1) return letterOf(i);
    return screen.unicode ? '─' : '-';
  };
  const rows = named.map((line, i) => [
    { text: key(i), color: colorOf(i) },
    line.name,
    value(line.last),
    value(line.min),
    value(line.mean),
    value(line.max),
  ]);
  if (others.length > 0) {
    const band = {
      min: others.reduce((min, line) => Math.min(min, line.min), Number.POSITIVE_INFINITY),
      max: others.reduce((max, line) => Math.max(max, line.max), Number.NEGATIVE_INFINITY),
      mean: meanOf(others.map((line) => line.mean)),
    };
    rows.push([
      { text: screen.unicode ? '░' : ':', color: 'gray' },
      `${others.length} ${others.length === 1 ? 'other' : 'others'}`,
      '',
      value(band.min),
      value(band.mean),
      value(band.max),
    ]);
  }
  const number = (title: string, drop: number) => ({ title, drop, align: 'right' as const });
  return renderTable({
    columns: [
      { title: '', drop: 1 },
      { title: 'LINE', min: 6 },
      number('LAST', 2),
      number('MIN', 5),
      number('MEAN', 4),
      number('MAX', 3),
    ],
    rows,
    screen,
  });
}

const bounded = (wanted: number, count: number): number =>
  // One line left over is drawn as itself rather than as a band of one.
  count <= wanted + 1 ? count : Math.max(1, wanted);

/** A title for a chart or a table that never wraps. */
export const titleLine = (text: string, screen: Screen): string => {
  const safe = safeText(text);
  const cut = screen.isTTY ? truncate(safe, screen.columns, screen.unicode ? '…' : '~') : safe;
  return `${paint(screen, 'bold', cut)}\n`;
};
