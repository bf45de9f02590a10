// Notifies receivers of alert changes: maintains the groups, decides when an account is due, and hands messages to
// delivery.
import type { ReceiverHealth } from '../../../api/warn.ts';
import type { Catalog } from '../../../catalog/catalog.ts';
import type { AlertState, Change } from '../../../domain/alerting/alert.ts';
import type { AlertConfiguration, ReceiverSetup } from '../../../domain/alerting/configuration.ts';
import { messageOf } from '../../../domain/errors.ts';
import type { Acknowledgement } from '../../../receivers/message.ts';
import type { Receiver } from '../../../receivers/receiver.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logging.ts';
import type { Metrics } from '../../../runtime/metrics.ts';
import { withTimeout } from '../../../runtime/timeout.ts';
import { type Account, isIdle } from './account.ts';
import { createBehindReceivers } from './behind-receivers.ts';
import { createDelivery } from './delivery.ts';
import { createGroups } from './groups.ts';
import { createHolding, forgetGone } from './holding.ts';
import { createNotifierViews, type NotifierViews } from './notifier-views.ts';
import { createOpenReceivers, type OpenReceiver } from './open-receivers.ts';
import type { Delivery } from './outcomes.ts';
import { createEndOwn, isOwn } from './own-alerts.ts';
import { createPump, type Pump } from './pump.ts';
import { createReceiverCalls, type ReceiverCalls } from './receiver-calls.ts';
import { receiverHealth } from './receiver-health.ts';
import type { Ends } from './reconciliation.ts';
import { groupOf } from './routing.ts';
import { createStorage } from './storage.ts';
import { createWideRules } from './wide-rules.ts';

export type { Delivery } from './outcomes.ts';

export type NotifierParts = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly catalog: Pick<Catalog, 'notifications'>;
  readonly openReceiver: (setup: ReceiverSetup) => Promise<Receiver>;
  /** An open alert as it is now: its values, its data, the alert that tells it. */
  readonly stateOf?: (id: string) => AlertState | undefined;
  readonly acknowledgementOf?: (alert: AlertState) => Acknowledgement | undefined;
  readonly lastTickMs?: (host: string) => number | undefined;
  /** Asked before each send: whether this warn still holds the lease. */
  readonly mayTell?: () => boolean | Promise<boolean>;
  /** The lease is uncertain: another warn may send the same. */
  readonly isUncertain?: () => boolean;
  readonly onDelivery?: (delivery: Delivery) => void;
};

export type { Ends } from './reconciliation.ts';

export type Notifier = NotifierViews & {
  /** The first call comes before `start`. */
  configure(configuration: AlertConfiguration): void;
  /** Alerts that changed, in order. */
  change(change: Change): void;
  /**
   * * Loads sent notifications and starts sending; also after `hold`, if another warn was active meanwhile. `open`: all
   * alerts that are open now. Told ones that are not are over, as `ends` says. Changes that come from now on are given
   * to `change`.
   */
  start(open: readonly AlertState[], ends?: Ends): Promise<void>;
  /** Stops sending and accepting changes. Resolves when messages in flight have finished. */
  hold(): Promise<void>;
  /** Resumes after `hold`, if no other warn was active meanwhile. */
  resume(open: readonly AlertState[], ends: Ends): void;
  /** Resolves when what `change` was given is in the catalog: states and offsets are stored after it, never before. */
  settled(): Promise<void>;
  /** Somebody set this machine's clock: what is stored by it is stored again, for the next process to read. */
  clockWasSet(): void;
  /** Lets messages in flight end. */
  stop(): Promise<void>;
  /** Entries of the warn service. */
  readonly calls: ReceiverCalls;
};

const STORE_PATIENCE_MS = 2_000;

