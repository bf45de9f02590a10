// Explains the notification of an alert: silence, acknowledgement, routes, and delivery to each receiver.
import { type AlertState, alertId } from '../../domain/alerting/alert.ts';
import type { AlertRule } from '../../domain/alerting/configuration.ts';
import type { Acknowledgement } from '../../receivers/message.ts';
import type { Notifier } from './notification/notifier.ts';
import type { Standing } from './notification/standing.ts';
import { labelsOf, type Step, subjectText } from './state-steps.ts';

export type TellStepParts = {
  readonly open: () => readonly AlertState[];
  readonly notifier: Pick<Notifier, 'silenceOf' | 'routesOf' | 'standings' | 'owedEnds'>;
  readonly acknowledgementOf: (alert: AlertState) => Acknowledgement | undefined;
};

/** Of many alerts of a rule so many are gone through one by one. */
export const MAX_ALERTS = 5;

const NOBODY = 'no receiver: the rule names none, no route matches, and there is no default receiver';

export function createTellSteps(parts: TellStepParts) {
  const { notifier } = parts;

  /** From a firing alert to its messages; for one that does not fire, the receivers it would notify. */
  function tellSteps(
    rule: AlertRule,
    alerts: readonly AlertState[],
    { host, location }: { readonly host: string | undefined; readonly location: string | undefined },
  ): readonly Step[] {
    const firing = alerts.filter(({ state }) => state === 'firing');
    if (firing.length === 0) {
      const ends = endSteps(rule, host, location);
      if (location === undefined) return ends;
      const routes = notifier.routesOf(wouldBe(rule, host, location));
      const would = routes.map(
        ({ receiver, why }): Step => ({
          topic: 'route',
          verdict: 'note',
          text: `would notify ${receiver}: ${why}`,
        }),
      );
      return [
        ...ends,
        ...(would.length > 0 ? would : [{ topic: 'route', verdict: 'stop', text: NOBODY } as const]),
      ];
    }
    return firing.slice(0, MAX_ALERTS).flatMap((alert) => {
      const steps = oneTold(alert);
      return firing.length === 1 ? steps : named(steps, alert);
    });
  }

  /** Ended alerts: recipients that have not received the end. */
  function endSteps(
    rule: AlertRule,
    host: string | undefined,
    location: string | undefined,
  ): readonly Step[] {
    const ends = notifier.owedEnds(rule.identity ?? rule.name).filter(({ alert: { subject } }) => {
      const ofHost = host === undefined || (subject.kind === 'host' && subject.host === host);
      return ofHost && (location === undefined || ('location' in subject && subject.location === location));
    });
    return ends.slice(0, MAX_ALERTS).flatMap(({ alert, standing }) => {
      const step = endStep(standing);
      return host === undefined ? named([step], alert) : [step];
    });
  }

  function oneTold(alert: AlertState): readonly Step[] {
    const steps: Step[] = [];
    const silence = notifier.silenceOf(alert);
    if (silence !== undefined) {
      const { id, author, reason, endsMs } = silence;
      const text = `silenced by ${id} (${author}: ${reason}), until`;
      steps.push({ topic: 'silence', verdict: 'stop', text, atMs: endsMs });
    }
    const teller = tellerOf(alert, parts);
    if (teller !== undefined) {
      const text = `reported by ${teller.rule}, in its messages: it has the same cause`;
      steps.push({ topic: 'route', verdict: 'note', text });
    }
    const seen = parts.acknowledgementOf(alert);
    if (seen !== undefined) {
      const text = `acknowledged by ${seen.by}: ${seen.note}; it is not repeated`;
      steps.push({ topic: 'acknowledgement', verdict: 'note', text, atMs: seen.atMs });
    }
    const group = 'location' in alert.subject ? `location ${alert.subject.location}` : 'the fleet';
    const routes = notifier.routesOf(alert);
    const standings = notifier.standings(alert);
    const byTeller = new Set(teller && notifier.routesOf(teller).map(({ receiver }) => receiver));
    for (const { receiver, why } of routes) {
      const here = standings.filter((standing) => standing.receiver === receiver);
      const isTellers = teller?.subject.kind === 'fleet' || byTeller.has(receiver);
      if (isTellers && !here.some(({ told }) => told)) continue;
      steps.push({
        topic: 'route',
        verdict: 'ok',
        text: `to ${receiver}, in the messages of ${group}: ${why}`,
      });
      for (const one of here) {
        const step = standingStep(one, silence !== undefined);
        if (step !== undefined) steps.push(step);
      }
    }
    if (routes.length === 0) steps.push({ topic: 'route', verdict: 'stop', text: NOBODY });
    return steps;
  }

  return tellSteps;
}

