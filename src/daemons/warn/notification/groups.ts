// The alerts that fire, by group, and the accounts of whom they are told: what each is to be told now.
import type { AlertState, Change } from '../../../domain/alerting/alert.ts';
import { matches, matchLabels, silenceOf } from '../../../domain/alerting/alert-matching.ts';
import { FLEET_SILENT } from '../../../domain/alerting/built-in.ts';
import type {
  AlertConfiguration,
  AlertRule,
  ReceiverSetup,
  Silence,
} from '../../../domain/alerting/configuration.ts';
import type { Acknowledgement, EndReason } from '../../../receivers/message.ts';
import type { Clock } from '../../../runtime/clock.ts';
import {
  type Account,
  accountKey,
  createAccount,
  noteFiring,
  noteOver,
  type Over,
  settleAccount,
} from './account.ts';
import { nextSlotMs, repeatAfterMs, tellNow } from './decision.ts';
import type { Due } from './group-message.ts';
import { type OpenReceivers, recipientsOf } from './open-receivers.ts';
import { groupOf, isActive, type Routed, routeAlert } from './routing.ts';

export type GroupsParts = {
  readonly clock: Clock;
  readonly receivers: OpenReceivers;
  readonly stateOf: (id: string) => AlertState | undefined;
  readonly acknowledgementOf: (alert: AlertState) => Acknowledgement | undefined;
  /** An account changed in a way that must be stored. */
  readonly onChanged: (account: Account) => void;
};

export const NO_CONFIGURATION: AlertConfiguration = {
  version: 0,
  rules: [],
  silences: [],
  receivers: [],
  assignments: [],
};

/** What a group has to tell, and when to look again if nothing changes before. */
export type Evaluated = { readonly dues: readonly Due[]; readonly nextMs: number };

type Judged = {
  readonly stamp: string;
  readonly routes: readonly Routed[];
  /** The one that covers it for the longest time. */
  readonly silence: Silence | undefined;
};

/** How an alert is over. */
export type How = Pick<Change, 'kind' | 'reason'>;

/** A rule that is told as one line. */
export type Wide = {
  lastOver: How | undefined;
  /** Monotonic: since when so few of its alerts fire that they could be told one by one. */
  fewSinceMs: number | undefined;
};

export type Groups = ReturnType<typeof createGroups>;

/** An alert whose cause another one tells, that of the whole fleet: its own group is quiet about it. */
const FLEET_RULE = FLEET_SILENT.definition.name;

/** Those of a location whose cause an alert of the location beside them tells: a dark room's hosts. */
function insideOf(firing: readonly AlertState[]): Set<string> {
  const rules = new Set(firing.flatMap(({ rule, subject }) => (subject.kind === 'location' ? [rule] : [])));
  return new Set(firing.flatMap(({ id, inside }) => (inside !== undefined && rules.has(inside) ? [id] : [])));
}