export function createNotifier(parts: NotifierParts): Notifier {
  const { clock, logger } = parts;
  const receivers = createOpenReceivers(parts.openReceiver);
  const health = () => receiverHealth(receivers, groups, clock);
  const onTry = registerMetrics(parts.metrics, health, clock);
  const acknowledgementOf = (alert: AlertState) => parts.acknowledgementOf?.(alert);
  const storage = createStorage({
    clock,
    logger,
    notifications: parts.catalog.notifications,
    onIdle: (account) => groups.dropAccount(account),
  });
  const groups = createGroups({
    clock,
    receivers,
    stateOf: (id) => parts.stateOf?.(id),
    acknowledgementOf,
    onChanged: storage.note,
  });
  const own = { clock, groups, fire, endOwn: createEndOwn({ clock, groups, end }) };
  const behind = createBehindReceivers({ ...own, receivers });
  const wide = createWideRules({ ...own, touchAll: () => pump.touch(groups.names()) });
  const delivery = createDelivery({
    clock,
    logger,
    messageParts: () => ({
      nowMs: clock.nowMs(),
      mayComeTwice: storage.lastError() !== undefined || (parts.isUncertain?.() ?? false),
      lastTickMs: parts.lastTickMs,
      acknowledgementOf,
      ruleOf: (alert) => behind.ruleOf(alert) ?? groups.ruleOf(alert),
      wideRuleOf: wide.wideRuleOf,
    }),
    store,
    mayTell: () => parts.mayTell?.() ?? true,
    onTry,
    onDelivery: (one) => parts.onDelivery?.(one),
    onIdle: (names, receiver) => pump.free(names, receiver),
  });
  const pump: Pump = createPump({
    ...{ clock, logger, groups, receivers, dispatch: delivery.dispatch },
    isTelling: () => holding.isTelling(),
    ready: () => configuring,
    onLook: look,
    onTurn: wide.narrowWide,
    flush: () => void (storage.isDirty() && storage.flush()),
  });
  const calls = createReceiverCalls({
    ...{ clock, receivers, health },
    configuration: groups.configuration,
    ready: () => configuring,
    onDelivery: (one) => parts.onDelivery?.(one),
  });
  const holding = createHolding({
    ...{ clock, groups, receivers, storage, delivery, pump, wide, fire, end },
    ready: () => configuring,
  });
  let configuring: Promise<void> = Promise.resolve();

  function store(accounts: readonly Account[], open: OpenReceiver): Promise<unknown> {
    for (const account of accounts) storage.note(account);
    storage.notePace(open.setup.name, open);
    const isFailing = storage.lastError() !== undefined;
    // A hanging catalog must not block notifications.
    return isFailing ? withTimeout(STORE_PATIENCE_MS, storage.flush()) : storage.flush();
  }

  function fire(alert: AlertState): void {
    groups.fire(alert);
    if (!isOwn(alert)) wide.noteFiring(alert);
    pump.touch([groupOf(alert.subject)]);
  }

  function end(changed: Change): void {
    const { alert } = changed;
    groups.end(changed);
    pump.forgetUntold(alert.id);
    if (!isOwn(alert)) wide.noteOver(changed);
    pump.touch([groupOf(alert.subject)]);
  }

  function look(): void {
    behind.judgeBehind();
    for (const account of groups.accounts.values()) {
      if (isIdle(account, clock.monotonicMs())) storage.note(account);
    }
  }

  async function applyReceivers(setups: AlertConfiguration['receivers']): Promise<void> {
    const changed = new Set(await receivers.configure(setups));
    // Retry at once after the options were changed.
    for (const account of groups.accounts.values()) {
      if (changed.has(account.receiver)) account.refused = undefined;
    }
    if (!holding.isStarting()) forgetGone({ groups, receivers, storage });
    pump.touch(groups.names());
  }

  return {
    configure(next) {
      groups.configure(next);
      configuring = configuring
        .then(() => applyReceivers(next.receivers))
        .catch((error: unknown) => logger.error(`receivers could not be opened: ${messageOf(error)}`));
    },
    ...{ change: holding.change, calls, start: holding.start, hold: holding.hold, resume: holding.resume },
    ...createNotifierViews({ clock, groups, storage, pump, health }),
    clockWasSet() {
      if (!holding.isTelling()) return;
      for (const account of groups.accounts.values()) storage.note(account);
      for (const name of storage.paces()) storage.notePace(name, receivers.get(name));
      pump.touch(groups.names());
    },
    async settled() {
      await storage.flush();
      const error = storage.lastError();
      if (error !== undefined) throw new Error(`notification state is not stored: ${error}`);
    },
    async stop() {
      await pump.stop();
      await delivery.stop();
      await storage.flush();
    },
  };
}

/** Returns what counts a try. */
function registerMetrics(metrics: Metrics, health: () => readonly ReceiverHealth[], clock: Clock) {
  const counted = metrics.counter('notifications_total', 'Attempts to notify a receiver', [
    'receiver',
    'outcome',
  ]);
  metrics.gauge(
    'receiver_owed_messages',
    'Messages not yet accepted by a receiver',
    () => Object.fromEntries(health().map(({ name, owed }) => [name, owed])),
    'receiver',
  );
  const behindSeconds = (sinceMs: number | undefined): number =>
    sinceMs === undefined ? 0 : (clock.nowMs() - sinceMs) / 1_000;
  metrics.gauge(
    'receiver_behind_seconds',
    'Age of the oldest message not yet accepted by a receiver',
    () => Object.fromEntries(health().map(({ name, sinceMs }) => [name, behindSeconds(sinceMs)])),
    'receiver',
  );
  return (receiver: string, outcome: Delivery['kind']): void => counted.add(1, { receiver, outcome });
}
