// Recorded ticks through warn's evaluation as if they arrived now, and through a backtest over a store that holds them.

import type { BacktestRequest, BacktestResult } from '../../src/api/backtest-fields.ts';
import { createBacktests } from '../../src/daemons/analyze/backtest.ts';
import { createEvaluation } from '../../src/daemons/warn/evaluation/evaluation.ts';
import type { Change } from '../../src/domain/alerting/alert.ts';
import type { StreamTick } from '../../src/domain/alerting/evaluator.ts';
import type { Tick } from '../../src/domain/tick.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import type { Store } from '../../src/store/store.ts';
import { createTickReader } from '../../src/wire/tick-reader.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
import { alertBackends } from '../warn/alert-parts.ts';
import { putInto } from './ticks.ts';
import { openWatchedStore } from './watched-store.ts';

/** `endedSeries`: as its source says them, not by their keys. */
export type RecordedTick = StreamTick & { readonly endedSeries?: NonNullable<Tick['ended']> };

export type Recording = {
  readonly ticks: readonly RecordedTick[];
  /** Host -> location. */
  readonly places: Readonly<Record<string, string>>;
  readonly startMs: number;
  readonly stopMs: number;
};

export const wholeTick = ({ hostId, timeMs, intervalMs, samples, endedSeries }: RecordedTick): Tick => ({
  hostId,
  timeMs,
  intervalMs,
  samples,
  ...(endedSeries && { ended: endedSeries }),
  machineId: `machine of ${hostId}`,
  bootId: 'boot',
  agentVersion: '0.1.0',
});

/** A change as text: what, when, of whom and with which state. */
const lineOf = ({ kind, atMs, alert, reason, previousSeverity }: Change): string => {
  const { subject, sinceMs, severity, worstValue, firedValue, values } = alert;
  const of =
    subject.kind === 'host' ? [subject.host, JSON.stringify(subject.labels)] : [JSON.stringify(subject)];
  const values_ = [...values, firedValue, worstValue].join(' ');
  return [
    new Date(atMs).toISOString(),
    kind,
    ...of,
    sinceMs,
    severity,
    previousSeverity,
    values_,
    reason,
  ].join(' | ');
};

const inOrder = (lines: readonly string[]): string[] => [...lines].sort();

/** The changes of each rule as warn's evaluation makes them: heartbeats every ten seconds, time judged after each. */
export async function liveChanges(
  expressions: readonly string[],
  { startMs, stopMs, ticks, places }: Recording,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const clock = createVirtualClock(startMs);
  const lines = new Map(expressions.map((expression) => [expression, [] as string[]]));
  const stopping = new AbortController();
  const { manage, catalog } = await alertBackends();
  // Those that exist without being asked for would hold back what the rules do.
  for (const { name } of await manage.listRules()) await manage.setRuleEnabled({ name, enabled: false });
  for (const expression of expressions) await manage.putRule({ name: expression, expression });
  await manage.assignHosts({
    new: true,
    assignments: Object.entries(places).map(([hostId, location]) => ({ hostId, location })),
  });
  const evaluation = createEvaluation({
    clock,
    logger: silentLogger,
    manage,
    load: catalog.alertStates.load,
    notifier: { configure: () => {} },
    onChange: (change) => void lines.get(change.alert.rule)?.push(lineOf(change)),
    partitions: 1,
  });
  await evaluation.begin(stopping.signal);
  const reader = createTickReader();
  let next = 0;
  for (let beatMs = startMs; beatMs < stopMs; beatMs += 10_000) {
    for (; next < ticks.length && ticks[next]!.receivedMs <= beatMs; next++) {
      const { receivedMs } = ticks[next]!;
      const bytes = encodeBatch([encodeTick(wholeTick(ticks[next]!))]);
      reader.readBatch(bytes, (view) => evaluation.tick(view, { partition: 0, receivedMs }));
    }
    evaluation.heartbeat(0, beatMs);
    evaluation.advance();
    await clock.advanceTo(beatMs + 10_000);
  }
  stopping.abort();
  return new Map([...lines].map(([expression, changes]) => [expression, inOrder(changes)]));
}

export type Backtested = {
  readonly changes: readonly string[];
  readonly seen: readonly Change[];
  readonly result: BacktestResult;
};

/** A store that holds the recording, and backtests over it: of the whole of it where the request says nothing else. */
export async function openRecording({ startMs, stopMs, ticks, places }: Recording, given?: Store) {
  const watched = given === undefined ? await openWatchedStore(stopMs) : undefined;
  const store = given ?? watched!;
  const put = putInto(store);
  for (let at = 0; at < ticks.length; at += 2_000) await put(ticks.slice(at, at + 2_000).map(wholeTick));
  const seen: Change[] = [];
  const backtest = createBacktests({
    store,
    locations: { all: async () => ({ places: new Map(Object.entries(places)), warnings: [] }) },
    clock: createVirtualClock(stopMs),
    onChange: (_rule, change) => seen.push(change),
  });
  return {
    store,
    /** What the store was asked, where it is the one that this opened. */
    ranges: watched?.ranges ?? [],
    backtest,
    async run(
      request: Pick<BacktestRequest, 'rules'> & Partial<BacktestRequest>,
      signal = new AbortController().signal,
    ): Promise<Backtested> {
      seen.length = 0;
      let result: BacktestResult | undefined;
      for await (const answer of backtest({ startMs, stopMs, ...request }, signal)) result = answer.result;
      return { changes: inOrder(seen.map(lineOf)), seen: [...seen], result: result! };
    },
  };
}