export function createGroups(parts: GroupsParts) {
  const { clock, receivers, onChanged } = parts;
  const groups = new Map<string, Map<string, AlertState>>();
  const accounts = new Map<string, Account>();
  const byGroup = new Map<string, Set<Account>>();
  /** Of alerts that are the notifier's own: to whom they go. */
  const ownRoutes = new Map<string, readonly string[]>();
  /** Rules that are told as one line. */
  const wide = new Map<string, Wide>();
  let configuration = NO_CONFIGURATION;
  let rules = new Map<string, AlertRule>();
  const judgements = new WeakMap<AlertState, Judged>();
  let configurations = 0;
  let hasActiveTimes = false;
  let stamp = '';
  let stampedMs: number | undefined;

  const isWideMember = ({ id, rule }: AlertState): boolean => wide.has(rule) && !ownRoutes.has(id);

  const ruleOf = (alert: AlertState): AlertRule | undefined => rules.get(alert.rule);

  const routesOf = (alert: AlertState): readonly Routed[] =>
    ownRoutes.get(alert.id)?.map((receiver) => ({ receiver, why: 'minimon itself' })) ?? judged(alert).routes;

  const silencedUntilMs = (alert: AlertState): number | undefined => judged(alert).silence?.endsMs;

  /** Routes and silences of an alert, found once while what they depend on stays: with many alerts they are most of the work. */
  function judged(alert: AlertState): Judged {
    const stamp = currentStamp();
    const known = judgements.get(alert);
    if (known?.stamp === stamp) return known;
    const nowMs = clock.nowMs();
    const labels = matchLabels(alert, ruleOf(alert));
    const found = {
      stamp,
      routes: routeAlert(labels, ruleOf(alert)?.notify ?? [], configuration, nowMs),
      silence: silenceOf(labels, configuration.silences, nowMs),
    };
    judgements.set(alert, found);
    return found;
  }

  /** Another one whenever the configuration is, a silence begins or ends, or a route with active times may have. */
  function currentStamp(): string {
    const nowMs = clock.nowMs();
    if (stampedMs === nowMs) return stamp;
    stampedMs = nowMs;
    const minute = hasActiveTimes ? Math.floor(nowMs / 60_000) : '';
    const silences = configuration.silences
      .filter(({ startsMs, endsMs }) => startsMs <= nowMs && nowMs < endsMs)
      .map(({ id }) => id);
    stamp = JSON.stringify([configurations, minute, silences]);
    return stamp;
  }

  function addAccount(account: Account): Account {
    accounts.set(account.key, account);
    const group = byGroup.get(account.group) ?? new Set();
    byGroup.set(account.group, group.add(account));
    return account;
  }

  function accountsFor(group: string, receiver: string): Account[] {
    const open = receivers.get(receiver);
    if (open === undefined) return [];
    return recipientsOf(open).map(
      (recipient) =>
        accounts.get(accountKey(group, receiver, recipient)) ??
        addAccount(createAccount(group, receiver, recipient)),
    );
  }

  function fire(alert: AlertState): void {
    const group = groupOf(alert.subject);
    const firing = groups.get(group) ?? new Map<string, AlertState>();
    groups.set(group, firing.set(alert.id, alert));
    for (const account of byGroup.get(group) ?? []) {
      if (noteFiring(account, alert)) onChanged(account);
    }
  }

  function end(change: Pick<Change, 'alert' | 'atMs' | 'kind'> & { readonly reason?: EndReason }): void {
    const { alert } = change;
    const group = groupOf(alert.subject);
    const firing = groups.get(group);
    firing?.delete(alert.id);
    if (firing?.size === 0) groups.delete(group);
    const names = new Set(routesOf(alert).map(({ receiver }) => receiver));
    const silenced = silencedUntilMs(alert) !== undefined;
    const toldByAnother = isWideMember(alert) || alert.inside === FLEET_RULE;
    for (const account of byGroup.get(group) ?? []) {
      const wasForIt = names.has(account.receiver) && !toldByAnother;
      if (noteOver(account, change, { wasForIt, silenced })) onChanged(account);
    }
  }

  /** What is over for good and not wanted, or was silenced and is gone, leaves without a word. */
  function tidy(account: Account, firing: ReadonlyMap<string, AlertState>): void {
    let changed = false;
    for (const [id, { alert }] of account.over) {
      if (ruleOf(alert)?.tellResolved !== false) continue;
      account.over.delete(id);
      account.told.delete(id);
      changed = true;
    }
    for (const [id, untilMs] of account.silenced) {
      if (firing.has(id) || account.over.has(id) || clock.nowMs() < untilMs) continue;
      account.silenced.delete(id);
      changed = true;
    }
    if (account.silenced.size === 0 && account.passed.some(({ silenced }) => silenced)) {
      account.passed = account.passed.filter(({ silenced }) => !silenced);
      changed = true;
    }
    if (!changed) return;
    settleAccount(account);
    onChanged(account);
  }

  function dueOf(account: Account, routed: readonly AlertState[], silenced: ReadonlyMap<string, number>) {
    const open = receivers.get(account.receiver);
    if (open?.receiver === undefined) return undefined;
    const nowMs = clock.monotonicMs();
    const { pace } = open.receiver;
    const firing = routed.filter((alert) => !account.over.has(alert.id) && isFor(account, alert, open.setup));
    const note = (id: string, untilMs: number): void => {
      if (account.silenced.get(id) === untilMs) return;
      account.silenced.set(id, untilMs);
      onChanged(account);
    };
    for (const { id } of firing) {
      const untilMs = silenced.get(id);
      if (untilMs !== undefined) note(id, untilMs);
    }
    const loud = firing
      .filter(({ id }) => !silenced.has(id))
      .map((alert) => parts.stateOf(alert.id) ?? alert);
    const over = [...account.over.values()].filter(({ alert }) => {
      const untilMs = silencedUntilMs(alert);
      if (untilMs !== undefined) note(alert.id, untilMs);
      return untilMs === undefined;
    });
    const repeatMs =
      account.lastMs === undefined
        ? Number.POSITIVE_INFINITY
        : account.lastMs +
          repeatAfterMs(
            account.key + account.repeat,
            pace,
            account.lastMs + clock.nowMs() - clock.monotonicMs(),
          );
    const mayRepeat =
      pace.resendEveryMs !== undefined ||
      loud.some((alert) => alert.noDataSinceMs === undefined && parts.acknowledgementOf(alert) === undefined);
    const reason = tellNow({
      told: new Map([...account.told.values()].map(({ id, severity }) => [id, severity])),
      firing: new Map(loud.map(({ id, severity }) => [id, severity])),
      over: new Map(over.map(({ alert, kind }) => [alert.id, kind])),
      inside: insideOf(loud),
      repeatDue: mayRepeat && nowMs >= repeatMs,
      recap: [...account.silenced.keys()].some(
        (id) => loud.some((alert) => alert.id === id) || over.some(({ alert }) => alert.id === id),
      ),
    });
    if (reason === undefined) {
      account.slotMs = undefined;
      return { nextMs: mayRepeat ? repeatMs : Number.POSITIVE_INFINITY };
    }
    // Set once: a timer that fires a little late must not find the next slot instead of its own.
    if (reason !== 'repeat') account.slotMs ??= nextSlotMs(account, nowMs, pace);
    const slotMs = reason === 'repeat' ? nowMs : account.slotMs!;
    const atMs = Math.max(slotMs, account.owed?.nextMs ?? nowMs);
    if (atMs > nowMs) return { nextMs: atMs };
    return { nextMs: Number.POSITIVE_INFINITY, due: { account, reason, firing: loud, over } };
  }

  /** Whom an alert was told stays with it until it ends; a wide rule's and a dark fleet's are told by another alert. */
  function isFor(account: Account, alert: AlertState, setup: ReceiverSetup): boolean {
    if (account.told.has(alert.id)) {
      const byRoute = !ownRoutes.has(alert.id) && (ruleOf(alert)?.notify.length ?? 0) === 0;
      return !byRoute || setup.isDefault || isActive(setup, clock.nowMs());
    }
    if (isWideMember(alert)) return false;
    return (parts.stateOf(alert.id) ?? alert).inside !== FLEET_RULE;
  }

  function evaluate(group: string): Evaluated {
    const firing = groups.get(group) ?? new Map<string, AlertState>();
    const routed = new Map<Account, AlertState[]>();
    const silenced = new Map<string, number>();
    const toldBy = new Map<string, Account[]>();
    for (const account of byGroup.get(group) ?? []) {
      for (const id of account.told.keys()) toldBy.set(id, [...(toldBy.get(id) ?? []), account]);
    }
    for (const alert of firing.values()) {
      const untilMs = silencedUntilMs(alert);
      if (untilMs !== undefined) silenced.set(alert.id, untilMs);
      const routes = routesOf(alert).flatMap(({ receiver }) => accountsFor(group, receiver));
      for (const account of new Set([...routes, ...(toldBy.get(alert.id) ?? [])])) {
        const list = routed.get(account);
        if (list === undefined) routed.set(account, [alert]);
        else list.push(alert);
      }
    }
    const dues: Due[] = [];
    let nextMs = Number.POSITIVE_INFINITY;
    for (const account of byGroup.get(group) ?? []) {
      if (account.inFlight) continue;
      tidy(account, firing);
      const result = dueOf(account, routed.get(account) ?? [], silenced);
      if (result === undefined) continue;
      if ('due' in result && result.due !== undefined) dues.push(result.due);
      nextMs = Math.min(nextMs, result.nextMs);
    }
    return { dues, nextMs };
  }

  /** Whom a told alert goes to no longer hears that it ended for them. */
  function endForFormer(before: AlertConfiguration, now: AlertConfiguration, atMs: number): void {
    const rulesBefore = new Map(before.rules.map((rule) => [rule.name, rule]));
    const changedRules = new Set(
      now.rules.flatMap((rule) => {
        const old = rulesBefore.get(rule.name);
        return old !== undefined && JSON.stringify(old.notify) !== JSON.stringify(rule.notify)
          ? [rule.name]
          : [];
      }),
    );
    const changedRoutes = new Set(
      now.receivers.flatMap((setup) => {
        const old = before.receivers.find(({ name }) => name === setup.name);
        const isOther =
          old !== undefined &&
          JSON.stringify([old.matchers, old.isDefault]) !== JSON.stringify([setup.matchers, setup.isDefault]);
        return isOther ? [setup.name] : [];
      }),
    );
    for (const account of accounts.values()) {
      for (const [id, told] of account.told) {
        if (account.over.has(id) || ownRoutes.has(id)) continue;
        if (!changedRules.has(told.rule) && !changedRoutes.has(account.receiver)) continue;
        const rule = rules.get(told.rule);
        const setup = now.receivers.find(({ name }) => name === account.receiver);
        if (setup === undefined || rule === undefined) continue;
        const labels = matchLabels(told, rule);
        const stays =
          rule.notify.length > 0
            ? rule.notify.includes(setup.name)
            : setup.isDefault || (setup.matchers.length > 0 && matches(setup.matchers, labels));
        if (stays) continue;
        const alert = groups.get(account.group)?.get(id) ?? told;
        const over: Over = { alert, kind: 'ended', atMs, reason: 'receiver changed' };
        account.over.set(id, over);
        onChanged(account);
      }
    }
  }

  return {
    fire,
    end,
    evaluate,
    addAccount,
    ruleOf,
    routesOf,
    /** Uncached: for states that are not the notifier's own objects. */
    silenceOf: (alert: AlertState): Silence | undefined =>
      silenceOf(matchLabels(alert, ruleOf(alert)), configuration.silences, clock.nowMs()),
    accounts: accounts as ReadonlyMap<string, Account>,
    accountsOf: (group: string): Iterable<Account> => byGroup.get(group) ?? [],
    firingOf: (group: string): ReadonlyMap<string, AlertState> => groups.get(group) ?? new Map(),
    /** Without those of the notifier itself. */
    countFiring: (): number =>
      [...groups.values()].reduce((sum, firing) => sum + firing.size, 0) - ownRoutes.size,
    names: (): Set<string> => new Set([...groups.keys(), ...byGroup.keys()]),
    ownRoutes,
    wide,
    configuration: () => configuration,
    configure(next: AlertConfiguration): void {
      const before = configuration;
      configuration = next;
      configurations++;
      hasActiveTimes = next.receivers.some(({ activeTimes }) => activeTimes.length > 0);
      stampedMs = undefined;
      rules = new Map(next.rules.map((rule) => [rule.name, rule]));
      const isChanged = before.rules !== next.rules || before.receivers !== next.receivers;
      if (before.version > 0 && isChanged) endForFormer(before, next, clock.nowMs());
    },
    clear(): void {
      for (const map of [groups, accounts, byGroup, ownRoutes, wide]) map.clear();
    },
    dropAccount(account: Account): void {
      accounts.delete(account.key);
      const group = byGroup.get(account.group);
      group?.delete(account);
      if (group?.size === 0) byGroup.delete(account.group);
    },
  };
}
