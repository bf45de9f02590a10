// What an apply of rules changes, as a list and as a sentence.
import type { RulePlan } from '../api/rule-fields.ts';
import { type RulePreview, wouldFire } from '../api/rule-preview.ts';
import type { AlertView } from '../api/warn.ts';
import { nameOf } from './alerts-view.ts';
import type { Column, Listing } from './output.ts';
import type { Color } from './screen.ts';

/** Without a preview where warn or analyze could not be asked, or too much changes at once. */
export type PlannedChange = RulePlan['changes'][number] & {
  readonly preview?: RulePreview | undefined;
  /** Receivers of alerts that stay open, if they change. */
  readonly told?: { readonly from: string; readonly to: string } | undefined;
};

const ACTION_COLORS: Readonly<Record<PlannedChange['action'], Color>> = {
  add: 'green',
  change: 'yellow',
  remove: 'red',
  reset: 'yellow',
};

function changeText({ action, fields }: PlannedChange): string {
  if (action !== 'add')
    return fields.map(({ name, from = '-', to = '-' }) => `${name}: ${from} -> ${to}`).join('; ');
  return fields.map(({ name, to = '-' }) => (name === 'expr' ? to : `${name}: ${to}`)).join('; ');
}

/** "fires on 12 of 40 hosts now, 3 start, 1 ends, 2 go to night instead of ops" */
function nowText({ action, preview, told }: PlannedChange): string | undefined {
  if (preview === undefined) return undefined;
  const { starts, ends, goesOn } = preview;
  const parts = [
    action === 'remove'
      ? ''
      : wouldFire(preview)
          .replace(/^would fire/, 'fires')
          .replace(/ now/, ''),
    starts.length > 0 && goesOn.length + ends.length > 0 ? `${starts.length} start` : '',
    goesOn.length > 0 ? `${goesOn.length} open ${goesOn.length === 1 ? 'alert goes' : 'alerts go'} on` : '',
    ends.length > 0 ? `${ends.length} open ${ends.length === 1 ? 'alert ends' : 'alerts end'}` : '',
    told === undefined ? '' : `notifies ${told.to || 'nobody'} instead of ${told.from || 'nobody'}`,
  ];
  return parts.filter(Boolean).join(', ') || 'no open alerts';
}

const alertNames = (alerts: readonly AlertView[]) => alerts.map(nameOf);

const COLUMNS: readonly Column<PlannedChange>[] = [
  {
    key: 'action',
    title: 'ACTION',
    value: ({ action }) => action,
    cell: ({ action }) => ({ text: action, color: ACTION_COLORS[action] }),
  },
  { key: 'rule', title: 'RULE', min: 12, value: ({ name }) => name },
  { key: 'change', title: 'CHANGE', min: 24, value: changeText },
  { key: 'now', title: 'NOW', min: 16, value: nowText },
  { key: 'starts', title: 'STARTS', show: 'data', value: ({ preview }) => preview?.starts },
  {
    key: 'goes_on',
    title: 'GOES ON',
    show: 'data',
    value: ({ preview }) => preview && alertNames(preview.goesOn),
  },
  { key: 'ends', title: 'ENDS', show: 'data', value: ({ preview }) => preview && alertNames(preview.ends) },
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
export function planSummary(
  { changes, unchanged }: Pick<RulePlan, 'changes' | 'unchanged'>,
  form: 'to' | 'done',
): string {
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
    return `No changes: ${unchanged === 1 ? '1 rule is' : `${unchanged} rules are`} up to date.`;
  return `${[...parts, `${unchanged} unchanged`].join(', ')}.`;
}
