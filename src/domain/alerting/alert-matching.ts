// Matching alerts with routes and silences: labels of an alert, labels that matchers may name, and the covering
// silence.
import { didYouMean } from '../did-you-mean.ts';
import { ExpectedError } from '../errors.ts';
import { matcherFits, matchersFit, parseMatcher } from '../expression/matcher.ts';
import { parseExpression } from '../expression/parser.ts';
import { ExpressionError, type Matcher, quoted, SEVERITIES, type Test } from '../expression/syntax.ts';
import { METRIC_KINDS } from '../metric-table.ts';
import type { Labels } from '../tick.ts';
import type { AlertState, Subject } from './alert.ts';
import type { AlertRule, Silence } from './configuration.ts';

/** What matchers of routes and silences see of an alert. */
export const matchLabels = (
  alert: Pick<AlertState, 'rule' | 'severity' | 'subject'>,
  rule: Pick<AlertRule, 'labels'> | undefined,
): Labels => ({
  ...rule?.labels,
  ...subjectLabels(alert.subject),
  rule: alert.rule,
  severity: alert.severity,
});

function subjectLabels(subject: Subject): Labels {
  switch (subject.kind) {
    case 'host':
      return { ...subject.labels, host: subject.host, location: subject.location };
    case 'location':
      return { location: subject.location };
    default:
      return {};
  }
}

/** Labels that every alert may have, and those of the metrics that agents send. */
const KNOWN_LABELS: readonly string[] = [
  ...new Set(['location', 'host', 'severity', 'rule', ...METRIC_KINDS.flatMap(({ label }) => label ?? [])]),
];

/** What a matcher may name: the known labels, the labels of rules, and those that a rule's expression names. */
function matchableLabels(rules: readonly Pick<AlertRule, 'labels' | 'expression'>[]): readonly string[] {
  const names = new Set(KNOWN_LABELS);
  for (const { labels, expression } of rules) {
    for (const name of Object.keys(labels)) names.add(name);
    for (const name of expressionLabels(expression)) names.add(name);
  }
  return [...names];
}

function expressionLabels(expression: string): readonly string[] {
  const labelsOf = (test: Test): string[] => {
    if (test.kind === 'share') return test.of.flatMap(labelsOf);
    return test.kind === 'compare' ? test.value.matchers.map(({ label }) => label) : [];
  };
  try {
    return parseExpression(expression).tests.flatMap(labelsOf);
  } catch {
    return [];
  }
}

/** Each alert is held against each of them. */
const MAX_MATCHERS = 32;

/**
 * * Parses matchers into their canonical form. A label or a severity that no alert can have would match all or
 * * nothing without notice: BAD_EXPRESSION suggests the nearest one.
 */
export function checkMatchers(
  texts: readonly string[],
  rules: readonly Pick<AlertRule, 'labels' | 'expression'>[],
): readonly string[] {
  if (texts.length > MAX_MATCHERS)
    throw new ExpectedError('USAGE', `${texts.length} matchers are over the limit of ${MAX_MATCHERS}`, {
      hint: "Match several values with a pattern, such as 'host~web-*'.",
    });
  const labels = matchableLabels(rules);
  return texts.map((text) => {
    try {
      const matcher = parseMatcher(text, labels);
      if (matcher.label === 'severity') checkSeverity(matcher, text);
      return `${matcher.label}${matcher.op}${matcher.value}`;
    } catch (error) {
      // With the caret: over a wire there is nothing else to draw it from.
      if (error instanceof ExpressionError) throw new ExpectedError('BAD_EXPRESSION', error.text);
      throw error;
    }
  });
}

/** Severities are a closed set: an unknown one is an error, also in a glob or a negative matcher. */
function checkSeverity({ label, op, value }: Matcher, text: string): void {
  const sought: Matcher = { label, op: op.endsWith('~') ? '~' : '=', value };
  if (SEVERITIES.some((severity) => matcherFits(sought, severity))) return;
  const begins = SEVERITIES.find((severity) => value !== '' && severity.startsWith(value.toLowerCase()));
  const hint = begins ? `Did you mean ${begins}?` : didYouMean(value, SEVERITIES);
  const span = { start: text.length - Math.max(1, value.length), end: text.length };
  const message = value === '' ? 'every alert has a severity' : `unknown severity ${quoted(value)}`;
  throw new ExpressionError(message, text, span, hint ?? `Severities are ${SEVERITIES.join(', ')}.`);
}

const PARSED = new Map<string, Matcher | undefined>();
const MAX_PARSED = 10_000;

/** Saved matchers were validated; one that cannot be parsed matches nothing. */
function parsed(text: string): Matcher | undefined {
  if (PARSED.has(text)) return PARSED.get(text);
  if (PARSED.size >= MAX_PARSED) PARSED.clear();
  let matcher: Matcher | undefined;
  try {
    matcher = parseMatcher(text);
  } catch {}
  PARSED.set(text, matcher);
  return matcher;
}

export const matches = (matchers: readonly string[], labels: Labels): boolean =>
  matchers.every((text) => {
    const matcher = parsed(text);
    return matcher !== undefined && matchersFit([matcher], labels);
  });

export type SilenceState = 'active' | 'pending' | 'expired';

export const silenceState = (
  { startsMs, endsMs }: Pick<Silence, 'startsMs' | 'endsMs'>,
  nowMs: number,
): SilenceState => (endsMs <= nowMs ? 'expired' : startsMs <= nowMs ? 'active' : 'pending');

/**
 * Whether matchers of a silence fit an alert. An absent label is an empty one, so `host!~web-*` fits alerts without a
 * * host. Alerts about the fleet and about minimon itself are silenced only if a matcher names their rule.
 */
export function silences(matchers: readonly string[], labels: Labels): boolean {
  const isOfAll = labels['location'] === undefined && labels['host'] === undefined;
  if (isOfAll && !matchers.some((text) => parsed(text)?.label === 'rule')) return false;
  return matches(matchers, labels);
}

/** The silence that covers the alert for the longest time. */
export function silenceOf(labels: Labels, all: readonly Silence[], nowMs: number): Silence | undefined {
  return all
    .filter((one) => silenceState(one, nowMs) === 'active' && silences(one.matchers, labels))
    .sort((a, b) => b.endsMs - a.endsMs)[0];
}

const isOfHosts = (text: string): boolean => ['host', 'location'].includes(parsed(text)?.label ?? '');

/** Whether a host is under a silence as a whole: one that chooses by host and location alone. */
export const silencesHost = (
  matchers: readonly string[],
  host: { readonly hostId: string; readonly location: string },
): boolean => matchers.every(isOfHosts) && matches(matchers, { host: host.hostId, location: host.location });

/** Whether alerts of a host can be chosen, whatever rule and labels they have. */
export const mayFitHost = (
  matchers: readonly string[],
  host: { readonly hostId: string; readonly location: string },
): boolean => matches(matchers.filter(isOfHosts), { host: host.hostId, location: host.location });
