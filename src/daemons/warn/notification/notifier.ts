// Tells receivers what changed: keeps the groups up to date, decides when an account is due, and lets delivery send it.
import type { Catalog } from '../../../catalog/catalog.ts';
import type { AlertState, Change } from '../../../domain/alerting/alert.ts';
import { checkMatchers, matchLabels, silences } from '../../../domain/alerting/alert-matching.ts';
import type { AlertConfiguration, ReceiverSetup, Silence } from '../../../domain/alerting/configuration.ts';
import { messageOf } from '../../../domain/errors.ts';
import type { Acknowledgement } from '../../../receivers/message.ts';
import type { Receiver } from '../../../receivers/receiver.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logging.ts';
import type { Metrics } from '../../../runtime/metrics.ts';
import { withTimeout } from '../../../runtime/timeout.ts';
import { clearAccount, isIdle } from './account.ts';
import { createDelivery, type Delivery } from './delivery.ts';
import type { Due, MessageParts } from './group-message.ts';
import { createGroups } from './groups.ts';
import { createOpenReceivers, recipientsOf } from './open-receivers.ts';
import { createOwnAlerts, isOwn } from './own-alerts.ts';
import { createReceiverCalls, type ReceiverCalls } from './receiver-calls.ts';
import { receiverHealth, receiverNotes } from './receiver-health.ts';
import { type Ends, endWhatIsOver } from './reconciliation.ts';
import { groupOf, type Routed } from './routing.ts';
import { owedEnds, type Standing, standingOf } from './standing.ts';
import { createStorage } from './storage.ts';

export type { Delivery } from './delivery.ts';

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
  /** Nobody can say now whether another warn tells the same. */
  readonly isUncertain?: () => boolean;
  readonly onDelivery?: (delivery: Delivery) => void;
};

export type { Ends } from './reconciliation.ts';

export type Notifier = {
  /** The first call comes before `start`. */
  configure(configuration: AlertConfiguration): void;
  /** Alerts that changed, in order. */
  change(change: Change): void;
  /**
   * Reads what was told and begins to tell; after `hold` again, where another warn told meanwhile. `open`: all alerts that
   * are open now. Told ones that are not are over, as `ends` says. Changes that come from now on are given to `change`.
   */
  start(open: readonly AlertState[], ends?: Ends): Promise<void>;
  /** Tells nothing from now on, and is given no changes. Resolves when messages in flight have ended. */
  hold(): Promise<void>;
  /** After `hold`, where nobody else told meanwhile. */
  resume(open: readonly AlertState[], ends: Ends): void;
  /** Resolves when what `change` was given is in the catalog: states and offsets are stored after it, never before. */
  settled(): Promise<void>;
  /** Lets messages in flight end. */
  stop(): Promise<void>;
  unhealthy(): string | undefined;
  configuration(): AlertConfiguration;
  /** The silence that covers an alert now. */
  silenceOf(alert: AlertState): Silence | undefined;
  /** Whom an alert would be told to now, and why them. */
  routesOf(alert: AlertState): readonly Routed[];
  /** How it stands with those who are told of its group. */
  standings(alert: AlertState): readonly Standing[];
  /** Who is owed the end of which alerts of a rule (its identity). */
  owedEnds(rule: string): ReturnType<typeof owedEnds>;
  /** Those of the alerts that a silence with these matchers would cover. BAD_EXPRESSION. */
  fitting(matchers: readonly string[], alerts: readonly AlertState[]): readonly AlertState[];
  /** Entries of the warn service. */
  readonly calls: ReceiverCalls;
  counts(): { readonly alertsFiring: number; readonly messagesOwed: number };
  /** What an operator should know: receivers that are behind, alerts that nobody is told. */
  notes(): readonly string[];
};

/** Silences, active times and receivers that are behind are looked at this often. */
const LOOK_MS = 10_000;
const STORE_PATIENCE_MS = 2_000;

