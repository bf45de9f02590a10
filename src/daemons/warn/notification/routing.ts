// Routes an alert: to the receivers that its rule names, else those with an active matching route, else the default.
import { coversInstant } from '../../../domain/alerting/active-times.ts';
import type { Subject } from '../../../domain/alerting/alert.ts';
import { matches } from '../../../domain/alerting/alert-matching.ts';
import type { AlertConfiguration, ReceiverSetup } from '../../../domain/alerting/configuration.ts';
import type { Labels } from '../../../domain/tick.ts';

/** The group in whose messages an alert is told. */
export const groupOf = (subject: Subject): string => ('location' in subject ? subject.location : '');

export type Routed = { readonly receiver: string; readonly why: string };

export function routeAlert(
  labels: Labels,
  notify: readonly string[],
  { receivers }: Pick<AlertConfiguration, 'receivers'>,
  nowMs: number,
): readonly Routed[] {
  const fallback = receivers.find(({ isDefault }) => isDefault);
  if (notify.length > 0) {
    const named: Routed[] = [];
    for (const name of new Set(notify)) {
      if (receivers.some((setup) => setup.name === name)) {
        named.push({ receiver: name, why: 'the rule names it' });
      } else if (fallback !== undefined && !notify.includes(fallback.name)) {
        named.push({
          receiver: fallback.name,
          why: `the default, because the rule names ${name}, which was removed`,
        });
      }
    }
    return named.filter(({ receiver }, i) => named.findIndex((one) => one.receiver === receiver) === i);
  }
  const routed = receivers
    .filter((setup) => setup.matchers.length > 0 && matches(setup.matchers, labels) && isActive(setup, nowMs))
    .map(({ name, matchers }) => ({ receiver: name, why: `its route matches: ${matchers.join(', ')}` }));
  if (routed.length > 0) return routed;
  return fallback === undefined
    ? []
    : [{ receiver: fallback.name, why: 'the default, because no route matches' }];
}

export const isActive = ({ activeTimes }: Pick<ReceiverSetup, 'activeTimes'>, nowMs: number): boolean =>
  activeTimes.length === 0 || activeTimes.some((times) => coversInstant(times, nowMs));
