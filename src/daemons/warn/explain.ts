// Explains why a rule fires or does not, and whom it notifies: from the rule to the answers of receivers.
import type { HistoryView, WarnService } from '../../api/warn.ts';
import type { AlertState } from '../../domain/alerting/alert.ts';
import { internalRule, PIPELINE_STALLED } from '../../domain/alerting/built-in.ts';
import type { AlertConfiguration, AlertRule } from '../../domain/alerting/configuration.ts';
import { didYouMean } from '../../domain/did-you-mean.ts';
import { formatDuration } from '../../domain/duration.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { parseExpression } from '../../domain/expression/parser.ts';
import type { Expression } from '../../domain/expression/syntax.ts';
import { compareBytes } from '../../domain/names.ts';
import { ruleUnknown } from '../../domain/unknown-names.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createJudgeSteps, type JudgeStepParts } from './judge-steps.ts';
import type { Notifier } from './notification/notifier.ts';
import { type Step, subjectText } from './state-steps.ts';
import { createTellSteps, type TellStepParts } from './tell-steps.ts';

export type ExplainParts = TellStepParts & {
  readonly evaluator: JudgeStepParts['evaluator'];
  readonly warnings: () => readonly string[];
  readonly notifier: TellStepParts['notifier'] & Pick<Notifier, 'configuration'>;
  readonly listHistory: WarnService['listHistory'];
  readonly clock: Clock;
};

const MAX_ENTRIES = 5;

export function createExplain(parts: ExplainParts): WarnService['explain'] {
  const { notifier, clock } = parts;
  const judgeSteps = createJudgeSteps(parts);
  const tellSteps = createTellSteps(parts);

  return async (asked) => {
    const { host, location } = asked;
    const { rule, assigned, locations } = subjectOf(asked, notifier.configuration());
    const own = internalRule(rule.name)?.definition.expression;
    const expression = own ?? readable(rule);
    const alerts = parts
      .open()
      .filter((alert) => alert.rule === rule.name)
      .filter(({ subject }) => host === undefined || subject.kind !== 'host' || subject.host === host);
    const where = location ?? assigned?.location;
    const found = alerts.filter(
      ({ subject }) => where === undefined || !('location' in subject) || subject.location === where,
    );
    const judged = !rule.enabled
      ? []
      : own !== undefined
        ? judgeSteps.ofItself(expression, found)
        : judgeSteps.ofRule(rule, expression, {
            alerts: found,
            locations: where === undefined ? locations : [where],
            host: assigned,
          });
    const told = rule.enabled ? tellSteps(rule, found, { host, location: where }) : [];
    const steps = [
      ruleStep(rule),
      ...pipelineSteps(),
      ...judged,
      ...told,
      ...(await pastSteps(rule, host, where)),
    ];
    return {
      nowMs: clock.nowMs(),
      summary: summaryOf(rule, found, { steps, nowMs: clock.nowMs() }),
      steps,
      warnings: [...parts.warnings()],
    };
  };

  function pipelineSteps(): readonly Step[] {
    const stalled = parts.open().find(({ rule }) => rule === PIPELINE_STALLED.definition.name);
    if (stalled === undefined) return [];
    const text =
      'the pipeline is stalled: no records arrive, hosts are unknown, and silence timers are paused, since';
    return [{ topic: 'pipeline', verdict: 'stop', text, atMs: stalled.sinceMs }];
  }

  /** What came of it lately, and of one that does not fire when it did. */
  async function pastSteps(
    rule: AlertRule,
    host: string | undefined,
    location: string | undefined,
  ): Promise<readonly Step[]> {
    const { entries } = await parts.listHistory({
      rule: escapeGlob(rule.name),
      limit: MAX_ENTRIES,
      ...(host !== undefined && { host: escapeGlob(host) }),
      ...(host === undefined && location !== undefined && { location: escapeGlob(location) }),
    });
    return entries.map((entry) => ({
      topic: 'history',
      verdict: 'note',
      text: pastText(entry, host),
      atMs: entry.atMs,
    }));
  }
}

/** What is asked about, if it is there. */
function subjectOf(
  { rule: name, host, location }: Parameters<WarnService['explain']>[0],
  { rules, assignments }: AlertConfiguration,
) {
  const rule = rules.find((one) => one.name === name) ?? ownRule(name);
  if (rule === undefined) {
    throw ruleUnknown(
      name,
      rules.map((one) => one.name),
    );
  }
  const assigned = host === undefined ? undefined : assignments.find(({ hostId }) => hostId === host);
  if (host !== undefined && assigned === undefined) {
    throw unknown({
      code: 'HOST_UNKNOWN',
      message: `no host ${quoted(host)} has a location`,
      name: host,
      known: assignments.map(({ hostId }) => hostId),
      otherwise: `Rules evaluate only hosts with a location: minimon hosts assign ${host} --location LOCATION`,
    });
  }
  const locations = [...new Set(assignments.map((one) => one.location))].sort(compareBytes);
  if (location !== undefined && !locations.includes(location)) {
    throw unknown({
      code: 'LOCATION_UNKNOWN',
      message: `no host has the location ${quoted(location)}`,
      name: location,
      known: locations,
      otherwise: 'List the locations: minimon locations list',
    });
  }
  return { rule, assigned, locations };
}

