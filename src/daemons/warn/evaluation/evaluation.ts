// Alerts from the stream: follows manage's configuration, gives ticks to the evaluator, stores what is open, tells the notifier.
import type { ManageService } from '../../../api/manage.ts';
import type { Catalog } from '../../../catalog/catalog.ts';
import { readActiveTimes } from '../../../domain/alerting/active-times.ts';
import type { AlertState } from '../../../domain/alerting/alert.ts';
import type { AlertConfiguration, ReceiverSetup } from '../../../domain/alerting/configuration.ts';
import { createEvaluator } from '../../../domain/alerting/evaluator.ts';
import type { RuleDefinition } from '../../../domain/alerting/rule-set.ts';
import { messageOf } from '../../../domain/errors.ts';
import { parseExpression } from '../../../domain/expression/parser.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logging.ts';
import { createBackoff } from '../../../runtime/retry.ts';
import type { TickView } from '../../../wire/tick-codec.ts';
import type { Waiting } from '../history.ts';
import { NO_CONFIGURATION } from '../notification/groups.ts';
import type { Notifier } from '../notification/notifier.ts';
import { createSilencedHosts } from './silenced-hosts.ts';

export type EvaluationParts = {
  readonly manage: Pick<ManageService, 'watchAlertConfiguration'>;
  readonly catalog: Pick<Catalog, 'alertStates'>;
  readonly notifier: Pick<Notifier, 'configure' | 'change' | 'start' | 'settled'>;
  /** What happened, to be stored in the transaction of the states. */
  readonly takeHistory?: () => Waiting;
  readonly clock: Clock;
  readonly logger: Logger;
};

export type Evaluation = {
  /** An open alert as it is now. */
  stateOf(id: string): AlertState | undefined;
  /** The newest tick of a host that was evaluated. */
  lastTickMs(host: string): number | undefined;
  /** Resolves when the configuration is known and what was open before is restored; rejects when the signal aborts. */
  begin(signal: AbortSignal): Promise<void>;
  tick(view: TickView, at: { readonly partition: number; readonly receivedMs: number }): void;
  heartbeat(partition: number, receivedMs: number): void;
  /** What time alone decides; about once a second. */
  advance(): void;
  /** Resolves when what is open is stored, and what the notifier was told before it. */
  save(): Promise<void>;
  open(): readonly AlertState[];
  /** Why the configuration may be out of date. */
  lastError(): string | undefined;
  ruleHealth(): {
    /** How many series each rule of values matches. */
    readonly matches: ReadonlyMap<string, number>;
    /** Rules that cannot be evaluated, and why. */
    readonly errors: ReadonlyMap<string, string>;
    /** When the newest tick that was evaluated came, by report's clock. */
    readonly evaluatedMs: number | undefined;
  };
};

type Watched =
  ReturnType<ManageService['watchAlertConfiguration']> extends AsyncIterable<infer Each> ? Each : never;

