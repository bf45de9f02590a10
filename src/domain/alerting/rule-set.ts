// Rules prepared for evaluation: which tests concern a series, which rules a crossing value may start, which hosts they cover.
import { matchersFit } from '../expression/matcher.ts';
import { printExpression, printValue } from '../expression/printer.ts';
import {
  type Comparison,
  type Expression,
  type Level,
  type Operator,
  type Severity,
  type Share,
  severityRank,
  type Value,
} from '../expression/syntax.ts';
import { type Labels, seriesKey } from '../tick.ts';
import { createScopes } from './rule-scopes.ts';
import { FORECAST_SPAN_MS } from './window.ts';

export type RuleDefinition = {
  readonly name: string;
  /** What the ids of its alerts begin with, where it had another name. */
  readonly identity?: string;
  readonly expression: Expression;
  /** Of rules whose levels name none. */
  readonly severity: Severity;
  /** Globs; empty means all. */
  readonly locations: readonly string[];
  readonly hosts: readonly string[];
  readonly enabled: boolean;
};

export const identityOf = ({ name, identity = name }: Pick<RuleDefinition, 'name' | 'identity'>): string =>
  identity;

/** What of a series is compared, and in which direction the threshold lies. */
export type Wanted = Pick<Value, 'fn' | 'durationMs' | 'abs'> & { readonly upward: boolean };
export type ValueTest = Comparison & { readonly upward: boolean; readonly wanted: Wanted };

export type Rule = {
  readonly definition: RuleDefinition;
  readonly canonical: string;
  readonly kind: 'value' | 'silent' | 'share';
  readonly tests: readonly ValueTest[];
  readonly shares: readonly ShareTest[];
  readonly scope: number;
  /** The test whose levels are the rule's; 0 where all have one. */
  readonly levelled: number;
  readonly severities: readonly Severity[];
};

/** The condition inside a share: counted once for all rules that ask the same of the same hosts. */
export type ShareCondition = {
  readonly key: string;
  readonly scope: number;
  /** Undefined: silent. */
  readonly tests: readonly ValueTest[] | undefined;
};
export type ShareTest = { readonly share: Share; readonly condition: ShareCondition };

/** What a crossing value of a rule's first test may start. */
export type Starter = { readonly op: Operator; readonly bound: number; readonly of: Rule | ShareCondition };
/** Starters that point the same way, the least strict first: the first one not crossed ends the search. */
export type StarterGroup = { readonly wanted: Wanted; readonly starters: readonly Starter[] };
/** Groups that compare one value: it is computed once for all of them. */
export type ValueNode = readonly StarterGroup[];

/** What the rules want of a series. */
export type Binding = {
  readonly windowMs: number;
  readonly means: boolean;
  readonly nodes: readonly ValueNode[];
};

/** A series as it occurs on any host. */
export type Series = {
  readonly metric: string;
  readonly labels: Labels;
  readonly labelsKey: string;
  binding: Binding;
};

export type RuleSet = ReturnType<typeof createRuleSet>;

export const crosses = (op: Operator, value: number, bound: number): boolean => {
  switch (op) {
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
  }
};

export const levelCrosses = (level: Level, value: number): boolean =>
  crosses(level.op, value, level.bound.value);

export const levelClears = (level: Level, value: number): boolean =>
  level.clear === undefined
    ? !levelCrosses(level, value)
    : crosses(level.clear.op, value, level.clear.bound.value);

export const isRule = (of: Rule | ShareCondition): of is Rule => 'definition' in of;

/** Only enabled rules take part. */
export function createRuleSet(definitions: readonly RuleDefinition[]) {
  const scopes = createScopes();
  const conditions = new Map<string, ShareCondition>();
  const rules = new Map<string, Rule>();
  const testsByMetric = new Map<string, { test: ValueTest; starts: Rule | ShareCondition | undefined }[]>();
  const bindings = new Map<string, Binding>();

  const addTests = (tests: readonly ValueTest[], of: Rule | ShareCondition): void => {
    for (const [i, test] of tests.entries()) {
      const list = testsByMetric.get(test.value.metric) ?? [];
      testsByMetric.set(test.value.metric, list);
      list.push({ test, starts: i === 0 ? of : undefined });
    }
  };

  const conditionOf = (share: Share, scope: number): ShareCondition => {
    const tests = valueTests(share.of);
    const inside = printExpression({ tests: share.of, forMs: 0, keepMs: 0 });
    const key = `${scope}\u0000${inside}`;
    const condition = conditions.get(key) ?? { key, scope, tests: tests.length === 0 ? undefined : tests };
    if (!conditions.has(key)) addTests(tests, condition);
    conditions.set(key, condition);
    return condition;
  };

  for (const definition of definitions) {
    if (!definition.enabled) continue;
    const { expression } = definition;
    const scope = scopes.idOf(definition);
    const tests = valueTests(expression.tests);
    const shares = expression.tests
      .filter((test) => test.kind === 'share')
      .map((share) => ({ share, condition: conditionOf(share, scope) }));
    const levelled = Math.max(
      0,
      tests.findIndex((test) => test.levels.length > 1),
    );
    const levels = tests[levelled]?.levels ?? [{}];
    const rule: Rule = {
      definition,
      canonical: printExpression(expression),
      kind: shares.length > 0 ? 'share' : tests.length > 0 ? 'value' : 'silent',
      tests,
      shares,
      scope,
      levelled,
      severities: levels.map((level) => ('severity' in level && level.severity) || definition.severity),
    };
    rules.set(definition.name, rule);
    addTests(tests, rule);
  }

  const bind = (metric: string, labels: Labels): Binding => {
    const tests = testsByMetric.get(metric) ?? [];
    const fitting = tests.filter(({ test }) => matchersFit(test.value.matchers, labels));
    // Most series of a metric want the same: one binding for all of them.
    const key = `${metric}\u0000${tests.map((test) => (fitting.includes(test) ? 1 : 0)).join('')}`;
    const binding = bindings.get(key) ?? bindingOf(fitting);
    bindings.set(key, binding);
    return binding;
  };

  return {
    rules: rules as ReadonlyMap<string, Rule>,
    /** Rule sets with equal keys cover hosts alike, and ask for the same metrics. */
    scopesKey: scopes.key(),
    metricsKey: [...testsByMetric.keys()].sort().join('\n'),
    conditions: [...conditions.values()],
    concerns: (metric: string): boolean => testsByMetric.has(metric),
    makeSeries: (metric: string, labels: Labels): Series => ({
      metric,
      labels,
      labelsKey: seriesKey('', labels),
      binding: bind(metric, labels),
    }),
    rebind: (series: Series): void => {
      series.binding = bind(series.metric, series.labels);
    },
    /** Which scopes cover a host, one byte a scope; hosts of a location that are covered alike share the array. */
    scopesOf: scopes.covering,
  };
}