function ruleStep(rule: AlertRule): Step {
  const { name, expression, severity, enabled } = rule;
  if (!enabled)
    return { topic: 'rule', verdict: 'stop', text: `disabled; enable it: minimon alerts enable ${name}` };
  return { topic: 'rule', verdict: 'ok', text: `${expression} (${severity})` };
}

function pastText(
  { kind, message, text, reason, severity, by, subjects }: HistoryView,
  host: string | undefined,
): string {
  const said = text === undefined ? '' : `: ${text}`;
  if (message !== undefined)
    return `message (${message.reason.replaceAll('_', ' ')}) to ${message.receiver} ${kind}${said}`;
  const of = host === undefined && subjects[0]?.host !== undefined ? ` on ${subjects[0].host}` : '';
  const labels = subjectText(subjects[0]?.labels ?? {});
  const about = [severity, reason, by && `by ${by}`, labels].filter(Boolean).join(', ');
  return `${kind}${of}${about === '' ? '' : ` (${about})`}${said}`;
}

function summaryOf(
  { name, enabled }: AlertRule,
  alerts: readonly AlertState[],
  { steps, nowMs }: { readonly steps: readonly Step[]; readonly nowMs: number },
): string {
  if (!enabled) return `${name} is disabled`;
  const firing = alerts.filter(({ state }) => state === 'firing');
  if (firing.length > 0) {
    const of = (verdict: Step['verdict'], ...topics: readonly Step['topic'][]) =>
      steps.find((step) => step.verdict === verdict && topics.includes(step.topic));
    const stop = of('stop', 'silence', 'route');
    const part = of('stop', 'message') ?? of('wait', 'message');
    const told = stop
      ? `, but does not notify: ${shortText(stop)}`
      : part
        ? `, but not all receivers are notified yet: ${shortText(part)}`
        : ` and is ${(of('ok', 'route') ? undefined : of('note', 'route')?.text) ?? 'sent to its receivers'}`;
    return `${name} fires${told}`;
  }
  const why = steps.find(
    ({ verdict, topic }) => verdict !== 'ok' && verdict !== 'note' && topic !== 'history',
  );
  const seconds = Math.ceil(Math.max(0, (why?.atMs ?? nowMs) - nowMs) / 1_000);
  // Instants are drawn in the reader's zone, which only the reader knows.
  const text = why?.text
    .replace(/^does not fire: /, '')
    .replace(
      / at about$/,
      seconds === 0 ? ' with the next tick' : ` in about ${formatDuration(seconds * 1_000)}`,
    );
  return `${name} does not fire${text === undefined ? '' : `: ${text}`}`;
}

/** Without the word that an instant follows in the list. */
const shortText = ({ text }: Step): string => text.replace(/[,;] (?:until|again)$/, '');

function readable({ name, expression }: AlertRule): Expression {
  try {
    return parseExpression(expression);
  } catch {
    throw new ExpectedError('UNAVAILABLE', `rule ${name} cannot be read by this version: ${expression}`, {
      hint: 'It was saved by a newer minimon: update warn. The other rules go on.',
    });
  }
}

/** Internal rules, which are not configurable. */
function ownRule(name: string): AlertRule | undefined {
  const rule = internalRule(name);
  if (rule === undefined) return undefined;
  const { severity } = rule.definition;
  return {
    ...{ name, expression: rule.canonical, severity, enabled: true, builtIn: true, tellResolved: true },
    ...{ locations: [], hosts: [], notify: [], labels: {}, source: '', createdMs: 0, updatedMs: 0 },
  };
}

/** A name as a glob that fits it alone. */
const escapeGlob = (name: string): string => name.replace(/[*?[]/g, '[$&]');

const quoted = (text: string): string => JSON.stringify(text.slice(0, 64));

type Unknown = {
  readonly code: 'HOST_UNKNOWN' | 'LOCATION_UNKNOWN';
  readonly message: string;
  readonly name: string;
  readonly known: readonly string[];
  readonly otherwise: string;
};

const unknown = ({ code, message, name, known, otherwise }: Unknown): ExpectedError =>
  new ExpectedError(code, message, { hint: didYouMean(name, known, otherwise) });
