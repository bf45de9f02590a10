// Unit tests of rules without a server: feeds series as ticks to the evaluator, and compares alerts with expectations.
import type { AlertState } from '../../domain/alerting/alert.ts';
import { matchLabels } from '../../domain/alerting/alert-matching.ts';
import { builtInRules } from '../../domain/alerting/built-in.ts';
import type { AlertRule, ReceiverSetup } from '../../domain/alerting/configuration.ts';
import { createEvaluator, type StreamTick } from '../../domain/alerting/evaluator.ts';
import { createReplay } from '../../domain/alerting/replay.ts';
import { draftRule, type RuleDraft } from '../../domain/alerting/rule-check.ts';
import type { RuleDefinition } from '../../domain/alerting/rule-set.ts';
import type { NotedSeries } from '../../domain/alerting/series-notation.ts';
import { parseExpression } from '../../domain/expression/parser.ts';
import { printExpression } from '../../domain/expression/printer.ts';
import type { Severity } from '../../domain/expression/syntax.ts';
import type { Labels, Sample } from '../../domain/tick.ts';
import { messageAlert, toldSubject } from './notification/alert-message.ts';
import { routeAlert } from './notification/routing.ts';

export type TestSeries = NotedSeries & {
  /** A value a tick; null for none. */
  readonly values: readonly (number | null)[];
};

/** An alert by what is named of it; times since the start of the test. */
export type ExpectedAlert = {
  readonly host?: string;
  readonly location?: string;
  /** Those that are named; others may be there. */
  readonly labels?: Labels;
  readonly severity?: Severity;
  readonly value?: number;
  readonly sinceMs?: number;
  /** Names of receivers, in any order. */
  readonly told?: readonly string[];
  readonly text?: string;
};

export type GotAlert = {
  readonly host?: string;
  readonly location?: string;
  readonly labels: Labels;
  readonly severity: Severity;
  readonly value?: number;
  readonly sinceMs: number;
  readonly told: readonly string[];
  readonly text?: string;
};

export type Expectation = {
  /** Since the start of the test. */
  readonly atMs: number;
  readonly rule: string;
  /** All alerts that fire. */
  readonly firing: readonly ExpectedAlert[];
  /** All that are pending; undefined: not looked at. */
  readonly pending?: readonly ExpectedAlert[];
};

export type TestReceiver = Pick<ReceiverSetup, 'name' | 'matchers' | 'isDefault'>;

export type RuleTest = {
  readonly name: string;
  readonly startMs: number;
  readonly intervalMs: number;
  readonly series: readonly TestSeries[];
  /** Undefined: those that rules name. */
  readonly receivers?: readonly TestReceiver[];
  readonly expectations: readonly Expectation[];
};

export type Difference = {
  readonly state: 'firing' | 'pending';
  /** Expected, and not there. */
  readonly missing: readonly ExpectedAlert[];
  /** There, and not expected. */
  readonly unexpected: readonly GotAlert[];
};

export type Outcome = {
  readonly expectation: Expectation;
  /** None: it holds. */
  readonly differences: readonly Difference[];
};

/** The outcome of each expectation, in their order. Rules of the same name replace built-in ones. */
export function runRuleTest(test: RuleTest, drafts: readonly RuleDraft[]): Outcome[] {
  const rules = rulesOf(drafts);
  const { startMs } = test;
  const evaluator = createEvaluator(() => {});
  evaluator.setRules([...rules.values()].map(definitionOf), startMs);
  for (const { host, location } of test.series) evaluator.setHost(host, location, startMs);
  const replay = createReplay(evaluator, { startMs });
  const ticks = ticksOf(test)[Symbol.iterator]();
  let next = ticks.next();
  const got = new Map<Expectation, Outcome>();
  for (const expectation of test.expectations.toSorted((a, b) => a.atMs - b.atMs)) {
    const atMs = startMs + expectation.atMs;
    for (; !next.done && next.value.receivedMs <= atMs; next = ticks.next()) replay.tick(next.value);
    replay.upTo(atMs);
    const states = evaluator.open().filter(({ rule }) => rule === expectation.rule);
    got.set(expectation, { expectation, differences: compare(expectation, states, { test, rules }) });
  }
  return test.expectations.map((expectation) => got.get(expectation)!);
}

type TestedRule = ReturnType<typeof draftRule>;

function rulesOf(drafts: readonly RuleDraft[]): ReadonlyMap<string, TestedRule> {
  const builtIn = builtInRules().map(
    ({ name, expression, severity }): RuleDraft => ({
      name,
      expression: printExpression(expression),
      severity,
    }),
  );
  return new Map([...builtIn, ...drafts].map((draft) => [draft.name, draftRule(draft, draft.expression)]));
}

