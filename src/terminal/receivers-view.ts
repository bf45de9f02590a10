// What `receivers test` and `receivers route` show.
import type { RoutedReceiver, TestedReceiver } from '../api/warn.ts';
import type { Column, Listing } from './output.ts';

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
  empty: 'There are no receivers. Add one with minimon receivers add.',
});