const valueTests = (tests: Expression['tests']): ValueTest[] =>
  tests
    .filter((test) => test.kind === 'compare')
    .map((test) => {
      const { fn, durationMs, abs } = test.value;
      const upward = test.levels[0]!.op === '>' || test.levels[0]!.op === '>=';
      return { ...test, upward, wanted: { fn, durationMs, abs, upward } };
    });

function bindingOf(
  tests: readonly { test: ValueTest; starts: Rule | ShareCondition | undefined }[],
): Binding {
  let windowMs = 0;
  let means = false;
  const nodes = new Map<string, Map<string, { wanted: Wanted; starters: Starter[] }>>();
  for (const { test, starts } of tests) {
    const { fn, durationMs, abs, upward } = test.wanted;
    if (fn === 'forecast') means = true;
    else windowMs = Math.max(windowMs, durationMs);
    if (starts === undefined) continue;
    // A forecast's result depends on the direction of its threshold.
    const key = fn === 'forecast' ? `${fn} ${durationMs} ${upward}` : `${fn} ${durationMs}`;
    const node = nodes.get(key) ?? new Map<string, { wanted: Wanted; starters: Starter[] }>();
    nodes.set(key, node);
    const groupKey = `${abs} ${upward}`;
    const group = node.get(groupKey) ?? { wanted: test.wanted, starters: [] };
    node.set(groupKey, group);
    // The mildest level is the first to be crossed, whatever the others are.
    const { op, bound } = test.levels[0]!;
    group.starters.push({ op, bound: bound.value, of: starts });
  }
  for (const node of nodes.values()) {
    for (const { wanted, starters } of node.values()) {
      starters.sort(
        (a, b) => (wanted.upward ? a.bound - b.bound : b.bound - a.bound) || b.op.length - a.op.length,
      );
    }
  }
  return { windowMs, means, nodes: [...nodes.values()].map((node) => [...node.values()]) };
}

/** The bounds of a rule without what holds a firing alert: two rules with equal ones fire alike. */
export const boundsOf = (rule: Rule): string =>
  JSON.stringify(
    rule.tests.map(({ value, levels }) => [
      printValue(value),
      levels.map(({ op, bound }) => [op, bound.value]),
    ]),
  );

export const severest = (severities: readonly Severity[]): Severity =>
  severities.reduce((a, b) => (severityRank(b) > severityRank(a) ? b : a));

/** Every metric that the rules ask for. */
export const metricsOf = (rules: readonly Rule[]): ReadonlySet<string> =>
  new Set(
    rules.flatMap(({ tests, shares }) =>
      [...tests, ...shares.flatMap(({ condition }) => condition.tests ?? [])].map(
        ({ value }) => value.metric,
      ),
    ),
  );

/** What rules ask of a metric over time: samples of the longest window, or the means that forecasts are made of. */
export type MetricWindow = {
  readonly metric: string;
  readonly of: 'samples' | 'means';
  readonly spanMs: number;
  /** The same by the matchers of those that ask: other series of the metric are kept for shorter, or not at all. */
  readonly spans: ReadonlyMap<string, number>;
};

export function windowsOf(rules: Iterable<Rule>): readonly MetricWindow[] {
  const windows = new Map<string, MetricWindow & { spans: Map<string, number> }>();
  for (const { tests, shares } of rules) {
    for (const { value, wanted } of [...tests, ...shares.flatMap(({ condition }) => condition.tests ?? [])]) {
      const of = wanted.fn === 'forecast' ? 'means' : 'samples';
      const spanMs = of === 'means' ? FORECAST_SPAN_MS : wanted.durationMs;
      if (spanMs === 0) continue;
      const key = `${of} ${value.metric}`;
      const known = windows.get(key) ?? { metric: value.metric, of, spanMs, spans: new Map() };
      const matchers = JSON.stringify(value.matchers);
      known.spans.set(matchers, Math.max(spanMs, known.spans.get(matchers) ?? 0));
      windows.set(key, { ...known, spanMs: Math.max(spanMs, known.spanMs) });
    }
  }
  return [...windows.values()];
}

/** How long before a moment reading must begin, so that windows are full, `for` is over, and the silent are known to be. */
export function leadOf({ definition, tests, shares }: Rule, silentMs: number): number {
  const windows = [...tests, ...shares.flatMap(({ condition }) => condition.tests ?? [])].map(({ wanted }) =>
    wanted.fn === 'forecast' ? FORECAST_SPAN_MS : wanted.durationMs,
  );
  return Math.max(0, ...windows) + definition.expression.forMs + silentMs;
}
