// Tells receivers what changed: keeps the groups up to date, decides when an account is due, and lets delivery send it.
import type { Catalog } from '../../../catalog/catalog.ts';
import type { AlertState, Change } from '../../../domain/alerting/alert.ts';
import type { AlertConfiguration, ReceiverSetup } from '../../../domain/alerting/configuration.ts';
import { messageOf } from '../../../domain/errors.ts';
import { SEVERITIES, type Severity } from '../../../domain/expression/syntax.ts';
import type { Acknowledgement } from '../../../receivers/message.ts';
import { readableTime } from '../../../receivers/readable.ts';
import type { Receiver } from '../../../receivers/receiver.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logging.ts';
import type { Metrics } from '../../../runtime/metrics.ts';
import { isIdle } from './account.ts';
import { createDelivery, type Delivery, isBehind } from './delivery.ts';
import type { Due, MessageParts } from './group-message.ts';
import { createGroups } from './groups.ts';
import { createOpenReceivers } from './open-receivers.ts';
import {
  behindAlert,
  behindId,
  isBehindAlert,
  isOwn,
  receiverOf,
  WIDE_END,
  WIDE_LIMIT,
  wideAlert,
  wideId,
} from './own-alerts.ts';
import { groupOf } from './routing.ts';
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
  readonly onDelivery?: (delivery: Delivery) => void;
};

export type Notifier = {
  /** The first call comes before `start`. */
  configure(configuration: AlertConfiguration): void;
  /** Alerts that changed, in order. */
  change(change: Change): void;
  /** `open`: all alerts that are open now, as the evaluator began from stored states. Told ones that are not are over. */
  start(open: readonly AlertState[]): Promise<void>;
  /** Resolves when what `change` was given is in the catalog: states and offsets are stored after it, never before. */
  settled(): Promise<void>;
  /** Lets messages in flight end. */
  stop(): Promise<void>;
  unhealthy(): string | undefined;
  /** What an operator should know: receivers that are behind, alerts that nobody is told. */
  notes(): readonly string[];
};

/** An owed message is told to the default receiver after so long. */
const BEHIND_MS = 3_600_000;
/** Silences, active times and receivers that are behind are looked at this often. */
const LOOK_MS = 10_000;
/** Lists of receivers that are long are cut in notes. */
const MAX_NOTES = 20;

