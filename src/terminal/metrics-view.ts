// The metrics screen: a table of hosts with their latest values, a sparkline and an age, and a chart of the chosen metric.
import { counted } from '../domain/counting.ts';
import { formatDuration } from '../domain/duration.ts';
import { metricKind, seedMetric, unitOf } from '../domain/metric-kinds.ts';
import { safeText } from '../domain/safe-text.ts';
import type { Series } from '../store/store.ts';
import { type ChartLine, type ChartRequest, namedLines, renderChart, titleLine } from './chart/chart.ts';
import { renderHeatmap } from './chart/heatmap.ts';
import type { ChartStyle } from './chart/plot-grid.ts';
import {
  drawnUnit,
  type HostMetrics,
  type HostMetricsRequest,
  hostMetrics,
  metricsCsv,
  metricsObject,
  worstFirst,
  worstOf,
} from './host-metric-rows.ts';
import { metricsListing } from './host-metrics-listing.ts';
import { type RenderOptions, renderCsv, renderData, renderListing } from './output.ts';
import { dateTimeText, zoneName } from './relative-time.ts';
import type { SampleStatistics } from './sample-statistics.ts';
import { paint, type Screen } from './screen.ts';
import { displayWidth, truncate } from './text.ts';

export type MetricsRequest = HostMetricsRequest & {
  /** Of each metric, where a host's several are drawn. */
  readonly statisticsOf?: ReadonlyMap<string, SampleStatistics> | undefined;
  /** --compare: the same range before, its times moved to this one. */
  readonly past?:
    | {
        readonly words: string;
        readonly series: readonly Series[];
        readonly statistics: SampleStatistics | undefined;
      }
    | undefined;
  /** What was asked for, in words: "location 725", "web-17", "all hosts". */
  readonly scope: string;
};

type MetricsOptions = RenderOptions & {
  /** For --watch: everything fits the window. */
  readonly fit?: boolean | undefined;
  /** By default on a terminal and not on a pipe. */
  readonly chart?: boolean | undefined;
  /** A line a host instead of the table and the chart. */
  readonly heatmap?: boolean | undefined;
  readonly style?: ChartStyle | undefined;
  /** The chart's axis begins at 0. */
  readonly fromZero?: boolean | undefined;
  /** Since the answer came in. */
  readonly elapsedMs?: number | undefined;
  /** Draws the table in so many lines instead: a list with keys. */
  readonly list?: ((rows: readonly HostMetrics[], lines: number) => string) | undefined;
};

/** Of a pipe, which has no height; eleven lines carry ten equal steps. */
const CHART_ROWS = 11;
const MOST_CHART_ROWS = 40;
const LEAST_CHART_ROWS = 5;
/** Fewer show nothing. */
const LOWEST_CHART_ROWS = 3;
/** Lines of a chart besides its rows: its title, and the axis with its labels. */
const ABOUT_CHART = 3;
/** What the shell's next prompt takes. */
const PROMPT_ROWS = 2;
/** How many lines have a name in the legend. */
export const NAMED = 6;
/** As many where a screen is low, so that hosts have lines above. */
const NAMED_IN_LOW_WINDOW = 3;
const LOW_WINDOW_ROWS = 30;

/** The screen in any format, with its line end. On a pipe the table alone, unless a chart is asked for. */
export function renderMetrics(request: MetricsRequest, options: MetricsOptions): string {
  const { format, screen } = options;
  if (format === 'json' || format === 'yaml') return renderData(metricsObject(request), options);
  if (format === 'csv')
    return renderCsv(metricsCsv(request.range, request.worstHosts && 'location'), options);
  const rows = hostMetrics(request);
  if (format === 'name') return rows.map((row) => `${safeText(row.hostId)}\n`).join('');
  const table: Table = (shown, sort) =>
    renderListing(metricsListing(shown, request, options), { ...options, sort });
  const hasChart = options.chart ?? screen.isTTY;
  if (!screen.isTTY && options.heatmap) return heatmapOf(request, rows, { ...options, room: undefined });
  if (!screen.isTTY) {
    const chart = hasChart ? `\n${chartOf(request, rows, { ...options, height: CHART_ROWS })}` : '';
    return table(rows, options.sort) + chart;
  }
  const title = titleLine(fitting(titlesOf(request, screen), screen.columns), screen);
  const warnings = request.range.warnings.concat(request.latest.warnings);
  const notes = [...new Set(warnings)].map((text) => `${paint(screen, 'yellow', safeText(text))}\n`).join('');
  const head = title + notes;
  if (rows.length === 0) return head + table(rows, options.sort);
  if (options.heatmap) {
    const isWhole = format === 'wide' && !options.fit;
    const room = isWhole ? undefined : roomFor(head, options);
    return head + heatmapOf(request, rows, { ...options, room });
  }
  if (!hasChart) return head + cutTable(rows, request, { ...options, table, room: roomFor(head, options) });
  return head + tableAndChart(rows, request, { ...options, table, room: roomFor(head, options) });
}

