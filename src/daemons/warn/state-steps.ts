// Explains the state of a rule on a host or a location, in the order of its evaluation.
import type { WhyStep } from '../../api/warn.ts';
import type { AlertState } from '../../domain/alerting/alert.ts';
import type { Explanation, SubjectExplained, TestExplained } from '../../domain/alerting/explain.ts';
import type { ShareCount } from '../../domain/alerting/location-counts.ts';
import { crosses, levelCrosses } from '../../domain/alerting/rule-set.ts';
import { formatDuration } from '../../domain/duration.ts';
import { printCondition, printLevel, printValue } from '../../domain/expression/printer.ts';
import type { Comparison, Expression, Share } from '../../domain/expression/syntax.ts';
import { unitOf } from '../../domain/metric-kinds.ts';
import { formatValue } from '../../domain/units.ts';

export type Step = WhyStep;

/** Labels of a subject, `mount=/var`; undefined where there are none. */
export const subjectText = (labels: Readonly<Record<string, string>>): string | undefined =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ') || undefined;

const of = (subject: string | undefined) => (subject === undefined ? {} : { subject });

/** Whether anything of the host is heard, and its stamps can be judged. */
export function hostSteps(explained: Explanation): readonly Step[] {
  const { lastReceivedMs, silent, silentAfterMs, clockFault } = explained;
  if (lastReceivedMs === undefined) {
    const text = 'no tick since warn started: it cannot be evaluated';
    return [{ topic: 'data', verdict: 'stop', text }];
  }
  const steps: Step[] = [];
  const limit = formatDuration(silentAfterMs ?? 0);
  steps.push(
    silent
      ? {
          topic: 'data',
          verdict: 'note',
          text: `silent: no tick for over ${limit}, the last one came`,
          atMs: lastReceivedMs,
        }
      : { topic: 'data', verdict: 'ok', text: 'it reports, the last tick came', atMs: lastReceivedMs },
  );
  if (clockFault === 'behind') {
    const text = 'its clock is behind: its ticks are older than those already evaluated, and are ignored';
    steps.push({ topic: 'data', verdict: 'stop', text });
  } else if (clockFault === 'ahead') {
    const text = 'its clock is ahead: its ticks have future timestamps';
    steps.push({ topic: 'data', verdict: 'note', text });
  }
  return steps;
}

/** Each series of the host that the rule is about, or what is missing. */
export function valueSteps(explained: Explanation, expression: Expression): readonly Step[] {
  // Of a start, not of the host: its series come with its next tick.
  if (!explained.isHeard) {
    const text = 'no tick since warn started: it is evaluated with the next one';
    return [
      { topic: 'data', verdict: 'wait', text },
      ...explained.others.flatMap((alert) => stateSteps(alert, expression)),
    ];
  }
  const steps: Step[] = explained.missing.map((metric) => {
    const test = comparisons(expression).find(({ value }) => value.metric === metric);
    const series = test === undefined ? metric : printValue({ ...test.value, fn: 'last', abs: false });
    return { topic: 'data', verdict: 'stop', text: `${series} does not arrive from it` };
  });
  if (explained.missing.length === 0 && explained.subjects.length === 0) {
    const text = 'its series share no labels, so they cannot be joined';
    steps.push({ topic: 'data', verdict: 'stop', text });
  }
  for (const subject of explained.subjects) steps.push(...oneSubject(subject, expression));
  for (const alert of explained.others) {
    const text = 'not reported any more';
    steps.push({ topic: 'data', verdict: 'note', text, ...of(subjectText(labelsOf(alert))) });
    steps.push(...stateSteps(alert, expression));
  }
  return steps;
}

function oneSubject(subject: SubjectExplained, expression: Expression): readonly Step[] {
  const { alert } = subject;
  const name = of(subjectText(subject.labels));
  const tests = comparisons(expression);
  const steps = subject.tests.map(
    (test, i): Step => ({
      ...testStep(test, tests[i]!, alert?.state === 'firing'),
      ...name,
    }),
  );
  if (alert !== undefined) return [...steps, ...stateSteps(alert, expression)];
  const levels = subject.crosses;
  if (levels === undefined || levels.every((one) => one === undefined)) {
    return [...steps, { topic: 'state', verdict: 'wait', text: 'unknown yet', ...name }];
  }
  const holds = levels.includes(true);
  const text = holds
    ? 'the condition holds; it is evaluated with the next tick'
    : 'does not fire: the condition does not hold';
  return [...steps, { topic: 'state', verdict: holds ? 'wait' : 'stop', text, ...name }];
}

