// The output of rule tests: expected and actual alerts of each failure, and a summary.
import type { RuleTestOutcome } from '../assembly/rule-tests.ts';
import type { ExpectedAlert, GotAlert } from '../daemons/warn/rule-tests.ts';
import { formatDuration } from '../domain/duration.ts';
import { safeText } from '../domain/safe-text.ts';
import type { JsonValue } from './output.ts';
import { paint, type Screen } from './screen.ts';

/** Expectations that fail, each with its place, then a line with the count. */
export function ruleTestsText(outcomes: readonly RuleTestOutcome[], screen: Screen): string {
  const failed = outcomes.filter(({ differences }) => differences.length > 0);
  const held = outcomes.length - failed.length;
  const count = `${held} of ${outcomes.length} ${outcomes.length === 1 ? 'expectation holds' : 'expectations hold'}`;
  return `${failed.map((outcome) => failureText(outcome, screen)).join('')}${count}\n`;
}

function failureText(
  { file, place, test, expectation, differences }: RuleTestOutcome,
  screen: Screen,
): string {
  const { rule, atMs } = expectation;
  const where = safeText(`${file}:${place.line}:${place.column}`);
  const title = `${where}: ${safeText(test)}: ${safeText(rule)} at ${formatDuration(atMs)}`;
  const lines = differences.flatMap(({ state, missing, unexpected }) => [
    `  ${state}`,
    ...missing.map((alert) => paint(screen, 'red', `    - expected  ${alertText(alert)}`)),
    ...unexpected.map((alert) => paint(screen, 'green', `    + got       ${alertText(alert)}`)),
    ...(unexpected.length === 0 ? ['      got       nothing else'] : []),
  ]);
  return `${paint(screen, 'bold', title)}\n${lines.join('\n')}\n\n`;
}

/** What is known of the alert: subject first. */
function alertText(alert: ExpectedAlert | GotAlert): string {
  const { host, location, labels = {}, severity, value, sinceMs, told, text } = alert;
  const parts = [
    host ?? '',
    location === undefined ? '' : `location=${location}`,
    ...Object.entries(labels).map(([name, of]) => `${name}=${of}`),
    severity === undefined ? '' : severity,
    value === undefined ? '' : `value ${value}`,
    sinceMs === undefined ? '' : `since ${formatDuration(sinceMs)}`,
    told === undefined ? '' : `told ${told.join(', ') || 'nobody'}`,
    text === undefined ? '' : `text ${JSON.stringify(text)}`,
  ];
  return safeText(parts.filter((part) => part !== '').join('  ') || 'any alert');
}

export const ruleTestsObject = (outcomes: readonly RuleTestOutcome[]): JsonValue => ({
  ok: outcomes.every(({ differences }) => differences.length === 0),
  expectations: outcomes.map(({ file, place, test, expectation, differences }) => ({
    file,
    line: place.line,
    column: place.column,
    test,
    rule: expectation.rule,
    at_ms: expectation.atMs,
    ok: differences.length === 0,
    differences: differences.map(({ state, missing, unexpected }) => ({
      state,
      missing: missing.map(alertObject),
      unexpected: unexpected.map(alertObject),
    })),
  })),
});

function alertObject({ sinceMs, told, labels, ...alert }: ExpectedAlert | GotAlert): JsonValue {
  return {
    ...alert,
    ...(labels !== undefined && { labels: { ...labels } }),
    ...(sinceMs !== undefined && { since_ms: sinceMs }),
    ...(told !== undefined && { told: [...told] }),
  };
}
