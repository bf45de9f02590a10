// The warn service: open alerts, and the lag behind the stream.
import { HISTORY_KINDS } from '../domain/alerting/history.ts';
import { SEVERITIES } from '../domain/expression/syntax.ts';
import { defineApi, type HttpServiceOf, type ServiceOf } from './calls.ts';
import {
  flag,
  hostId,
  type Infer,
  int,
  list,
  listOf,
  nextCursor,
  number,
  one,
  oneOf,
  optional,
  page,
  text,
  texts,
  time,
  warnings,
} from './shapes.ts';

const partition = {
  partition: int(),
  end: int('Offset after the newest record'),
  position: int('Offset of the next record to be read'),
  committed: int(),
  unread: int(),
  uncommitted: int(),
  receivedMs: optional(
    time("Report's clock at the newest record that was read; absent before the first one"),
  ),
};

const status = {
  nowMs: time(),
  role: oneOf(['active', 'standby'], 'WARN_ROLE'),
  leaseHolder: optional(text('The active warn, as of the last check; absent: none')),
  telling: flag('It notifies receivers: it is active and has caught up with the stream'),
  partitions: listOf(partition),
  skippedRecords: int('Trimmed before warn read them, since it started'),
  warnings,
};
export type WarnStatus = Infer<typeof status>;

const alert = {
  id: text(),
  rule: text(),
  severity: oneOf(SEVERITIES, 'ALERT_SEVERITY'),
  state: oneOf(['pending', 'firing'], 'ALERT_STATE'),
  location: optional(text()),
  host: optional(text()),
  labels: texts(),
  expression: text('As it was judged last'),
  value: optional(number('Of the first test, as judged last')),
  sinceMs: time('The first tick that crossed, before `for`'),
  firedMs: optional(time()),
  evaluatedMs: time('The tick it was judged by last'),
  noDataSinceMs: optional(time('Its host has sent nothing since; the alert stays open')),
  silence: optional(
    one({ id: text(), author: text(), reason: text(), endsMs: time() }, 'Muted by this silence, until then'),
  ),
  acknowledged: optional(
    one(
      { by: text(), note: text(), atMs: time() },
      'Not repeated; a higher severity and its end still notify',
    ),
  ),
};
export type AlertView = Infer<typeof alert>;

const alertFilter = {
  location: optional(text('Only alerts of this location (glob)')),
  rule: optional(text('Only alerts of this rule (glob)')),
  pending: optional(flag('Also those that do not fire yet')),
  matchers: optional(list(text(), { about: 'Only those that a silence with these matchers would cover' })),
};
const openAlerts = { nowMs: time(), alerts: listOf(alert), warnings };

const testResult = {
  recipient: text('An address of e-mail; else where it was sent to, as it may be shown'),
  outcome: oneOf(['sent', 'retry', 'refused', 'unknown'], 'OUTCOME'),
  text: optional(text('What went wrong, as the receiver says it')),
};
const testedReceiver = { receiver: text(), kind: text(), address: text(), results: listOf(testResult) };
export type TestedReceiver = Infer<typeof testedReceiver>;

const RECEIVER_STATES = ['ok', 'behind', 'refused', 'off', 'unusable'] as const;
const receiverHealth = {
  name: text(),
  state: oneOf(RECEIVER_STATES, 'RECEIVER_STATE', {
    about:
      'behind: messages wait for a retry; refused: it rejected one; off: it rejects all; unusable: invalid options',
  }),
  owed: int('Messages not yet accepted'),
  sinceMs: optional(time('Time of the oldest of them')),
  lastSentMs: optional(time('Since warn started')),
  lastErrorMs: optional(time()),
  lastError: optional(text('Its last error, without secrets')),
};
export type ReceiverHealth = Infer<typeof receiverHealth>;

const routedReceiver = { name: text(), kind: text(), told: flag(), why: text() };
export type RoutedReceiver = Infer<typeof routedReceiver>;

const historySubject = { rule: text(), host: optional(text()), labels: optional(texts()) };
const historyEntry = {
  atMs: time('Of an alert: by the clock of its ticks; of a message: by that of warn'),
  kind: oneOf(HISTORY_KINDS, 'HISTORY_KIND'),
  location: optional(text()),
  subjects: listOf(historySubject, { about: 'The alert; of a message those it was about, 100 at most' }),
  count: int('How many they are'),
  severity: optional(oneOf(SEVERITIES, 'ALERT_SEVERITY')),
  previousSeverity: optional(oneOf(SEVERITIES, 'ALERT_SEVERITY')),
  expression: optional(text('By which it was judged')),
  value: optional(number()),
  sinceMs: optional(time()),
  reason: optional(text('Why it ended: rule changed, no data ...')),
  by: optional(text('Who acknowledged or silenced it')),
  silence: optional(text('Id of the silence')),
  message: optional(
    one({
      id: text('Idempotency key'),
      receiver: text(),
      recipient: text('Of e-mail: the address'),
      reason: text('Why it was sent: first, new, repeat, recap, test ...'),
    }),
  ),
  text: optional(text('What the receiver said, the note of who acknowledged, the reason of the silence')),
};
export type HistoryView = Infer<typeof historyEntry>;

