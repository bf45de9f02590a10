// Runs stock and built-in rules over a simulated fleet, as if its ticks arrived now.
import { createFleet, type Fault, isUp, type SimulatedHost } from '../../src/daemons/simulate/fleet.ts';
import { hostValues } from '../../src/daemons/simulate/host-values.ts';
import { builtInRules } from '../../src/domain/alerting/built-in.ts';
import { createEvaluator, type StreamTick } from '../../src/domain/alerting/evaluator.ts';
import type { RuleDefinition } from '../../src/domain/alerting/rule-set.ts';
import { STOCK_RULES } from '../../src/domain/alerting/stock-rules.ts';
import { parseExpression } from '../../src/domain/expression/parser.ts';
import { LIMITS, type Sample } from '../../src/domain/tick.ts';
import { replay } from '../domain/alerting/timeline.ts';

const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
const START_MS = Date.UTC(2026, 10, 23);

const stock = STOCK_RULES.map(
  ({ name, expression, severity }): RuleDefinition => ({
    name,
    expression: parseExpression(expression),
    severity,
    locations: [],
    hosts: [],
    enabled: true,
  }),
);

export type FiredOptions = {
  readonly hosts: number;
  readonly hours: number;
  readonly faults: readonly Fault[];
  readonly silentAfterMs?: number;
};

/** Rule -> how often it fired. */
export function firingOver({
  hosts: count,
  hours,
  faults,
  silentAfterMs,
}: FiredOptions): ReadonlyMap<string, number> {
  const stopMs = START_MS + hours * HOUR;
  const { hosts } = createFleet({
    seed: 1,
    hosts: count,
    locations: 3,
    faults,
    ...(silentAfterMs !== undefined && { silentFromMs: START_MS + silentAfterMs }),
  });
  const fired = new Map<string, number>();
  const evaluator = createEvaluator(({ kind, alert }) => {
    if (kind === 'firing') fired.set(alert.rule, (fired.get(alert.rule) ?? 0) + 1);
  });
  evaluator.setRules([...stock, ...builtInRules()], START_MS);
  for (const host of hosts) evaluator.setHost(host.hostId, host.location, START_MS);
  replay(evaluator, ticksOf(hosts, stopMs), { startMs: START_MS, stopMs });
  return fired;
}

function* ticksOf(hosts: readonly SimulatedHost[], stopMs: number): Generator<StreamTick> {
  const values = new Float64Array(LIMITS.seriesPerTick);
  for (let timeMs = START_MS; timeMs < stopMs; timeMs += MINUTE) {
    for (const host of hosts) {
      if (!isUp(host.life, timeMs)) continue;
      hostValues(host, { timeMs, intervalMs: MINUTE }, values);
      const samples = host.series.map(
        ({ metric, labels }, i): Sample => ({ metric, labels, value: values[i]! }),
      );
      yield { hostId: host.hostId, timeMs, intervalMs: MINUTE, receivedMs: timeMs + 500, samples };
    }
  }
}
