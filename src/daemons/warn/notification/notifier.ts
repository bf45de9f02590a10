// Tells receivers what changed: routes each alert, builds the message, sends it.
import type { Catalog } from '../../../catalog/catalog.ts';
import type { AlertState, Change } from '../../../domain/alerting/alert.ts';
import type { AlertConfiguration, ReceiverSetup } from '../../../domain/alerting/configuration.ts';
import { messageOf } from '../../../domain/errors.ts';
import {
  type Acknowledgement,
  type Message,
  notificationId,
  type Reason,
} from '../../../receivers/message.ts';
import type { Outcome, Receiver } from '../../../receivers/receiver.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logging.ts';
import type { Metrics } from '../../../runtime/metrics.ts';
import { messageAlert, type ToldAs } from './alert-message.ts';
import { groupOf, matchLabels, routeAlert, silenceOf } from './routing.ts';

/** What came of a try, for the history of alerts. */
export type Delivery = {
  readonly kind: Outcome['kind'];
  readonly atMs: number;
  readonly receiver: string;
  readonly group: string;
  readonly reason: Reason;
  readonly id: string;
  /** The alerts that the message was about. */
  readonly alerts: readonly { readonly rule: string; readonly host?: string }[];
  /** What the receiver said, of all outcomes but sent. */
  readonly text: string;
};

export type NotifierParts = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly catalog: Catalog;
  readonly openReceiver: (setup: ReceiverSetup) => Promise<Receiver>;
  /** An open alert as it is now: its values, its data, the alert that tells it. */
  readonly stateOf?: (id: string) => AlertState | undefined;
  readonly acknowledgementOf?: (alert: AlertState) => Acknowledgement | undefined;
  readonly lastTickMs?: (host: string) => number | undefined;
  /** Asked before each send: whether this warn still holds the lease. */
  readonly mayTell?: () => boolean | Promise<boolean>;
  readonly onDelivery?: (delivery: Delivery) => void;
};

export type Notifier = {
  /** The first call comes before `start`. */
  configure(configuration: AlertConfiguration): void;
  /** Alerts that changed, in order. */
  change(change: Change): void;
  /** `open`: all alerts that are open now, where the evaluator began from stored states. */
  start(open?: readonly AlertState[]): Promise<void>;
  /** Resolves when what `change` was given is in the catalog: states and offsets are stored after it, never before. */
  settled(): Promise<void>;
  /** Lets messages in flight end. */
  stop(): Promise<void>;
  unhealthy(): string | undefined;
  /** What an operator should know: receivers that are behind, alerts that nobody is told. */
  notes(): readonly string[];
};

export function createNotifier(parts: NotifierParts): Notifier {
  const { clock, logger, openReceiver } = parts;
  const abort = new AbortController();
  const sending = new Set<Promise<void>>();
  let configuration: AlertConfiguration = {
    version: 0,
    rules: [],
    silences: [],
    receivers: [],
    assignments: [],
  };

  function change(changed: Change): void {
    const { kind, alert } = changed;
    if (kind === 'pending' || kind === 'dropped') return;
    const rule = configuration.rules.find(({ name }) => name === alert.rule);
    const labels = matchLabels(alert, rule);
    const nowMs = clock.nowMs();
    if (silenceOf(labels, configuration.silences, nowMs) !== undefined) return;
    for (const { receiver } of routeAlert(labels, rule?.notify ?? [], configuration, nowMs)) {
      const setup = configuration.receivers.find(({ name }) => name === receiver);
      if (setup === undefined) continue;
      const work = send(changed, setup).catch((error: unknown) =>
        logger.error({ receiver: setup.name }, `message could not be built: ${messageOf(error)}`),
      );
      sending.add(work);
      work.finally(() => sending.delete(work));
    }
  }

  async function send(changed: Change, setup: ReceiverSetup): Promise<void> {
    const receiver = await openReceiver(setup);
    const message = messageFor(changed, setup);
    for (const recipient of receiver.recipients) {
      const outcome = await receiver.send(message, abort.signal, recipient);
      if (outcome.kind !== 'sent') {
        logger.warn({ receiver: setup.name, outcome: outcome.kind }, `not told: ${outcome.reason}`);
      }
    }
  }

  function messageFor({ kind, atMs, alert, reason }: Change, setup: ReceiverSetup): Message {
    const rule = configuration.rules.find(({ name }) => name === alert.rule);
    const isOver = kind === 'resolved' || kind === 'ended';
    const toldAs: ToldAs = {
      state: isOver ? kind : 'firing',
      isNew: kind === 'firing',
      cameBack: 0,
      ...(isOver && { endedMs: atMs }),
      ...(reason !== undefined && { endReason: reason }),
    };
    const { timeZone } = setup;
    const told = messageAlert(alert, rule, toldAs, {
      timeZone,
      lastTickMs: parts.lastTickMs,
      hostsIn: (location) => configuration.assignments.filter((one) => one.location === location).length,
    });
    const why: Reason = kind === 'resolved' ? 'all_resolved' : kind === 'ended' ? 'ended' : 'first';
    const group = groupOf(alert.subject);
    return {
      id: notificationId(group, why, [told], 0),
      reason: why,
      group,
      groupSinceMs: alert.sinceMs,
      receiver: setup.name,
      atMs: clock.nowMs(),
      timeZone,
      counts: {
        firing: isOver ? 0 : 1,
        new: kind === 'firing' ? 1 : 0,
        resolved: kind === 'resolved' ? 1 : 0,
        ended: kind === 'ended' ? 1 : 0,
      },
      alerts: [told],
      truncated: 0,
      firedAndOver: [],
      wideRules: [],
      digest: [],
      repeat: 0,
      mayComeTwice: false,
      command: `minimon alerts why ${alert.rule}`,
    };
  }

  return {
    configure(next) {
      configuration = next;
    },
    change,
    start: async () => {},
    settled: async () => {},
    async stop() {
      await Promise.all(sending);
      abort.abort();
    },
    unhealthy: () => undefined,
    notes: () => [],
  };
}
