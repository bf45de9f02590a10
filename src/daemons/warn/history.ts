// The history of alerts: records events of alerts and their messages, stored together with the resulting states, and
// queries it.
import type { HistoryView, WarnService } from '../../api/warn.ts';
import type { AlertHistory, StoredHistoryEntry } from '../../catalog/alert-history.ts';
import { type AlertState, type Change, labelsOf, type Subject } from '../../domain/alerting/alert.ts';
import type { Silence } from '../../domain/alerting/configuration.ts';
import type { HistoryEntry } from '../../domain/alerting/history.ts';
import { messageOf } from '../../domain/errors.ts';
import { globFits } from '../../domain/expression/matcher.ts';
import { pageCursor, pageLimit, parsePageCursor } from '../../domain/page-cursor.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createThrottle, type Logger } from '../../runtime/logging.ts';
import type { Delivery } from './notification/notifier.ts';

export type HistoryParts = {
  readonly records: AlertHistory;
  readonly stateOf: (id: string) => AlertState | undefined;
  /** Alerts that fire under a silence. */
  readonly silenced: () => Iterable<readonly [alert: AlertState, silence: Silence]>;
  readonly clock: Clock;
  readonly logger: Logger;
};

export type Waiting = { readonly entries: readonly HistoryEntry[]; readonly stored: () => void };

/** Limit while the catalog is down; older entries are dropped, and logged. */
const MAX_WAITING = 20_000;
const MAX_SUBJECTS = 100;
const PRUNE_EVERY_MS = 3_600_000;
/** Entries that one call looks through for those that fit. */
const MAX_SCANNED = 20_000;
const ROWS_A_READ = 2_000;

export function createHistory(parts: HistoryParts) {
  const { records, clock, logger } = parts;
  const mayLog = createThrottle(clock.monotonicMs);
  let waiting: HistoryEntry[] = [];
  /** Firing alerts under a silence, by id: which. Undefined until it is known how things stood at the start. */
  let silenced: Map<string, string> | undefined;
  let prunedMs = Number.NEGATIVE_INFINITY;
  /** A clock that is set while this process runs makes nothing older. */
  const wallMs = clock.nowMs() - clock.monotonicMs();
  const pruningMs = (): number => Math.min(clock.nowMs(), wallMs + clock.monotonicMs());

  function note(entry: HistoryEntry): void {
    waiting.push(entry);
    if (waiting.length <= MAX_WAITING) return;
    if (mayLog('dropped')) logger.warn('dropping alert history: the catalog does not accept writes');
    waiting = waiting.slice(-MAX_WAITING);
  }

  function lookAtSilences(): void {
    const before = silenced;
    const now = new Map<string, string>();
    const atMs = clock.nowMs();
    for (const [alert, { id, author, reason }] of parts.silenced()) {
      now.set(alert.id, id);
      if (before === undefined || before.get(alert.id) === id) continue;
      note({ ...about(alert), atMs, kind: 'silenced', silence: id, by: author, text: reason });
    }
    for (const [id, silence] of before ?? []) {
      const alert = now.has(id) ? undefined : parts.stateOf(id);
      if (alert?.state === 'firing') note({ ...about(alert), atMs, kind: 'unsilenced', silence });
    }
    silenced = now;
  }

  /** What is to be stored, in order; `stored` once it is. */
  function take(): Waiting {
    const entries = waiting.slice();
    return {
      entries,
      stored: () => {
        const done = new Set(entries);
        waiting = waiting.filter((entry) => !done.has(entry));
      },
    };
  }

  return {
    note,
    /** A change that notifies, or would if it were not silenced. */
    change({ kind, alert, atMs, reason, previousSeverity }: Change): void {
      if (kind === 'pending' || kind === 'dropped') return;
      const value = alert.values[0];
      note({
        ...about(alert),
        ...{ atMs, kind, severity: alert.severity, sinceMs: alert.sinceMs, expression: alert.expression },
        ...(value !== undefined && Number.isFinite(value) && { value }),
        ...(kind === 'level' && previousSeverity !== undefined && { previousSeverity }),
        ...(reason !== undefined && { reason }),
      });
    },
    delivery({ kind, atMs, receiver, recipient, group, reason, id, alerts, text }: Delivery): void {
      note({
        ...{ atMs, kind, count: alerts.length },
        ...(group !== '' && { location: group }),
        subjects: alerts
          .slice(0, MAX_SUBJECTS)
          .map(({ rule, host }) => ({ rule, ...(host !== undefined && { host }) })),
        message: { id, receiver, recipient, reason },
        ...(text !== '' && { text }),
      });
    },
    take,
    /** About once a second. Never rejects. `isTelling`: what waits is stored with the states. */
    async step(isTelling: boolean): Promise<void> {
      try {
        if (isTelling) lookAtSilences();
        else if (waiting.length > 0) {
          const { entries, stored } = take();
          await records.append(entries);
          stored();
        }
        if (!isTelling || clock.monotonicMs() - prunedMs < PRUNE_EVERY_MS) return;
        prunedMs = clock.monotonicMs();
        await records.prune(pruningMs());
      } catch (error) {
        if (mayLog('history')) logger.warn(`alert history cannot be stored: ${messageOf(error)}`);
      }
    },

    listHistory: (request: Parameters<WarnService['listHistory']>[0]) => findEntries(records, request),
  };
}

