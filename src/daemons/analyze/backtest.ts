// Backtests: rules evaluated over the recorded past by the code that evaluates them live, in portions that fit the memory.
import type { AnalyzeService, BacktestRequest, BacktestResult } from '../../api/analyze.ts';
import type { AlertState, Change } from '../../domain/alerting/alert.ts';
import { createEvaluator } from '../../domain/alerting/evaluator.ts';
import { nearExpressions } from '../../domain/alerting/near.ts';
import { createReplay } from '../../domain/alerting/replay.ts';
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
import { checkInstant, formatInstant } from '../../domain/instant.ts';
import { compareBytes } from '../../domain/names.ts';
import { USUAL_INTERVAL_MS } from '../../domain/tick.ts';
import type { Clock } from '../../runtime/clock.ts';
import { checkRange } from '../../store/range-check.ts';
import type { Store } from '../../store/store.ts';
import type { Locations } from '../locations.ts';
import { createTally, stepOf, type Tally } from './backtest-tally.ts';
import { batchesOf, planHosts, type ReadHost, readTicks, sliceMsOf } from './backtest-ticks.ts';

export type BacktestParts = {
  /** Why answers may lack samples for now, in words. */
  readonly replaying?: (() => string | undefined) | undefined;
  readonly store: Pick<Store, 'range' | 'latest' | 'hosts'>;
  readonly locations: Pick<Locations, 'all'>;
  readonly clock: Clock;
  /** What became of each rule's alerts, in the order of each host's ticks: for tests. */
  readonly onChange?: (rule: string, change: Change) => void;
};

const MAX_RUNNING = 2;
/** Most take some seconds. */
const RETRY_AFTER_MS = 5_000;
const MAX_RULES = 100;
const MAX_LIMIT = 1_000;
const DEFAULT_LIMIT = 100;
const MAX_RANGE_MS = 92 * 86_400_000;
/** The event loop is left this often: reports are acknowledged on it where all runs in one process. */
const TURN_MS = 5;
const PROGRESS_MS = 200;
/** What time alone decides is judged in steps of this, so that a long gap does not hold up the event loop. */
const GAP_STEP_MS = 60_000;

type KnownHost = {
  readonly id: string;
  readonly location: string;
  readonly intervalMs: number;
  readonly firstSeenMs: number;
};

export function createBacktests(parts: BacktestParts): AnalyzeService['backtest'] {
  let running = 0;
  return async function* backtest(request, signal) {
    const work = prepare(request);
    if (running >= MAX_RUNNING) {
      throw new ExpectedError(
        'UNAVAILABLE',
        `${running} backtests are running; more would slow down reports`,
        {
          hint: 'Try again in a moment.',
          retryAfterMs: RETRY_AFTER_MS,
        },
      );
    }
    running++;
    try {
      yield* run(work, parts, signal);
    } finally {
      running--;
    }
  };
}

type Work = {
  readonly request: BacktestRequest;
  /** Named by their place in the request: {@link nameOf}. */
  readonly definitions: readonly RuleDefinition[];
  readonly rules: readonly Rule[];
  readonly limit: number;
};