/** The alert that tells this one as its member, as long as it is told itself. */
function tellerOf(
  { inside, subject }: AlertState,
  { open, notifier }: Pick<TellStepParts, 'open' | 'notifier'>,
): AlertState | undefined {
  if (inside === undefined) return undefined;
  const location = 'location' in subject ? subject.location : undefined;
  const teller = open().find(
    (one) =>
      one.rule === inside &&
      one.state === 'firing' &&
      (one.subject.kind === 'fleet' ||
        (one.subject.kind === 'location' && one.subject.location === location)),
  );
  return teller && notifier.silenceOf(teller) === undefined ? teller : undefined;
}

function standingStep(standing: Standing, isSilenced: boolean): Step | undefined {
  const { receiver, recipient, told, dueMs, owed, refused } = standing;
  const whom = whomOf(receiver, recipient);
  if (refused !== undefined)
    return { topic: 'message', verdict: 'stop', text: `${whom} rejected it: ${refused}` };
  if (owed !== undefined) {
    const text = `${whom} did not accept it, after ${owed.tries} attempts: ${owed.why}; retry`;
    return { topic: 'message', verdict: 'wait', text, atMs: owed.nextMs };
  }
  if (told) return { topic: 'message', verdict: 'ok', text: `${whom} was notified` };
  if (isSilenced) return undefined;
  if (dueMs === undefined) return { topic: 'message', verdict: 'wait', text: `${whom} was not notified yet` };
  return {
    topic: 'message',
    verdict: 'wait',
    text: `${whom} is notified with the next message of its location`,
    atMs: dueMs,
  };
}

function endStep({ receiver, recipient, dueMs, owed, refused }: Standing): Step {
  const whom = whomOf(receiver, recipient);
  if (refused !== undefined)
    return { topic: 'message', verdict: 'stop', text: `${whom} rejected its end: ${refused}` };
  if (owed !== undefined) {
    const text = `${whom} did not accept its end, after ${owed.tries} attempts: ${owed.why}; retry`;
    return { topic: 'message', verdict: 'wait', text, atMs: owed.nextMs };
  }
  if (dueMs === undefined)
    return { topic: 'message', verdict: 'wait', text: `${whom} was not notified of its end yet` };
  const text = `${whom} is notified of its end with the next message of its location`;
  return { topic: 'message', verdict: 'wait', text, atMs: dueMs };
}

const whomOf = (receiver: string, recipient: string): string =>
  recipient === '' || recipient === receiver ? receiver : `${receiver} (${recipient})`;

export const named = (steps: readonly Step[], alert: AlertState): Step[] => {
  const { subject } = alert;
  const where = subject.kind === 'host' ? subject.host : 'location' in subject ? subject.location : undefined;
  const text = [where, subjectText(labelsOf(alert))].filter((part) => part !== undefined).join(' ');
  return steps.map((step) => (text === '' ? { ...step } : { ...step, subject: text }));
};

/** An alert of the rule as it would be, for its routes. */
const wouldBe = (rule: AlertRule, host: string | undefined, location: string): AlertState => ({
  id: alertId(rule.identity ?? rule.name, host ?? location),
  rule: rule.name,
  expression: rule.expression,
  severity: rule.severity,
  subject: host === undefined ? { kind: 'location', location } : { kind: 'host', host, location, labels: {} },
  state: 'firing',
  sinceMs: 0,
  values: [],
  evaluatedMs: 0,
  source: '',
  levels: [],
});