type Table = (rows: readonly HostMetrics[], sort: string | undefined) => string;
type Layout = MetricsOptions & { readonly table: Table; readonly room: number };

/** Lines below the head. */
const roomFor = (head: string, { screen, fit }: MetricsOptions): number =>
  screen.rows - count(head) - (fit ? 0 : PROMPT_ROWS);

/** As many hosts as the window leaves beside a chart, the worst first where some are left out, and the chart as tall as it can be. */
function tableAndChart(rows: readonly HostMetrics[], request: MetricsRequest, layout: Layout): string {
  const { screen, room, fit } = layout;
  const heads = layout.noHeaders ? 0 : 1;
  const named = screen.rows < LOW_WINDOW_ROWS ? NAMED_IN_LOW_WINDOW : NAMED;
  const lines = chartLines(rows, request).length;
  const legendRows = 2 + Math.min(lines, lines === named + 1 ? lines : named + 1);
  const least = heads + 1 + 1 + ABOUT_CHART;
  // In a low window the legend goes first, then the chart: a cut one would be read wrongly.
  const legend = room >= least + LEAST_CHART_ROWS + legendRows;
  if (!legend && room < least + LOWEST_CHART_ROWS) return cutTable(rows, request, layout);
  const free = room - heads - 1 - ABOUT_CHART - (legend ? legendRows : 0);
  // A table that has to be cut leaves the chart a third; one that was asked for whole is not cut.
  const whole = layout.format === 'wide' && !fit;
  const wanted = Math.max(free - rows.length, Math.floor(free / 3));
  const lowest = legend ? LEAST_CHART_ROWS : LOWEST_CHART_ROWS;
  const height = Math.max(lowest, Math.min(MOST_CHART_ROWS, wanted));
  const space = whole ? rows.length : Math.max(1, free - height);
  const table = cutTable(rows, request, { ...layout, room: space + heads });
  return `${table}\n${chartOf(request, rows, { ...layout, height, named, legend })}`;
}

/** The table in `room` lines: whole, or the worst hosts and how many more there are. */
function cutTable(rows: readonly HostMetrics[], request: MetricsRequest, layout: Layout): string {
  const { table, sort, fit, screen, list } = layout;
  if (list) return list(rows, layout.room);
  const heads = layout.noHeaders ? 0 : 1;
  const space = layout.room - heads;
  if (rows.length <= space || (layout.format === 'wide' && !fit)) return table(rows, sort);
  const sorted = sort === undefined ? worstFirst(rows, request.metric) : rows;
  const shown = Math.max(1, space - 1);
  const cut =
    sort === undefined
      ? table(sorted.slice(0, shown), undefined)
      : `${table(sorted, sort)
          .split('\n')
          .slice(0, shown + heads)
          .join('\n')}\n`;
  const more = rows.length - shown;
  const noun = request.worstHosts ? 'location' : 'host';
  const words = `and ${counted(more, `more ${noun}`)}`;
  const texts = fit ? [words] : [`${words}; -o wide lists them all`, `${words}: -o wide`];
  return `${cut}${paint(screen, 'dim', truncate(fitting(texts, screen.columns), screen.columns))}\n`;
}

function heatmapOf(
  request: MetricsRequest,
  rows: readonly HostMetrics[],
  { screen, room }: { readonly screen: Screen; readonly room: number | undefined },
): string {
  const { metric, range, worstHosts } = request;
  return renderHeatmap({
    ...{ startMs: range.startMs, stopMs: range.stopMs, stepMs: range.stepMs, screen },
    lines: rows.map((row) => ({ ...row.points, name: row.hostId })),
    unit: drawnUnit(request),
    title: chartTitle(request),
    worst: worstOf(metric),
    height: room,
    noun: worstHosts ? 'location' : 'host',
  });
}

function chartOf(
  request: MetricsRequest,
  rows: readonly HostMetrics[],
  by: MetricsOptions & {
    readonly height: number;
    readonly named?: number | undefined;
    readonly legend?: boolean;
  },
): string {
  const { metric, range } = request;
  return renderChart({
    ...{ startMs: range.startMs, stopMs: range.stopMs, stepMs: range.stepMs },
    ...drawnLines(request, rows, by.named ?? NAMED),
    unit: drawnUnit(request),
    worst: worstOf(metric),
    height: by.height,
    legend: by.legend ?? true,
    style: by.style,
    fromZero: by.fromZero,
    screen: by.screen,
  });
}

/** The lines of the chart: of the metric alone, with those of before beside them, or of a host's several metrics. */
function drawnLines(
  request: MetricsRequest,
  rows: readonly HostMetrics[],
  named: number,
): Pick<ChartRequest, 'lines' | 'named' | 'keepOrder' | 'rightUnit' | 'title'> {
  const lines = chartLines(rows, request);
  const title = chartTitle(request);
  const { past, metric } = request;
  if (past) {
    const pairs = namedLines(lines, { worst: worstOf(metric), named: Math.max(1, Math.floor(named / 2)) });
    const before = new Map(pastLines(rows, request).map((line) => [line.name, line]));
    const drawn = pairs.flatMap((line) => [line, before.get(`${line.name} ${past.words}`) ?? []].flat());
    const rest = lines.filter((line) => !pairs.includes(line));
    return { lines: [...drawn, ...rest], named: drawn.length, keepOrder: true, title };
  }
  const several = metricsOfOneHost(request, rows);
  return several ?? { lines, named, title };
}

