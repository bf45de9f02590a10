// Starts and pauses the notifier: it loads what was sent before, holds while another warn is active, and resumes after
// it.
import type { AlertState, Change } from '../../../domain/alerting/alert.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { clearAccount } from './account.ts';
import type { createDelivery } from './delivery.ts';
import type { Groups } from './groups.ts';
import { type OpenReceivers, recipientsOf } from './open-receivers.ts';
import { restoreOwn } from './own-alerts.ts';
import { restorePace } from './paces.ts';
import type { Pump } from './pump.ts';
import { type Ends, endWhatIsOver } from './reconciliation.ts';
import type { Storage } from './storage.ts';
import type { createWideRules } from './wide-rules.ts';

export type HoldingParts = {
  readonly clock: Clock;
  readonly groups: Groups;
  readonly receivers: OpenReceivers;
  readonly storage: Storage;
  readonly delivery: Pick<ReturnType<typeof createDelivery>, 'idle'>;
  readonly pump: Pump;
  readonly wide: Pick<ReturnType<typeof createWideRules>, 'restore' | 'clear'>;
  readonly fire: (alert: AlertState) => void;
  readonly end: (change: Change) => void;
  /** The receivers are open. */
  readonly ready: () => Promise<void>;
};

export function createHolding(parts: HoldingParts) {
  const { clock, groups, receivers, storage, delivery, pump, wide, fire, end, ready } = parts;
  let telling = false;
  /** Of `start` and `hold`: one that waited too long finds another number. */
  let turn = 0;
  /** Changes that came before it is known what was told. */
  let early: Change[] | undefined = [];

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

  /** What was told, against what is open now. */
  function reconcile(open: readonly AlertState[], ends: Ends): void {
    endWhatIsOver({ groups, clock, end, noteAccount: storage.note }, open, ends);
    forgetGone({ groups, receivers, storage });
    for (const alert of open) if (alert.state === 'firing') fire(alert);
    pump.touch(groups.names());
  }

  async function start(open: readonly AlertState[], ends: Ends = new Map()): Promise<void> {
    const mine = ++turn;
    early ??= [];
    await Promise.all([ready(), delivery.idle()]);
    for (const part of [storage, groups, wide, pump]) part.clear();
    const { accounts, paces } = await storage.load(pump.signal);
    if (mine !== turn) return;
    for (const account of accounts) groups.addAccount(account);
    for (const record of paces) {
      const known = receivers.get(record.pace);
      if (known !== undefined) restorePace(known, record, clock);
    }
    restoreOwn(groups, wide.restore);
    reconcile(open, ends);
    const waited = early ?? [];
    early = undefined;
    for (const one of waited) change(one);
    telling = true;
    pump.start();
    pump.touch(groups.names());
  }

  return {
    isTelling: (): boolean => telling,
    /** The sent notifications are not loaded yet. */
    isStarting: (): boolean => early !== undefined,
    change,
    start,
    async hold(): Promise<void> {
      turn++;
      telling = false;
      early = undefined;
      for (const id of pump.untold) pump.forgetUntold(id);
      await delivery.idle();
    },
    resume(open: readonly AlertState[], ends: Ends): void {
      reconcile(open, ends);
      telling = true;
      pump.touch(groups.names());
    },
  };
}

/** Accounts and paces of receivers and recipients that are no more. */
export function forgetGone(parts: {
  readonly groups: Groups;
  readonly receivers: OpenReceivers;
  readonly storage: Storage;
}): void {
  const { groups, receivers, storage } = parts;
  for (const account of groups.accounts.values()) {
    const open = receivers.get(account.receiver);
    const isGone =
      open === undefined || (open.receiver !== undefined && !recipientsOf(open).includes(account.recipient));
    if (!isGone || account.inFlight) continue;
    clearAccount(account);
    storage.note(account);
  }
  for (const name of storage.paces())
    if (receivers.get(name) === undefined) storage.notePace(name, undefined);
}
