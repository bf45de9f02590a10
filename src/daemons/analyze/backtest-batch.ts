// Evaluates the history of a batch of hosts with the live evaluator, yielding to the event loop.
import type { AlertState, Change } from '../../domain/alerting/alert.ts';
import { createEvaluator } from '../../domain/alerting/evaluator.ts';
import { createReplay } from '../../domain/alerting/replay.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createTurns } from '../../runtime/turns.ts';
import type { KnownHost, Pass } from './backtest-plan.ts';
import type { Tally } from './backtest-tally.ts';
import type { ReadHost } from './backtest-ticks.ts';

/** The event loop is left this often: reports are acknowledged on it where all runs in one process. */
const TURN_MS = 5;
/** What time alone decides is judged in steps of this, so that a long gap does not hold up the event loop. */
const GAP_STEP_MS = 60_000;

type Batch = {
  readonly pass: Pass;
  readonly tallies: ReadonlyMap<string, Tally>;
  readonly clock: Clock;
  readonly onChange: ((rule: string, change: Change) => void) | undefined;
  readonly known: readonly KnownHost[];
  readonly batch: readonly ReadHost[];
};

export function startBatch({ pass, tallies, clock, onChange, known, batch }: Batch) {
  const { together, fromMs } = pass;
  const open = new Set<string>();
  const evaluator = createEvaluator((change) => {
    const { id, rule } = change.alert;
    if (change.kind === 'resolved' || change.kind === 'ended' || change.kind === 'dropped') open.delete(id);
    else open.add(id);
    const tally = tallies.get(rule);
    if (tally === undefined) return;
    tally.change(change);
    onChange?.(rule, change);
  });
  evaluator.setRules(
    pass.rules.map(({ definition }) => definition),
    fromMs,
  );
  const batched = new Set(batch.map(({ id }) => id));
  for (const { id, location, intervalMs, firstSeenMs } of known) {
    if (!together && !batched.has(id)) continue;
    evaluator.setHost(id, location, fromMs);
    // Silent since before the range: what is stored of it does not say since when.
    const timeMs = fromMs - 1;
    if (together && firstSeenMs < fromMs)
      evaluator.seeHost({ hostId: id, timeMs, intervalMs, receivedMs: timeMs });
  }
  const replay = createReplay(evaluator, { startMs: fromMs, isIdle: () => !together && open.size === 0 });
  const turn = createTurns(clock, TURN_MS);
  let atMs = fromMs;

  async function yieldWhenDue(signal: AbortSignal): Promise<void> {
    const othersTurn = turn();
    if (othersTurn === undefined) return;
    await othersTurn;
    signal.throwIfAborted();
  }

  async function advanceTo(ms: number, signal: AbortSignal): Promise<void> {
    for (; atMs + GAP_STEP_MS < ms; atMs += GAP_STEP_MS) {
      replay.upTo(atMs);
      await yieldWhenDue(signal);
    }
    atMs = ms;
  }

  return {
    async play(
      ticks: Iterable<Parameters<typeof replay.tick>[0]>,
      { stopMs, signal }: { readonly stopMs: number; readonly signal: AbortSignal },
      seen: { ticks: number; firstMs: number },
    ): Promise<void> {
      for (const tick of ticks) {
        if (tick.receivedMs - atMs > GAP_STEP_MS) await advanceTo(tick.receivedMs, signal);
        atMs = tick.receivedMs;
        replay.tick(tick);
        if (seen.firstMs > tick.timeMs) seen.firstMs = tick.timeMs;
        if ((++seen.ticks & 31) === 0) await yieldWhenDue(signal);
      }
      await advanceTo(stopMs, signal);
      replay.upTo(stopMs - 1);
    },
    close(): void {
      const states = Map.groupBy<string, AlertState>(evaluator.open(), ({ rule }) => rule);
      for (const [rule, tally] of tallies) tally.close(states.get(rule) ?? []);
    },
  };
}
