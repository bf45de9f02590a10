// An alert in a message: the tests of its rule, with values at firing, worst, now and recovery.
import { type AlertState, type Basis, labelsOf, type Subject } from '../../../domain/alerting/alert.ts';
import {
  CLOCK_FAULT,
  FLEET_SILENT,
  HOST_CONFLICT,
  PIPELINE_STALLED,
} from '../../../domain/alerting/built-in.ts';
import type { AlertRule } from '../../../domain/alerting/configuration.ts';
import { fillMessageText } from '../../../domain/expression/message-text.ts';
import { parseExpression } from '../../../domain/expression/parser.ts';
import { printCondition, printValue } from '../../../domain/expression/printer.ts';
import type { Comparison, Expression, Severity, Test } from '../../../domain/expression/syntax.ts';
import { SEPARATE_MACHINES } from '../../../domain/machine-copies.ts';
import { unitOf } from '../../../domain/metric-kinds.ts';
import type { Alert, Moments, Reading, Subject as ToldSubject } from '../../../receivers/message.ts';
import { readableTime, readableValue } from '../../../receivers/readable.ts';

/** What only the evaluator and the catalog know of an alert. */
export type AlertFacts = {
  /** When the host's last tick came. */
  readonly lastTickMs?: ((host: string) => number | undefined) | undefined;
};

/** What the rules about minimon itself mean, which have no expression to be read. */
const INTERNAL_TEXTS: ReadonlyMap<string, string> = new Map([
  [
    PIPELINE_STALLED.definition.name,
    "minimon's own pipeline is stalled since {since}: no heartbeats of report arrive. Until they do, silent hosts cannot be detected.",
  ],
  [
    FLEET_SILENT.definition.name,
    'All hosts are silent, but heartbeats of report arrive: look for a common cause, such as the network.',
  ],
  [
    CLOCK_FAULT.definition.name,
    'The timestamps of {host} are {label.clock} of their arrival: fix its clock. Until then its alerts keep their state.',
  ],
  [
    HOST_CONFLICT.definition.name,
    `Two machines report as {host} ({label.machines}): ${SEPARATE_MACHINES}. Until then its values alternate between the two.`,
  ],
]);

export type ToldAs = Pick<Alert, 'state' | 'isNew' | 'cameBack'> &
  Partial<Pick<Alert, 'endedMs' | 'endReason' | 'severityBefore' | 'acknowledged'>>;

export function messageAlert(
  state: AlertState,
  rule: Pick<AlertRule, 'labels' | 'text' | 'runbook'> | undefined,
  toldAs: ToldAs,
  facts: AlertFacts & { readonly timeZone: string },
): Alert {
  const readings = readingsOf(state, toldAs.state, facts);
  const text = rule?.text ?? INTERNAL_TEXTS.get(state.rule);
  const noData = toldAs.state === 'firing' ? state.noDataSinceMs : undefined;
  return {
    id: state.id,
    rule: state.rule,
    severity: state.severity,
    subject: toldSubject(state.subject),
    labels: rule?.labels ?? {},
    sinceMs: state.sinceMs,
    readings,
    ...toldAs,
    ...(noData !== undefined && { noDataSinceMs: noData }),
    ...(text !== undefined && { text: textOf(text, state, readings, facts.timeZone) }),
    ...(rule?.runbook !== undefined && { runbook: rule.runbook }),
  };
}

export function toldSubject(subject: Subject): ToldSubject {
  switch (subject.kind) {
    case 'host':
      return { host: subject.host, location: subject.location, labels: subject.labels };
    case 'location':
      return { location: subject.location, labels: {} };
    default:
      return { labels: labelsOf(subject) };
  }
}

function textOf(text: string, state: AlertState, readings: readonly Reading[], timeZone: string): string {
  const { host, location, labels } = toldSubject(state.subject);
  const value = readings.map(valueText).find((one) => one !== undefined);
  return fillMessageText(text, {
    rule: state.rule,
    severity: state.severity,
    since: readableTime(state.sinceMs, timeZone),
    labels,
    ...(host !== undefined && { host }),
    ...(location !== undefined && { location }),
    ...(value !== undefined && { value }),
  });
}

