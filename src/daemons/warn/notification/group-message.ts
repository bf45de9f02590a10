// Builds the message of an account from the current states, and the digest of several accounts.
import type { AlertState } from '../../../domain/alerting/alert.ts';
import { RECEIVER_BEHIND } from '../../../domain/alerting/built-in.ts';
import type { AlertRule, ReceiverSetup } from '../../../domain/alerting/configuration.ts';
import { SEVERITIES, severityRank } from '../../../domain/expression/syntax.ts';
import {
  type Acknowledgement,
  type Alert,
  compareAlerts,
  type DigestLine,
  type Message,
  notificationId,
  type Reason,
  type WideRule,
} from '../../../receivers/message.ts';
import { type Account, type Over, passedOf, type Said } from './account.ts';
import { type AlertFacts, messageAlert } from './alert-message.ts';

export type MessageParts = AlertFacts & {
  readonly ruleOf: (alert: AlertState) => Pick<AlertRule, 'labels' | 'text' | 'runbook'> | undefined;
  readonly acknowledgementOf: (alert: AlertState) => Acknowledgement | undefined;
  /** Of an alert that stands for all those of its rule. */
  readonly wideRuleOf: (alert: AlertState) => WideRule | undefined;
  readonly mayComeTwice: boolean;
  /** For kinds that keep each alert by itself. */
  readonly listAll?: boolean;
  /** Wall time. */
  readonly nowMs: number;
};

/** What an account is to be told now. */
export type Due = {
  readonly account: Account;
  readonly reason: Reason;
  readonly firing: readonly AlertState[];
  readonly over: readonly Over[];
};

/** More are counted, not listed. */
const MAX_LISTED = 500;

export type Built = { readonly message: Message; readonly said: Said };

export function buildMessage(due: Due, setup: ReceiverSetup, parts: MessageParts): Built {
  const { account, reason } = due;
  const { group, repeat } = account;
  const toldRepeat = reason === 'repeat' ? repeat + 1 : repeat;
  const alerts = alertsOf(due, setup, parts);
  const id = notificationId(group, reason, alerts, toldRepeat);
  // Ended before its first message: the message also says that it fired.
  const missed = due.over
    .filter(({ alert }) => !account.told.has(alert.id))
    .map(({ alert, atMs }) => passedOf(alert, atMs));
  const passed = account.passed.filter(({ silenced }) => !silenced || reason === 'recap');
  const wideRules = due.firing.flatMap((alert) => parts.wideRuleOf(alert) ?? []);
  const asLines = new Set(due.firing.filter((alert) => parts.wideRuleOf(alert)).map((alert) => alert.id));
  const listed = alerts.filter((alert) => !asLines.has(alert.id));
  const limit = parts.listAll ? listed.length : MAX_LISTED;
  const counts = countsOf(alerts);
  const wideFiring = wideRules.reduce((sum, { firing }) => sum + firing - 1, 0);
  return {
    message: {
      id,
      reason,
      group,
      groupSinceMs: groupSinceOf(due),
      receiver: setup.name,
      atMs: parts.nowMs,
      timeZone: setup.timeZone,
      counts: { ...counts, firing: counts.firing + wideFiring },
      alerts: listed.slice(0, limit),
      truncated: Math.max(0, listed.length - limit),
      firedAndOver: [...passed.map(({ silenced: _, ...one }) => one), ...missed],
      wideRules,
      digest: [],
      repeat: toldRepeat,
      mayComeTwice: parts.mayComeTwice,
      command: commandFor(alerts, group),
    },
    said: { id, firing: due.firing, over: due.over, passed },
  };
}

export const groupSinceOf = ({ account, firing, over }: Due): number =>
  account.sinceMs ??
  Math.min(...firing.map(({ sinceMs }) => sinceMs), ...over.map(({ alert }) => alert.sinceMs));

