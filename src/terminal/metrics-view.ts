// The metrics screen: a table of hosts with their latest values, a sparkline and an age, and a chart of the chosen metric.
import type { LatestAnswer } from '../api/analyze.ts';
import { formatDuration } from '../domain/duration.ts';
import { ExpectedError } from '../domain/errors.ts';
import { formatInstant } from '../domain/instant.ts';
import { metricKind, seedMetric } from '../domain/metric-kinds.ts';
import type { MetricUnit } from '../domain/metric-table.ts';
import { safeText } from '../domain/safe-text.ts';
import { formatUnder, formatValue, titleUnit } from '../domain/units.ts';
import { renderChart, titleLine } from './chart/chart.ts';
import type { Stats } from './chart/points.ts';
import { sparkline } from './chart/sparkline.ts';
import { untilInterrupted } from './errors.ts';
import {
  type HostMetrics,
  type HostMetricsRequest,
  hostMetrics,
  latestObject,
  metricsCsv,
  metricsObject,
  shownMetrics,
  unitOf,
  worstOf,
} from './host-metrics.ts';
import { isLost, stateColor } from './hosts-view.ts';
import {
  type Column,
  type Listing,
  type OutputFormat,
  type RenderOptions,
  renderCsv,
  renderData,
  renderJsonLine,
  renderListing,
} from './output.ts';
import { dateTimeText, relativeTime, zoneName } from './relative-time.ts';
import { type Color, paint, type Screen } from './screen.ts';
import type { Cell } from './table.ts';
import { createLive, type LiveParts } from './watch.ts';

export type MetricsRequest = HostMetricsRequest & {
  /** What was asked for, in words: "location 725", "web-17", "all hosts". */
  readonly scope: string;
};

type MetricsOptions = RenderOptions & {
  /** For --watch: everything fits the window; the table is cut before the chart, worst first unless sorted. */
  readonly fit?: boolean | undefined;
};

const TITLES: Readonly<Record<string, string>> = {
  'cpu.usage': 'CPU',
  'mem.usage': 'MEM',
  'load.1': 'LOAD',
  'disk.usage': 'DISK',
  'net.received': 'NET IN',
  'net.sent': 'NET OUT',
};
/** Eleven lines carry ten equal steps: 0 to 100 % by tens, 0 to 50 by fives. */
const CHART_ROWS = 11;
const LEAST_CHART_ROWS = 5;
/** Lines of a chart besides its rows: title, axis, labels, and the legend with its header. */
const ABOUT_CHART = 6;
const NAMED = 6;
/** As many where a watched screen is low, so that hosts have lines above. */
const NAMED_IN_LOW_WINDOW = 3;
const LOW_WINDOW_ROWS = 30;

/** The screen in any format, with its line end. On a pipe the table alone. */
export function renderMetrics(request: MetricsRequest, options: MetricsOptions): string {
  const { format, screen } = options;
  if (format === 'json' || format === 'yaml') return renderData(metricsObject(request), options);
  if (format === 'csv') return renderCsv(metricsCsv(request.range), options);
  const rows = hostMetrics(request);
  if (format === 'name') return rows.map((row) => `${safeText(row.hostId)}\n`).join('');
  const table = (shown: readonly HostMetrics[], sort: string | undefined) =>
    renderListing(metricsListing(shown, request, screen), { ...options, sort });
  if (!screen.isTTY) return table(rows, options.sort);

  const { metric } = request;
  const title = titleLine(`${request.scope}  ${rangeText(request, screen)}`, screen);
  const warnings = request.range.warnings.concat(request.latest.warnings);
  const notes = [...new Set(warnings)].map((text) => `${paint(screen, 'yellow', safeText(text))}\n`).join('');
  if (rows.length === 0) return `${title}${notes}${table(rows, options.sort)}`;
  const lines = chartLines(rows);
  const named = options.fit && screen.rows < LOW_WINDOW_ROWS ? NAMED_IN_LOW_WINDOW : NAMED;
  const legendRows = Math.min(lines.length, named + 1);
  const chart = (height: number) =>
    titleLine(chartTitle(metric), screen) +
    renderChart({
      lines,
      unit: unitOf(metric),
      startMs: request.range.startMs,
      stopMs: request.range.stopMs,
      stepMs: request.range.stepMs,
      worst: worstOf(metric),
      named,
      height,
      screen,
    });
  if (!options.fit) return `${title}${notes}${table(rows, options.sort)}\n${chart(CHART_ROWS)}`;

  const free = screen.rows - count(title + notes) - 2 - ABOUT_CHART - legendRows;
  // A table that has to be cut leaves the chart a third.
  const wanted = Math.max(free - rows.length, Math.floor(free / 3));
  const height = Math.max(LEAST_CHART_ROWS, Math.min(CHART_ROWS, wanted));
  const tableRows = Math.max(1, free - height);
  if (rows.length <= tableRows) return `${title}${notes}${table(rows, options.sort)}\n${chart(height)}`;
  const sorted = options.sort === undefined ? worstFirst(rows, metric) : rows;
  const whole = table(sorted, options.sort).split('\n');
  const heads = options.noHeaders ? 0 : 1;
  const shown = Math.max(1, tableRows - 1);
  const more = paint(screen, 'dim', `and ${rows.length - shown} more hosts`);
  return `${title}${notes}${whole.slice(0, shown + heads).join('\n')}\n${more}\n\n${chart(height)}`;
}

