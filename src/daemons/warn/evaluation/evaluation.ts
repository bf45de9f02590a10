// Alerts from the stream: follows manage's configuration and gives ticks to the evaluator.
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
  /** Without it hosts that stopped while no warn ran are not missed, and windows begin empty. */
  readonly analyze?: Pick<AnalyzeService, 'listReportingHosts' | 'queryRange'>;
  /** What was open before. */
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
  /** The newest tick of a host: its time; of one that was not heard since the start when it came. */
  lastTickMs(host: string): number | undefined;
  /**
   * Resolves when the configuration is known and what was open before is restored, with the offsets that follow it;
   * rejects when the signal aborts.
   */
  begin(signal: AbortSignal): Promise<Omit<StoredAlerts, 'states'>>;
  tick(view: TickView, at: { readonly partition: number; readonly receivedMs: number }): void;
  /** A tick of the past: nothing is judged by it, but its host has reported, and may be missed. */
  backfilled(view: TickView, at: { readonly partition: number; readonly receivedMs: number }): void;
  heartbeat(partition: number, receivedMs: number): void;
  /** What time alone decides; about once a second. */
  advance(): void;
  /** Opens alerts as another warn left them. */
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

const NOT_BEGUN = 'warn has just started: alerts that were open before are not read yet';

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
          const text = `the alerts that were open cannot be read from the catalog: ${messageOf(error)}`;
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
      // A scrape that failed: its host becomes silent, and what it said last is not known to be over.
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
  // Not heard since the start: when its last one came, as analyze knows.
  const received = Math.max(...sources.map(({ lastReceivedMs }) => lastReceivedMs));
  return Number.isFinite(received) ? received : undefined;
}
