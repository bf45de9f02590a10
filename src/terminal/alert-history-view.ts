// The history of alerts as a list: time, event, alert and details.
import type { HistoryView } from '../api/warn.ts';
import type { HistoryKind } from '../domain/alerting/history.ts';
import { roughDuration } from '../domain/duration.ts';
import { formatInstant } from '../domain/instant.ts';
import { alertValue } from './alerts-view.ts';
import type { Column, JsonValue, Listing } from './output.ts';
import { dateTimeText } from './relative-time.ts';
import type { Color } from './screen.ts';

const COLORS: Partial<Readonly<Record<HistoryKind, Color>>> = {
  firing: 'red',
  level: 'yellow',
  resolved: 'green',
  retry: 'yellow',
  refused: 'red',
  unknown: 'yellow',
};

/** Display names of the outcomes of undelivered messages. */
const EVENTS: Partial<Readonly<Record<HistoryKind, string>>> = {
  level: 'severity',
  retry: 'not sent',
  unknown: 'no answer',
};

const subjectsText = (
  { subjects, count }: HistoryView,
  of: (subject: HistoryView['subjects'][number]) => string | undefined,
) => {
  const names = [...new Set(subjects.map(of))].filter((name) => name !== undefined);
  if (names.length === 0) return undefined;
  const more = Math.max(names.length, names.length === 1 ? 1 : count) - 1;
  return more === 0 ? names[0]! : `${names[0]} +${more}`;
};

/** Of several alerts the names are only in `subjects`. */
const single = (
  { subjects, count }: HistoryView,
  of: (subject: HistoryView['subjects'][number]) => string | undefined,
) => {
  const names = new Set(subjects.map(of));
  return names.size === 1 && (count <= subjects.length || names.has(undefined)) ? [...names][0] : undefined;
};

const labelsOf = ({ subjects, message }: HistoryView) =>
  message === undefined ? subjects[0]?.labels : undefined;

/** Details that have no column. */
export function detailText(entry: HistoryView): string {
  const {
    kind,
    message,
    text,
    by,
    silence,
    reason,
    previousSeverity,
    severity,
    value,
    atMs,
    sinceMs,
    expression,
  } = entry;
  if (message !== undefined) {
    const to = message.recipient === '' ? message.receiver : `${message.receiver} (${message.recipient})`;
    const what = message.reason === 'test' ? 'a test' : message.reason.replaceAll('_', ' ');
    return `${what} to ${to}${text === undefined ? '' : `: ${text}`}`;
  }
  switch (kind) {
    case 'firing':
      return value === undefined ? '' : `at ${alertValue(value, expression)}`;
    case 'level':
      return `${previousSeverity} -> ${severity}`;
    case 'resolved':
      return sinceMs === undefined ? '' : `after ${roughDuration(Math.max(0, atMs - sinceMs))}`;
    case 'ended':
      return reason ?? '';
    case 'silenced':
      return `by ${by}, silence ${silence}: ${text}`;
    case 'unsilenced':
      return `silence ${silence} ended`;
    default:
      return `by ${by}${text === undefined ? '' : `: ${text}`}`;
  }
}

const COLUMNS: readonly Column<HistoryView>[] = [
  {
    key: 'at',
    title: 'TIME',
    value: ({ atMs }) => formatInstant(atMs),
    cell: ({ atMs }, screen) => (screen.isTTY ? dateTimeText(atMs, screen) : formatInstant(atMs)),
  },
  {
    key: 'kind',
    title: 'EVENT',
    value: ({ kind }) => kind,
    cell: ({ kind }) => ({ text: EVENTS[kind] ?? kind, color: COLORS[kind] }),
  },
  { key: 'severity', title: 'SEVERITY', drop: 2, value: ({ severity }) => severity },
  {
    key: 'rule',
    title: 'RULE',
    min: 8,
    value: (entry) => single(entry, ({ rule }) => rule),
    cell: (entry) => subjectsText(entry, ({ rule }) => rule) ?? '-',
  },
  { key: 'location', title: 'LOCATION', value: ({ location }) => location },
  {
    key: 'host',
    title: 'HOST',
    min: 8,
    value: (entry) => single(entry, ({ host }) => host),
    cell: (entry) => subjectsText(entry, ({ host }) => host) ?? '-',
  },
  { key: 'labels', title: 'LABELS', drop: 1, value: labelsOf },
  { key: 'detail', title: 'DETAIL', min: 16, value: detailText },
  { key: 'count', title: 'COUNT', show: 'data', value: ({ count }) => count },
  {
    key: 'subjects',
    title: 'SUBJECTS',
    show: 'data',
    value: ({ subjects }) => subjects as unknown as JsonValue,
  },
  { key: 'value', title: 'VALUE', show: 'data', value: ({ value }) => value },
  { key: 'reason', title: 'REASON', show: 'data', value: ({ reason, message }) => reason ?? message?.reason },
  { key: 'by', title: 'BY', show: 'data', value: ({ by }) => by },
  { key: 'silence', title: 'SILENCE', show: 'data', value: ({ silence }) => silence },
  { key: 'receiver', title: 'RECEIVER', show: 'data', value: ({ message }) => message?.receiver },
  {
    key: 'recipient',
    title: 'RECIPIENT',
    show: 'data',
    value: ({ message }) => message?.recipient || undefined,
  },
  { key: 'message_id', title: 'MESSAGE', show: 'data', value: ({ message }) => message?.id },
  { key: 'text', title: 'TEXT', show: 'data', value: ({ text }) => text },
];

export const historyListing = (entries: readonly HistoryView[]): Listing<HistoryView> => ({
  columns: COLUMNS,
  rows: entries,
  name: ({ atMs, kind }) => `${formatInstant(atMs)} ${kind}`,
  empty: 'No events in this time. Look further back with --since 30d, or list the rules: minimon alerts list',
});