/** The resolved range, absolute: "2026-03-28 13:00:00 to 14:00:00 UTC+1, 5m steps". */
function rangeText({ range }: Pick<MetricsRequest, 'range'>, screen: Screen): string {
  const start = dateTimeText(range.startMs, screen);
  const stop = dateTimeText(range.stopMs, screen);
  // The date is not repeated.
  const until = stop.slice(0, 10) === start.slice(0, 10) ? stop.slice(11) : stop;
  const step = range.stepMs === undefined ? '' : `, ${formatDuration(range.stepMs)} steps`;
  return `${start} to ${until} ${zoneName(range.stopMs, screen)}${step}`;
}

function metricsListing(
  rows: readonly HostMetrics[],
  { metric, range, latest }: MetricsRequest,
  screen: Screen,
): Listing<HostMetrics> {
  // The width left beside the headline metrics and a name of usual length.
  const trendColumns = screen.isTTY ? Math.max(8, Math.min(30, screen.columns - 70)) : 20;
  const unit = unitOf(metric);
  const keep = worstOf(metric) === 'high' ? 'max' : 'min';
  const trend = (row: HostMetrics, at: Screen) =>
    sparkline(row.points, { ...range, columns: trendColumns, unit, screen: at, keep });
  const stat = (key: Exclude<keyof Stats, 'last'>, drop: number): Column<HostMetrics> => ({
    key,
    title: key.toUpperCase(),
    align: 'right',
    show: 'wide',
    drop,
    value: (row) => row.stats?.[key],
    // Not dimmed for a lost host: statistics describe the range.
    cell: (row, at) => {
      const value = row.stats?.[key];
      return at.isTTY || value === undefined ? formatValue(value, unit) : JSON.stringify(value);
    },
  });
  const columns: readonly Column<HostMetrics>[] = [
    { key: 'host_id', title: 'HOST', min: 20, value: (row) => row.hostId },
    // On a terminal the age column names every state but reporting.
    {
      key: 'state',
      title: 'STATE',
      ...(screen.isTTY ? { show: 'data' as const } : {}),
      value: (row) => row.state,
    },
    ...shownMetrics(metric).map((name, i) => latestColumn(name, name === metric ? 0 : 4 + i)),
    {
      key: 'trend',
      title: screen.isTTY ? trendTitle(metric, range.stopMs - range.startMs) : 'TREND',
      drop: 3,
      value: (row) => trend(row, screen) || undefined,
      cell: (row, at) => {
        const line = trend(row, at);
        return line === '' ? '-' : { text: line, color: isLost(row.state) ? 'gray' : 'cyan' };
      },
    },
    stat('min', 13),
    stat('mean', 12),
    stat('max', 11),
    stat('p95', 14),
    {
      key: 'last_sample_at',
      title: screen.isTTY ? 'AGE' : 'LAST SAMPLE',
      drop: 2,
      value: (row) => (row.lastMs === undefined ? undefined : formatInstant(row.lastMs)),
      cell: (row, at) => ageCell(row, at, latest.nowMs),
    },
  ];
  return { columns, rows, name: (row) => row.hostId, empty: 'No hosts report here.' };
}

function latestColumn(name: string, drop: number): Column<HostMetrics> {
  const unit = unitOf(name);
  return {
    key: name,
    title: titleOf(name) + titleUnit(unit),
    align: 'right',
    ...(drop === 0 ? {} : { drop }),
    value: (row) => row.latest.get(name)?.value,
    cell: (row, screen) => valueCell(row, row.latest.get(name)?.value, { unit, screen }),
  };
}

