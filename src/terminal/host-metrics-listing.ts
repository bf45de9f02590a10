// The table of metrics: one row a host with its latest values, a trend and the age of its newest sample.
import type { Host } from '../api/manage.ts';
import { formatDuration } from '../domain/duration.ts';
import { isLost } from '../domain/host.ts';
import { formatInstant } from '../domain/instant.ts';
import { unitOf } from '../domain/metric-kinds.ts';
import type { MetricUnit } from '../domain/metric-table.ts';
import { formatUnder, formatValue, titleUnit } from '../domain/units.ts';
import type { Stats } from './chart/points.ts';
import { sparkline, sparkTop } from './chart/sparkline.ts';
import {
  drawnUnit,
  type HostMetrics,
  type HostMetricsRequest,
  shownMetrics,
  worstOf,
} from './host-metric-rows.ts';
import { stateColor } from './hosts-view.ts';
import type { Column, Listing } from './output.ts';
import { relativeTime } from './relative-time.ts';
import type { Color, Screen } from './screen.ts';
import type { Cell } from './table.ts';

export const NO_HOSTS = 'No hosts report here. List all known hosts: minimon hosts list --all';

const TITLES: Readonly<Record<string, string>> = {
  'cpu.usage': 'CPU',
  'mem.usage': 'MEM',
  'load.1': 'LOAD',
  'disk.usage': 'DISK',
  'net.received': 'NET IN',
  'net.sent': 'NET OUT',
};

/** `elapsedMs` passed since the answer came in: ages go on. */
export function metricsListing(
  rows: readonly HostMetrics[],
  request: HostMetricsRequest,
  { screen, elapsedMs = 0 }: { readonly screen: Screen; readonly elapsedMs?: number | undefined },
): Listing<HostMetrics> {
  const { metric, range, latest, worstHosts } = request;
  // The width left beside the headline metrics and a name of usual length.
  const trendColumns = screen.isTTY ? Math.max(8, Math.min(30, screen.columns - 70)) : 20;
  const unit = drawnUnit(request);
  // One scale for all rows, so that heights can be compared.
  const top = rows.reduce((most, row) => Math.max(most, sparkTop(row.points, unit) ?? 0), 0);
  const keep = worstOf(metric) === 'high' ? 'max' : 'min';
  const trend = (row: HostMetrics, at: Screen) =>
    sparkline(row.points, { ...range, columns: trendColumns, unit, top, screen: at, keep });
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
    {
      ...(worstHosts ? { key: 'location', title: 'LOCATION' } : { key: 'host_id', title: 'HOST' }),
      min: 20,
      value: (row) => row.hostId,
    },
    ...(worstHosts ? [worstColumn(worstHosts)] : [locationColumn(rows, request.hosts ?? [])]),
    // On a terminal the age column names every state but reporting.
    {
      key: 'state',
      title: 'STATE',
      ...(screen.isTTY || worstHosts ? { show: 'data' as const } : {}),
      value: (row) => row.state,
    },
    ...(request.shown ?? shownMetrics(metric)).flatMap((name, i) => [
      latestColumn(name, name === metric ? 0 : 4 + i),
      ...(name === metric ? labelColumn(rows, request) : []),
    ]),
    {
      key: 'trend',
      unsortable: true,
      title: screen.isTTY ? trendTitle(request, { columns: trendColumns, unit, top }) : 'TREND',
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
      cell: (row, at) => ageCell(row, at, latest.nowMs + elapsedMs),
    },
  ];
  return { columns, rows, name: (row) => row.hostId, empty: NO_HOSTS };
}

const worstColumn = (worstHosts: ReadonlyMap<string, string>): Column<HostMetrics> => ({
  key: 'worst_host_id',
  title: 'WORST',
  min: 8,
  drop: 5,
  value: (row) => worstHosts.get(row.hostId),
});

/** Of hosts of one location it says nothing new. */
function locationColumn(rows: readonly HostMetrics[], hosts: readonly Host[]): Column<HostMetrics> {
  const locations = new Map(hosts.map(({ hostId, location }) => [hostId, location]));
  const differ = new Set(rows.map(({ hostId }) => locations.get(hostId))).size > 1;
  return {
    key: 'location',
    title: 'LOCATION',
    ...(differ ? {} : { show: 'wide' as const }),
    min: 8,
    drop: differ ? 8 : 15,
    value: (row) => locations.get(row.hostId),
  };
}

/** Which disk, device or sensor the value of the chosen metric is of, the worst of several: MOUNT, DEVICE. */
function labelColumn(
  rows: readonly HostMetrics[],
  { metric, latest }: HostMetricsRequest,
): readonly Column<HostMetrics>[] {
  const labelOf = (row: HostMetrics) => row.latest.get(metric)?.label;
  if (!rows.some((row) => labelOf(row) !== undefined)) return [];
  const labels = latest.samples.flatMap((sample) =>
    sample.metric === metric ? Object.keys(sample.labels) : [],
  );
  const key = [...new Set(labels)].join(' ');
  return [{ key, title: key.toUpperCase(), min: 6, drop: 1, value: labelOf }];
}

/** With the scale where it fits; that shares go to 100 % needs no word where it does not. */
function trendTitle(
  { metric, range }: HostMetricsRequest,
  by: { readonly columns: number; readonly unit: MetricUnit; readonly top: number },
): string {
  const title = `${titleOf(metric)} ${formatDuration(range.stopMs - range.startMs)}`;
  const isShare = by.unit === 'percent' && by.top <= 100;
  const scaled = `${title} ${isShare ? '0-100%' : `0-${formatUnder(by.top, by.unit).replace(' ', '')}`}`;
  return isShare && scaled.length > by.columns ? title : scaled;
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

export const heat = (value: number, unit: MetricUnit): Color | undefined => {
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

export const titleOf = (metric: string): string => TITLES[metric] ?? metric.toUpperCase();
