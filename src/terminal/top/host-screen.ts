// One host in `top`: details, alerts, and a chart of each metric, side by side in a wide window.
import type { RangeAnswer } from '../../api/analyze.ts';
import { roughDuration } from '../../domain/duration.ts';
import { isLost } from '../../domain/host.ts';
import { metricKind, unitOf } from '../../domain/metric-kinds.ts';
import { safeText } from '../../domain/safe-text.ts';
import { formatValue } from '../../domain/units.ts';
import { severityColor } from '../alerts-view.ts';
import { renderChart } from '../chart/chart.ts';
import { statsOf } from '../chart/points.ts';
import { combine, worstOf } from '../host-metric-rows.ts';
import { stateColor } from '../hosts-view.ts';
import { relativeTime } from '../relative-time.ts';
import { type Color, paint, type Screen } from '../screen.ts';
import { padStyled, wrap } from '../text.ts';
import type { FleetHost } from './fleet.ts';

/** Raw points of each metric over the last hour. */
export type HostRanges = { readonly hostId: string; readonly ranges: ReadonlyMap<string, RangeAnswer> };

const CHART_COLUMNS = 76;
const GAP = '  ';

/** All of it; the caller shows as many lines as fit, from where somebody has scrolled to. */
export function hostLines(
  row: FleetHost,
  {
    ranges,
    screen,
    nowMs,
  }: { readonly ranges: HostRanges | undefined; readonly screen: Screen; readonly nowMs: number },
): readonly string[] {
  return [...factLines(row, screen, nowMs), '', ...chartLines(row, { of: ranges, screen, nowMs })];
}

function factLines(row: FleetHost, screen: Screen, nowMs: number): readonly string[] {
  const { host, alerts } = row;
  const age = row.lastMs === undefined ? 'never seen' : `last sample ${relativeTime(row.lastMs, nowMs)}`;
  const parts = [
    row.state,
    age,
    row.location === undefined ? 'no location' : `location ${row.location}`,
    ...(host?.intervalMs === undefined ? [] : [`every ${roughDuration(host.intervalMs)}`]),
    ...['address', 'os', 'cpus'].flatMap((name) => {
      const value = host?.facts[name];
      return value === undefined ? [] : [name === 'cpus' ? `${value} CPUs` : value];
    }),
  ];
  // Whole, whatever the window: lines are wrapped before they are painted.
  const lines = (text: string, color: Color): readonly string[] =>
    wrap(safeText(text), screen.columns).map((line) => paint(screen, color, line));
  const [first = '', ...rest] = wrap(safeText(parts.join(', ')), screen.columns);
  const state = paint(screen, stateColor(row.state), row.state);
  return [
    `${state}${first.slice(row.state.length)}`,
    ...rest,
    ...(host?.note === undefined ? [] : lines(host.note, 'yellow')),
    ...alerts.flatMap((alert) => {
      const since = relativeTime(alert.sinceMs, nowMs);
      const text = `${alert.severity}: ${alert.rule}, since ${since} (${alert.expression})`;
      return lines(text, severityColor(alert.severity));
    }),
  ];
}

function chartLines(
  row: FleetHost,
  {
    of,
    screen,
    nowMs,
  }: { readonly of: HostRanges | undefined; readonly screen: Screen; readonly nowMs: number },
): readonly string[] {
  if (of?.hostId !== row.hostId) return ['reading ...'];
  const across = Math.max(1, Math.floor((screen.columns + GAP.length) / (CHART_COLUMNS + GAP.length)));
  const columns = Math.floor((screen.columns - GAP.length * (across - 1)) / across);
  const height = screen.rows >= 40 ? 9 : 6;
  const charts = [...of.ranges]
    .filter(([, range]) => range.series.length > 0)
    .map(([metric, range]) => chart(metric, range, { row, screen: { ...screen, columns }, height, nowMs }));
  if (charts.length === 0) return ['No samples in the last hour.'];
  const lines: string[] = [];
  for (let i = 0; i < charts.length; i += across) {
    const beside = charts.slice(i, i + across);
    const rows = Math.max(...beside.map((one) => one.length));
    for (let r = 0; r < rows; r++) {
      lines.push(
        beside
          .map((one) => padStyled(one[r] ?? '', columns))
          .join(GAP)
          .trimEnd(),
      );
    }
    lines.push('');
  }
  return lines;
}

/** The numbers stand in the title: a legend for each would take the room of a chart. */
function chart(
  metric: string,
  range: RangeAnswer,
  {
    row,
    screen,
    height,
    nowMs,
  }: {
    readonly row: FleetHost;
    readonly screen: Screen;
    readonly height: number;
    readonly nowMs: number;
  },
): readonly string[] {
  const unit = unitOf(metric);
  const points = combine(metric, range.series, row.host?.facts);
  const stats = statsOf(points);
  const isOld = isLost(row.state);
  const value = (number: number) => formatValue(number, unit);
  const several = range.series.length;
  const adds = metricKind(metric)?.kind === 'rate';
  const of = several > 1 ? ` (${adds ? 'sum' : 'worst'} of ${several})` : '';
  const numbers = stats
    ? `  ${isOld ? 'last' : 'now'} ${value(stats.last)}${isOld ? ` (${relativeTime(row.lastMs ?? nowMs, nowMs)})` : ''}, min ${value(stats.min)}, mean ${value(stats.mean)}, max ${value(stats.max)}`
    : '';
  const text = renderChart({
    lines: [{ ...points, name: metric }],
    ...{ unit, startMs: range.startMs, stopMs: range.stopMs, height, screen, legend: false },
    worst: worstOf(metric),
    title: `${metric}${of}${numbers}`,
    fromZero: true,
  });
  return text.replace(/\n$/, '').split('\n');
}
