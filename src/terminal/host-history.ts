// The history of one host, newest first: changes, silent periods and alerts.
import type { AnalyzeService } from '../api/analyze.ts';
import { readAudit } from '../api/audit.ts';
import type { AuditedChange } from '../api/inventory-changes.ts';
import type { ManageClient } from '../api/manage.ts';
import type { HistoryView, WarnClient } from '../api/warn.ts';
import { roughDuration } from '../domain/duration.ts';
import { ExpectedError } from '../domain/errors.ts';
import { silentAfterMs } from '../domain/host.ts';
import { formatInstant } from '../domain/instant.ts';
import { USUAL_INTERVAL_MS } from '../domain/tick.ts';
import { detailText } from './alert-history-view.ts';
import type { Column, Listing } from './output.ts';
import { dateTimeText } from './relative-time.ts';
import { readSamples } from './sample-statistics.ts';

type Services = {
  readonly analyze: Pick<AnalyzeService, 'queryLatest' | 'queryRange'>;
  readonly manage: Pick<ManageClient, 'listAudit' | 'getHost'>;
  readonly warn: Pick<WarnClient, 'listHistory'>;
};

type HistoryRow = {
  readonly timeMs: number;
  /** As in the audit log; `state` and `alert.firing` beside it. */
  readonly action: string;
  readonly before?: string | undefined;
  readonly after?: string | undefined;
  readonly detail?: string | undefined;
  /** Of what somebody changed. */
  readonly change?: AuditedChange | undefined;
};

export type HostHistory = {
  readonly rows: readonly HistoryRow[];
  readonly more: boolean;
  readonly warnings: readonly string[];
};

/** Nearly every host has it. */
const USUAL_METRIC = 'cpu.usage';
/** States and alerts go back as far without --since. */
const STATES_MS = 7 * 24 * 3_600_000;
const ALERT_KINDS: ReadonlySet<HistoryView['kind']> = new Set(['firing', 'resolved', 'ended']);

/** HOST_UNKNOWN where nothing is known of it, with the nearest name. */
export async function readHostHistory(
  services: Services,
  asked: {
    readonly hostId: string;
    readonly sinceMs: number | undefined;
    readonly limit: number;
    readonly nowMs: number;
  },
): Promise<HostHistory> {
  const { manage, warn } = services;
  const { hostId, sinceMs, limit, nowMs } = asked;
  const warnings: string[] = [];
  /** If one service is down, the events of the others are still shown. */
  const part = <T>(read: Promise<T>): Promise<T | undefined> =>
    read.catch((error: unknown) => {
      if (!(error instanceof ExpectedError)) throw error;
      if (error.kind !== 'not_found') warnings.push(error.message);
      return undefined;
    });
  const range = { startMs: sinceMs ?? nowMs - STATES_MS, stopMs: nowMs };
  const [{ changes, more }, told, states] = await Promise.all([
    readAudit(manage, { host: hostId, limit, ...(sinceMs !== undefined && { sinceMs }) }),
    part(warn.listHistory({ host: globOf(hostId), sinceMs: range.startMs, limit })),
    part(readStates(services, hostId, range)),
  ]);
  const rows = [
    ...changes.flatMap(changeRows(hostId)),
    ...(told?.entries ?? []).flatMap(alertRow),
    ...(states ?? []),
  ].sort((a, b) => b.timeMs - a.timeMs);
  // A removed host has a history; for an unknown id the error suggests the nearest.
  if (rows.length === 0) await manage.getHost(hostId);
  const isCut = more || told?.nextCursor !== undefined || rows.length > limit;
  return { rows: rows.slice(0, limit), more: isCut, warnings };
}

