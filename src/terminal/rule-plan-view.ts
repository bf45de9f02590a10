// What an apply of rules changes, as a list and as a sentence.
import type { RulePlan } from '../api/rule-fields.ts';
import type { Column, Listing } from './output.ts';
import type { Color } from './screen.ts';

export type PlannedChange = RulePlan['changes'][number];

const ACTION_COLORS: Readonly<Record<PlannedChange['action'], Color>> = {
  add: 'green',
  change: 'yellow',
  remove: 'red',
  reset: 'yellow',
};

const changeText = ({ fields }: PlannedChange): string =>
  fields.map(({ name, from = '-', to = '-' }) => `${name}: ${from} -> ${to}`).join('; ');

const COLUMNS: readonly Column<PlannedChange>[] = [
  {
    key: 'action',
    title: 'ACTION',
    value: ({ action }) => action,
    cell: ({ action }) => ({ text: action, color: ACTION_COLORS[action] }),
  },
  { key: 'rule', title: 'RULE', min: 12, value: ({ name }) => name },
  { key: 'change', title: 'CHANGE', min: 24, value: changeText },
  { key: 'source', title: 'SOURCE', show: 'wide', value: ({ source }) => source },
  {
    key: 'fields',
    title: 'FIELDS',
    show: 'data',
    value: ({ fields }) =>
      fields.map(({ name, from, to }) => ({
        name,
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
      })),
  },
];

export const planListing = (changes: readonly PlannedChange[]): Listing<PlannedChange> => ({
  columns: COLUMNS,
  rows: changes,
  name: ({ name }) => name,
  empty: 'No changes.',
});

/** "2 added, 1 changed, 5 unchanged", or with `to`: "2 to add, ...". */
export function planSummary({ changes, unchanged }: RulePlan, form: 'to' | 'done'): string {
  const words = {
    add: ['to add', 'added'],
    change: ['to change', 'changed'],
    remove: ['to remove', 'removed'],
    reset: ['to reset', 'reset'],
  } as const;
  const parts = Object.entries(words).flatMap(([action, [to, done]]) => {
    const count = changes.filter((change) => change.action === action).length;
    return count === 0 ? [] : [`${count} ${form === 'to' ? to : done}`];
  });
  if (parts.length === 0)
    return `No changes: ${unchanged === 1 ? '1 rule is' : `${unchanged} rules are`} as they should be.`;
  return `${[...parts, `${unchanged} unchanged`].join(', ')}.`;
}