/** What `{value}` stands for: of a forecast the value itself, not the one foreseen. */
function valueText(reading: Reading): string | undefined {
  switch (reading.kind) {
    case 'value': {
      const { now, atRecovery, atFiring } = reading.values;
      return readableValue(now ?? atRecovery ?? atFiring, reading.unit);
    }
    case 'forecast':
      return readableValue(reading.measured, reading.unit);
    case 'share': {
      const { now, atRecovery } = reading.values;
      return readableValue(now ?? atRecovery, 'percent');
    }
    default:
      return undefined;
  }
}

function readingsOf(state: AlertState, toldAs: Alert['state'], facts: AlertFacts): readonly Reading[] {
  const { subject } = state;
  if (subject.kind === 'rule') return [{ kind: 'no_series', before: subject.before }];
  const expression = readExpression(state.expression);
  if (expression === undefined) return [];
  // The severest levels are those of the first test that has several (domain/alerting/rule-set.ts).
  const levelled = Math.max(
    0,
    expression.tests.findIndex((test) => test.kind === 'compare' && test.levels.length > 1),
  );
  return expression.tests.map((test, i) => {
    // Not a number is null once it was stored.
    const at: number | null | undefined = state.values[i];
    const now: Moments = !Number.isFinite(at)
      ? {}
      : toldAs === 'resolved'
        ? { atRecovery: at! }
        : { now: at! };
    const moments: Moments =
      i !== levelled
        ? now
        : {
            ...now,
            ...(state.firedValue !== undefined && { atFiring: state.firedValue }),
            ...(state.worstValue !== undefined && { worst: state.worstValue }),
          };
    return readingOf(test, moments, {
      state,
      isResolved: toldAs === 'resolved',
      basis: state.bases?.[i] ?? undefined,
      facts,
    });
  });
}

type Judged = {
  readonly state: AlertState;
  readonly isResolved: boolean;
  readonly basis: Basis | undefined;
  readonly facts: AlertFacts;
};

function readingOf(test: Test, values: Moments, { state, isResolved, basis, facts }: Judged): Reading {
  switch (test.kind) {
    case 'silent': {
      const { subject } = state;
      const lastTickMs = subject.kind === 'host' ? facts.lastTickMs?.(subject.host) : undefined;
      return {
        kind: 'silent',
        ...(lastTickMs !== undefined && { lastTickMs }),
        ...(isResolved && { reportsAgain: true }),
      };
    }
    case 'share': {
      const counted = basis !== undefined && 'count' in basis ? basis : undefined;
      return {
        kind: 'share',
        condition: printCondition(test.of),
        threshold: { op: test.op, value: test.percent },
        ...(counted !== undefined && { count: counted.count, total: counted.total }),
        values,
      };
    }
    case 'compare': {
      const measured = basis !== undefined && 'measured' in basis ? basis.measured : undefined;
      return comparisonReading(test, values, { severity: state.severity, measured });
    }
  }
}

function comparisonReading(
  { value, levels }: Comparison,
  values: Moments,
  { severity, measured }: { readonly severity: Severity; readonly measured: number | undefined },
): Reading {
  const level = levels.findLast((one) => one.severity === severity) ?? levels[0]!;
  const { metric } = value;
  const unit = unitOf(metric);
  const threshold = { op: level.op, value: level.bound.value };
  if (value.fn === 'forecast' && measured !== undefined) {
    return { kind: 'forecast', metric, unit, threshold, horizonMs: value.durationMs, measured, values };
  }
  const expression = printValue(value);
  return { kind: 'value', metric, unit, threshold, values, ...(expression !== metric && { expression }) };
}

/** Internal rules have a meaning in words instead of an expression. */
function readExpression(text: string): Expression | undefined {
  try {
    return parseExpression(text);
  } catch {
    return undefined;
  }
}
