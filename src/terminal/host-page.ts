// What hosts show adds to the facts of a host: last values with a trend, alerts and recent events.
import type { AnalyzeService } from '../api/analyze.ts';
import { readAudit } from '../api/audit.ts';
import type { ManageClient } from '../api/manage.ts';
import type { AlertView, WarnClient } from '../api/warn.ts';
import { ExpectedError } from '../domain/errors.ts';
import { formatInstant } from '../domain/instant.ts';
import { unitOf } from '../domain/metric-kinds.ts';
import { safeText } from '../domain/safe-text.ts';
import { REPORTS_WITHIN_MS } from '../domain/tick.ts';
import { formatValue } from '../domain/units.ts';
import { detailText } from './alert-history-view.ts';
import { alertsListing } from './alerts-view.ts';
import { changeText } from './audit-view.ts';
import { sparkline } from './chart/sparkline.ts';
import { globOf } from './host-history.ts';
import { type HostMetrics, hostMetrics, type Reading, shownMetrics, worstOf } from './host-metric-rows.ts';
import { type JsonValue, type Listing, type RenderOptions, renderListing, rowObjects } from './output.ts';
import { dateTimeText } from './relative-time.ts';
import { paint } from './screen.ts';

type MetricRow = {
  readonly metric: string;
  readonly row: HostMetrics;
  readonly reading: Reading | undefined;
};
type Event = { readonly timeMs: number; readonly event: string; readonly detail: string };

export type HostPage = {
  readonly startMs: number;
  readonly stopMs: number;
  /** Undefined if the service does not answer. */
  readonly metrics: readonly MetricRow[] | undefined;
  readonly alerts: readonly AlertView[] | undefined;
  readonly events: readonly Event[] | undefined;
  readonly warnings: readonly string[];
};

const TREND_MS = 3_600_000;
const EVENTS_MS = 7 * 24 * 3_600_000;
const EVENTS = 8;
const TREND_COLUMNS = 30;

export async function readHostPage(
  services: {
    readonly analyze: Pick<AnalyzeService, 'queryLatest' | 'queryRange'>;
    readonly manage: Pick<ManageClient, 'listAudit'>;
    readonly warn: Pick<WarnClient, 'listAlerts' | 'listHistory'>;
  },
  hostId: string,
  nowMs: number,
): Promise<HostPage> {
  const { analyze, manage, warn } = services;
  const warnings: string[] = [];
  /** A part that is not known leaves the others. */
  const part = <T>(read: Promise<T>): Promise<T | undefined> =>
    read.catch((error: unknown) => {
      if (!(error instanceof ExpectedError)) throw error;
      warnings.push(error.message);
      return undefined;
    });
  const startMs = nowMs - TREND_MS;
  const sinceMs = nowMs - EVENTS_MS;
  const [metrics, open, told, changed] = await Promise.all([
    part(readMetrics(analyze, hostId, { startMs, stopMs: nowMs })),
    part(warn.listAlerts({})),
    part(warn.listHistory({ host: globOf(hostId), sinceMs, limit: EVENTS })),
    part(readAudit(manage, { host: hostId, sinceMs, limit: EVENTS })),
  ]);
  const events = [
    ...(told?.entries ?? []).map((entry) => ({
      timeMs: entry.atMs,
      event: [entry.kind, ...new Set(entry.subjects.map(({ rule }) => rule))].slice(0, 2).join(' '),
      detail: detailText(entry),
    })),
    ...(changed?.changes ?? []).map((change) => {
      const entries = change.entries.filter(({ subject }) => subject === hostId);
      return {
        timeMs: change.timeMs,
        event: 'changed',
        detail: `${changeText({ ...change, entries })} by ${change.actor}`,
      };
    }),
  ];
  return {
    ...{ startMs, stopMs: nowMs, metrics, warnings },
    alerts: open?.alerts.filter(({ host }) => host === hostId),
    events: told || changed ? events.sort((a, b) => b.timeMs - a.timeMs).slice(0, EVENTS) : undefined,
  };
}