function prepare(request: BacktestRequest): Work {
  const { startMs, stopMs, limit = DEFAULT_LIMIT } = request;
  checkInstant(startMs, 'start');
  checkInstant(stopMs, 'stop');
  checkRange({ startMs, stopMs });
  if (stopMs - startMs > MAX_RANGE_MS) {
    throw new ExpectedError('BAD_RANGE', 'a backtest is over at most 92 days', {
      hint: 'Give a shorter range.',
    });
  }
  if (limit < 0 || limit > MAX_LIMIT)
    throw new ExpectedError('BAD_REQUEST', `limit is ${limit}; it is 0 to ${MAX_LIMIT}`);
  if (request.rules.length > MAX_RULES || request.rules.length === 0) {
    throw new ExpectedError(
      'BAD_REQUEST',
      `${request.rules.length} rules; a backtest is of 1 to ${MAX_RULES}`,
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
const nameOf = (rule: number, near = 0): string => `${rule}.${near}`;

async function* run(
  work: Work,
  parts: BacktestParts,
  signal: AbortSignal,
): ReturnType<AnalyzeService['backtest']> {
  const { store, clock } = parts;
  const { startMs, stopMs } = work.request;
  const { places, warnings } = await parts.locations.all();
  const incomplete = parts.replaying?.();
  const known = await hostsOf(work, store, places);
  const windows = { startMs, stopMs, stepMs: stepOf(stopMs - startMs) };
  const tallies = new Map(
    work.rules.map((rule) => [rule.definition.name, createTally(rule, windows, work.limit)]),
  );
  const passes = await planPasses(work, store, known);
  const total = Math.max(
    1,
    passes.reduce((sum, { hosts }) => sum + hosts.length, 0),
  );
  const seen = { ticks: 0, firstMs: Number.POSITIVE_INFINITY };
  let shownMs = Number.NEGATIVE_INFINITY;
  let done = 0;
  yield { progress: 0 };
  for (const pass of passes) {
    const { fromMs, together, hosts } = pass;
    const before = seen.ticks;
    seen.ticks = 0;
    for (const batch of together ? [hosts] : batchesOf(hosts, stopMs - fromMs)) {
      const evaluated = startBatch({ pass, tallies, parts, known, batch });
      const sliceMs = batch.length === 0 ? stopMs - fromMs : sliceMsOf(batch);
      for (let at = fromMs; at < stopMs; at += sliceMs) {
        const range = { startMs: at, stopMs: Math.min(stopMs, at + sliceMs), signal };
        const read = await readTicks(store, batch, range);
        signal.throwIfAborted();
        await evaluated.play(read.ticks(), range, seen);
        const nowMs = clock.monotonicMs();
        if (nowMs - shownMs < PROGRESS_MS) continue;
        shownMs = nowMs;
        const share = (range.stopMs - fromMs) / (stopMs - fromMs);
        yield { progress: Math.min(1, (done + share * batch.length) / total) };
      }
      evaluated.close();
      done += batch.length;
    }
    seen.ticks = Math.max(before, seen.ticks);
  }
  const samplesFromMs = beginOf(passes, seen.firstMs, startMs);
  const result: BacktestResult = {
    ...windows,
    hosts: Math.max(0, ...passes.map(({ hosts }) => hosts.length)),
    ticks: seen.ticks,
    rules: work.request.rules.map(({ name }, i) => ({
      ...tallies.get(nameOf(i))!.result(name),
      near: work.rules
        .filter(({ definition }) => definition.name.startsWith(`${i}.`) && definition.name !== nameOf(i))
        .map(({ canonical, definition }) => ({
          expression: canonical,
          ...tallies.get(definition.name)!.counts(),
        })),
    })),
    ...(samplesFromMs !== undefined && { samplesFromMs }),
    warnings: [
      ...warnings,
      ...(incomplete ? [incomplete] : []),
      ...notesOf({ work, known, passes, samplesFromMs }),
    ],
  };
  yield { progress: 1, result };
}

/** Rules that are evaluated over the same portions. */
type Pass = {
  readonly rules: readonly Rule[];
  /** Silence and shares look at all hosts at every moment, and hosts without samples count; others are judged one by one. */
  readonly together: boolean;
  readonly hosts: readonly ReadHost[];
  /** Where reading begins. */
  readonly fromMs: number;
};

async function planPasses(
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
async function hostsOf(
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

type Batch = {
  readonly pass: Pass;
  readonly tallies: ReadonlyMap<string, Tally>;
  readonly parts: BacktestParts;
  readonly known: readonly KnownHost[];
  readonly batch: readonly ReadHost[];
};

function startBatch({ pass, tallies, parts, known, batch }: Batch) {
  const { together, fromMs } = pass;
  const { clock } = parts;
  const open = new Set<string>();
  const evaluator = createEvaluator((change) => {
    const { id, rule } = change.alert;
    if (change.kind === 'resolved' || change.kind === 'ended' || change.kind === 'dropped') open.delete(id);
    else open.add(id);
    const tally = tallies.get(rule);
    if (tally === undefined) return;
    tally.change(change);
    parts.onChange?.(rule, change);
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
  let turnEndsMs = clock.monotonicMs() + TURN_MS;
  let atMs = fromMs;

  async function yieldWhenDue(signal: AbortSignal): Promise<void> {
    if (clock.monotonicMs() < turnEndsMs) return;
    await new Promise(setImmediate);
    signal.throwIfAborted();
    turnEndsMs = clock.monotonicMs() + TURN_MS;
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

/** The first sample, where nothing is known of the range before it. */
function beginOf(passes: readonly Pass[], firstMs: number, startMs: number): number | undefined {
  const intervals = passes.flatMap(({ hosts }) => hosts.map(({ intervalMs }) => intervalMs));
  if (intervals.length === 0 || firstMs <= startMs + silentAfterMs(Math.max(...intervals))) return undefined;
  return Number.isFinite(firstMs) ? firstMs : undefined;
}

/** What the reader must know to judge the result. */
function notesOf({
  work,
  known,
  passes,
  samplesFromMs,
}: {
  readonly work: Work;
  readonly known: readonly KnownHost[];
  readonly passes: readonly Pass[];
  readonly samplesFromMs: number | undefined;
}): string[] {
  const hosts = passes.flatMap((pass) => pass.hosts);
  const notes: string[] = [];
  if (known.length === 0) return ['no assigned host that ever reported is in the scope'];
  if (hosts.length === 0) return ['no host in the scope has samples in this range'];
  if (work.rules.some(({ kind, definition }) => kind === 'share' || definition.locations.length > 0))
    notes.push('locations are those of today, also for the time before a host was moved');
  if (samplesFromMs !== undefined)
    notes.push(`samples begin at ${formatInstant(samplesFromMs)}: nothing is known before`);
  for (const metric of metricsOf(work.rules)) {
    if (!hosts.some((host) => host.metrics.includes(metric)))
      notes.push(`no host in the scope reported ${metric} in this range`);
  }
  return notes;
}
