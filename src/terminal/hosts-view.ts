// What the hosts commands show: lists, one host, and how a host's state looks.
import type { Host, UnmanagedHost } from '../api/manage.ts';
import { counted } from '../domain/counting.ts';
import { roughDuration } from '../domain/duration.ts';
import { withShortMachineIds } from '../domain/enrolment.ts';
import { HOST_STATES, type HostState, stateRank } from '../domain/host.ts';
import { formatValue } from '../domain/units.ts';
import { type Column, type JsonValue, type Listing, rowObjects } from './output.ts';
import { dateTimeText, instantValue, relativeTime, timeCell, zoneName } from './relative-time.ts';
import type { Color, Screen } from './screen.ts';
import { type Cell, renderTable } from './table.ts';

const COLORS: Readonly<Record<HostState, Color>> = {
  reporting: 'green',
  late: 'yellow',
  silent: 'red',
  unknown: 'magenta',
  refused: 'red',
  never: 'gray',
  conflict: 'yellow',
};

export const stateColor = (state: HostState): Color => COLORS[state];

export const stateCell = (state: HostState): Cell => ({ text: state, color: COLORS[state] });

/** Who does not report first; else as they came. */
export const hostsWorstFirst = (hosts: readonly Host[]): readonly Host[] =>
  hosts.toSorted((a, b) => stateRank(b.state) - stateRank(a.state));

const fact = (name: string) => (host: Host) => host.facts[name];

const hostId: Column<Host> = { key: 'host_id', title: 'HOST', min: 20, value: (host) => host.hostId };
const location: Column<Host> = {
  key: 'location',
  title: 'LOCATION',
  min: 11,
  drop: 1,
  value: (host) => host.location,
  cell: (host) => host.location ?? (host.managed ? '-' : '(unmanaged)'),
};
const state: Column<Host> = {
  key: 'state',
  title: 'STATE',
  drop: 2,
  value: (host) => host.state,
  cell: (host) => stateCell(host.state),
};
const lastSeen: Column<Host> = {
  key: 'last_seen_at',
  title: 'LAST SEEN',
  drop: 3,
  value: (host) => instantValue(host.lastSeenMs),
  cell: (host, screen) => timeCell(host.lastSeenMs, screen),
};
const address: Column<Host> = { key: 'address', title: 'ADDRESS', drop: 5, value: fact('address') };
const note: Column<Host> = {
  ...{ key: 'note', title: 'NOTE', min: 8, drop: 4, value: (host) => host.note },
  // Whole in `hosts show`.
  cell: (host) => withShortMachineIds(host.note || '-'),
};

const details: readonly Column<Host>[] = [
  {
    key: 'sources',
    title: 'SOURCE',
    show: 'wide',
    drop: 8,
    value: (host) => host.sources ?? [],
    cell: (host) => host.sources?.join(', ') ?? '',
  },
  { key: 'agent_version', title: 'AGENT', show: 'wide', drop: 8, value: (host) => host.agentVersion },
  { key: 'os', title: 'OS', show: 'wide', min: 8, drop: 7, value: fact('os') },
  { key: 'kernel', title: 'KERNEL', show: 'wide', min: 8, drop: 9, value: fact('kernel') },
  {
    key: 'memory_bytes',
    title: 'MEMORY',
    show: 'wide',
    align: 'right',
    drop: 10,
    value: (host) => numberOf(host.facts['memory_bytes']),
    cell: (host, screen) => {
      const bytes = numberOf(host.facts['memory_bytes']);
      return screen.isTTY || bytes === undefined ? formatValue(bytes, 'bytes') : String(bytes);
    },
  },
];
const data: readonly Column<Host>[] = [
  { key: 'id', title: 'ID', show: 'data', value: (host) => host.id },
  { key: 'managed', title: 'MANAGED', show: 'data', value: (host) => host.managed },
  { key: 'created_at', title: 'CREATED', show: 'data', value: (host) => instantValue(host.createdMs) },
  { key: 'updated_at', title: 'UPDATED', show: 'data', value: (host) => instantValue(host.updatedMs) },
  {
    key: 'first_seen_at',
    title: 'FIRST SEEN',
    show: 'data',
    value: (host) => instantValue(host.firstSeenMs),
  },
  { key: 'interval_ms', title: 'INTERVAL', show: 'data', value: (host) => host.intervalMs },
  { key: 'facts', title: 'FACTS', show: 'data', value: (host) => host.facts },
];
const hostColumns: readonly Column<Host>[] = [
  hostId,
  location,
  state,
  lastSeen,
  address,
  note,
  ...details,
  ...data,
];