/** Escapes glob characters of an id with brackets. */
export const globOf = (hostId: string): string => hostId.replace(/[*?[]/g, '[$&]');

const changeRows =
  (hostId: string) =>
  (change: AuditedChange): readonly HistoryRow[] =>
    change.entries
      .filter(({ action, subject }) => action.startsWith('host.') && subject === hostId)
      .map(({ action, before, after }) => ({ timeMs: change.timeMs, action, before, after, change }));

function alertRow(entry: HistoryView): readonly HistoryRow[] {
  if (!ALERT_KINDS.has(entry.kind) || entry.message !== undefined) return [];
  const rule = entry.subjects[0]?.rule;
  return [{ timeMs: entry.atMs, action: `alert.${entry.kind}`, after: rule, detail: detailText(entry) }];
}

/** From the gaps between its samples, so that what an agent kept and sent later is none. */
async function readStates(
  { analyze, manage }: Services,
  hostId: string,
  range: { readonly startMs: number; readonly stopMs: number },
): Promise<readonly HistoryRow[]> {
  const hosts = [hostId];
  const [{ samples, nowMs }, host] = await Promise.all([
    analyze.queryLatest({ hosts, sinceMs: range.startMs }),
    manage.getHost(hostId).catch((error: unknown) => {
      if (error instanceof ExpectedError && error.kind === 'not_found') return undefined;
      throw error;
    }),
  ]);
  const one = samples.find(({ metric }) => metric === USUAL_METRIC) ?? samples[0];
  // Of a host whose scrapes fail all series ended; it had them before.
  const metric = one?.metric ?? USUAL_METRIC;
  const afterMs = silentAfterMs(host?.intervalMs ?? USUAL_INTERVAL_MS);
  const timesOf = async (asked: typeof range): Promise<number[]> => {
    const series = await readSamples(analyze, { metric, hosts, ...asked });
    return [...new Set(series.flatMap(({ timesMs }) => timesMs))].sort((a, b) => a - b);
  };
  const timesMs = await timesOf(range);
  const { startMs } = range;
  // It was silent when the range began; its return is inside the range.
  if ((timesMs[0] ?? 0) - startMs > afterMs && (host?.firstSeenMs ?? startMs) < startMs)
    timesMs.unshift(...(await timesOf({ startMs: startMs - STATES_MS, stopMs: startMs })).slice(-1));
  // By analyze's clock where this machine's is ahead.
  const rows = stateRows(timesMs, { afterMs, stopMs: Math.min(range.stopMs, nowMs) });
  return rows.filter(({ timeMs }) => timeMs >= startMs);
}

function stateRows(
  timesMs: readonly number[],
  { afterMs, stopMs }: { readonly afterMs: number; readonly stopMs: number },
): readonly HistoryRow[] {
  return timesMs.flatMap((timeMs, i): readonly HistoryRow[] => {
    const next = timesMs[i + 1];
    if ((next ?? stopMs) - timeMs <= afterMs) return [];
    const silent = { timeMs: timeMs + afterMs, action: 'state', before: 'reporting', after: 'silent' };
    if (next === undefined) return [silent];
    const detail = `after ${roughDuration(next - timeMs)}`;
    return [silent, { timeMs: next, action: 'state', before: 'silent', after: 'reporting', detail }];
  });
}

export function historyListing(rows: readonly HistoryRow[]): Listing<HistoryRow> {
  const hasDetails = rows.some(({ detail }) => detail !== undefined && detail !== '');
  const columns: readonly Column<HistoryRow>[] = [
    { key: 'id', title: 'ID', align: 'right', value: ({ change }) => change?.id },
    {
      key: 'time_at',
      title: 'TIME',
      value: ({ timeMs }) => formatInstant(timeMs),
      cell: ({ timeMs }, screen) => (screen.isTTY ? dateTimeText(timeMs, screen) : formatInstant(timeMs)),
    },
    { key: 'action', title: 'CHANGE', value: ({ action }) => action },
    { key: 'before', title: 'BEFORE', min: 6, value: ({ before }) => before },
    { key: 'after', title: 'AFTER', min: 6, value: ({ after }) => after },
    {
      key: 'detail',
      title: 'DETAIL',
      min: 8,
      drop: 2,
      ...(hasDetails ? {} : { show: 'data' as const }),
      value: ({ detail }) => detail || undefined,
    },
    { key: 'actor', title: 'BY', min: 4, drop: 1, value: ({ change }) => change?.actor },
    {
      key: 'address',
      title: 'FROM ADDRESS',
      show: 'wide',
      drop: 4,
      value: ({ change }) => change?.address,
    },
    {
      key: 'hosts',
      title: 'HOSTS',
      align: 'right',
      drop: 3,
      value: ({ change }) => change?.entries.filter((entry) => entry.action.startsWith('host.')).length,
    },
    { key: 'undoes', title: 'UNDOES', show: 'data', value: ({ change }) => change?.undoes },
  ];
  return {
    columns,
    rows,
    name: ({ change, timeMs, action }) => (change ? String(change.id) : `${formatInstant(timeMs)} ${action}`),
    empty: 'No events of this host.',
  };
}