function alertsOf({ account, firing, over }: Due, setup: ReceiverSetup, parts: MessageParts): Alert[] {
  const facts = { ...parts, timeZone: setup.timeZone };
  const cameBackOf = (id: string) => account.cameBack.get(id) ?? 0;
  return [
    ...firing.map((alert) => {
      const before = account.told.get(alert.id)?.severity;
      const acknowledged = parts.acknowledgementOf(alert);
      return messageAlert(
        alert,
        parts.ruleOf(alert),
        {
          state: 'firing',
          isNew: before === undefined,
          cameBack: cameBackOf(alert.id),
          ...(before !== undefined && before !== alert.severity && { severityBefore: before }),
          ...(acknowledged !== undefined && { acknowledged }),
        },
        facts,
      );
    }),
    ...over.map(({ alert, kind, atMs, reason }) =>
      messageAlert(
        alert,
        parts.ruleOf(alert),
        {
          state: kind,
          isNew: !account.told.has(alert.id),
          cameBack: cameBackOf(alert.id),
          endedMs: atMs,
          ...(reason !== undefined && { endReason: reason }),
        },
        facts,
      ),
    ),
  ].sort(compareAlerts);
}

function countsOf(alerts: readonly Alert[]): Message['counts'] {
  const count = (of: (alert: Alert) => boolean) => alerts.filter(of).length;
  return {
    firing: count(({ state }) => state === 'firing'),
    new: count(({ state, isNew }) => isNew && state === 'firing'),
    resolved: count(({ state }) => state === 'resolved'),
    ended: count(({ state }) => state === 'ended'),
  };
}

/** Quoted for a shell if needed. */
const word = (text: string): string =>
  /^[\w.:/@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

function commandFor(alerts: readonly Alert[], group: string): string {
  const [first, ...others] = alerts;
  if (first === undefined) return '';
  const { rule, subject } = first;
  if (rule === RECEIVER_BEHIND) return 'minimon receivers list';
  if (others.length > 0 && group !== '') return `minimon alerts firing --location ${word(group)}`;
  const { host, location } = subject;
  const where =
    host !== undefined
      ? ` --host ${word(host)}`
      : location !== undefined
        ? ` --location ${word(location)}`
        : '';
  return `minimon alerts why ${word(rule)}${where}`;
}

/** The digest: one message instead of many that the rate limit would delay. */
export function buildDigest(
  dues: readonly Due[],
  setup: ReceiverSetup,
  parts: MessageParts,
): { readonly message: Message; readonly said: ReadonlyMap<Account, Said> } {
  const built = dues.map((due) => ({ due, ...buildMessage(due, setup, parts) }));
  const alerts = dues.flatMap((due) => alertsOf(due, setup, parts));
  const id = notificationId('', 'digest', alerts, Math.max(...built.map(({ message }) => message.repeat)));
  const sum = (of: (counts: Message['counts']) => number) =>
    built.reduce((total, { message }) => total + of(message.counts), 0);
  const message: Message = {
    ...built[0]!.message,
    id,
    reason: 'digest',
    group: '',
    groupSinceMs: Math.min(...built.map(({ message: one }) => one.groupSinceMs)),
    counts: {
      firing: sum(({ firing }) => firing),
      new: sum((counts) => counts.new),
      resolved: sum(({ resolved }) => resolved),
      ended: sum(({ ended }) => ended),
    },
    alerts: [],
    truncated: alerts.length,
    firedAndOver: [],
    wideRules: built.flatMap(({ message: one }) => one.wideRules),
    digest: built.map(({ message: one }) => digestLine(one)).sort(worstFirst),
    repeat: 0,
    command: 'minimon alerts firing',
  };
  return { message, said: new Map(built.map(({ due, said }) => [due.account, { ...said, id }])) };
}

const digestLine = ({ group, counts, alerts, wideRules }: Message): DigestLine => {
  const severities = [...alerts.filter(({ state }) => state === 'firing'), ...wideRules].map(
    ({ severity }) => severity,
  );
  return {
    location: group,
    severity: SEVERITIES.findLast((one) => severities.includes(one)) ?? alerts[0]?.severity ?? 'info',
    firing: counts.firing,
    resolved: counts.resolved + counts.ended,
  };
};

const worstFirst = (a: DigestLine, b: DigestLine): number =>
  severityRank(b.severity) - severityRank(a.severity) || b.firing - a.firing;