/** The last value of a lost host is gray, or ends in "?" without colour. On a pipe a plain number. */
function valueCell(
  row: HostMetrics,
  value: number | undefined,
  by: { readonly unit: MetricUnit; readonly screen: Screen },
): Cell {
  if (value === undefined) return '-';
  if (!by.screen.isTTY) return JSON.stringify(value);
  const text = formatUnder(value, by.unit);
  if (!isLost(row.state)) return { text, color: heat(value, by.unit) };
  return { text: by.screen.color ? text : `${text}?`, color: 'gray' };
}

const heat = (value: number, unit: MetricUnit): Color | undefined => {
  if (unit !== 'percent' || value < 75) return undefined;
  return value >= 90 ? 'red' : 'yellow';
};

/** "5s ago", "silent 20m": every state but reporting is named, with or without colour. */
function ageCell(row: HostMetrics, screen: Screen, nowMs: number): Cell {
  if (!screen.isTTY) return row.lastMs === undefined ? '-' : formatInstant(row.lastMs);
  const age = row.lastMs === undefined ? '' : relativeTime(row.lastMs, nowMs);
  if (row.state === 'reporting') return age;
  return { text: `${row.state} ${age.replace(/ ago$/, '')}`.trim(), color: stateColor(row.state) };
}

/** One line per host; for a single host one line per disk, device or interface. */
function chartLines(rows: readonly HostMetrics[]) {
  const [only] = rows;
  if (only && rows.length === 1 && only.series.length > 1) {
    return only.series.map((series) => ({
      ...series,
      name: Object.values(series.labels).join(' ') || series.metric,
    }));
  }
  return rows.map((row) => ({ ...row.points, name: row.hostId }));
}

function worstFirst(rows: readonly HostMetrics[], metric: string): readonly HostMetrics[] {
  const sign = worstOf(metric) === 'high' ? -1 : 1;
  const last = (row: HostMetrics) => row.latest.get(metric)?.value;
  return rows.toSorted((a, b) => {
    const [x, y] = [last(a), last(b)];
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined);
    return sign * (x - y);
  });
}

function chartTitle(metric: string): string {
  const kind = metricKind(metric);
  const seed = seedMetric(metric);
  return `${metric}${seed === metric ? '' : ` (${seed})`}${kind ? `: ${kind.means}` : ''}`;
}

const titleOf = (metric: string): string => TITLES[metric] ?? metric.toUpperCase();

const trendTitle = (metric: string, rangeMs: number): string =>
  `${titleOf(metric)} ${formatDuration(rangeMs)}`;

const count = (text: string): number => text.split('\n').length - 1;

type MetricsWatch = {
  readonly read: () => Promise<MetricsRequest>;
  /** One value whenever samples came in, until the signal. */
  readonly changes: (signal: AbortSignal) => AsyncIterable<LatestAnswer>;
  readonly render: RenderOptions;
  readonly parts: LiveParts;
};

/** USAGE for flags that --watch cannot be combined with. */
export function checkWatch(format: OutputFormat, until: string | undefined): void {
  if (until !== undefined) throw new ExpectedError('USAGE', '--watch always ends now: omit --until');
  if (['table', 'wide', 'json'].includes(format)) return;
  throw new ExpectedError('USAGE', `--watch cannot write ${format}`, {
    hint: 'It takes -o table, -o wide, or --json: one object a line.',
  });
}

/** Ends when the reader leaves (exit 0) or with Ctrl-C (130, as for every command that is interrupted). */
export async function watchMetrics({ read, changes, render, parts }: MetricsWatch): Promise<void> {
  const { writer } = parts;
  const live = createLive(parts);
  const showScreen = async () => {
    const request = await read();
    return live.show((screen) => renderMetrics(request, { ...render, screen, fit: screen.cursor }));
  };
  await untilInterrupted(async (interrupted) => {
    const signal = AbortSignal.any([interrupted, writer.closed]);
    try {
      for await (const latest of changes(signal)) {
        const goesOn =
          render.format === 'json'
            ? await writer.write(renderJsonLine(latestObject(latest)))
            : await showScreen();
        if (!goesOn || signal.aborted) break;
      }
    } finally {
      await live.stop();
    }
  });
}
