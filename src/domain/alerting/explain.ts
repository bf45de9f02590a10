// Why a rule fires on a host or does not: scope, series, last values, windows, thresholds.
import { silentAfterMs } from '../host.ts';
import type { Labels } from '../tick.ts';
import type { AlertState } from './alert.ts';
import { judgeMatch, matchesOf, testFits, valueAt } from './condition.ts';
import { type Host, sourceIndexOf } from './host.ts';
import { stateOf } from './open-alerts.ts';
import type { Rule } from './rule-set.ts';
import { type Coverage, coverageOf } from './window.ts';

export type TestExplained = {
  readonly metric: string;
  readonly labels: Labels;
  readonly lastValue: number;
  /** -Infinity while only its past was read, and no tick with it was heard. */
  readonly lastMs: number;
  /** The compared value; undefined while a window or a forecast has too few samples. */
  readonly value: number | undefined;
  /** Of a window: "4 of 10 samples". */
  readonly coverage?: Coverage;
};

export type SubjectExplained = {
  readonly labels: Labels;
  readonly tests: readonly TestExplained[];
  /** One per level; undefined while unknown. */
  readonly crosses: readonly (boolean | undefined)[] | undefined;
  readonly alert?: AlertState;
};

export type Explanation = {
  /** Whether a tick of it was judged since warn started. */
  readonly isHeard: boolean;
  /** Whether the rule's scope covers the host. */
  readonly covered: boolean;
  readonly silent: boolean;
  /** Received last, by report's clock; undefined: never. */
  readonly lastReceivedMs: number | undefined;
  readonly silentAfterMs: number | undefined;
  readonly clockFault: Host['clockFault'];
  /** Metrics of the rule that the host does not report with fitting labels. */
  readonly missing: readonly string[];
  readonly subjects: readonly SubjectExplained[];
  /** Alerts of the rule on this host whose subjects are not reported any more. */
  readonly others: readonly AlertState[];
};

export function explain(host: Host, rule: Rule): Explanation {
  const last = host.sources.reduce<Host['sources'][number] | undefined>(
    (a, b) => (a === undefined || b.lastReceivedMs > a.lastReceivedMs ? b : a),
    undefined,
  );
  const missing = rule.tests.filter((test) => !host.series.some((_, index) => testFits(host, index, test)));
  const firsts = rule.tests[0] === undefined ? [] : host.series.keys();
  const subjects = [...firsts]
    .filter((index) => testFits(host, index, rule.tests[0]!))
    .flatMap((index) => matchesOf(host, rule.tests, index))
    .map((match) => explainSubject(host, rule, match));
  const own = [...(host.alerts?.values() ?? [])].filter((alert) => alert.rule === rule).map(stateOf);
  const shown = new Set(subjects.map(({ alert }) => alert?.id));
  return {
    isHeard: host.sources.some(({ lastTickMs }) => Number.isFinite(lastTickMs)),
    covered: host.scopes[rule.scope] === 1,
    silent: host.silent,
    lastReceivedMs: last?.lastReceivedMs,
    silentAfterMs: last && silentAfterMs(last.intervalMs),
    clockFault: host.clockFault,
    missing: [...new Set(missing.map((test) => test.value.metric))],
    subjects,
    others: own.filter(({ id }) => !shown.has(id)),
  };
}

function explainSubject(
  host: Host,
  rule: Rule,
  match: ReturnType<typeof matchesOf>[number],
): SubjectExplained {
  const source = sourceIndexOf(host, match.indices[0]!);
  const { lastTickMs, intervalMs, name } = host.sources[source]!;
  const at = { timeMs: lastTickMs, intervalMs, source, partial: name !== '' };
  const alert = [...(host.alerts?.values() ?? [])].find(
    (open) =>
      open.rule === rule &&
      open.series.length === match.indices.length &&
      open.series.every((series, i) => series === host.series[match.indices[i]!]),
  );
  return {
    labels: match.labels,
    tests: match.indices.map((index, i) => {
      const { wanted, value } = rule.tests[i]!;
      const window = host.windows[index];
      const windowed = wanted.fn !== 'last' && wanted.fn !== 'forecast';
      return {
        metric: value.metric,
        labels: host.series[index]!.labels,
        lastValue: host.values[index]!,
        lastMs: host.times[index]!,
        value: valueAt(host, index, wanted, at),
        ...(windowed &&
          window && { coverage: coverageOf(window, lastTickMs, wanted.durationMs, intervalMs) }),
      };
    }),
    crosses: judgeMatch(host, rule, match, at)?.crosses,
    ...(alert && { alert: stateOf(alert) }),
  };
}
