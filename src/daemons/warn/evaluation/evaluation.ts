// Feeds ticks from the stream to the evaluator, with the configuration from manage.
import type { AnalyzeService } from '../../../api/analyze.ts';
import type { ManageService } from '../../../api/manage.ts';
import type { StoredAlerts } from '../../../catalog/alert-states.ts';
import type { AlertState, Change } from '../../../domain/alerting/alert.ts';
import type { AlertConfiguration } from '../../../domain/alerting/configuration.ts';
import { createEvaluator, type Evaluator } from '../../../domain/alerting/evaluator.ts';
import type { Host } from '../../../domain/alerting/host.ts';
import type { ColumnTick } from '../../../domain/alerting/tick-intake.ts';
import { messageOf } from '../../../domain/errors.ts';
import { seriesKey } from '../../../domain/tick.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logging.ts';
import { BACKOFF, createBackoff, retry } from '../../../runtime/retry.ts';
import type { TickView } from '../../../wire/tick-view.ts';
import { NO_CONFIGURATION } from '../notification/judgements.ts';
import type { Notifier } from '../notification/notifier.ts';
import { createAssignedHosts } from './assigned-hosts.ts';
import { configurationOf, createConfigurationWatch, type Watched } from './configuration-watch.ts';
import { createEndsApart } from './ends-apart.ts';
import { createLastSeen } from './last-seen.ts';
import { createRuleDefinitions } from './rule-definitions.ts';
import { createSilencedHosts } from './silenced-hosts.ts';
import { createStoreProgress } from './store-progress.ts';
import { createStreamClock } from './stream-clock.ts';
import { createWindowHistory } from './window-history.ts';

export type EvaluationParts = {
  readonly manage: Pick<ManageService, 'watchAlertConfiguration'>;
  /** Without it hosts that stopped while no warn ran are not detected as silent, and windows begin empty. */
  readonly analyze?: Pick<AnalyzeService, 'listReportingHosts' | 'queryRange'>;
  /** Open alerts from before the start. */
  readonly load: () => Promise<StoredAlerts>;
  readonly notifier: Pick<Notifier, 'configure'>;
  readonly onChange: (change: Change) => void;
  readonly partitions: number;
  readonly clock: Clock;
  readonly logger: Logger;
};

