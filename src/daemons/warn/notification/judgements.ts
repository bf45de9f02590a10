// The receivers of an alert by rule and routes, and the silence that covers it, under the current configuration.
import { type AlertState, identityInId } from '../../../domain/alerting/alert.ts';
import { matchLabels, silenceOf } from '../../../domain/alerting/alert-matching.ts';
import type { AlertConfiguration, AlertRule, Silence } from '../../../domain/alerting/configuration.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { type Routed, routeAlert } from './routing.ts';

type Judged = {
  readonly stamp: string;
  readonly routes: readonly Routed[];
  /** The one that covers it for the longest time. */
  readonly silence: Silence | undefined;
};

export const NO_CONFIGURATION: AlertConfiguration = {
  version: 0,
  rules: [],
  silences: [],
  receivers: [],
  assignments: [],
};

export type Judgements = ReturnType<typeof createJudgements>;

export function createJudgements(clock: Clock) {
  const judgements = new WeakMap<AlertState, Judged>();
  let configuration = NO_CONFIGURATION;
  let rules = new Map<string, AlertRule>();
  let configurations = 0;
  let hasActiveTimes = false;
  let stamp = '';
  let stampedMs: number | undefined;

  /** By identity: what was told may know it under an older name. */
  const ruleOf = ({ id }: Pick<AlertState, 'id'>): AlertRule | undefined => rules.get(identityInId(id));

  /** Found once while what they depend on stays: with many alerts they are most of the work. */
  function judged(alert: AlertState): Judged {
    const stamp = currentStamp();
    const known = judgements.get(alert);
    if (known?.stamp === stamp) return known;
    const nowMs = clock.nowMs();
    const labels = matchLabels(alert, ruleOf(alert));
    const found = {
      stamp,
      routes: routeAlert(labels, ruleOf(alert)?.notify ?? [], configuration, nowMs),
      silence: silenceOf(labels, configuration.silences, nowMs),
    };
    judgements.set(alert, found);
    return found;
  }

  /** Another one whenever the configuration is, a silence begins or ends, or a route with active times may have. */
  function currentStamp(): string {
    const nowMs = clock.nowMs();
    if (stampedMs === nowMs) return stamp;
    stampedMs = nowMs;
    const minute = hasActiveTimes ? Math.floor(nowMs / 60_000) : '';
    const silences = configuration.silences
      .filter(({ startsMs, endsMs }) => startsMs <= nowMs && nowMs < endsMs)
      .map(({ id }) => id);
    stamp = JSON.stringify([configurations, minute, silences]);
    return stamp;
  }

  return {
    ruleOf,
    routesOf: (alert: AlertState): readonly Routed[] => judged(alert).routes,
    silencedUntilMs: (alert: AlertState): number | undefined => judged(alert).silence?.endsMs,
    silenceFound: (alert: AlertState): Silence | undefined => judged(alert).silence,
    /** Uncached: for states that are not the notifier's own objects. */
    silenceOf: (alert: AlertState): Silence | undefined =>
      silenceOf(matchLabels(alert, ruleOf(alert)), configuration.silences, clock.nowMs()),
    configuration: () => configuration,
    configure(next: AlertConfiguration): void {
      configuration = next;
      configurations++;
      hasActiveTimes = next.receivers.some(({ activeTimes }) => activeTimes.length > 0);
      stampedMs = undefined;
      rules = new Map(next.rules.map((rule) => [rule.identity ?? rule.name, rule]));
    },
  };
}
