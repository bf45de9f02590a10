// Firing alerts by group, with the accounts of their recipients: what to send to each.
import type { AlertState, Change } from '../../../domain/alerting/alert.ts';
import type { AlertConfiguration, Silence } from '../../../domain/alerting/configuration.ts';
import type { Acknowledgement, EndReason } from '../../../receivers/message.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { type Account, noteFiring, noteOver } from './account.ts';
import { createAccountBook } from './account-book.ts';
import { createTidying } from './account-tidying.ts';
import { createDues, isInsideFleet } from './due.ts';
import { formerReceivers } from './former-receivers.ts';
import type { Due } from './group-message.ts';
import { createJudgements } from './judgements.ts';
import type { OpenReceivers } from './open-receivers.ts';
import { groupOf, type Routed } from './routing.ts';

export type GroupsParts = {
  readonly clock: Clock;
  readonly receivers: OpenReceivers;
  readonly stateOf: (id: string) => AlertState | undefined;
  readonly acknowledgementOf: (alert: AlertState) => Acknowledgement | undefined;
  /** An account changed in a way that must be stored. */
  readonly onChanged: (account: Account) => void;
};

/** The due messages of a group, and when to check again if nothing changes. */
export type Evaluated = { readonly dues: readonly Due[]; readonly nextMs: number };

/** How an alert is over. */
export type How = Pick<Change, 'kind' | 'reason'>;

/** A wide rule, sent as one line. */
export type Wide = {
  lastOver: How | undefined;
  /** Monotonic: since when few enough of its alerts fire to send them one by one. */
  fewSinceMs: number | undefined;
};

const NONE: ReadonlyMap<string, AlertState> = new Map();

/** What fires, by group. */
function createFiring() {
  const groups = new Map<string, Map<string, AlertState>>();
  return {
    of: (group: string): ReadonlyMap<string, AlertState> => groups.get(group) ?? NONE,
    names: () => groups.keys(),
    *all(): Generator<AlertState> {
      for (const firing of groups.values()) yield* firing.values();
    },
    size: (): number => [...groups.values()].reduce((sum, firing) => sum + firing.size, 0),
    put(group: string, alert: AlertState): void {
      const firing = groups.get(group) ?? new Map<string, AlertState>();
      groups.set(group, firing.set(alert.id, alert));
    },
    remove(group: string, { id }: AlertState): void {
      const firing = groups.get(group);
      firing?.delete(id);
      if (firing?.size === 0) groups.delete(group);
    },
    clear: () => groups.clear(),
  };
}

export type Groups = ReturnType<typeof createGroups>;

export function createGroups(parts: GroupsParts) {
  const { clock, receivers, onChanged } = parts;
  const firing = createFiring();
  const book = createAccountBook(receivers);
  /** Of alerts that are the notifier's own: to whom they go. */
  const ownRoutes = new Map<string, readonly string[]>();
  /** Wide rules, sent as one line. */
  const wide = new Map<string, Wide>();
  const judgements = createJudgements(clock);
  const isOwn = ({ id }: AlertState): boolean => ownRoutes.has(id);
  const isWideMember = (alert: AlertState): boolean => wide.has(alert.rule) && !isOwn(alert);
  const tidy = createTidying({ clock, judgements, onChanged });
  const { dueOf } = createDues({ ...parts, judgements, isOwn, isWideMember });

  const routesOf = (alert: AlertState): readonly Routed[] =>
    ownRoutes.get(alert.id)?.map((receiver) => ({ receiver, why: 'minimon itself' })) ??
    judgements.routesOf(alert);

  function fire(alert: AlertState): void {
    const group = groupOf(alert.subject);
    firing.put(group, alert);
    for (const account of book.of(group)) {
      if (noteFiring(account, alert)) onChanged(account);
    }
  }

  function end(change: Pick<Change, 'alert' | 'atMs' | 'kind'> & { readonly reason?: EndReason }): void {
    const { alert } = change;
    const group = groupOf(alert.subject);
    firing.remove(group, alert);
    const names = new Set(routesOf(alert).map(({ receiver }) => receiver));
    const silenced = judgements.silencedUntilMs(alert) !== undefined;
    const toldByAnother = isWideMember(alert) || isInsideFleet(alert);
    for (const account of book.of(group)) {
      const wasForIt = names.has(account.receiver) && !toldByAnother;
      if (noteOver(account, change, { wasForIt, silenced })) onChanged(account);
    }
  }

  /** Which alerts go to which accounts: by routes, and to accounts that they were already sent to. */
  function routedTo(group: string): ReadonlyMap<Account, readonly AlertState[]> {
    const routed = new Map<Account, AlertState[]>();
    const toldBy = new Map<string, Account[]>();
    for (const account of book.of(group)) {
      for (const id of account.told.keys()) toldBy.set(id, [...(toldBy.get(id) ?? []), account]);
    }
    for (const alert of firing.of(group).values()) {
      const routes = routesOf(alert).flatMap(({ receiver }) => book.for(group, receiver));
      for (const account of new Set([...routes, ...(toldBy.get(alert.id) ?? [])])) {
        const list = routed.get(account);
        if (list === undefined) routed.set(account, [alert]);
        else list.push(alert);
      }
    }
    return routed;
  }

  function evaluate(group: string): Evaluated {
    const routed = routedTo(group);
    const dues: Due[] = [];
    let nextMs = Number.POSITIVE_INFINITY;
    for (const account of book.of(group)) {
      if (account.inFlight) continue;
      tidy(account, firing.of(group));
      const result = dueOf(account, routed.get(account) ?? []);
      if (result === undefined) continue;
      if ('due' in result) dues.push(result.due);
      else nextMs = Math.min(nextMs, result.nextMs);
    }
    return { dues, nextMs };
  }

  return {
    fire,
    end,
    evaluate,
    addAccount: book.add,
    ruleOf: judgements.ruleOf,
    routesOf,
    silenceOf: judgements.silenceOf,
    /** Of what fires; without those of the notifier itself. */
    *silenced(): Generator<readonly [AlertState, Silence]> {
      if (judgements.configuration().silences.length === 0) return;
      for (const alert of firing.all()) {
        const silence = isOwn(alert) ? undefined : judgements.silenceFound(alert);
        if (silence !== undefined) yield [alert, silence];
      }
    },
    accounts: book.all,
    accountsOf: book.of,
    firingOf: firing.of,
    /** Without those of the notifier itself. */
    countFiring: (): number => firing.size() - ownRoutes.size,
    names: (): Set<string> => new Set([...firing.names(), ...book.groups()]),
    ownRoutes,
    wide,
    configuration: judgements.configuration,
    configure(now: AlertConfiguration): void {
      const before = judgements.configuration();
      judgements.configure(now);
      const isSame = before.rules === now.rules && before.receivers === now.receivers;
      if (before.version === 0 || isSame) return;
      const firingOf = ({ group }: Account) => firing.of(group);
      for (const { account, alert } of formerReceivers(book.all.values(), firingOf, { before, now })) {
        if (isOwn(alert)) continue;
        account.over.set(alert.id, { alert, kind: 'ended', atMs: clock.nowMs(), reason: 'receiver changed' });
        onChanged(account);
      }
    },
    clear(): void {
      for (const part of [firing, book, ownRoutes, wide]) part.clear();
    },
    dropAccount: book.drop,
  };
}
