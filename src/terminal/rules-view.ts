// Rules as a list with the health of each, and one rule with all that is known of it.
import type { AlertView, RuleHealthView } from '../api/warn.ts';
import { parseExpression } from '../domain/expression/parser.ts';
import { formatInstant } from '../domain/instant.ts';
import { safeText } from '../domain/safe-text.ts';
import { nameOf, severityColor } from './alerts-view.ts';
import { type Column, type JsonValue, type Listing, rowObjects } from './output.ts';
import { timeCell } from './relative-time.ts';
import type { Rule } from './rules-yaml.ts';
import type { Color, Screen } from './screen.ts';

/** Without health where warn could not be asked. */
export type RuleRow = Rule & {
  readonly health?: RuleHealthView | undefined;
  /** Receivers that it names and that are gone. */
  readonly missing?: readonly string[];
};

const scopeOf = ({ locations, hosts }: Rule): string =>
  [...locations.map((glob) => `location ${glob}`), ...hosts.map((glob) => `host ${glob}`)].join(', ') ||
  'all';

/** Silence and shares are of hosts and locations. */
function isOfSeries(expression: string): boolean {
  try {
    return parseExpression(expression).tests.some(({ kind }) => kind === 'compare');
  } catch {
    // Saved by a newer version.
    return false;
  }
}

function healthOf({
  enabled,
  expression,
  health,
  missing = [],
}: RuleRow): { readonly text: string; readonly color?: Color } | undefined {
  if (!enabled) return { text: 'off', color: 'gray' };
  if (missing.length > 0) return { text: `no receiver ${missing.join(', ')}`, color: 'yellow' };
  if (health === undefined) return undefined;
  if (health.error !== undefined) return { text: 'error', color: 'red' };
  if (health.firing > 0) return { text: `${health.firing} firing`, color: 'red' };
  if (health.matches === 0) return { text: 'matches nothing', color: 'yellow' };
  // Whether it matches anything is known with the next ticks.
  if (health.matches === undefined && isOfSeries(expression)) return { text: 'new', color: 'gray' };
  return { text: 'ok', color: 'green' };
}

const RULE_COLUMNS: readonly Column<RuleRow>[] = [
  { key: 'name', title: 'RULE', min: 12, value: ({ name }) => name },
  {
    key: 'severity',
    title: 'SEVERITY',
    value: ({ severity }) => severity,
    cell: ({ severity }) => ({ text: severity, color: severityColor(severity) }),
  },
  { key: 'expression', title: 'EXPRESSION', min: 24, value: ({ expression }) => expression },
  { key: 'locations', title: 'SCOPE', min: 8, value: ({ locations }) => locations, cell: scopeOf },
  { key: 'hosts', title: 'HOSTS', show: 'data', value: ({ hosts }) => hosts },
  { key: 'notify', title: 'NOTIFY', drop: 1, value: ({ notify }) => notify },
  { key: 'enabled', title: 'ON', value: ({ enabled }) => enabled },
  { key: 'matches', title: 'SERIES', align: 'right', drop: 2, value: ({ health }) => health?.matches },
  {
    key: 'health',
    title: 'HEALTH',
    value: (rule) => healthOf(rule)?.text,
    cell: (rule) => healthOf(rule) ?? '-',
  },
  { key: 'firing', title: 'FIRING', show: 'data', value: ({ health }) => health?.firing },
  { key: 'pending', title: 'PENDING', show: 'data', value: ({ health }) => health?.pending },
  { key: 'error', title: 'ERROR', show: 'wide', value: ({ health }) => health?.error },
  { key: 'source', title: 'SOURCE', show: 'wide', value: ({ source }) => source },
  { key: 'built_in', title: 'BUILT IN', show: 'wide', value: ({ builtIn }) => builtIn },
  {
    key: 'updated_at',
    title: 'CHANGED',
    show: 'data',
    value: ({ updatedMs }) => (updatedMs ? formatInstant(updatedMs) : undefined),
  },
];

export const rulesListing = (rules: readonly RuleRow[]): Listing<RuleRow> => ({
  columns: RULE_COLUMNS,
  rows: rules,
  name: ({ name }) => name,
  empty: 'No rules. Add one: minimon alerts add',
});

export type RuleDetails = {
  readonly rule: RuleRow;
  /** Open ones. */
  readonly alerts: readonly AlertView[];
  readonly evaluatedMs?: number | undefined;
};

/** Its fields, health and times, a line each; what is not set is left out. Open alerts are a table of their own. */
export function ruleDetails({ rule, evaluatedMs }: RuleDetails, screen: Screen): string {
  const { health } = rule;
  const time = (ms: number) => timeCell(ms, screen);
  const texts = Object.entries(rule.labels).map(([name, value]) => `${name}=${value}`);
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['Rule', rule.name],
    ['Expression', rule.expression],
    ['Severity', rule.severity],
    ['Scope', scopeOf(rule)],
    ['Notify', rule.notify.join(', ') || 'by route'],
    ['Text', rule.text],
    ['Runbook', rule.runbook],
    ['Labels', texts.join(', ') || undefined],
    ['Notify when resolved', rule.tellResolved ? 'yes' : 'no'],
    ['On', rule.enabled ? 'yes' : 'no'],
    ['Source', rule.builtIn && rule.createdMs === 0 ? 'built in' : rule.source || 'by hand'],
    ['Created', rule.createdMs === 0 ? undefined : time(rule.createdMs)],
    ['Changed', rule.updatedMs === 0 ? undefined : time(rule.updatedMs)],
    ['Health', healthOf(rule)?.text],
    ['Error', health?.error],
    ['Series', health?.matches === undefined ? undefined : String(health.matches)],
    ['Evaluated', evaluatedMs === undefined || !rule.enabled ? undefined : time(evaluatedMs)],
    ['Alerts', health && `${health.firing} firing, ${health.pending} pending`],
  ];
  return lines
    .flatMap(([name, value]) =>
      value === undefined ? [] : [`${`${name}:`.padEnd(12)} ${safeText(value)}\n`],
    )
    .join('');
}

/** The same for programs. */
export function ruleDetailsObject({ rule, alerts, evaluatedMs }: RuleDetails): JsonValue {
  const { name, severity, expression, source, builtIn, createdMs, updatedMs, health } = rule;
  const { locations, hosts, notify, text, runbook, labels } = rule;
  const instant = (ms: number) => (ms === 0 ? undefined : formatInstant(ms));
  const columns: readonly Column<RuleRow>[] = RULE_COLUMNS.filter(({ key }) => key === 'health');
  return Object.fromEntries(
    Object.entries({
      ...{ name, expression, severity, locations, hosts, notify, text, runbook, labels },
      ...{ enabled: rule.enabled, resolved: rule.tellResolved },
      ...{ source, built_in: builtIn, created_at: instant(createdMs), updated_at: instant(updatedMs) },
      ...rowObjects(columns, [rule])[0],
      ...{ matches: health?.matches, firing: health?.firing, pending: health?.pending, error: health?.error },
      evaluated_at: evaluatedMs === undefined ? undefined : formatInstant(evaluatedMs),
      alerts: alerts.map((alert) => ({
        ...{ name: nameOf(alert), state: alert.state, since_at: formatInstant(alert.sinceMs) },
        ...(alert.host !== undefined && { host: alert.host }),
        ...(alert.location !== undefined && { location: alert.location }),
        labels: alert.labels,
        ...(alert.value !== undefined && { value: alert.value }),
      })),
    }).filter(([, value]) => value !== undefined),
  ) as JsonValue;
}