const definitionOf = ({ expression, ...rule }: TestedRule): RuleDefinition => ({
  ...rule,
  expression: parseExpression(expression),
});

/** By time, then in the order in which hosts are named first. A tick in which no series of its host has a value is none. */
function* ticksOf({ series, startMs, intervalMs }: RuleTest): Generator<StreamTick> {
  const byHost = Map.groupBy(series, ({ host }) => host);
  const length = Math.max(0, ...series.map(({ values }) => values.length));
  for (let i = 0; i < length; i++) {
    const timeMs = startMs + i * intervalMs;
    for (const [hostId, own] of byHost) {
      const samples = own.flatMap(({ metric, labels, values }): Sample[] => {
        const value = values[i] ?? null;
        return value === null ? [] : [{ metric, labels, value }];
      });
      if (samples.length > 0) yield { hostId, timeMs, intervalMs, receivedMs: timeMs, samples };
    }
  }
}

type Against = { readonly test: RuleTest; readonly rules: ReadonlyMap<string, TestedRule> };

function compare(
  { firing, pending }: Expectation,
  states: readonly AlertState[],
  against: Against,
): readonly Difference[] {
  return (['firing', 'pending'] as const).flatMap((state) => {
    const expected = state === 'firing' ? firing : pending;
    if (expected === undefined) return [];
    const got = states.filter((one) => one.state === state).map((one) => gotAlert(one, against));
    const difference = differenceOf(expected, got);
    if (difference.missing.length === 0 && difference.unexpected.length === 0) return [];
    return [{ state, ...difference }];
  });
}

function gotAlert(state: AlertState, { test, rules }: Against): GotAlert {
  const rule = rules.get(state.rule);
  const { host, location, labels } = toldSubject(state.subject);
  const value = state.values[0];
  const { text } = messageAlert(
    state,
    rule,
    { state: 'firing', isNew: true, cameBack: 0 },
    { timeZone: 'UTC' },
  );
  return {
    ...(host !== undefined && { host }),
    ...(location !== undefined && { location }),
    labels,
    severity: state.severity,
    ...(value !== undefined && Number.isFinite(value) && { value }),
    sinceMs: state.sinceMs - test.startMs,
    told: toldOf(state, rule, test),
    ...(text !== undefined && { text }),
  };
}

/** What a route does not look at. */
const NO_RECEIVER = {
  kind: '',
  options: {},
  activeTimes: [],
  timeZone: 'UTC',
  createdMs: 0,
  updatedMs: 0,
} as const;

function toldOf(
  state: AlertState,
  rule: Pick<AlertRule, 'labels' | 'notify'> | undefined,
  { receivers, startMs }: RuleTest,
): readonly string[] {
  const named = (rule?.notify ?? []).map((name): TestReceiver => ({ name, matchers: [], isDefault: false }));
  const setups = (receivers ?? named).map((receiver): ReceiverSetup => ({ ...NO_RECEIVER, ...receiver }));
  const routed = routeAlert(matchLabels(state, rule), rule?.notify ?? [], { receivers: setups }, startMs);
  return routed.map(({ receiver }) => receiver).sort();
}

/** Each expected alert takes one that it fits; where one fits several, so that most are taken. */
function differenceOf(
  expected: readonly ExpectedAlert[],
  got: readonly GotAlert[],
): { readonly missing: readonly ExpectedAlert[]; readonly unexpected: readonly GotAlert[] } {
  const takenBy = new Map<GotAlert, ExpectedAlert>();
  const take = (wanted: ExpectedAlert, tried: Set<GotAlert>): boolean => {
    for (const one of got) {
      if (tried.has(one) || !fits(wanted, one)) continue;
      tried.add(one);
      const other = takenBy.get(one);
      if (other !== undefined && !take(other, tried)) continue;
      takenBy.set(one, wanted);
      return true;
    }
    return false;
  };
  const missing = expected.filter((wanted) => !take(wanted, new Set()));
  return { missing, unexpected: got.filter((one) => !takenBy.has(one)) };
}

const fits = (wanted: ExpectedAlert, got: GotAlert): boolean =>
  (['host', 'location', 'severity', 'sinceMs', 'text'] as const).every(
    (key) => wanted[key] === undefined || wanted[key] === got[key],
  ) &&
  Object.entries(wanted.labels ?? {}).every(([name, value]) => (got.labels[name] ?? '') === value) &&
  (wanted.value === undefined || isNear(wanted.value, got.value)) &&
  (wanted.told === undefined || [...wanted.told].sort().join('\n') === got.told.join('\n'));

/** Means are sums: their last bits are nobody's expectation. */
const isNear = (a: number, b: number | undefined): boolean =>
  b !== undefined && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