const ruleHealth = {
  name: text(),
  firing: int(),
  pending: int(),
  matches: optional(int('Series in the last ticks of the hosts it covers; absent of silence and shares')),
  error: optional(text('Why it is not evaluated')),
};
export type RuleHealthView = Infer<typeof ruleHealth>;
/** From the rule to the message, in the order in which it is judged. */
const WHY_TOPICS = [
  'rule',
  'pipeline',
  'scope',
  'data',
  'value',
  'state',
  'silence',
  'acknowledgement',
  'route',
  'message',
  'history',
] as const;
/** ok: passes; stop: prevents notification; wait: not yet; note: information. */
const WHY_VERDICTS = ['ok', 'stop', 'wait', 'note'] as const;
const whyStep = {
  topic: oneOf(WHY_TOPICS, 'WHY_TOPIC'),
  verdict: oneOf(WHY_VERDICTS, 'WHY_VERDICT'),
  text: text(),
  atMs: optional(time('The instant that the text is about')),
  subject: optional(text('Of several: which one, such as mount=/var or web-1')),
};
export type WhyStep = Infer<typeof whyStep>;

export const warnApi = defineApi({
  daemon: 'warn',
  proto: { file: 'minimon/v1/warn.proto', service: 'minimon.v1.WarnService' },
  calls: {
    status: {
      summary: 'Lag of warn behind the stream',
      access: 'read',
      rpc: 'GetStatus',
      http: 'GET /api/v1/status',
      request: {},
      answer: status,
    },
    listAlerts: {
      summary: 'Alerts that are pending or firing, most severe first',
      access: 'read',
      http: 'GET /api/v1/alerts',
      request: alertFilter,
      answer: openAlerts,
    },
    /** At once, and again when it is another one: with each tick of what is open. */
    watchAlerts: {
      summary: 'Alerts that are pending or firing, again when they change',
      access: 'read',
      stream: true,
      request: alertFilter,
      answer: openAlerts,
    },
    /** Only alerts that fire; none fits: an empty list with a hint. */
    acknowledge: {
      summary: 'Acknowledges alerts: their notifications are not repeated',
      access: 'write',
      http: 'POST /api/v1/alerts/acknowledge',
      request: {
        alert: text('Name of a rule, a glob over such names, or the id of an alert'),
        host: optional(text('Only alerts of this host (glob)')),
        location: optional(text('Only alerts of this location (glob)')),
        note: optional(text('Required unless it is undone')),
        by: optional(text('Who acknowledges it')),
        undo: optional(flag('Remove the acknowledgement: notifications repeat again')),
      },
      answer: { alerts: listOf(alert), hint: optional(text('Why none matches')) },
    },
    /** The last 90 days. A page may be short, and even empty, where much does not fit: read on with its cursor. */
    listHistory: {
      summary: 'State changes of alerts and their notifications, newest first',
      access: 'read',
      http: 'GET /api/v1/alerts/history',
      request: {
        rule: optional(text('Only of these rules (glob)')),
        host: optional(text('Only of these hosts (glob)')),
        location: optional(text('Only of these locations (glob)')),
        sinceMs: optional(time()),
        untilMs: optional(time('Exclusive')),
        ...page,
      },
      answer: { entries: listOf(historyEntry), nextCursor },
    },
    listRuleHealth: {
      summary: 'Health of rules: matching series, open alerts, errors',
      access: 'read',
      http: 'GET /api/v1/rules/health',
      request: {},
      answer: {
        nowMs: time(),
        evaluatedMs: optional(time('When the newest tick that was evaluated came')),
        rules: listOf(ruleHealth),
        warnings,
      },
    },
    /** RULE_UNKNOWN, HOST_UNKNOWN and LOCATION_UNKNOWN name the nearest. */
    explain: {
      summary: 'Explains why a rule fires or does not, and whom it notifies',
      access: 'read',
      http: 'GET /api/v1/alerts/why',
      request: {
        rule: text(),
        host: optional(hostId),
        location: optional(text('Of rules about shares of a location')),
      },
      answer: { nowMs: time(), summary: text(), steps: listOf(whyStep), warnings },
    },
    /** From this machine, in the form of an alert. RECEIVER_UNKNOWN names the nearest. */
    testReceiver: {
      summary: 'Sends a test message to a receiver and returns the result',
      access: 'write',
      http: 'POST /api/v1/receivers/test',
      notIdempotent: true,
      request: { name: text() },
      takes: 'name',
      answer: testedReceiver,
    },
    listReceiverHealth: {
      summary: 'Which receivers have a backlog or reject messages, since when, and why',
      access: 'read',
      http: 'GET /api/v1/receivers/health',
      request: {},
      answer: { nowMs: time(), receivers: listOf(receiverHealth) },
    },
    routeOf: {
      summary: 'Which receivers an alert with these labels would notify now, and why',
      access: 'read',
      http: 'GET /api/v1/receivers/route',
      request: { labels: list(text(), { about: 'location=725, severity=critical, rule=disk-full' }) },
      takes: 'labels',
      answer: {
        receivers: listOf(routedReceiver),
        silenced: optional(text('The silence that mutes it')),
      },
    },
  },
});

export type WarnService = ServiceOf<typeof warnApi>;
export type WarnClient = HttpServiceOf<typeof warnApi>;
