// The audit log as lists: one line per change, or for one host one line per entry.
import type { AuditedChange } from '../api/inventory-changes.ts';
import { counted } from '../domain/counting.ts';
import { formatInstant } from '../domain/instant.ts';
import { safeText } from '../domain/safe-text.ts';
import type { Column, JsonValue, Listing } from './output.ts';
import { dateTimeText } from './relative-time.ts';
import type { Screen } from './screen.ts';

type Entry = AuditedChange['entries'][number];

const timeText = (ms: number, screen: Screen): string =>
  screen.isTTY ? dateTimeText(ms, screen) : formatInstant(ms);

/** Columns that a change and an entry of it have alike. */
const about = <Row>(changeOf: (row: Row) => AuditedChange) => ({
  id: {
    key: 'id',
    title: 'ID',
    align: 'right',
    value: (row) => changeOf(row).id,
  } satisfies Column<Row>,
  time: {
    key: 'time_at',
    title: 'TIME',
    value: (row) => formatInstant(changeOf(row).timeMs),
    cell: (row, screen) => timeText(changeOf(row).timeMs, screen),
  } satisfies Column<Row>,
  actor: {
    key: 'actor',
    title: 'BY',
    min: 4,
    drop: 1,
    value: (row) => changeOf(row).actor,
  } satisfies Column<Row>,
  address: {
    key: 'address',
    title: 'FROM ADDRESS',
    show: 'wide',
    drop: 4,
    value: (row) => changeOf(row).address,
  } satisfies Column<Row>,
  undoes: {
    key: 'undoes',
    title: 'UNDOES',
    show: 'data',
    value: (row) => changeOf(row).undoes,
  } satisfies Column<Row>,
});

/** "host.move web-1: 725 to 726"; of many: "host.move 84 hosts: web-1, web-2 ..." and where they went, if all went there. */
export function changeText({ entries, undoes }: AuditedChange): string {
  const [first, ...rest] = entries;
  const undo = undoes === undefined ? '' : `, undoes ${undoes}`;
  if (!first) return `nothing${undo}`;
  if (rest.length === 0) return `${first.action} ${entryText(first)}${undo}`;
  // Renaming or removing a location also changes its hosts.
  if (first.action.startsWith('location.')) {
    const hosts = counted(rest.length, 'host');
    return `${first.action} ${entryText(first)}, with ${hosts}${undo}`;
  }
  const kinds = Map.groupBy(entries, ({ action }) => action);
  const parts = [...kinds].map(([action, some]) => {
    const after = new Set(some.map((entry) => entry.after));
    const to = after.size === 1 && some[0]!.after !== undefined ? ` to ${safeText(some[0]!.after)}` : '';
    const more = some.length > 2 ? ' ...' : '';
    const names = some.slice(0, 2).map(({ subject }) => safeText(subject));
    return `${action} ${some.length}${to}: ${names.join(', ')}${more}`;
  });
  return `${parts.join('; ')}${undo}`;
}

function entryText(entry: Entry): string {
  const { action, subject, before, after, detail } = entry;
  const parts = Object.entries(detail).flatMap(([name, value]) => (value === '' ? [] : `${name}=${value}`));
  const hasValues = before !== undefined || after !== undefined;
  const isHost = action.startsWith('host.');
  const none = isHost ? 'no location' : '-';
  // Equal values are not shown; a missing `after` means removed.
  const values =
    !hasValues || before === after
      ? ''
      : after === undefined && !isHost
        ? `: was ${safeText(before!)}`
        : `: ${safeText(before ?? none)} to ${safeText(after ?? none)}`;
  const more = parts.length > 0 ? ` (${safeText(parts.join(', '))})` : '';
  return `${safeText(subject)}${valuesOf(entry) ?? values}${more}`;
}

/** Omits what is implied: an added host had no location before. */
function valuesOf({ action, subject, before, after }: Entry): string | undefined {
  // For a location the value is its name.
  if (before === subject) return after === undefined ? '' : ` to ${safeText(after)}`;
  if (/\.(remove|unassign)$/.test(action)) return before === undefined ? '' : `: was ${safeText(before)}`;
  if (action.endsWith('.add')) return after === undefined ? '' : `: ${safeText(after)}`;
  return undefined;
}

const entryObject = ({ action, subject, before, after, detail }: Entry): JsonValue => ({
  action,
  subject,
  before: before ?? null,
  after: after ?? null,
  detail,
});

export function auditListing(changes: readonly AuditedChange[]): Listing<AuditedChange> {
  const { id, time, actor, address, undoes } = about<AuditedChange>((change) => change);
  return {
    columns: [
      id,
      time,
      actor,
      address,
      { key: 'change', title: 'CHANGE', min: 20, value: changeText },
      undoes,
      {
        key: 'entries',
        title: 'ENTRIES',
        show: 'data',
        value: ({ entries }) => entries.map(entryObject),
      },
    ],
    rows: changes,
    name: (change) => String(change.id),
    empty: 'No changes.',
  };
}