function testStep(test: TestExplained, { value, levels }: Comparison, isFiring: boolean): Step {
  const unit = unitOf(value.metric);
  const wanted = levels.map(printLevel).join(', ');
  const { coverage, lastMs } = test;
  const samples = coverage === undefined ? '' : ` (${coverage.samples} of ${coverage.due} samples)`;
  const base = { topic: 'value' as const, ...(Number.isFinite(lastMs) && { atMs: lastMs }) };
  const last = Number.isFinite(lastMs)
    ? `the last value is ${formatValue(test.lastValue, unit)}`
    : 'no value since warn started';
  if (test.value === undefined) {
    const why =
      value.fn === 'forecast'
        ? 'no forecast yet: it needs an hour of values, and a last half hour that points the same way'
        : `${coverage?.samples ?? 0} of ${coverage?.due ?? 1} samples: too few to say`;
    return { ...base, verdict: 'wait', text: `${printValue(value)}: ${why}; ${last}` };
  }
  const text = `${printValue(value)} is ${formatValue(test.value, unit)}${samples}, wanted ${wanted}`;
  if (levels.some((level) => levelCrosses(level, test.value!))) return { ...base, verdict: 'ok', text };
  if (isFiring) return { ...base, verdict: 'note', text: `${text}: not over yet` };
  return { ...base, verdict: 'stop', text };
}

/** Pending, firing, held: since when, and what is waited for. */
export function stateSteps(
  alert: AlertState,
  { forMs, keepMs }: Pick<Expression, 'forMs' | 'keepMs'>,
): readonly Step[] {
  const name = of(subjectText(labelsOf(alert)));
  const { sinceMs, noDataSinceMs, severity } = alert;
  const steps: Step[] = [];
  if (alert.held) {
    const text =
      'due, but held back while a rule about the share of silent hosts fires for its location and notifies instead';
    steps.push({ topic: 'state', verdict: 'wait', text, atMs: sinceMs, ...name });
  } else if (alert.state === 'pending') {
    const text = `pending for less than ${formatDuration(forMs)}: fires at about`;
    steps.push({ topic: 'state', verdict: 'wait', text, atMs: sinceMs + forMs, ...name });
  } else {
    steps.push({
      topic: 'state',
      verdict: 'ok',
      text: `fires, ${severity}`,
      // As in every list of alerts: since when the condition holds.
      atMs: sinceMs,
      ...name,
    });
    const good = alert.levels.find((level) => level?.goodSinceMs !== undefined)?.goodSinceMs;
    if (good !== undefined) {
      const text = `good; over ${formatDuration(keepMs)} after the first good tick`;
      steps.push({ topic: 'state', verdict: 'note', text, atMs: good + keepMs, ...name });
    }
  }
  if (noDataSinceMs !== undefined) {
    const text =
      'its host has sent nothing since: the alert keeps its state, is not repeated, and ends after 24h';
    steps.push({ topic: 'state', verdict: 'note', text, atMs: noDataSinceMs, ...name });
  }
  return steps;
}

/** A rule about silent hosts, on one host. */
export function silentSteps(explained: Explanation, expression: Expression): readonly Step[] {
  const [alert] = explained.others;
  const limit = formatDuration(explained.silentAfterMs ?? 0);
  if (alert !== undefined) return stateSteps(alert, expression);
  const text = explained.silent
    ? 'silent; it is evaluated within a second'
    : `does not fire: it counts as silent after ${limit} without a tick, and fires ${formatDuration(expression.forMs)} after that`;
  return [{ topic: 'state', verdict: explained.silent ? 'wait' : 'stop', text }];
}

/** A rule about shares, in one location. */
export function shareSteps(
  counts: readonly (Pick<ShareCount, 'of' | 'among'> | undefined)[],
  expression: Expression,
  alert: AlertState | undefined,
): readonly Step[] {
  const shares = expression.tests.filter((test): test is Share => test.kind === 'share');
  const steps = shares.map((share, i): Step => {
    const condition = printCondition(share.of);
    const least = share.min === undefined ? '' : ` and at least ${share.min}`;
    const count = counts[i];
    if (count === undefined) {
      const text = `share(${condition}): fewer than three of its hosts count (they report, are not silenced, and it is known how they are): no share`;
      return { topic: 'value', verdict: 'stop', text };
    }
    const percent = (count.of / count.among) * 100;
    const text = `${condition}: ${count.of} of ${count.among} hosts, ${formatValue(percent, 'percent')}, wanted ${share.op} ${share.percent} %${least}`;
    const holds = crosses(share.op, percent, share.percent);
    return { topic: 'value', verdict: holds && count.of >= (share.min ?? 0) ? 'ok' : 'stop', text };
  });
  if (alert !== undefined) return [...steps, ...stateSteps(alert, expression)];
  return [...steps, { topic: 'state', verdict: 'stop', text: 'does not fire: the condition does not hold' }];
}

const comparisons = ({ tests }: Expression): readonly Comparison[] =>
  tests.filter((test): test is Comparison => test.kind === 'compare');

export const labelsOf = ({ subject }: Pick<AlertState, 'subject'>): Readonly<Record<string, string>> =>
  subject.kind === 'host' ? subject.labels : {};
