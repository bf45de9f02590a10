// A line chart as wide as the window: one or two value axes, a time axis, gaps as gaps, and a legend that names the worst few.
import type { MetricUnit } from '../../domain/metric-table.ts';
import { safeText } from '../../domain/safe-text.ts';
import { type Color, paint, type Screen } from '../screen.ts';
import { displayWidth, pad, truncate } from '../text.ts';
import { timeAxis, type ValueAxis, valueAxis } from './axes.ts';
import { DOT_COLUMNS } from './braille-grid.ts';
import { renderLegend } from './legend.ts';
import { type ChartStyle, type GridCell, plotGrid } from './plot-grid.ts';
import { binPoints, isValue, type Points, type Stats, statsOf } from './points.ts';

export type ChartLine = Points & {
  readonly name: string;
  /** Of the samples, where the points are windows of them; null: not known. By default of the points. */
  readonly stats?: Stats | null | undefined;
  /** Measured on the axis at the right, in `rightUnit`. */
  readonly right?: boolean | undefined;
};

export type ChartRequest = {
  readonly lines: readonly ChartLine[];
  readonly unit: MetricUnit;
  readonly rightUnit?: MetricUnit | undefined;
  readonly startMs: number;
  readonly stopMs: number;
  readonly stepMs?: number | undefined;
  /** Above it, in bold; a zoomed axis is said there. */
  readonly title?: string | undefined;
  /** Rows of the plot without its axis; at least 2. */
  readonly height?: number | undefined;
  /** How many are named; the others are a band from their least to their greatest value. */
  readonly named?: number | undefined;
  /** Which values are bad: low ones for free space. Default high. */
  readonly worst?: 'high' | 'low' | undefined;
  /** Lines as they came, not the worst first. */
  readonly keepOrder?: boolean | undefined;
  readonly legend?: boolean | undefined;
  /** By default braille where the screen has it, box drawing with Unicode, else ASCII. */
  readonly style?: ChartStyle | undefined;
  /** The axis begins at 0, however close together the values are. */
  readonly fromZero?: boolean | undefined;
  readonly screen: Screen;
};

const COLORS: readonly Color[] = ['cyan', 'yellow', 'magenta', 'green', 'blue', 'red'];
const DEFAULT_HEIGHT = 10;
/** With fewer columns left than this the value axis has no column of its own: its ends stand in the plot. */
const LEAST_PLOT = 12;
const LETTERS_EVERY = 18;

/** The title, the chart and its legend, each line with its end. A sentence where there is nothing to draw. */
export function renderChart(asked: ChartRequest): string {
  // What is to be pasted as ASCII is ASCII as a whole.
  const screen = asked.style === 'ascii' ? { ...asked.screen, unicode: false } : asked.screen;
  const request = { ...asked, screen };
  const { startMs, stopMs, stepMs, worst = 'high' } = request;
  const drawn = request.lines.flatMap((line) => {
    const stats = statsOf(line);
    return stats ? [{ ...line, drawn: stats }] : [];
  });
  const title = (text: string) => (request.title === undefined ? '' : titleLine(request.title, screen, text));
  if (drawn.length === 0 || !(stopMs > startMs)) return `${title('')}no data in this range\n`;
  const rows = Math.max(2, Math.floor(request.height ?? DEFAULT_HEIGHT));
  const style = styleOf(request);
  const ranked = request.keepOrder ? drawn : rank(drawn, worst);
  const named = ranked.slice(0, bounded(request.named ?? COLORS.length, ranked.length));
  const others = ranked.slice(named.length);
  const axes = axesOf(ranked, rows, request);
  const axisOf = (line: ChartLine) => (line.right && axes.right ? axes.right : axes.left);

  const frame = frameOf(axes, screen);
  const { columns } = frame;
  const bins = (line: ChartLine, keep: 'max' | 'min', count: number) =>
    binPoints(line, { startMs, stopMs, stepMs, columns: count, keep });
  const dotted = style === 'braille' ? columns * DOT_COLUMNS : columns;
  const { grid, covered } = plotGrid({
    lines: named.map((line) =>
      bins(line, worst === 'high' ? 'max' : 'min', dotted).map((v) =>
        v === null ? null : axisOf(line).at(v),
      ),
    ),
    band: bandOf(others, columns, { bins, rowOf: (value) => Math.round(axes.left.at(value)) }),
    rows,
    columns,
    style,
    lettersEvery: named.length === 1 ? 0 : screen.color ? columns : LETTERS_EVERY,
  });
  const { rule, labels } = timeAxis({ startMs, stopMs, columns }, screen);
  const lines = [
    ...grid.map((cells, r) => frame.row(r, cells)),
    frame.foot(rule),
    ...(labels.trim() === '' ? [] : [frame.foot(labels, ' ')]),
  ];
  const plot = `${title(zoomText(axes))}${lines.map((line) => `${line.trimEnd()}\n`).join('')}`;
  if (request.legend === false) return plot;
  const legend = renderLegend(
    named.map((line, i) => ({
      name: line.right && axes.right ? `${line.name} (right axis)` : line.name,
      color: colorOf(i),
      unit: (line.right && request.rightUnit) || request.unit,
      stats: statsFor(line),
      isCovered: covered.has(i),
    })),
    others.map(statsFor),
    request,
  );
  return `${plot}\n${legend}`;
}