export type Evaluation = {
  /** An open alert as it is now. */
  stateOf(id: string): AlertState | undefined;
  /** The time of a host's newest tick; if none since the start, its arrival as analyze knows it. */
  lastTickMs(host: string): number | undefined;
  /**
   * * Resolves when the configuration is known and open alerts are restored, with the offsets to resume from;
   * rejects when the signal aborts.
   */
  begin(signal: AbortSignal): Promise<Omit<StoredAlerts, 'states'>>;
  tick(view: TickView, at: { readonly partition: number; readonly receivedMs: number }): void;
  /** A backfilled tick: no rule is evaluated on it, but its host counts as seen and can become silent. */
  backfilled(view: TickView, at: { readonly partition: number; readonly receivedMs: number }): void;
  heartbeat(partition: number, receivedMs: number): void;
  /** Evaluates what depends on time alone; called about once a second. */
  advance(): void;
  /** Restores alerts that another warn had open. */
  adopt(states: readonly AlertState[]): void;
  open(): readonly AlertState[];
  /** The same by id, without the making of states: whose revision is another one has changed. */
  readonly alerts: ReadonlyMap<string, { readonly revision: number }>;
  /** For what is asked about a rule. */
  readonly evaluator: Pick<Evaluator, 'counts' | 'explain' | 'sharesOf' | 'ruleHealth' | 'rulesWithoutHosts'>;
  /** Why it may be wrong or out of date. */
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

const NOT_BEGUN = 'warn has just started: open alerts are not restored yet';

export function createEvaluation(parts: EvaluationParts): Evaluation {
  const { manage, analyze, notifier, partitions, clock, logger } = parts;
  const evaluator = createEvaluator(parts.onChange);
  const withEnds = createEndsApart(evaluator.hosts);
  const silencedHosts = createSilencedHosts(evaluator, clock);
  const lastSeen = analyze && createLastSeen({ ...parts, analyze, evaluator });
  const progress = analyze && createStoreProgress({ analyze, partitions });
  const windowHistory =
    progress &&
    createWindowHistory({
      ...{ analyze, evaluator, progress, partitions, clock, logger },
      nowMs: () => streamClock.nowMs() ?? clock.nowMs(),
    });
  const streamClock = createStreamClock(clock);
  const definitions = createRuleDefinitions(logger);
  const assigned = createAssignedHosts(evaluator, (hostId) => windowHistory?.forget(hostId));
  let configuration: AlertConfiguration = NO_CONFIGURATION;
  const watch = createConfigurationWatch({ manage, clock, logger, apply });
  let evaluatedMs: number | undefined;
  let loadError: string | undefined;
  let hasBegun = false;

  /** Takes over what changed: what was received belongs together. */
  function apply(received: readonly Watched[], signal: AbortSignal): void {
    const atMs = streamClock.nowMs() ?? clock.nowMs();
    const [first] = received;
    if (first !== undefined && first.part !== 'assignments') {
      evaluator.setRules(definitions.of(first.rules), atMs);
      configuration = configurationOf(first);
    }
    const { isUnheard } = assigned.apply(received, atMs);
    if (isUnheard && hasBegun) void lastSeen?.ask(signal);
    if (hasBegun) windowHistory?.ask(assigned.hosts, signal);
    configuration = { ...configuration, assignments: assigned.list() };
    silencedHosts.configure(configuration);
    notifier.configure(configuration);
  }

  return {
    stateOf: evaluator.stateOf,
    lastTickMs: (id) => lastTickMsOf(evaluator.hosts.get(id)?.sources ?? []),
    async begin(signal) {
      await watch.begin(signal);
      const { states, ...stored } = await retry(parts.load, {
        backoff: createBackoff(BACKOFF.store),
        clock,
        signal,
        onRetry(error) {
          const text = `open alerts cannot be read from the catalog: ${messageOf(error)}`;
          if (loadError !== text) logger.warn(text);
          loadError = text;
        },
      });
      loadError = undefined;
      evaluator.restore(states, clock.nowMs());
      hasBegun = true;
      await lastSeen?.begin(signal);
      windowHistory?.ask(assigned.hosts, signal);
      return stored;
    },
    tick(view, { partition, receivedMs }) {
      streamClock.received(receivedMs);
      progress?.received(partition, receivedMs);
      evaluatedMs = Math.max(evaluatedMs ?? 0, receivedMs);
      // A failed scrape: the host becomes silent, but its last values do not count as ended.
      const judged = withEnds(view);
      if (judged) evaluator.tickOfColumns(columnTickOf(judged, { partition, receivedMs }));
    },
    backfilled({ hostId, timeMs, intervalMs, source }, { partition, receivedMs }) {
      evaluator.seeHost({
        ...{ hostId, timeMs, intervalMs, source, partition },
        receivedMs: Math.min(timeMs, receivedMs),
      });
    },
    heartbeat(partition, receivedMs) {
      streamClock.received(receivedMs);
      progress?.received(partition, receivedMs);
      evaluator.heartbeat(partition, receivedMs);
    },
    advance() {
      silencedHosts.advance();
      const nowMs = streamClock.nowMs();
      if (nowMs !== undefined) evaluator.advance(nowMs);
    },
    adopt: (states) => evaluator.restore(states, streamClock.nowMs() ?? clock.nowMs()),
    alerts: evaluator.alerts,
    open: () => evaluator.open(),
    lastError: () => loadError ?? watch.lastError() ?? (hasBegun ? lastSeen?.lastError() : NOT_BEGUN),
    evaluator,
    ruleHealth: () => ({ matches: evaluator.ruleMatches(), errors: definitions.errors, evaluatedMs }),
  };
}

/** Once a tick, so written out without spreads. */
function columnTickOf(
  { hostId, timeMs, intervalMs, machineId, bootId, source, layout, values, ended }: TickView,
  { partition, receivedMs }: { readonly partition: number; readonly receivedMs: number },
): ColumnTick {
  return {
    hostId,
    timeMs,
    intervalMs,
    machineId,
    bootId,
    source,
    partition,
    receivedMs,
    layout: layout.series,
    values,
    ...(ended && { ended: ended.map(({ metric, labels }) => seriesKey(metric, labels)) }),
  };
}

function lastTickMsOf(sources: Host['sources']): number | undefined {
  const newest = Math.max(...sources.map(({ lastTickMs }) => lastTickMs));
  if (Number.isFinite(newest)) return newest;
  // No tick since the start: the time of its last one, from analyze.
  const received = Math.max(...sources.map(({ lastReceivedMs }) => lastReceivedMs));
  return Number.isFinite(received) ? received : undefined;
}
