// How a rule is judged, as steps: of itself, on one host, over all hosts that it covers, or as a share of each location.
import type { AlertState } from '../../domain/alerting/alert.ts';
import type { AlertConfiguration, AlertRule } from '../../domain/alerting/configuration.ts';
import type { Evaluator } from '../../domain/alerting/evaluator.ts';
import type { RuleHealth } from '../../domain/alerting/rule-matches.ts';
import type { Expression } from '../../domain/expression/syntax.ts';
import { isOfLocations } from '../../domain/expression/syntax.ts';
import { compileGlob } from '../../domain/glob.ts';
import { hostSteps, type Step, shareSteps, silentSteps, stateSteps, valueSteps } from './state-steps.ts';
import { MAX_ALERTS, named } from './tell-steps.ts';

export type JudgeStepParts = {
  readonly evaluator: () => Pick<Evaluator, 'explain' | 'sharesOf' | 'ruleHealth'>;
  readonly notifier: { configuration(): Pick<AlertConfiguration, 'assignments'> };
};

/** What is asked about: alerts of the rule, the locations, and the one host if it is one. */
type About = {
  readonly alerts: readonly AlertState[];
  readonly locations: readonly string[];
  readonly host: AlertConfiguration['assignments'][number] | undefined;
};

export function createJudgeSteps({ evaluator, notifier }: JudgeStepParts) {
  /** A rule of minimon itself, which has no series of its own. */
  function ofItself(expression: Expression, alerts: readonly AlertState[]): readonly Step[] {
    const each = alerts.slice(0, MAX_ALERTS).flatMap((alert) => named(stateSteps(alert, expression), alert));
    if (each.length > 0) return each;
    return [{ topic: 'state', verdict: 'stop', text: 'the condition does not hold now' }];
  }

  function ofHost(
    rule: AlertRule,
    expression: Expression,
    { hostId, location }: { readonly hostId: string; readonly location: string },
  ): readonly Step[] {
    const explained = evaluator().explain(rule.name, hostId);
    if (explained === undefined) {
      return [{ topic: 'scope', verdict: 'wait', text: 'not evaluated yet: rule or host are new' }];
    }
    const scope: Step = explained.covered
      ? { topic: 'scope', verdict: 'ok', text: `${hostId} is in ${location}, which the rule covers` }
      : {
          topic: 'scope',
          verdict: 'stop',
          text: `the rule covers ${scopeText(rule)}; ${hostId} is in ${location}`,
        };
    if (!explained.covered) return [scope];
    const isSilent = expression.tests.some(({ kind }) => kind === 'silent');
    const values = isSilent ? silentSteps(explained, expression) : valueSteps(explained, expression);
    return [
      scope,
      ...hostSteps(explained),
      ...(explained.lastReceivedMs === undefined && !isSilent ? [] : values),
    ];
  }

  function ofAllHosts(
    rule: AlertRule,
    expression: Expression,
    alerts: readonly AlertState[],
  ): readonly Step[] {
    const covers = scopeTest(rule);
    const { assignments } = notifier.configuration();
    const covered = assignments.filter(covers).length;
    const scope: Step = {
      topic: 'scope',
      verdict: covered > 0 ? 'ok' : 'stop',
      text: `covers ${scopeText(rule)}: ${covered} of ${assignments.length} hosts`,
    };
    const isSilent = expression.tests.some(({ kind }) => kind === 'silent');
    const health = isSilent || covered === 0 ? [] : healthSteps(evaluator().ruleHealth(rule.name));
    const firing = alerts.filter(({ state }) => state === 'firing');
    const pending = alerts.length - firing.length;
    const state: Step =
      alerts.length === 0
        ? { topic: 'state', verdict: 'stop', text: 'fires on nothing; for one host: --host HOST' }
        : {
            topic: 'state',
            verdict: firing.length > 0 ? 'ok' : 'wait',
            text: `fires on ${firing.length}, pending on ${pending}`,
          };
    const each = alerts.slice(0, MAX_ALERTS).flatMap((alert) => named(stateSteps(alert, expression), alert));
    return [scope, ...health, state, ...each, ...moreSteps(rule, alerts.length - MAX_ALERTS)];
  }

  function ofShares(
    rule: AlertRule,
    expression: Expression,
    alerts: readonly AlertState[],
    locations: readonly string[],
  ): readonly Step[] {
    return locations.flatMap((location) => {
      const alert = alerts.find(({ subject }) => 'location' in subject && subject.location === location);
      const counts = evaluator().sharesOf(rule.name, location);
      const steps = shareSteps(counts, expression, alert);
      return locations.length === 1 ? steps : steps.map((step) => ({ ...step, subject: location }));
    });
  }

  return {
    ofItself,
    ofRule(rule: AlertRule, expression: Expression, { alerts, locations, host }: About): readonly Step[] {
      if (isOfLocations(expression)) return ofShares(rule, expression, alerts, locations);
      return host === undefined ? ofAllHosts(rule, expression, alerts) : ofHost(rule, expression, host);
    },
  };
}

function healthSteps({ matches, countedMs }: RuleHealth): Step[] {
  if (matches === undefined) return [];
  const text = matches > 0 ? `${matches} series match` : 'no series matches: its metric does not arrive';
  const verdict = matches > 0 ? 'ok' : 'stop';
  return [{ topic: 'data', verdict, text, ...(countedMs !== undefined && { atMs: countedMs }) }];
}

function moreSteps({ name }: AlertRule, more: number): Step[] {
  if (more <= 0) return [];
  const text = `and ${more} more: minimon alerts firing --pending --rule ${name}`;
  return [{ topic: 'state', verdict: 'note', text }];
}

const scopeText = ({ locations, hosts }: AlertRule): string =>
  [
    locations.length > 0 && `locations ${locations.join(', ')}`,
    hosts.length > 0 && `hosts ${hosts.join(', ')}`,
  ]
    .filter((text) => typeof text === 'string')
    .join(' and ') || 'all hosts';

function scopeTest({
  locations,
  hosts,
}: AlertRule): (assigned: { readonly hostId: string; readonly location: string }) => boolean {
  const anyOf = (globs: readonly string[]) => {
    const tests = globs.map(compileGlob);
    return (text: string) => tests.length === 0 || tests.some((fits) => fits(text));
  };
  const [ofLocation, ofHost] = [anyOf(locations), anyOf(hosts)];
  return ({ hostId, location }) => ofHost(hostId) && ofLocation(location);
}
