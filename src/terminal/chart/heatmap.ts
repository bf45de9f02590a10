// A room at a glance: a line a host, time across, each cell shaded by its value, so that one sees which host and when.
import type { MetricUnit } from '../../domain/metric-table.ts';
import { safeText } from '../../domain/safe-text.ts';
import { formatValue } from '../../domain/units.ts';
import { type Color, paint, type Screen } from '../screen.ts';
import { displayWidth, pad, truncate, truncateStyled } from '../text.ts';
import { timeAxis } from './axes.ts';
import { type ChartLine, namedLines, titleLine } from './chart.ts';
import { binPoints, isValue, statsOf } from './points.ts';

export type HeatmapRequest = {
  readonly lines: readonly ChartLine[];
  readonly unit: MetricUnit;
  readonly startMs: number;
  readonly stopMs: number;
  readonly stepMs?: number | undefined;
  readonly title: string;
  readonly worst: 'high' | 'low';
  /** Lines in all; hosts that do not fit are counted. Undefined: all hosts. */
  readonly height?: number | undefined;
  /** What a line is. */
  readonly noun: string;
  readonly screen: Screen;
};

// A cell without samples must not look like an idle one.
const UNICODE = { levels: ['▁', '░', '▒', '▓', '█'], gap: '·' };
const ASCII = { levels: ['_', '-', '+', '#', '@'], gap: '.' };
const COLORS: readonly Color[] = ['blue', 'cyan', 'green', 'yellow', 'red'];
const MOST_NAME_COLUMNS = 24;
const LAST_COLUMNS = 10;
/** Title, axis, its labels, scale. */
const ABOUT_ROWS = 4;

/** With its line end. The worst hosts first, by their mean over the range. */
export function renderHeatmap(request: HeatmapRequest): string {
  const { screen, unit, startMs, stopMs, stepMs, worst, noun } = request;
  const title = titleLine(request.title, screen);
  const ranked = namedLines(request.lines, { worst, named: Number.POSITIVE_INFINITY });
  if (ranked.length === 0) return `${title}no data in this range\n`;
  const silent = request.lines.length - ranked.length;
  const room = (request.height ?? Number.POSITIVE_INFINITY) - ABOUT_ROWS - (silent > 0 ? 1 : 0);
  const shown = ranked.length <= room ? ranked : ranked.slice(0, Math.max(1, room - 1));

  const { levels, gap } = screen.unicode ? UNICODE : ASCII;
  const mark = screen.unicode ? '…' : '~';
  const top = scaleTop(ranked, unit);
  const levelOf = (value: number): number =>
    Math.max(0, Math.min(levels.length - 1, Math.floor((value / (top || 1)) * levels.length)));
  const colorOf = (level: number): Color => COLORS[worst === 'high' ? level : COLORS.length - 1 - level]!;

  const names = shown.map(({ name }) => safeText(name));
  const most = Math.max(4, Math.min(MOST_NAME_COLUMNS, Math.floor(screen.columns / 4)));
  const gutter = Math.min(most, Math.max(...names.map(displayWidth)));
  const hasLast = screen.columns >= 60;
  const columns = Math.max(1, screen.columns - gutter - 1 - (hasLast ? LAST_COLUMNS : 0));
  const rows = shown.map((line, i) => {
    const keep = worst === 'high' ? 'max' : 'min';
    const bins = binPoints(line, { startMs, stopMs, stepMs, columns, keep });
    const cells = paintRuns(
      bins.map((value) => (isValue(value) ? levelOf(value) : undefined)),
      (level) => (level === undefined ? gap : levels[level]!),
      (level) => (level === undefined ? 'gray' : colorOf(level)),
      screen,
    );
    const last = hasLast ? pad(formatValue(statsOf(line)?.last, unit), LAST_COLUMNS, 'right') : '';
    return `${pad(truncate(names[i]!, gutter, mark), gutter)} ${cells}${last}`;
  });
  const { rule, labels } = timeAxis({ startMs, stopMs, columns }, screen);
  const margin = ' '.repeat(gutter + 1);
  const more = ranked.length - shown.length;
  const bound = (i: number) => formatValue((top / levels.length) * i, unit);
  const scale = levels
    .map((level, i) => `${bound(i).replace(/(\.0)? %$/, '')} ${paint(screen, colorOf(i), level.repeat(2))}`)
    .concat(bound(levels.length));
  const none = `${paint(screen, 'gray', gap.repeat(2))} no samples`;
  return [
    title,
    ...rows.map((row) => `${row.trimEnd()}\n`),
    `${margin}${rule}\n`,
    ...(labels.trim() === '' ? [] : [`${margin}${labels.trimEnd()}\n`]),
    `${truncateStyled(`${scale.join(' ')}  ${none}`, screen.columns, mark)}\n`,
    ...(more > 0 ? [paint(screen, 'dim', `and ${more} more ${noun}s, none of them worse`), '\n'] : []),
    ...(silent > 0
      ? [
          paint(screen, 'dim', `${silent} ${silent === 1 ? noun : `${noun}s`} without samples in this range`),
          '\n',
        ]
      : []),
  ].join('');
}

/** Shares go to 100 %; other scales to their greatest value. */
function scaleTop(lines: readonly ChartLine[], unit: MetricUnit): number {
  const top = lines.reduce((most, line) => Math.max(most, statsOf(line)?.max ?? 0), 0);
  return unit === 'percent' && top <= 100 ? 100 : top;
}

/** Neighbours of one level are painted together. */
function paintRuns(
  cells: readonly (number | undefined)[],
  charOf: (level: number | undefined) => string,
  colorOf: (level: number | undefined) => Color,
  screen: Screen,
): string {
  let text = '';
  for (let c = 0; c < cells.length; ) {
    let end = c + 1;
    while (end < cells.length && cells[end] === cells[c]) end++;
    text += paint(screen, colorOf(cells[c]), charOf(cells[c]).repeat(end - c));
    c = end;
  }
  return text;
}