export function createNotifier(parts: NotifierParts): Notifier {
  const { clock, logger } = parts;
  const abort = new AbortController();
  const counted = parts.metrics.counter('notifications_total', 'Tries to tell a receiver', [
    'receiver',
    'outcome',
  ]);
  const receivers = createOpenReceivers(parts.openReceiver);
  const health = () => receiverHealth(receivers, groups, clock);
  parts.metrics.gauge(
    'receiver_owed_messages',
    'Messages that a receiver did not take yet',
    () => Object.fromEntries(health().map(({ name, owed }) => [name, owed])),
    'receiver',
  );
  parts.metrics.gauge(
    'receiver_behind_seconds',
    'For how long the oldest message that a receiver did not take is owed',
    () =>
      Object.fromEntries(
        health().map(({ name, sinceMs }) => [
          name,
          sinceMs === undefined ? 0 : (clock.nowMs() - sinceMs) / 1_000,
        ]),
      ),
    'receiver',
  );
  const stateOf = (id: string) => parts.stateOf?.(id);
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
    stateOf,
    acknowledgementOf,
    onChanged: (account) => storage.note(account),
  });
  const own = createOwnAlerts({ clock, groups, receivers, fire, end, touchAll: () => touch(groups.names()) });
  const dirty = new Set<string>();
  const untold = new Set<string>();
  /** Groups that wait for a receiver, by its name. */
  const queued = new Map<string, Set<string>>();
  let waiting: AbortController | undefined;
  let kicked = false;
  let telling = false;
  /** Of `start` and `hold`: one that waited too long finds another number. */
  let turn = 0;
  /** Changes that came before it is known what was told. */
  let early: Change[] | undefined = [];
  let configuring: Promise<void> = Promise.resolve();
  let running: Promise<void> | undefined;
  /** Groups that are to be looked at again, by when. */
  const wakeUps = new Map<string, number>();

  const delivery = createDelivery({
    clock,
    logger,
    messageParts,
    store: (accounts) => {
      for (const account of accounts) storage.note(account);
      const isFailing = storage.lastError() !== undefined;
      // A catalog that hangs must not hold up what is told without it.
      return isFailing ? withTimeout(STORE_PATIENCE_MS, storage.flush()) : storage.flush();
    },
    mayTell: () => parts.mayTell?.() ?? true,
    onTry: (receiver, outcome) => counted.add(1, { receiver, outcome }),
    onDelivery: (one) => parts.onDelivery?.(one),
    onIdle(names, receiver) {
      touch([...names, ...(queued.get(receiver) ?? [])]);
      queued.delete(receiver);
    },
  });

  const calls = createReceiverCalls({
    clock,
    receivers,
    configuration: groups.configuration,
    health,
    ready: () => configuring,
    onDelivery: (one) => parts.onDelivery?.(one),
  });

  function messageParts(): MessageParts {
    return {
      nowMs: clock.nowMs(),
      mayComeTwice: storage.lastError() !== undefined || (parts.isUncertain?.() ?? false),
      lastTickMs: parts.lastTickMs,
      acknowledgementOf,
      ruleOf: (alert) => own.ruleOf(alert) ?? groups.ruleOf(alert),
      wideRuleOf: own.wideRuleOf,
    };
  }

  function touch(names: Iterable<string>): void {
    for (const name of names) dirty.add(name);
    kicked = true;
    waiting?.abort();
  }

  function change(changed: Change): void {
    if (early !== undefined) {
      early.push(changed);
      return;
    }
    const { kind, alert } = changed;
    if (kind === 'pending' || kind === 'dropped') return;
    if (kind === 'firing' || kind === 'level') fire(alert);
    else end(changed);
  }

  function fire(alert: AlertState): void {
    groups.fire(alert);
    if (!isOwn(alert)) own.noteFiring(alert);
    touch([groupOf(alert.subject)]);
  }

  function end(changed: Change): void {
    const { alert } = changed;
    groups.end(changed);
    untold.delete(alert.id);
    if (!isOwn(alert)) own.noteOver(changed);
    touch([groupOf(alert.subject)]);
  }

  /** Evaluates what changed or became due, and sends what may go. Returns when to look again. */
  function pump(): number {
    const nowMs = clock.monotonicMs();
    for (const [group, atMs] of wakeUps) if (atMs <= nowMs) dirty.add(group);
    own.narrowWide();
    const dues = new Map<string, Due[]>();
    for (const group of dirty) {
      const evaluated = groups.evaluate(group);
      if (evaluated.nextMs === Number.POSITIVE_INFINITY) wakeUps.delete(group);
      else wakeUps.set(group, evaluated.nextMs);
      for (const due of evaluated.dues) {
        const { receiver } = due.account;
        dues.set(receiver, [...(dues.get(receiver) ?? []), due]);
      }
      noteUntold(group);
    }
    dirty.clear();
    for (const [name, list] of dues) {
      const open = receivers.get(name);
      if (open === undefined) continue;
      const againMs = delivery.dispatch(open, list);
      for (const { account } of list) {
        if (account.inFlight) continue;
        const before = wakeUps.get(account.group) ?? Number.POSITIVE_INFINITY;
        if (againMs < before) wakeUps.set(account.group, againMs);
        // Those that found the receiver busy go when one of its messages ends.
        if (open.inFlight > 0) queued.set(name, (queued.get(name) ?? new Set()).add(account.group));
      }
    }
    if (storage.isDirty()) void storage.flush();
    return Math.min(nowMs + LOOK_MS, ...wakeUps.values());
  }
  function noteUntold(group: string): void {
    for (const alert of groups.firingOf(group).values()) {
      if (groups.routesOf(alert).length === 0) untold.add(alert.id);
      else untold.delete(alert.id);
    }
  }

  async function run(): Promise<void> {
    let lookMs = clock.monotonicMs() + LOOK_MS;
    while (!abort.signal.aborted) {
      kicked = false;
      await configuring;
      if (telling && clock.monotonicMs() >= lookMs) {
        own.judgeBehind();
        for (const account of groups.accounts.values()) {
          if (isIdle(account, clock.monotonicMs())) storage.note(account);
        }
        touch(groups.names());
        lookMs = clock.monotonicMs() + LOOK_MS;
      }
      kicked = false;
      let nextMs = clock.monotonicMs() + LOOK_MS;
      try {
        if (telling) nextMs = Math.min(lookMs, pump());
      } catch (error) {
        logger.error({ err: error }, `alerts could not be told: ${messageOf(error)}`);
      }
      if (kicked) continue;
      waiting = new AbortController();
      await clock
        .sleep(Math.max(1, nextMs - clock.monotonicMs()), AbortSignal.any([waiting.signal, abort.signal]))
        .catch(() => {});
      waiting = undefined;
    }
  }

  /** Accounts of receivers and recipients that are no more. */
  function forgetGone(): void {
    for (const account of groups.accounts.values()) {
      const open = receivers.get(account.receiver);
      const isGone =
        open === undefined ||
        (open.receiver !== undefined && !recipientsOf(open).includes(account.recipient));
      if (!isGone || account.inFlight) continue;
      clearAccount(account);
      storage.note(account);
    }
  }

  /** What was told, against what is open now. */
  function reconcile(open: readonly AlertState[], ends: Ends): void {
    endWhatIsOver({ groups, clock, end, noteAccount: storage.note }, open, ends);
    forgetGone();
    for (const alert of open) if (alert.state === 'firing') fire(alert);
    touch(groups.names());
  }

  function forgetAll(): void {
    storage.clear();
    groups.clear();
    own.clear();
    for (const collection of [dirty, untold, queued, wakeUps]) collection.clear();
  }

  return {
    configure(next) {
      groups.configure(next);
      configuring = configuring
        .then(async () => {
          const changed = new Set(await receivers.configure(next.receivers));
          // Options that were mended deserve another try.
          for (const account of groups.accounts.values()) {
            if (changed.has(account.receiver)) account.refused = undefined;
          }
          if (early === undefined) forgetGone();
          touch(groups.names());
        })
        .catch((error: unknown) => logger.error(`receivers could not be opened: ${messageOf(error)}`));
    },
    change,
    calls,
    configuration: groups.configuration,
    silenceOf: groups.silenceOf,
    routesOf: groups.routesOf,
    standings: (alert) =>
      [...groups.accountsOf(groupOf(alert.subject))].map((account) => standingOf(alert, account, clock)),
    owedEnds: (rule) => owedEnds(rule, groups.accounts.values(), clock),
    fitting(texts, alerts) {
      const matchers = checkMatchers(texts, groups.configuration().rules);
      return alerts.filter((alert) => silences(matchers, matchLabels(alert, groups.ruleOf(alert))));
    },
    async start(open, ends = new Map()) {
      const mine = ++turn;
      early ??= [];
      await Promise.all([configuring, delivery.idle()]);
      forgetAll();
      for (const account of await storage.load(abort.signal)) {
        if (mine === turn) groups.addAccount(account);
      }
      if (mine !== turn) return;
      own.restore();
      reconcile(open, ends);
      const waited = early ?? [];
      early = undefined;
      for (const one of waited) change(one);
      telling = true;
      running ??= run();
      touch(groups.names());
    },
    async hold() {
      turn++;
      telling = false;
      early = undefined;
      untold.clear();
      await delivery.idle();
    },
    resume(open, ends) {
      reconcile(open, ends);
      telling = true;
      touch(groups.names());
    },
    async settled() {
      await storage.flush();
      const error = storage.lastError();
      if (error !== undefined) throw new Error(`what is told is not stored: ${error}`);
    },
    async stop() {
      abort.abort();
      await running;
      await delivery.stop();
      await storage.flush();
    },
    unhealthy: () => storage.lastError() && `what is told cannot be stored: ${storage.lastError()}`,
    counts: () => ({
      alertsFiring: groups.countFiring(),
      messagesOwed: health().reduce((sum, { owed }) => sum + owed, 0),
    }),
    notes: () => [
      ...receiverNotes(health()),
      ...(untold.size > 0 ? [`${untold.size} alerts have no receiver: add one with --default`] : []),
    ],
  };
}