async function readMetrics(
  analyze: Pick<AnalyzeService, 'queryLatest' | 'queryRange'>,
  hostId: string,
  range: { readonly startMs: number; readonly stopMs: number },
): Promise<readonly MetricRow[]> {
  const names = shownMetrics('cpu.usage');
  const hosts = [hostId];
  const latest = await analyze.queryLatest({
    hosts,
    metrics: names,
    sinceMs: range.stopMs - REPORTS_WITHIN_MS,
  });
  const rows: MetricRow[] = [];
  // One after the other: a question of one host is cheap, and others have theirs.
  for (const metric of names) {
    if (!latest.samples.some((sample) => sample.metric === metric)) continue;
    const answer = await analyze.queryRange({ hosts, metric, ...range });
    const [row] = hostMetrics({ metric, latest, range: answer });
    if (row) rows.push({ metric, row, reading: row.latest.get(metric) });
  }
  return rows;
}

function metricsListing(page: HostPage, rows: readonly MetricRow[]): Listing<MetricRow> {
  const value = (metric: string, number: number | undefined, isTTY: boolean) =>
    number === undefined ? '-' : isTTY ? formatValue(number, unitOf(metric)) : JSON.stringify(number);
  const stat = (key: 'min' | 'mean' | 'max', drop: number) => ({
    key,
    title: key.toUpperCase(),
    align: 'right' as const,
    drop,
    value: ({ row }: MetricRow) => row.stats?.[key],
    cell: ({ metric, row }: MetricRow, { isTTY }: { readonly isTTY: boolean }) =>
      value(metric, row.stats?.[key], isTTY),
  });
  return {
    columns: [
      {
        key: 'metric',
        title: 'METRIC',
        value: ({ metric }) => metric,
        // Of several disks the fullest is shown.
        cell: ({ metric, reading }) => (reading?.label ? `${metric} ${safeText(reading.label)}` : metric),
      },
      {
        key: 'value',
        title: 'LAST',
        align: 'right',
        value: ({ reading }) => reading?.value,
        cell: ({ metric, reading }, { isTTY }) => value(metric, reading?.value, isTTY),
      },
      stat('min', 2),
      stat('mean', 3),
      stat('max', 1),
      {
        key: 'trend',
        title: 'TREND 1h',
        drop: 4,
        unsortable: true,
        value: () => undefined,
        cell: ({ metric, row }, screen) =>
          sparkline(row.points, {
            ...{ startMs: page.startMs, stopMs: page.stopMs, columns: TREND_COLUMNS, screen },
            unit: unitOf(metric),
            keep: worstOf(metric) === 'high' ? 'max' : 'min',
          }) || '-',
      },
    ],
    rows,
    name: ({ metric }) => metric,
    empty: 'No samples within a day.',
  };
}

const eventsListing = (events: readonly Event[]): Listing<Event> => ({
  columns: [
    {
      key: 'time_at',
      title: 'TIME',
      value: ({ timeMs }) => formatInstant(timeMs),
      cell: ({ timeMs }, screen) => (screen.isTTY ? dateTimeText(timeMs, screen) : formatInstant(timeMs)),
    },
    { key: 'event', title: 'EVENT', min: 8, wraps: true, value: ({ event }) => event },
    { key: 'detail', title: 'DETAIL', min: 10, wraps: true, value: ({ detail }) => detail },
  ],
  rows: events,
  name: ({ event }) => event,
  empty: 'No events within 7 days.',
});

/** Tables under the facts. */
export function hostSections(page: HostPage, render: RenderOptions): string {
  const { screen } = render;
  const heading = (text: string) => `\n${paint(screen, 'bold', text)}\n`;
  const table = <Row>(listing: Listing<Row>) => renderListing(listing, { format: 'table', screen });
  const { metrics, alerts, events } = page;
  return [
    metrics && `${heading('Last values')}${table(metricsListing(page, metrics))}`,
    alerts && alerts.length > 0 && `${heading('Alerts')}${table(alertsListing(alerts))}`,
    events && events.length > 0 && `${heading('Last 7 days')}${table(eventsListing(events))}`,
  ]
    .filter(Boolean)
    .join('');
}

/** For --json, beside the facts; null where the service that knows does not answer. */
export function hostPageObject(page: HostPage): { readonly [key: string]: JsonValue } {
  const objects = <Row>(listing: Listing<Row> | undefined): JsonValue =>
    listing ? rowObjects(listing.columns, listing.rows) : null;
  return {
    latest:
      page.metrics?.map(({ metric, row, reading }) => ({
        ...{ metric, value: reading?.value ?? null, label: reading?.label ?? null },
        time_at: reading ? formatInstant(reading.timeMs) : null,
        stats: row.stats ? { ...row.stats } : null,
      })) ?? null,
    alerts: objects(page.alerts && alertsListing(page.alerts)),
    events: objects(page.events && eventsListing(page.events)),
  };
}