export function hostsListing(hosts: readonly Host[], empty = 'No hosts.'): Listing<Host> {
  // Notes are rare: no column of dashes.
  const columns = hosts.some((host) => host.note !== undefined)
    ? hostColumns
    : hostColumns.map((column) => (column === note ? { ...column, show: 'data' as const } : column));
  return { columns, rows: hosts, name: (host) => host.hostId, empty };
}

type WithState = { readonly state: HostState };

/** "16 hosts: 14 reporting, 1 late, 1 silent", and in fewer words "1 late, 1 silent of 16", for narrow windows. */
export function hostsSummaries(hosts: readonly WithState[]): readonly [string, string] {
  const counts = new Map<HostState, number>();
  for (const { state } of hosts) counts.set(state, (counts.get(state) ?? 0) + 1);
  const said = (states: readonly HostState[]) =>
    states.flatMap((state) => (counts.has(state) ? [`${counts.get(state)} ${state}`] : [])).join(', ');
  const total = counted(hosts.length, 'host');
  const all = said(HOST_STATES);
  const away = said(HOST_STATES.filter((state) => state !== 'reporting'));
  return [all === '' ? total : `${total}: ${all}`, away === '' ? total : `${away} of ${hosts.length}`];
}

/** For `hosts show --json`: the object that the list has for this host. */
export const hostFields = (host: Host): { readonly [key: string]: JsonValue } =>
  rowObjects(hostColumns, [host])[0]!;

/** `hosts show`: one line per property. */
export function hostDetails(host: Host, screen: Screen): string {
  const when = (ms: number | undefined): string | undefined => {
    if (ms === undefined || !screen.isTTY) return instantValue(ms);
    return `${dateTimeText(ms, screen)} ${zoneName(ms, screen)} (${relativeTime(ms, screen.nowMs)})`;
  };
  const interval = host.intervalMs === undefined ? undefined : roughDuration(host.intervalMs);
  const pairs: readonly (readonly [string, Cell | undefined])[] = [
    ['Host', host.hostId],
    ['Location', host.location ?? (host.managed ? 'none' : 'none (not managed)')],
    ['State', stateCell(host.state)],
    ['Note', host.note],
    ['Last seen', when(host.lastSeenMs) ?? 'never'],
    ['First seen', when(host.firstSeenMs)],
    ['Interval', interval],
    ['Agent', host.agentVersion],
    ['Source', host.sources?.join(', ')],
    ['Added', when(host.createdMs)],
    ['Changed', when(host.updatedMs)],
    ...Object.entries(host.facts).map(
      ([name, value]) => [factTitle(name), factText(name, value, screen)] as const,
    ),
  ];
  const rows = pairs.flatMap(([title, value]) =>
    value === undefined || value === '' ? [] : [[`${title}:`, value]],
  );
  return renderTable({
    columns: [
      { title: '', min: 6 },
      { title: '', min: 4, wraps: true },
    ],
    rows,
    screen,
    noHeaders: true,
  });
}

export function unmanagedListing(hosts: readonly UnmanagedHost[]): Listing<UnmanagedHost> {
  const columns: readonly Column<UnmanagedHost>[] = [
    hostId,
    state,
    lastSeen,
    { ...address, drop: 4 },
    {
      key: 'suggested_location',
      title: 'SUGGESTED',
      min: 8,
      drop: 1,
      value: (host) => host.suggestion?.location,
    },
    { key: 'suggested_because', title: 'BECAUSE', min: 8, drop: 5, value: (host) => host.suggestion?.why },
    { ...note, show: 'wide', drop: 6 },
    ...details,
    ...data.filter((column) => !['id', 'created_at', 'updated_at'].includes(column.key)),
  ];
  return {
    columns,
    rows: hosts,
    name: (host) => host.hostId,
    empty: 'No unmanaged hosts: every reporting host has a location.',
  };
}

const numberOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;

const FACT_TITLES: Readonly<Record<string, string>> = {
  os: 'OS',
  cpu_model: 'CPU',
  cpus: 'CPUs',
  memory_bytes: 'Memory',
};

const factTitle = (name: string): string => {
  const words = FACT_TITLES[name] ?? name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

const factText = (name: string, value: string, screen: Screen): string => {
  const bytes = name.endsWith('_bytes') ? numberOf(value) : undefined;
  return bytes !== undefined && screen.isTTY ? formatValue(bytes, 'bytes') : value;
};