/** The newest that fit, page by page. */
async function findEntries(
  records: Pick<AlertHistory, 'list'>,
  { rule, host, location, sinceMs, untilMs, limit, cursor }: Parameters<WarnService['listHistory']>[0],
): ReturnType<WarnService['listHistory']> {
  const wanted = pageLimit(limit);
  const found: StoredHistoryEntry[] = [];
  const last = parsePageCursor('history', cursor);
  let beforeId = last === undefined ? undefined : Number(last);
  for (let scanned = 0; scanned < MAX_SCANNED; scanned += ROWS_A_READ) {
    const rows = await records.list({
      limit: ROWS_A_READ,
      ...(beforeId !== undefined && { beforeId }),
      ...(sinceMs !== undefined && { sinceMs }),
      ...(untilMs !== undefined && { untilMs }),
    });
    for (const row of rows) {
      beforeId = row.id;
      if (!fits(row, { rule, host, location })) continue;
      found.push(row);
      if (found.length === wanted) break;
    }
    if (found.length === wanted) break;
    if (rows.length < ROWS_A_READ) return { entries: found.map(viewOf) };
  }
  return { entries: found.map(viewOf), nextCursor: pageCursor('history', String(beforeId)) };
}

/** What an entry about one alert says of it. */
export function about({ rule, subject }: Pick<AlertState, 'rule' | 'subject'>) {
  const location = locationOf(subject);
  const labels = labelsOf(subject);
  return {
    ...(location !== undefined && { location }),
    subjects: [
      {
        rule,
        ...(subject.kind === 'host' && { host: subject.host }),
        ...(Object.keys(labels).length > 0 && { labels }),
      },
    ],
    count: 1,
  };
}

const locationOf = (subject: Subject): string | undefined =>
  'location' in subject ? subject.location : undefined;

type Filter = Pick<Parameters<WarnService['listHistory']>[0], 'rule' | 'host' | 'location'>;

function fits(
  { location, subjects }: HistoryEntry,
  filter: { [K in keyof Filter]: string | undefined },
): boolean {
  if (filter.location !== undefined && !globFits(filter.location, location ?? '')) return false;
  if (filter.rule === undefined && filter.host === undefined) return true;
  return subjects.some(
    ({ rule, host }) =>
      (filter.rule === undefined || globFits(filter.rule, rule)) &&
      (filter.host === undefined || (host !== undefined && globFits(filter.host, host))),
  );
}

const viewOf = ({ id: _, ...entry }: StoredHistoryEntry): HistoryView => entry;
