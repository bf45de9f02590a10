// Evaluates an expression on hosts now: reads their last samples from the services and runs the alert evaluator.
import type { Host, ManageClient } from '../api/manage.ts';
import { planHosts, readTicks } from '../daemons/analyze/backtest-ticks.ts';
import { createEvaluator } from '../domain/alerting/evaluator.ts';
import type { SubjectExplained } from '../domain/alerting/explain.ts';
import { createReplay } from '../domain/alerting/replay.ts';
import {
  createRuleSet,
  leadOf,
  metricsOf,
  type Rule,
  type RuleDefinition,
} from '../domain/alerting/rule-set.ts';
import { roughDuration } from '../domain/duration.ts';
import type { Expression, Severity } from '../domain/expression/syntax.ts';
import { silentAfterMs } from '../domain/host.ts';
import { unitOf } from '../domain/metric-kinds.ts';
import { type Labels, seriesKey, USUAL_INTERVAL_MS } from '../domain/tick.ts';
import { formatValue } from '../domain/units.ts';
import type { LatestSample, Store } from '../store/store.ts';
import type { AnalyzeClient } from './cli-context.ts';

export type JudgedValue = { readonly metric: string; readonly value: number; readonly timeMs: number };

export type JudgedSubject = {
  readonly labels: Labels;
  /** One a test, in the order of the expression; what is not known is left out. */
  readonly values: readonly JudgedValue[];
  /** Of the severest level that holds, for as long as the expression asks. */
  readonly severity?: Severity;
  /** It holds, and not for long enough. */
  readonly pendingSinceMs?: number;
};

/** How the values of a subject are said: "disk.usage /data 60.0 %", one a test. */
export function valueTexts({ labels, values }: JudgedSubject): string[] {
  const where = Object.values(labels)
    .map((value) => ` ${value}`)
    .join('');
  return values.map(({ metric, value }) => `${metric}${where} ${formatValue(value, unitOf(metric))}`);
}

export const HOLDS_TOO_SHORTLY = 'not for long enough yet';

export type HostVerdict = {
  readonly host: string;
  readonly location?: string;
  /** Why it cannot be judged: then nothing is said of its state. Values are the last that are known. */
  readonly unknown?: string;
  readonly subjects: readonly JudgedSubject[];
};

export type JudgeServices = {
  readonly manage: Pick<ManageClient, 'listHosts' | 'getHost'>;
  readonly analyze: Pick<AnalyzeClient, 'queryLatest' | 'queryRange'>;
};

/** A verdict a host, in their order. Rejects as the services do. `expression` is about values, or `silent`. */
export async function judgeHosts(
  { analyze }: Pick<JudgeServices, 'analyze'>,
  hosts: readonly Host[],
  {
    expression,
    severity,
    nowMs,
  }: { readonly expression: Expression; readonly severity: Severity; readonly nowMs: number },
): Promise<HostVerdict[]> {
  const definition = { name: '', expression, severity, locations: [], hosts: [], enabled: true };
  const rule = createRuleSet([definition]).rules.get('')!;
  if (rule.kind === 'silent') return hosts.map((host) => judgeSilent(host, rule, nowMs));
  const intervals = hosts.map(({ intervalMs = USUAL_INTERVAL_MS }) => intervalMs);
  const startMs = nowMs - leadOf(rule, silentAfterMs(Math.max(USUAL_INTERVAL_MS, ...intervals)));
  const explained = await explainHosts(storeOf(analyze), hosts, { definition, startMs, nowMs });
  return hosts.map((host): HostVerdict => {
    const found = explained.get(host.hostId);
    const unknown =
      stateError(host, nowMs) ?? clockError(host, nowMs) ?? subjectsError(host, rule, found, nowMs);
    return {
      host: host.hostId,
      ...(host.location !== undefined && { location: host.location }),
      ...(unknown !== undefined && { unknown }),
      subjects: (found?.subjects ?? []).map((subject) => judged(subject, unknown !== undefined)),
    };
  });
}

type Explained = { readonly subjects: readonly SubjectExplained[]; readonly missing: readonly string[] };

/** The services as the store that they read. What ended is not there now: only series that `latest` named have a range. */
function storeOf(analyze: JudgeServices['analyze']): Pick<Store, 'latest' | 'range'> {
  const present = new Set<string>();
  const keyOf = ({ hostId, metric, labels }: Omit<LatestSample, 'timeMs' | 'value'>) =>
    `${hostId}\u0000${seriesKey(metric, labels)}`;
  return {
    async latest({ hosts = [], sinceMs }) {
      const { samples } = await analyze.queryLatest({ hosts, sinceMs });
      for (const sample of samples) present.add(keyOf(sample));
      return samples;
    },
    async range({ hosts = [], metric, startMs, stopMs }) {
      const { series } = await analyze.queryRange({ hosts, metric, startMs, stopMs });
      return series.filter((one) => present.has(keyOf(one)));
    },
  };
}