export function createEvaluation({
  manage,
  catalog,
  notifier,
  takeHistory,
  clock,
  logger,
}: EvaluationParts): Evaluation {
  const evaluator = createEvaluator((change) => notifier.change(change));
  const silencedHosts = createSilencedHosts(evaluator, clock);
  /** Alerts that are in the catalog, by id: the revision that was stored, -1 where it is another process's. */
  const stored = new Map<string, number>();
  const streamClock = createStreamClock(clock);
  const locations = new Map<string, string>();
  let configuration: AlertConfiguration = NO_CONFIGURATION;
  let watchError: string | undefined;
  const ruleErrors = new Map<string, string>();
  let evaluatedMs: number | undefined;

  function unassign(hostId: string, atMs: number): void {
    if (locations.delete(hostId)) evaluator.removeHost(hostId, atMs);
  }

  /** Takes over what changed: `parts` belong together. */
  function apply(parts: readonly Watched[]): void {
    const atMs = streamClock.nowMs() ?? clock.nowMs();
    const [first] = parts;
    if (first !== undefined && first.part !== 'assignments') {
      ruleErrors.clear();
      evaluator.setRules(first.rules.flatMap(definitionOf), atMs);
      configuration = configurationOf(first);
    }
    if (first?.part === 'all') {
      const all = new Set(parts.flatMap((part) => part.assignments.map(({ hostId }) => hostId)));
      for (const hostId of [...locations.keys()]) if (!all.has(hostId)) unassign(hostId, atMs);
    }
    for (const { unassigned, assignments } of parts) {
      for (const hostId of unassigned) unassign(hostId, atMs);
      for (const { hostId, location } of assignments) {
        if (locations.get(hostId) === location) continue;
        evaluator.setHost(hostId, location, atMs);
        locations.set(hostId, location);
      }
    }
    const assignments = [...locations].map(([hostId, location]) => ({ hostId, location }));
    configuration = { ...configuration, assignments };
    silencedHosts.configure(configuration);
    notifier.configure(configuration);
  }

  function definitionOf(rule: AlertConfiguration['rules'][number]): RuleDefinition[] {
    const { name, severity, locations, hosts, enabled } = rule;
    try {
      return [{ name, severity, locations, hosts, enabled, expression: parseExpression(rule.expression) }];
    } catch (error) {
      // Saved by a newer version: the other rules go on.
      logger.error({ rule: name }, `a rule cannot be read and is off: ${messageOf(error)}`);
      ruleErrors.set(name, messageOf(error));
      return [];
    }
  }

  /** Until the signal: each configuration that manage sends. What was sent last is used on while manage is down. */
  async function follow(signal: AbortSignal, onFirst: (configuration: AlertConfiguration) => Promise<void>) {
    const backoff = createBackoff({ firstMs: 500, maxMs: 10_000 });
    let first = true;
    while (!signal.aborted) {
      try {
        let parts: Watched[] = [];
        for await (const watched of manage.watchAlertConfiguration({}, signal)) {
          parts.push(watched);
          if (watched.more) continue;
          apply(parts);
          parts = [];
          watchError = undefined;
          backoff.reset();
          if (first) await onFirst(configuration);
          first = false;
        }
      } catch (error) {
        if (signal.aborted) return;
        watchError = `the configuration of alerts cannot be read from manage: ${messageOf(error)}`;
        logger.warn(watchError);
      }
      await clock.sleep(backoff.next(), signal).catch(() => {});
    }
  }

  async function restore(): Promise<void> {
    const { states } = await catalog.alertStates.load();
    for (const { id } of states) stored.set(id, -1);
    evaluator.restore(states, clock.nowMs());
    await notifier.start(evaluator.open());
  }

  return {
    stateOf: evaluator.stateOf,
    lastTickMs(id) {
      const ticks = evaluator.hosts.get(id)?.sources.map(({ lastTickMs }) => lastTickMs) ?? [];
      const newest = Math.max(...ticks);
      return Number.isFinite(newest) ? newest : undefined;
    },
    begin: (signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        void follow(signal, () => restore().then(resolve));
      }),
    tick(view, { partition, receivedMs }) {
      streamClock.received(receivedMs);
      evaluatedMs = Math.max(evaluatedMs ?? 0, receivedMs);
      const { hostId, timeMs, intervalMs, values } = view;
      const { series: layout } = view.layout;
      evaluator.tickOfColumns({ hostId, timeMs, intervalMs, partition, receivedMs, layout, values });
    },
    heartbeat(partition, receivedMs) {
      streamClock.received(receivedMs);
      evaluator.heartbeat(partition, receivedMs);
    },
    advance() {
      silencedHosts.advance();
      const nowMs = streamClock.nowMs();
      if (nowMs !== undefined) evaluator.advance(nowMs);
    },
    async save() {
      const changed = [...evaluator.alerts].filter(([id, { revision }]) => stored.get(id) !== revision);
      const revisions = changed.map(([id, { revision }]) => [id, revision] as const);
      const states = changed.map(([id]) => evaluator.stateOf(id)!);
      const removedIds = [...stored.keys()].filter((id) => !evaluator.alerts.has(id));
      // What is owed to receivers first: a state that is stored as told and was not would never be told.
      await notifier.settled();
      const history = takeHistory?.() ?? { entries: [], stored: () => {} };
      const { entries } = history;
      if (changed.length > 0 || removedIds.length > 0 || entries.length > 0) {
        const offsets = new Map<number, number>();
        await catalog.alertStates.save({ changed: states, removedIds, offsets, history: entries, fence: 0 });
      }
      history.stored();
      for (const [id, revision] of revisions) stored.set(id, revision);
      for (const id of removedIds) stored.delete(id);
    },
    open: () => evaluator.open(),
    lastError: () => watchError,
    ruleHealth: () => ({ matches: evaluator.ruleMatches(), errors: ruleErrors, evaluatedMs }),
  };
}

const configurationOf = (watched: Watched): AlertConfiguration => ({
  ...watched,
  receivers: watched.receivers.map(
    ({ options, activeTimes, ...route }): ReceiverSetup => ({
      ...route,
      options: JSON.parse(options),
      activeTimes: readActiveTimes(activeTimes, route.timeZone),
    }),
  ),
});

/** Time on the scale of report's stamps: as the stream says, and as it passes while nothing comes. Never goes back. */
function createStreamClock(clock: Clock) {
  let newest: { readonly receivedMs: number; readonly atMs: number } | undefined;
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    received(receivedMs: number) {
      if (newest && receivedMs <= newest.receivedMs) return;
      newest = { receivedMs, atMs: clock.monotonicMs() };
    },
    /** Undefined before the first record. */
    nowMs(): number | undefined {
      if (!newest) return undefined;
      lastMs = Math.max(lastMs, newest.receivedMs + clock.monotonicMs() - newest.atMs);
      return lastMs;
    },
  };
}
