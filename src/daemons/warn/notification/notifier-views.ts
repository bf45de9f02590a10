// Read-only views of the notifier: silences, receivers and delivery state of alerts, and warnings.
import type { ReceiverHealth } from '../../../api/warn.ts';
import type { AlertState } from '../../../domain/alerting/alert.ts';
import { checkMatchers, matchLabels, silences } from '../../../domain/alerting/alert-matching.ts';
import type { AlertConfiguration, Silence } from '../../../domain/alerting/configuration.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Groups } from './groups.ts';
import type { Pump } from './pump.ts';
import { receiverNotes } from './receiver-health.ts';
import { groupOf, type Routed } from './routing.ts';
import { owedEnds, type Standing, standingOf } from './standing.ts';
import type { Storage } from './storage.ts';

export type NotifierViews = {
  unhealthy(): string | undefined;
  configuration(): AlertConfiguration;
  /** The silence that covers an alert now. */
  silenceOf(alert: AlertState): Silence | undefined;
  /** Alerts that fire under a silence, and which. */
  silenced(): Iterable<readonly [AlertState, Silence]>;
  /** Whom an alert would be told to now, and why them. */
  routesOf(alert: AlertState): readonly Routed[];
  /** How it stands with those who are told of its group. */
  standings(alert: AlertState): readonly Standing[];
  /** Who is owed the end of which alerts of a rule (its identity). */
  owedEnds(rule: string): ReturnType<typeof owedEnds>;
  /** Those of the alerts that a silence with these matchers would cover. BAD_EXPRESSION. */
  fitting(matchers: readonly string[], alerts: readonly AlertState[]): readonly AlertState[];
  counts(): { readonly alertsFiring: number; readonly messagesOwed: number };
  /** What an operator should know: receivers that are behind, alerts that nobody is told. */
  notes(): readonly string[];
};

export function createNotifierViews(parts: {
  readonly clock: Clock;
  readonly groups: Groups;
  readonly storage: Storage;
  readonly pump: Pump;
  readonly health: () => readonly ReceiverHealth[];
}): NotifierViews {
  const { clock, groups, storage, pump, health } = parts;
  return {
    configuration: groups.configuration,
    silenceOf: groups.silenceOf,
    silenced: groups.silenced,
    routesOf: groups.routesOf,
    standings: (alert) =>
      [...groups.accountsOf(groupOf(alert.subject))].map((account) => standingOf(alert, account, clock)),
    owedEnds: (rule) => owedEnds(rule, groups.accounts.values(), clock),
    fitting(texts, alerts) {
      const matchers = checkMatchers(texts, groups.configuration().rules);
      return alerts.filter((alert) => silences(matchers, matchLabels(alert, groups.ruleOf(alert))));
    },
    unhealthy: () => storage.lastError() && `notification state cannot be stored: ${storage.lastError()}`,
    counts: () => ({
      alertsFiring: groups.countFiring(),
      messagesOwed: health().reduce((sum, { owed }) => sum + owed, 0),
    }),
    notes: () => [
      ...receiverNotes(health()),
      ...(pump.untold.size > 0
        ? [
            `${pump.untold.size} alerts have no receiver: add a default receiver (minimon receivers add --default)`,
          ]
        : []),
    ],
  };
}
