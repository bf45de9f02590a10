// A notifier on a virtual clock with receivers that answer as they are told, and what each got as one line a message.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Catalog } from '../../../src/catalog/catalog.ts';
import { openSqliteCatalog } from '../../../src/catalog/sqlite.ts';
import {
  createNotifier,
  type Delivery,
  type Notifier,
  type NotifierParts,
} from '../../../src/daemons/warn/notification/notifier.ts';
import { type AlertState, alertId, type Change, type EndReason } from '../../../src/domain/alerting/alert.ts';
import type {
  AlertConfiguration,
  AlertRule,
  ReceiverSetup,
} from '../../../src/domain/alerting/configuration.ts';
import type { Severity } from '../../../src/domain/expression/syntax.ts';
import type { Alert, Message } from '../../../src/receivers/message.ts';
import type { Outcome, Pace, Receiver } from '../../../src/receivers/receiver.ts';
import { createVirtualClock, type VirtualClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logging.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { at, START_MS, clock as timeText } from '../../domain/alerting/timeline.ts';

export { at };

export const receiver = (name: string, more: Partial<ReceiverSetup> = {}): ReceiverSetup => ({
  name,
  kind: 'webhook',
  options: {},
  matchers: [],
  activeTimes: [],
  timeZone: 'UTC',
  isDefault: true,
  createdMs: 0,
  updatedMs: 0,
  ...more,
});

export const ruleOf = (name: string, more: Partial<AlertRule> = {}): AlertRule => ({
  name,
  expression: 'cpu.usage > 90',
  severity: 'warning',
  locations: [],
  hosts: [],
  notify: [],
  labels: {},
  tellResolved: true,
  enabled: true,
  builtIn: false,
  source: '',
  createdMs: 0,
  updatedMs: 0,
  ...more,
});

export const stateOf = (host: string, more: Partial<AlertState> = {}, sinceMs = START_MS): AlertState => ({
  id: alertId(more.rule ?? 'high', host),
  rule: 'high',
  expression: 'cpu.usage > 90',
  subject: { kind: 'host', host, location: '725', labels: {} },
  state: 'firing',
  severity: 'warning',
  sinceMs,
  firedMs: sinceMs,
  values: [95],
  firedValue: 95,
  worstValue: 95,
  evaluatedMs: sinceMs,
  source: '',
  levels: [{ sinceMs, firing: true }],
  ...more,
});

export type Answer = (message: Message, tries: number) => Outcome | Promise<Outcome>;

type Got = {
  readonly atMs: number;
  readonly receiver: string;
  readonly message: Message;
  readonly kind: string;
};

export type Options = {
  readonly receivers?: readonly ReceiverSetup[];
  readonly rules?: readonly AlertRule[];
  readonly pace?: Partial<Record<string, Pace>>;
  readonly recipients?: readonly string[];
  readonly parts?: Partial<NotifierParts>;
};

export async function stage(t: TestContext, options: Options = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'minimon-told-'));
  const clock: VirtualClock = createVirtualClock(START_MS);
  const path = join(directory, 'catalog.sqlite');
  const catalog: Catalog = await openSqliteCatalog({ path, logger: silentLogger, clock });
  const answers = new Map<string, Answer>();
  const got: Got[] = [];
  const deliveries: Delivery[] = [];
  const firing = new Map<string, AlertState>();
  let configuration: AlertConfiguration = {
    version: 1,
    rules: options.rules ?? [ruleOf('high')],
    silences: [],
    receivers: options.receivers ?? [receiver('ops')],
    assignments: [],
  };
  let tries = 0;

  const open = async (setup: ReceiverSetup): Promise<Receiver> => {
    if (setup.options['broken']) throw new Error('broken');
    return openFake(setup);
  };
  const openFake = (setup: ReceiverSetup): Receiver => ({
    kind: setup.kind,
    address: `https://${setup.name}.example/`,
    recipients: setup.kind === 'email' ? (options.recipients ?? ['a@example.org']) : [setup.name],
    pace: options.pace?.[setup.name] ?? { rateLimits: [] },
    size: { max: 1e6, of: 'characters of text' },
    requests: () => 1,
    async send(message, _signal, recipient) {
      const name = setup.kind === 'email' ? `${setup.name}/${recipient}` : setup.name;
      const outcome = await (answers.get(name) ?? (() => ({ kind: 'sent' })))(message, ++tries);
      got.push({ atMs: clock.nowMs(), receiver: name, message, kind: outcome.kind });
      return outcome as Outcome;
    },
  });

  let metrics = createMetrics('warn');
  const create = (): Notifier => {
    metrics = createMetrics('warn');
    const notifier = createNotifier({
      clock,
      logger: silentLogger,
      metrics,
      catalog,
      openReceiver: open,
      onDelivery: (one) => deliveries.push(one),
      ...options.parts,
    });
    notifier.configure(configuration);
    return notifier;
  };
  let notifier = create();
  await notifier.start([]);
  t.after(async () => {
    await notifier.stop();
    await catalog.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const turn = async () => {
    for (let i = 0; i < 10; i++) await new Promise(setImmediate);
  };
  const until = async (time: string) => {
    await turn();
    await clock.advanceTo(at(time));
    await turn();
  };
  const tell = (change: Change) => notifier.change(change);

  return {
    clock,
    catalog,
    answers,
    got,
    deliveries,
    until,
    turn,
    tell,
    notifier: () => notifier,
    metrics: () => metrics,
    create,
    async fire(time: string, host: string, more: Partial<AlertState> = {}) {
      await until(time);
      const before = firing.get(alertId(more.rule ?? 'high', host));
      const alert = stateOf(host, more, before?.sinceMs ?? at(time));
      firing.set(alert.id, alert);
      const previousSeverity = before?.severity as Severity;
      tell({ kind: before ? 'level' : 'firing', atMs: at(time), alert, ...(before && { previousSeverity }) });
      await turn();
    },
    async end(time: string, host: string, reason?: EndReason, rule = 'high') {
      await until(time);
      const id = alertId(rule, host);
      const alert = firing.get(id)!;
      firing.delete(id);
      tell({ kind: reason ? 'ended' : 'resolved', atMs: at(time), alert, ...(reason && { reason }) });
      await turn();
    },
    async configure(more: Partial<AlertConfiguration>) {
      configuration = { ...configuration, ...more, version: configuration.version + 1 };
      notifier.configure(configuration);
      await turn();
    },
    /** As after a kill -9: the old one does nothing any more, the new one knows what the catalog knows. */
    async restart(time: string, gone: readonly string[] = []) {
      await until(time);
      await notifier.stop();
      for (const host of gone) firing.delete(alertId('high', host));
      notifier = create();
      await notifier.start([...firing.values()]);
      await turn();
    },
    /** As `restart`, with what the evaluator knows. */
    async restartWith(open: readonly AlertState[]) {
      await notifier.stop();
      notifier = create();
      await notifier.start(open);
      await turn();
    },
    /** `10:00 first F web-1* R web-2 O web-3 10:00:05-10:00:20`; a star marks what is new. */
    lines: (name = 'ops'): string[] =>
      got
        .filter((one) => one.receiver === name)
        .map(({ atMs, message, kind }) => lineOf(atMs, message, kind)),
  };
}

export function lineOf(atMs: number, message: Message, kind = 'sent'): string {
  const hosts = (state: Alert['state'], letter: string) =>
    message.alerts
      .filter((alert) => alert.state === state)
      .map((alert) => {
        const { host = alert.subject.location ?? 'fleet' } = alert.subject;
        const back = alert.cameBack > 0 ? `+${alert.cameBack}` : '';
        const before = alert.severityBefore ? `(${alert.severityBefore}->${alert.severity})` : '';
        const why = alert.endReason ? `(${alert.endReason})` : '';
        const by = alert.acknowledged ? `(ack ${alert.acknowledged.by})` : '';
        return `${letter} ${host}${alert.isNew ? '*' : ''}${back}${before}${why}${by}`;
      });
  const over = message.firedAndOver.map(
    ({ subject, fromMs, toMs }) => `O ${subject.host} ${timeText(fromMs)}-${timeText(toMs)}`,
  );
  const wide = message.wideRules.map(({ rule, firing, hosts: of }) => `W ${rule} ${firing}/${of}`);
  const digest = message.digest.map(
    ({ location, firing, resolved }) => `D ${location} ${firing}/${resolved}`,
  );
  return [
    timeText(atMs),
    message.reason,
    ...(kind === 'sent' ? [] : [kind]),
    ...hosts('firing', 'F'),
    ...hosts('resolved', 'R'),
    ...hosts('ended', 'E'),
    ...over,
    ...wide,
    ...digest,
  ].join(' ');
}