export function createNotifier(parts: NotifierParts): Notifier {
  const { clock, logger } = parts;
  const abort = new AbortController();
  const counted = parts.metrics.counter('notifications_total', 'Tries to tell a receiver', [
    'receiver',
    'outcome',
  ]);
  const receivers = createOpenReceivers(parts.openReceiver);
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
  const firingOfRule = new Map<string, Map<string, AlertState>>();
  const dirty = new Set<string>();
  const untold = new Set<string>();
  /** Groups that wait for a receiver, by its name. */
  const queued = new Map<string, Set<string>>();
  let hosts = new Map<string, number>();
  let waiting: AbortController | undefined;
  let kicked = false;
  let started = false;
  /** Changes that came before it is known what was told. */
  let early: Change[] | undefined = [];
  let configuring: Promise<void> = Promise.resolve();
  let running: Promise<void> = Promise.resolve();
  /** Groups that are to be looked at again, by when. */
  const wakeUps = new Map<string, number>();

  const delivery = createDelivery({
    clock,
    logger,
    messageParts,
    store: (accounts) => {
      for (const account of accounts) storage.note(account);
      return storage.flush();
    },
    mayTell: () => parts.mayTell?.() ?? true,
    onDelivery(one) {
      counted.add(1, { receiver: one.receiver, outcome: one.kind });
      parts.onDelivery?.(one);
    },
    onIdle(names, receiver) {
      touch([...names, ...(queued.get(receiver) ?? [])]);
      queued.delete(receiver);
    },
  });

  function messageParts(): MessageParts {
    return {
      nowMs: clock.nowMs(),
      mayComeTwice: storage.lastError() !== undefined,
      lastTickMs: parts.lastTickMs,
      hostsIn: (location) => hosts.get(location) ?? 0,
      acknowledgementOf,
      ruleOf: (alert) =>
        isBehindAlert(alert.id)
          ? { labels: {}, text: behindText(receiverOf(alert.id)) }
          : groups.ruleOf(alert),
      wideRuleOf: (alert) =>
        alert.id === wideId(alert.rule)
          ? {
              rule: alert.rule,
              severity: alert.severity,
              firing: firingOfRule.get(alert.rule)?.size ?? 0,
              hosts: groups.configuration().assignments.length,
            }
          : undefined,
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
    if (!isOwn(alert)) {
      const firing = firingOfRule.get(alert.rule) ?? new Map<string, AlertState>();
      firingOfRule.set(alert.rule, firing.set(alert.id, alert));
      judgeWidth(alert);
    }
    touch([groupOf(alert.subject)]);
  }

  function end(changed: Change): void {
    const { alert } = changed;
    groups.end(changed);
    untold.delete(alert.id);
    if (!isOwn(alert)) {
      const firing = firingOfRule.get(alert.rule);
      firing?.delete(alert.id);
      if (firing?.size === 0) firingOfRule.delete(alert.rule);
      judgeWidth(alert);
    }
    touch([groupOf(alert.subject)]);
  }

  /** A rule that fires nearly everywhere keeps its states and is told as one line. */
  function judgeWidth({ rule, severity }: AlertState): void {
    const count = firingOfRule.get(rule)?.size ?? 0;
    const isWide = groups.wide.has(rule);
    if (!isWide && count > WIDE_LIMIT) {
      const alerts = [...firingOfRule.get(rule)!.values()];
      const names = new Set(alerts.flatMap((one) => groups.routesOf(one).map(({ receiver }) => receiver)));
      groups.wide.add(rule);
      groups.ownRoutes.set(wideId(rule), [...names]);
      fire(wideAlert(rule, worst(alerts) ?? severity, clock.nowMs()));
    } else if (isWide && count < WIDE_END) {
      groups.wide.delete(rule);
      endOwn(wideId(rule));
      touch(groups.names());
    }
  }

  function endOwn(id: string): void {
    const alert = groups.firingOf('').get(id);
    if (alert !== undefined) end({ kind: 'resolved', atMs: clock.nowMs(), alert });
    groups.ownRoutes.delete(id);
  }

  /** A receiver that takes nothing for an hour is told to the default one, once. */
  function judgeBehind(): void {
    const nowMs = clock.monotonicMs();
    const fallback = groups.configuration().receivers.find(({ isDefault }) => isDefault);
    const since = new Map<string, number>();
    for (const account of groups.accounts.values()) {
      if (!isBehind(account.owed)) continue;
      const before = since.get(account.receiver) ?? Number.POSITIVE_INFINITY;
      since.set(account.receiver, Math.min(before, account.owed.sinceMs));
    }
    for (const { setup, off } of receivers.all()) {
      const owedMs = since.get(setup.name);
      const isLate = (owedMs !== undefined && nowMs - owedMs >= BEHIND_MS) || off !== undefined;
      const open = groups.firingOf('').get(behindId(setup.name));
      if (isLate && open === undefined && fallback !== undefined && fallback.name !== setup.name) {
        groups.ownRoutes.set(behindId(setup.name), [fallback.name]);
        fire(behindAlert(setup.name, clock.nowMs() - (nowMs - (owedMs ?? nowMs))));
      } else if (open !== undefined && owedMs === undefined && off === undefined) endOwn(open.id);
    }
  }

  function behindText(name: string): string {
    const owed = [...groups.accounts.values()].find(
      ({ receiver, owed: one }) => receiver === name && isBehind(one),
    )?.owed;
    const why = receivers.get(name)?.off ?? owed?.why;
    return `Receiver ${name} takes no messages${why === undefined ? '' : `: ${why}`}. They stay owed.`;
  }

  /** Evaluates what changed or became due, and sends what may go. Returns when to look again. */
  function pump(): number {
    const nowMs = clock.monotonicMs();
    for (const [group, atMs] of wakeUps) if (atMs <= nowMs) dirty.add(group);
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
      if (clock.monotonicMs() >= lookMs) {
        judgeBehind();
        for (const account of groups.accounts.values()) {
          if (isIdle(account, clock.monotonicMs())) storage.note(account);
        }
        touch(groups.names());
        lookMs = clock.monotonicMs() + LOOK_MS;
      }
      kicked = false;
      let nextMs = clock.monotonicMs() + LOOK_MS;
      try {
        nextMs = Math.min(lookMs, pump());
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

  /** What the catalog says was told, against what is open now. */
  function reconcile(open: readonly AlertState[]): void {
    const firing = new Map(open.filter(({ state }) => state === 'firing').map((alert) => [alert.id, alert]));
    for (const account of groups.accounts.values()) {
      for (const [id, told] of account.told) {
        const now = firing.get(id);
        if (account.over.has(id) || isOwn(told)) continue;
        if (now !== undefined && groupOf(now.subject) === account.group) continue;
        account.over.set(id, { alert: told, kind: 'resolved', atMs: clock.nowMs() });
        storage.note(account);
      }
      for (const [id, told] of account.told) if (isOwn(told)) groups.ownRoutes.set(id, [account.receiver]);
    }
    for (const account of groups.accounts.values()) {
      for (const told of account.told.values())
        if (isOwn(told) && !account.over.has(told.id)) groups.fire(told);
    }
    for (const alert of firing.values()) fire(alert);
    for (const id of [...groups.firingOf('').keys()]) {
      const rule = id.startsWith('wide\u0000') ? id.slice('wide\u0000'.length) : undefined;
      if (rule === undefined || groups.wide.has(rule)) continue;
      if ((firingOfRule.get(rule)?.size ?? 0) < WIDE_END) endOwn(id);
      else groups.wide.add(rule);
    }
    touch(groups.names());
  }

  return {
    configure(next) {
      groups.configure(next);
      hosts = new Map();
      for (const { location } of next.assignments) hosts.set(location, (hosts.get(location) ?? 0) + 1);
      configuring = configuring
        .then(async () => {
          const changed = new Set(await receivers.configure(next.receivers));
          // Options that were mended deserve another try.
          for (const account of groups.accounts.values()) {
            if (changed.has(account.receiver)) account.refused = undefined;
          }
          touch(groups.names());
        })
        .catch((error: unknown) => logger.error(`receivers could not be opened: ${messageOf(error)}`));
    },
    change,
    async start(open) {
      if (started) return;
      started = true;
      await configuring;
      for (const account of await storage.load(abort.signal)) groups.addAccount(account);
      reconcile(open);
      const waited = early ?? [];
      early = undefined;
      for (const one of waited) change(one);
      running = run();
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
    notes,
  };

  function notes(): readonly string[] {
    const lines: string[] = [];
    const nowMs = clock.monotonicMs();
    for (const { setup, openError, off } of receivers.all()) {
      if (openError !== undefined) lines.push(`receiver ${setup.name} cannot be used: ${openError}`);
      if (off !== undefined) lines.push(`receiver ${setup.name} wants no more messages: ${off}`);
      const owed = [...groups.accounts.values()].filter(
        (account) => account.receiver === setup.name && isBehind(account.owed),
      );
      if (owed.length === 0) continue;
      const oldest = owed.reduce((a, b) => (b.owed!.sinceMs < a.owed!.sinceMs ? b : a));
      const since = readableTime(clock.nowMs() - (nowMs - oldest.owed!.sinceMs), 'UTC');
      const refused = owed.some(({ refused: one }) => one !== undefined) ? 'refused' : 'owed';
      lines.push(
        `receiver ${setup.name}: ${owed.length} ${owed.length === 1 ? 'message' : 'messages'} ${refused} since ${since}: ${oldest.owed!.why}`,
      );
    }
    if (untold.size > 0) lines.push(`${untold.size} alerts have no receiver: add one with --default`);
    return lines.slice(0, MAX_NOTES);
  }
}

const worst = (alerts: readonly AlertState[]): Severity | undefined =>
  SEVERITIES.findLast((severity) => alerts.some((alert) => alert.severity === severity));