/** Which lines `renderChart` names, where it does not draw all: by the mean of what is drawn, the worst first. */
export function namedLines<Line extends ChartLine>(
  lines: readonly Line[],
  { worst, named }: { readonly worst: 'high' | 'low'; readonly named: number },
): readonly Line[] {
  const drawn = lines.flatMap((line) => {
    const stats = statsOf(line);
    return stats ? [{ line, drawn: stats }] : [];
  });
  return rank(drawn, worst)
    .slice(0, bounded(named, drawn.length))
    .map(({ line }) => line);
}

const statsFor = (line: ChartLine & { readonly drawn: Stats }): Stats | undefined =>
  line.stats === undefined ? line.drawn : (line.stats ?? undefined);

function styleOf({ style, screen }: ChartRequest): ChartStyle {
  if (!screen.unicode) return 'ascii';
  return style ?? (screen.braille ? 'braille' : 'line');
}

type Axes = { readonly left: ValueAxis; readonly right: ValueAxis | undefined };

function axesOf(
  lines: readonly (ChartLine & { readonly drawn: Stats })[],
  rows: number,
  { unit, rightUnit, fromZero = false }: ChartRequest,
): Axes {
  const axis = (of: typeof lines, unit: MetricUnit) => {
    const range = { min: fromZero ? 0 : Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
    for (const { drawn } of of) {
      range.min = Math.min(range.min, drawn.min);
      range.max = Math.max(range.max, drawn.max);
    }
    return valueAxis(range, { rows, unit });
  };
  const right = rightUnit === undefined ? [] : lines.filter((line) => line.right);
  const left = right.length === 0 ? lines : lines.filter((line) => !line.right);
  if (left.length === 0) return { left: axis(right, rightUnit!), right: undefined };
  return { left: axis(left, unit), right: right.length === 0 ? undefined : axis(right, rightUnit!) };
}

/** A course looks steeper on an axis that does not begin at 0, so the title says so. */
function zoomText({ left, right }: Axes): string {
  const parts = [left.zoom, right?.zoom].flatMap((zoom) => (zoom ? [`${zoom.from} to ${zoom.to}`] : []));
  return parts.length === 0 ? '' : `  (axis zoomed: ${parts.join(', ')})`;
}

/** What stands left and right of the plot, and how many columns are left for it. */
function frameOf(axes: Axes, screen: Screen) {
  const widthOf = (axis: ValueAxis | undefined) => Math.max(0, ...(axis?.labels ?? []).map(displayWidth));
  const [gutter, rightGutter] = [widthOf(axes.left), widthOf(axes.right)];
  const free = screen.columns - gutter - 2 - (axes.right ? rightGutter + 2 : 0);
  const labelled = free >= LEAST_PLOT;
  const [wall, rightWall, corner] = screen.unicode ? ['┤', '├', '└'] : ['|', '|', '+'];
  const margin = (text: string, mark: string) => (labelled ? `${pad(text, gutter, 'right')} ${mark}` : '');
  const last = axes.left.labels.length - 1;
  return {
    columns: Math.max(1, labelled ? free : screen.columns),
    row(r: number, cells: readonly GridCell[]): string {
      const label = axes.left.labels[r]!;
      if (labelled) {
        const right = axes.right ? `${rightWall} ${axes.right.labels[r]!}` : '';
        return margin(label, wall!) + drawCells(cells, screen) + right;
      }
      const end = r === 0 || r === last ? label.trim() : '';
      const width = displayWidth(end);
      return width < cells.length ? end + drawCells(cells.slice(width), screen) : drawCells(cells, screen);
    },
    foot: (text: string, mark = corner!) => margin('', mark) + text,
  };
}

/** By mean over the range, the worst first; equal ones as they came. */
function rank<Line extends { readonly drawn: Stats }>(
  lines: readonly Line[],
  worst: 'high' | 'low',
): readonly Line[] {
  const sign = worst === 'high' ? -1 : 1;
  return lines.toSorted((a, b) => sign * (a.drawn.mean - b.drawn.mean) || 0);
}

function bandOf(
  others: readonly ChartLine[],
  columns: number,
  by: {
    readonly bins: (line: ChartLine, keep: 'max' | 'min', columns: number) => (number | null)[];
    readonly rowOf: (value: number) => number;
  },
): ({ from: number; to: number } | null)[] | undefined {
  if (others.length === 0) return undefined;
  const band = new Array<{ from: number; to: number } | null>(columns).fill(null);
  for (const line of others) {
    const lows = by.bins(line, 'min', columns);
    for (const [c, high] of by.bins(line, 'max', columns).entries()) {
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

const bounded = (wanted: number, count: number): number =>
  // One line left over is drawn as itself rather than as a band of one.
  count <= wanted + 1 ? count : Math.max(1, wanted);

/** A title for a chart or a table that never wraps; of a narrow one `tail` stays. */
export const titleLine = (text: string, screen: Screen, tail = ''): string => {
  const safe = safeText(text);
  const mark = screen.unicode ? '…' : '~';
  const room = Math.max(LEAST_TITLE, screen.columns - displayWidth(tail));
  const whole = screen.isTTY
    ? truncate(truncate(safe, room, mark) + tail, screen.columns, mark)
    : safe + tail;
  return `${paint(screen, 'bold', whole)}\n`;
};
const LEAST_TITLE = 8;
