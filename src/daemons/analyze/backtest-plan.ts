// What a backtest evaluates: its rules, the hosts that they cover, and the passes in which those are read.
import { BACKTEST_LIMITS, type BacktestRequest } from '../../api/backtest-fields.ts';
import { nearExpressions } from '../../domain/alerting/near.ts';
import {
  createRuleSet,
  leadOf,
  metricsOf,
  type Rule,
  type RuleDefinition,
} from '../../domain/alerting/rule-set.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { readExpression } from '../../domain/expression/check.ts';
import { HEARTBEAT_MS, silentAfterMs } from '../../domain/host.ts';
import { checkInstant } from '../../domain/instant.ts';
import { compareBytes } from '../../domain/names.ts';
import { USUAL_INTERVAL_MS } from '../../domain/tick.ts';
import { checkRange } from '../../store/range-check.ts';
import type { Store } from '../../store/store.ts';
import { planHosts, type ReadHost } from './backtest-ticks.ts';

const DEFAULT_LIMIT = 100;
const MAX_RANGE_MS = 92 * 86_400_000;

export type KnownHost = {
  readonly id: string;
  readonly location: string;
  readonly intervalMs: number;
  readonly firstSeenMs: number;
};

export type Work = {
  readonly request: BacktestRequest;
  /** Named by their place in the request: {@link nameOf}. */
  readonly definitions: readonly RuleDefinition[];
  readonly rules: readonly Rule[];
  readonly limit: number;
};

export function prepare(request: BacktestRequest): Work {
  const { startMs, stopMs, limit = DEFAULT_LIMIT } = request;
  checkInstant(startMs, 'start');
  checkInstant(stopMs, 'stop');
  checkRange({ startMs, stopMs });
  if (stopMs - startMs > MAX_RANGE_MS) {
    throw new ExpectedError('BAD_RANGE', 'a backtest is over at most 92 days', {
      hint: 'Give a shorter range.',
    });
  }
  if (limit < 0 || limit > BACKTEST_LIMITS.alerts)
    throw new ExpectedError('BAD_REQUEST', `limit is ${limit}; it is 0 to ${BACKTEST_LIMITS.alerts}`);
  if (request.rules.length > BACKTEST_LIMITS.rules || request.rules.length === 0) {
    throw new ExpectedError(
      'BAD_REQUEST',
      `${request.rules.length} rules; a backtest is of 1 to ${BACKTEST_LIMITS.rules}`,
    );
  }
  const definitions = request.rules.flatMap(
    ({ severity = 'warning', locations = [], hosts = [], ...rule }, i) => {
      const expression = readExpression(rule.expression);
      const near = request.near ? nearExpressions(expression) : [];
      return [expression, ...near].map(
        (each, j): RuleDefinition => ({
          name: nameOf(i, j),
          expression: each,
          severity,
          locations,
          hosts,
          enabled: true,
        }),
      );
    },
  );
  const rules = [...createRuleSet(definitions).rules.values()];
  return { request, definitions, rules, limit };
}

/** The rule of that place in the request, and after it those with a near threshold. */
export const nameOf = (rule: number, near = 0): string => `${rule}.${near}`;

/** Rules that are evaluated over the same portions. */
export type Pass = {
  readonly rules: readonly Rule[];
  /** Silence and shares look at all hosts at every moment, and hosts without samples count; others are judged one by one. */
  readonly together: boolean;
  readonly hosts: readonly ReadHost[];
  /** Where reading begins. */
  readonly fromMs: number;
};

export async function planPasses(
  work: Work,
  store: Pick<Store, 'latest'>,
  known: readonly KnownHost[],
): Promise<Pass[]> {
  const silentMs =
    silentAfterMs(Math.max(USUAL_INTERVAL_MS, ...known.map(({ intervalMs }) => intervalMs))) + HEARTBEAT_MS;
  const passes: Pass[] = [];
  for (const together of [false, true]) {
    const rules = work.rules.filter(({ kind }) => (kind !== 'value') === together);
    if (rules.length === 0) continue;
    const leadMs = Math.max(...rules.map((rule) => leadOf(rule, silentMs)));
    // On the grid of the heartbeats, so that another range judges time alone at the same instants.
    const fromMs = Math.floor((work.request.startMs - leadMs) / HEARTBEAT_MS) * HEARTBEAT_MS;
    const hosts = await planHosts(store, known, { metrics: metricsOf(rules), sinceMs: fromMs });
    passes.push({ rules, together, hosts, fromMs });
  }
  return passes;
}

/** The hosts that a rule covers and that ever reported, in byte order: as they are assigned today. */
export async function hostsOf(
  { definitions }: Work,
  store: Pick<Store, 'hosts'>,
  places: ReadonlyMap<string, string>,
): Promise<KnownHost[]> {
  const scopes = createRuleSet(definitions);
  const stored = new Map((await store.hosts({ sinceMs: 0 })).map((host) => [host.hostId, host]));
  return [...places]
    .filter(([id, location]) => stored.has(id) && scopes.scopesOf(id, location).includes(1))
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([id, location]) => {
      const { intervalMs, firstSeenMs } = stored.get(id)!;
      return { id, location, intervalMs: intervalMs || USUAL_INTERVAL_MS, firstSeenMs };
    });
}