async function explainHosts(
  store: Pick<Store, 'latest' | 'range'>,
  hosts: readonly Host[],
  { definition, startMs, nowMs }: { definition: RuleDefinition; startMs: number; nowMs: number },
): Promise<ReadonlyMap<string, Explained>> {
  const evaluator = createEvaluator(() => {});
  evaluator.setRules([definition], startMs);
  const known = hosts.map(({ hostId, location = '', intervalMs = USUAL_INTERVAL_MS }) => {
    evaluator.setHost(hostId, location, startMs);
    return { id: hostId, intervalMs };
  });
  const metrics = metricsOf([...createRuleSet([definition]).rules.values()]);
  // Those that stopped are shown with their last values.
  const planned = known.length === 0 ? [] : await planHosts(store, known, { metrics, sinceMs: startMs });
  const range = { startMs, stopMs: nowMs + 1, signal: new AbortController().signal };
  const replay = createReplay(evaluator, { startMs });
  if (planned.length > 0)
    for (const tick of (await readTicks(store, planned, range)).ticks()) replay.tick(tick);
  return new Map(
    hosts.map(({ hostId }) => [
      hostId,
      evaluator.explain(definition.name, hostId) ?? { subjects: [], missing: [] },
    ]),
  );
}

function judged({ labels, tests, alert }: SubjectExplained, isUnknown: boolean): JudgedSubject {
  const values = tests.flatMap(({ metric, lastMs, value }) =>
    value === undefined || !Number.isFinite(value) ? [] : [{ metric, value, timeMs: lastMs }],
  );
  if (isUnknown || alert === undefined) return { labels, values };
  if (alert.state === 'firing') return { labels, values, severity: alert.severity };
  return { labels, values, pendingSinceMs: alert.sinceMs };
}

function judgeSilent(host: Host, rule: Rule, nowMs: number): HostVerdict {
  const { intervalMs = USUAL_INTERVAL_MS, lastSeenMs, hostId, location } = host;
  const unknown = host.state === 'silent' ? undefined : stateError(host, nowMs);
  const sinceMs = (lastSeenMs ?? nowMs) + silentAfterMs(intervalMs);
  const fires = nowMs - sinceMs >= rule.definition.expression.forMs;
  const state = fires ? { severity: rule.severities[0]! } : { pendingSinceMs: sinceMs };
  return {
    host: hostId,
    ...(location !== undefined && { location }),
    ...(unknown !== undefined && { unknown }),
    subjects:
      unknown === undefined ? [{ labels: {}, values: [], ...(host.state === 'silent' && state) }] : [],
  };
}

/** Why nothing that is stored of the host says anything of now. */
function stateError({ state, managed, lastSeenMs, note }: Host, nowMs: number): string | undefined {
  if (!managed) return 'it is not assigned to a location';
  const since = lastSeenMs === undefined ? '' : ` for ${roughDuration(nowMs - lastSeenMs)}`;
  switch (state) {
    case 'reporting':
    case 'late':
      return undefined;
    case 'silent':
      return `silent${since}`;
    case 'never':
      return 'it never reported';
    case 'unknown':
      return `unknown: the pipeline has read nothing new${since}`;
    case 'refused':
      return `its samples are rejected${note ? `: ${note}` : ''}`;
    case 'conflict':
      return 'two machines report under this name';
  }
}

/** By a clock that is behind, old samples would be those of now, and newer ones not be seen. */
function clockError(
  { lastSeenMs = 0, intervalMs = USUAL_INTERVAL_MS }: Host,
  nowMs: number,
): string | undefined {
  const aheadMs = lastSeenMs - nowMs;
  if (aheadMs <= silentAfterMs(intervalMs)) return undefined;
  return `its last sample is ${roughDuration(aheadMs)} ahead of the clock here`;
}

function subjectsError(
  { intervalMs = USUAL_INTERVAL_MS }: Host,
  rule: Rule,
  explained: Explained | undefined,
  nowMs: number,
): string | undefined {
  const [missing] = explained?.missing ?? [];
  if (explained === undefined || explained.subjects.length === 0) {
    const metric = missing ?? rule.tests[0]!.value.metric;
    return `it reports no matching ${metric}`;
  }
  for (const { tests, crosses, labels } of explained.subjects) {
    const where = Object.entries(labels)
      .map(([name, value]) => ` ${name}=${value}`)
      .join('');
    const old = tests.find(({ lastMs }) => nowMs - lastMs > silentAfterMs(intervalMs));
    if (old) return `${old.metric}${where} was last reported ${roughDuration(nowMs - old.lastMs)} ago`;
    const few = tests.find(({ value }) => value === undefined);
    if (few?.coverage)
      return `${few.coverage.samples} of ${few.coverage.due} samples of ${few.metric}${where}`;
    if (crosses === undefined || crosses.includes(undefined))
      return `too few samples of ${tests[0]!.metric}${where}`;
  }
  return undefined;
}
