// The questions of `alerts add`: where, which metric, which threshold, for how long, severity, receivers, name.
import type { AnalyzeService } from '../api/analyze.ts';
import type { ManageClient } from '../api/manage.ts';
import { checkRuleDraft, type RuleDraft } from '../domain/alerting/rule-check.ts';
import { counted } from '../domain/counting.ts';
import { isDuration } from '../domain/duration.ts';
import { SEVERITIES, type Severity } from '../domain/expression/syntax.ts';
import { metricKind } from '../domain/metric-kinds.ts';
import { METRIC_KINDS, type MetricKind } from '../domain/metric-table.ts';
import { idError } from '../domain/names.ts';
import { safeText } from '../domain/safe-text.ts';
import { formatValue } from '../domain/units.ts';
import type { Prompts } from './prompts.ts';

type Services = {
  readonly manage: Pick<ManageClient, 'listLocations' | 'listHosts' | 'listReceivers' | 'listRules'>;
  readonly analyze: Pick<AnalyzeService, 'queryLatest'>;
  readonly nowMs: number;
};
type Questions = Pick<Prompts, 'select' | 'search' | 'input' | 'pickSome'>;
type Given = Omit<RuleDraft, 'name' | 'expression'>;

const ALL = '';
const OWN = '';
/** How many hosts to read usual values from. */
const SAMPLED_HOSTS = 50;
const SAMPLED_MS = 3_600_000;

/** What flags say already is not asked. Throws Interrupted on Ctrl-C; nothing is saved here. */
export async function askRule(ask: Questions, services: Services, given: Given = {}): Promise<RuleDraft> {
  const { manage } = services;
  const [{ locations }, receivers, rules] = await Promise.all([
    manage.listLocations(),
    manage.listReceivers(),
    manage.listRules(),
  ]);
  const location = given.locations ?? (await askLocation(ask, locations));
  const expression = await askExpression(ask, await reportedValues(services, location[0]));
  const severity =
    given.severity ??
    (await ask.select<Severity>({
      message: 'Severity?',
      choices: SEVERITIES.map((value) => ({ value })),
      default: 'warning',
    }));
  const notify =
    given.notify ??
    (receivers.length === 0
      ? []
      : await ask.pickSome({
          message: 'Which receivers? (none: those whose route matches, else the default)',
          choices: receivers.map(({ name, kind, isDefault }) => ({
            value: name,
            about: isDefault ? `${kind}, the default` : kind,
          })),
        }));
  const taken = new Set(rules.map((rule) => rule.name));
  const name = await ask.input({
    message: 'Name of the rule?',
    default: freeName(expression, taken),
    validate: (text) =>
      idError(text, 'name') ?? (taken.has(text) ? `there is a rule ${text} already` : undefined),
  });
  return { ...given, name, expression, severity, locations: location, notify };
}

async function askLocation(
  ask: Questions,
  locations: readonly { readonly location: string; readonly hosts: number }[],
): Promise<readonly string[]> {
  if (locations.length === 0) return [];
  const total = locations.reduce((sum, { hosts }) => sum + hosts, 0);
  const hosts = (count: number) => counted(count, 'host');
  const location = await ask.search({
    message: 'Which location?',
    choices: [
      { value: ALL, name: 'all', about: hosts(total) },
      ...locations.map((one) => ({ value: one.location, about: hosts(one.hosts) })),
    ],
  });
  return location === ALL ? [] : [location];
}

type Values = { readonly metric: string; readonly low: number; readonly high: number };

/** What hosts report now, of a few hosts of the location; nothing where it cannot be asked. */
async function reportedValues(
  { manage, analyze, nowMs }: Services,
  location: string | undefined,
): Promise<readonly Values[]> {
  const scope = location === undefined || /[*?[]/.test(location) ? {} : { location };
  try {
    const { hosts } = await manage.listHosts({ ...scope, state: 'reporting', limit: SAMPLED_HOSTS });
    if (hosts.length === 0) return [];
    const { samples } = await analyze.queryLatest({
      hosts: hosts.map(({ hostId }) => hostId),
      sinceMs: nowMs - SAMPLED_MS,
    });
    const byMetric = new Map<string, Values>();
    for (const { metric, value } of samples) {
      const { low, high } = byMetric.get(metric) ?? { low: value, high: value };
      byMetric.set(metric, { metric, low: Math.min(low, value), high: Math.max(high, value) });
    }
    return [...byMetric.values()];
  } catch {
    return [];
  }
}

async function askExpression(ask: Questions, reported: readonly Values[]): Promise<string> {
  const known = METRIC_KINDS.map(({ name }) => name);
  const metrics = reported.length > 0 ? reported.map(({ metric }) => metric) : known;
  // Those that are shown without being asked for come first.
  const rank = (name: string) => (metricKind(name)?.headline ? 0 : 1);
  const ordered = [...metrics].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const values = new Map(reported.map((one) => [one.metric, one]));
  const metric = await ask.search({
    message: 'Which metric?',
    choices: [
      ...ordered.map((name) => ({ value: name, about: aboutMetric(metricKind(name), values.get(name)) })),
      { value: OWN, name: 'an expression of your own', about: 'Alert expression, see docs/alerts.md' },
    ],
  });
  const reportedNames = reported.map((one) => one.metric);
  const faultOf = (expression: string) => {
    const { faults } = checkRuleDraft({ name: 'x', expression }, { reported: reportedNames });
    return faults.map(({ message }) => message).join('\n') || undefined;
  };
  if (metric === OWN) {
    return ask.input({
      message: 'Fires when',
      default: 'cpu.usage > 90 and mem.usage > 90 for 5m',
      validate: faultOf,
    });
  }
  const unit = metricKind(metric)?.unit;
  const above = await ask.select<'>' | '<'>({
    message: `Fires when ${metric} is`,
    choices: [
      { value: '>', name: 'above a number' },
      { value: '<', name: 'below a number' },
    ],
    default: /free|available|uptime/.test(metric) ? '<' : '>',
  });
  const bound = await ask.input({
    message: above === '>' ? 'Above which number?' : 'Below which number?',
    ...(unit === 'percent' && { default: above === '>' ? '90' : '10' }),
    validate: (text) =>
      text === '' ? 'a number, with its unit: 90%, 5GiB, 2s' : faultOf(`${metric} ${above} ${text}`),
  });
  const held = await ask.input({
    message: 'For how long, before it fires? (0: immediately)',
    default: '5m',
    validate: (text) =>
      text === '0' || isDuration(text) ? undefined : 'a number and a unit: 30s, 5m, 1h; or 0',
  });
  return `${metric} ${above} ${bound}${held === '0' ? '' : ` for ${held}`}`;
}

function aboutMetric(kind: MetricKind | undefined, values: Values | undefined): string {
  const range = (one: Values) => {
    const [low, high] = [one.low, one.high].map((value) => formatValue(value, kind?.unit ?? 'count'));
    return low === high ? `now ${low}` : `now ${low} to ${high}`;
  };
  return [values && range(values), kind?.means].filter(Boolean).join('  ');
}

/** The metric's name, and a number where there is a rule of that name. */
function freeName(expression: string, taken: ReadonlySet<string>): string {
  const metric =
    /[a-z][a-z0-9_.]*/.exec(expression.replace(/^(abs|avg|min|max|delta|forecast)\(/, ''))?.[0] ?? 'rule';
  const base = safeText(metric.replaceAll('.', '-'));
  for (let i = 1; ; i++) {
    const name = i === 1 ? base : `${base}-${i}`;
    if (!taken.has(name)) return name;
  }
}