/** Two units have an axis each; of more the first two are drawn. */
function metricsOfOneHost(
  request: MetricsRequest,
  rows: readonly HostMetrics[],
): Pick<ChartRequest, 'lines' | 'named' | 'keepOrder' | 'rightUnit' | 'title'> | undefined {
  const [row] = rows;
  const metrics = [...new Set(request.range.series.map((series) => series.metric))];
  if (rows.length !== 1 || !row || metrics.length < 2 || request.aggregate === 'count') return undefined;
  metrics.sort((a, b) => Number(b === request.metric) - Number(a === request.metric));
  const [left, right] = [...new Set(metrics.map(unitOf))];
  const drawn = metrics.filter((metric) => unitOf(metric) === left || unitOf(metric) === right).slice(0, 6);
  const lines = drawn.map((metric): ChartLine => {
    const one = { ...request, metric };
    const [of] = hostMetrics({ ...one, statistics: request.statisticsOf?.get(metric) });
    return {
      ...(of?.points ?? { timesMs: [], values: [] }),
      name: metric,
      stats: request.statisticsOf ? (of?.stats ?? null) : undefined,
      right: unitOf(metric) !== left,
    };
  });
  const rest = metrics.length - drawn.length;
  const title = `${drawn.join(', ')}${rest > 0 ? ` (${rest} more in other units are not drawn)` : ''}`;
  return { lines, named: lines.length, keepOrder: true, rightUnit: right, title };
}

function pastLines(rows: readonly HostMetrics[], request: MetricsRequest): readonly ChartLine[] {
  const { past, range, latest, hosts, metric } = request;
  if (!past) return [];
  const before = hostMetrics({
    ...{ metric, latest, hosts, range: { ...range, series: past.series }, statistics: past.statistics },
  }).filter((row) => rows.some(({ hostId }) => hostId === row.hostId));
  return chartLines(before, past).map((line) => ({ ...line, name: `${line.name} ${past.words}` }));
}

/** The first that fits, else the last. */
const fitting = (texts: readonly string[], columns: number): string =>
  texts.find((text) => displayWidth(safeText(text)) <= columns) ?? texts.at(-1)!;

/** What was asked for and the resolved range, from the longest to the shortest. */
function titlesOf({ scope, range }: MetricsRequest, screen: Screen): readonly string[] {
  const zone = zoneName(range.stopMs, screen);
  const [start, stop] = [dateTimeText(range.startMs, screen), dateTimeText(range.stopMs, screen)];
  // The date is not repeated.
  const until = stop.slice(0, 10) === start.slice(0, 10) ? stop.slice(11) : stop;
  const step = range.stepMs === undefined ? '' : `, ${formatDuration(range.stepMs)} steps`;
  const short = `${start.slice(5, 16)} to ${until.slice(until.length > 8 ? 5 : 0, -3)}`;
  return [
    `${scope}  ${start} to ${until} ${zone}${step}`,
    `${scope}  ${short} ${zone}${step}`,
    `${scope}  ${short} ${zone}`,
    `${scope}  ${start.slice(11, 16)} to ${stop.slice(11, 16)}`,
    scope,
  ];
}

/** One line per host; for a single host one line per disk, device or interface. */
export function chartLines(
  rows: readonly HostMetrics[],
  { statistics }: Pick<HostMetricsRequest, 'statistics'>,
): readonly (ChartLine & { readonly hostId: string })[] {
  const [only] = rows;
  if (only && rows.length === 1 && only.series.length > 1) {
    return only.series.map((series) => ({
      ...series,
      stats: statistics && (statistics.series(series.hostId, series.labels) ?? null),
      name: Object.values(series.labels).join(' ') || series.metric,
    }));
  }
  return rows.map((row) => ({
    ...row.points,
    hostId: row.hostId,
    name: row.hostId,
    stats: statistics && (row.stats ?? null),
  }));
}

function chartTitle({ metric, aggregate, range, worstHosts }: MetricsRequest): string {
  if (aggregate === 'count') return `${metric}: samples in each ${formatDuration(range.stepMs!)}`;
  const kind = metricKind(metric);
  const seed = seedMetric(metric);
  const of = aggregate === undefined || aggregate === 'mean' ? '' : `, ${aggregate} of each window`;
  const mean = worstHosts === undefined ? '' : ', mean of the hosts';
  return `${metric}${seed === metric ? '' : ` (${seed})`}${kind ? `: ${kind.means}` : ''}${of}${mean}`;
}

const count = (text: string): number => text.split('\n').length - 1;
