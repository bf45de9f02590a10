// Rules and open alerts in the form of Prometheus' HTTP API, from what manage and warn answer.
import { parseExpression } from '../../domain/expression/parser.ts';
import { formatInstant } from '../../domain/instant.ts';
import { formatValue } from '../../domain/promql/format-value.ts';
import { fitsOf } from '../../domain/promql/matching.ts';
import type { LabelMatcher } from '../../domain/promql/syntax.ts';
import type { ManageService } from '../manage.ts';
import type { AlertView, RuleHealthView, WarnService } from '../warn.ts';

type Rule = Awaited<ReturnType<ManageService['listRules']>>[number];

/** UNAVAILABLE and UNREACHABLE as the other daemons' clients say them. */
export type AlertingSource = Pick<ManageService, 'listRules'> &
  Pick<WarnService, 'listAlerts' | 'listRuleHealth'>;

export type RulesQuery = {
  /** Names of rules and of groups; all for an empty list. */
  readonly names: readonly string[];
  readonly groups: readonly string[];
  readonly withAlerts: boolean;
  /** A rule is listed when one of these lists fits its labels; all rules without any. */
  readonly selectors: readonly (readonly LabelMatcher[])[];
};

/** What stands for the file of a group, which Grafana shows as its namespace. */
const FILE = 'minimon';

export async function alertsData({ listAlerts }: AlertingSource) {
  const { alerts, warnings } = await listAlerts({ pending: true });
  return { data: { alerts: alerts.map((alert) => alertData(alert, undefined)) }, warnings };
}

/** A group is a source of `alerts apply`; rules made by hand are the group minimon. Rules that are off are left out. */
export async function rulesData(source: AlertingSource, query: RulesQuery) {
  const [rules, open, health] = await Promise.all([
    source.listRules(),
    source.listAlerts({ pending: true }),
    source.listRuleHealth(),
  ]);
  const alertsOf = Map.groupBy(open.alerts, ({ rule }) => rule);
  const healthOf = new Map(health.rules.map((one) => [one.name, one]));
  const lastEvaluation = formatInstant(health.evaluatedMs ?? 0);
  const listed = rules.filter(
    (rule) =>
      rule.enabled &&
      includes(query.names, rule.name) &&
      includes(query.groups, groupOf(rule)) &&
      fitsAny(query.selectors, labelsOf(rule)),
  );
  const groups = [...Map.groupBy(listed, groupOf)].map(([name, members]) => ({
    ...{ name, file: FILE, interval: 60, limit: 0, evaluationTime: 0, lastEvaluation },
    rules: members.map((rule) => ({
      ...ruleData(rule, {
        alerts: alertsOf.get(rule.name) ?? [],
        health: healthOf.get(rule.name),
        withAlerts: query.withAlerts,
      }),
      lastEvaluation,
    })),
  }));
  return { data: { groups }, warnings: [...new Set([...open.warnings, ...health.warnings])] };
}

const groupOf = ({ source }: Rule): string => (source === '' ? 'minimon' : source);

const includes = (names: readonly string[], name: string): boolean =>
  names.length === 0 || names.includes(name);

const fitsAny = (selectors: RulesQuery['selectors'], labels: Readonly<Record<string, string>>): boolean =>
  selectors.length === 0 ||
  selectors.some((matchers) => matchers.every((one) => fitsOf([one])(labels[one.label] ?? '')));

const labelsOf = ({ labels, severity }: Rule) => ({ severity, ...labels });

function ruleData(
  rule: Rule,
  found: {
    readonly alerts: readonly AlertView[];
    readonly health: RuleHealthView | undefined;
    readonly withAlerts: boolean;
  },
) {
  const { alerts, health, withAlerts } = found;
  const state = alerts.some((one) => one.state === 'firing')
    ? 'firing'
    : alerts.length > 0
      ? 'pending'
      : 'inactive';
  const { forMs, keepMs } = lastingOf(rule.expression);
  return {
    ...{ type: 'alerting', state, name: rule.name, query: rule.expression },
    ...{ duration: forMs / 1_000, keepFiringFor: keepMs / 1_000, evaluationTime: 0 },
    labels: labelsOf(rule),
    annotations: annotationsOf(rule),
    // warn may not know a new rule yet.
    health: health === undefined ? 'unknown' : health.error === undefined ? 'ok' : 'err',
    lastError: health?.error ?? '',
    alerts: withAlerts ? alerts.map((alert) => alertData(alert, rule)) : [],
  };
}

function lastingOf(expression: string): { readonly forMs: number; readonly keepMs: number } {
  try {
    return parseExpression(expression);
  } catch {
    // Saved by a newer version: its health says so, and the other rules are listed.
    return { forMs: 0, keepMs: 0 };
  }
}

const annotationsOf = ({ text, runbook }: Pick<Rule, 'text' | 'runbook'>) => ({
  ...(text !== undefined && { summary: text }),
  ...(runbook !== undefined && { runbook_url: runbook }),
});

function alertData(alert: AlertView, rule: Rule | undefined) {
  const { host, location, silence, acknowledged } = alert;
  return {
    labels: {
      ...rule?.labels,
      ...alert.labels,
      ...{ alertname: alert.rule, severity: alert.severity },
      ...(host !== undefined && { host }),
      ...(location !== undefined && { location }),
    },
    annotations: {
      description: alert.expression,
      ...(rule && annotationsOf(rule)),
      ...(silence && {
        silenced: `until ${formatInstant(silence.endsMs)} by ${silence.author}: ${silence.reason}`,
      }),
      ...(acknowledged && { acknowledged: `by ${acknowledged.by}: ${acknowledged.note}` }),
    },
    state: alert.state,
    activeAt: formatInstant(alert.sinceMs),
    value: formatValue(alert.value ?? Number.NaN),
  };
}
