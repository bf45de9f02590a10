// What `receivers list`, `receivers test` and `receivers route` show.
import type { ReceiverView } from '../api/receivers.ts';
import type { ReceiverHealth, RoutedReceiver, TestedReceiver } from '../api/warn.ts';
import type { Column, Listing } from './output.ts';
import { instantValue, timeCell } from './relative-time.ts';

/** Without health where warn could not be asked. */
export type ReceiverRow = ReceiverView & { readonly health?: ReceiverHealth | undefined };

const RECEIVER_COLUMNS: readonly Column<ReceiverRow>[] = [
  { key: 'name', title: 'RECEIVER', min: 10, value: ({ name }) => name },
  { key: 'kind', title: 'KIND', value: ({ kind }) => kind },
  { key: 'address', title: 'ADDRESS', min: 20, value: ({ address }) => address },
  {
    key: 'matchers',
    title: 'ROUTE',
    value: ({ matchers }) => matchers,
    cell: ({ matchers }) => matchers.join(' and ') || '-',
  },
  {
    key: 'active',
    title: 'ACTIVE',
    show: 'wide',
    value: ({ activeTimes }) => activeTimes,
    cell: ({ activeTimes }) => activeTimes.join('; ') || '-',
  },
  { key: 'default', title: 'DEFAULT', value: ({ isDefault }) => isDefault },
  {
    key: 'state',
    title: 'STATE',
    value: ({ health }) => health?.state,
    cell: ({ health }) =>
      health === undefined ? '-' : { text: health.state, color: health.state === 'ok' ? 'green' : 'red' },
  },
  { key: 'time_zone', title: 'ZONE', show: 'wide', value: ({ timeZone }) => timeZone },
];

/** The backlog and its reason: columns that are shown if any receiver has one. */
const healthColumns = (receivers: readonly ReceiverRow[]): readonly Column<ReceiverRow>[] => {
  const show = receivers.some(({ health }) => health !== undefined && health.state !== 'ok')
    ? {}
    : { show: 'wide' as const };
  return [
    { key: 'owed', title: 'OWED', align: 'right', ...show, value: ({ health }) => health?.owed },
    {
      key: 'owed_since_at',
      title: 'SINCE',
      ...show,
      value: ({ health }) => instantValue(health?.sinceMs),
      cell: ({ health }, screen) => timeCell(health?.sinceMs, screen),
    },
    {
      key: 'last_sent_at',
      title: 'LAST SENT',
      show: 'wide',
      value: ({ health }) => instantValue(health?.lastSentMs),
      cell: ({ health }, screen) => timeCell(health?.lastSentMs, screen),
    },
    {
      key: 'last_error_at',
      title: 'LAST ERROR',
      show: 'wide',
      value: ({ health }) => instantValue(health?.lastErrorMs),
      cell: ({ health }, screen) => timeCell(health?.lastErrorMs, screen),
    },
    { key: 'last_error', title: 'ERROR', ...show, value: ({ health }) => health?.lastError },
  ];
};

export const receiversListing = (receivers: readonly ReceiverRow[]): Listing<ReceiverRow> => ({
  columns: [...RECEIVER_COLUMNS, ...healthColumns(receivers)],
  rows: receivers,
  name: ({ name }) => name,
  empty: 'No receivers, so alerts notify nobody. Add one: minimon receivers add',
});

type TestResult = TestedReceiver['results'][number];

export function testedListing({ receiver, kind, results }: TestedReceiver): Listing<TestResult> {
  const columns: readonly Column<TestResult>[] = [
    { key: 'receiver', title: 'RECEIVER', value: () => receiver },
    { key: 'kind', title: 'KIND', show: 'wide', value: () => kind },
    { key: 'recipient', title: 'TO', value: (result) => result.recipient },
    {
      key: 'outcome',
      title: 'OUTCOME',
      value: (result) => result.outcome,
      cell: ({ outcome }) => ({ text: outcome, color: outcome === 'sent' ? 'green' : 'red' }),
    },
    { key: 'text', title: 'ANSWER', value: (result) => result.text },
  ];
  return {
    columns,
    rows: results,
    name: ({ recipient }) => recipient,
    empty: 'The receiver has no recipients.',
  };
}

export const routedListing = (receivers: readonly RoutedReceiver[]): Listing<RoutedReceiver> => ({
  columns: [
    { key: 'receiver', title: 'RECEIVER', value: ({ name }) => name },
    { key: 'kind', title: 'KIND', show: 'wide', value: ({ kind }) => kind },
    {
      key: 'told',
      title: 'TOLD',
      value: ({ told }) => told,
      cell: ({ told }) => ({ text: told ? 'yes' : 'no', color: told ? 'green' : 'gray' }),
    },
    { key: 'why', title: 'WHY', value: ({ why }) => why },
  ],
  rows: receivers,
  name: ({ name }) => name,
  empty: 'No receivers. Add one: minimon receivers add',
});
