// Compares what was sent as firing with what is open now: after a start, a takeover or a pause.
import type { AlertState, Change } from '../../../domain/alerting/alert.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { type Account, noteOver } from './account.ts';
import type { Groups } from './groups.ts';
import { isOwn } from './own-alerts.ts';
import { groupOf } from './routing.ts';

/** Alerts that were over while nothing was told, by id. */
export type Ends = ReadonlyMap<string, Change>;

export type ReconciliationParts = {
  readonly groups: Pick<Groups, 'names' | 'firingOf' | 'accounts'>;
  readonly clock: Clock;
  readonly end: (change: Change) => void;
  readonly noteAccount: (account: Account) => void;
};

/** Ends what fires no longer: as `ends` says, else as resolved. */
export function endWhatIsOver(
  { groups, clock, end, noteAccount }: ReconciliationParts,
  open: readonly AlertState[],
  ends: Ends,
): void {
  const firing = new Map(open.filter(({ state }) => state === 'firing').map((alert) => [alert.id, alert]));
  const isOpenIn = (group: string, id: string) => {
    const now = firing.get(id);
    return now !== undefined && groupOf(now.subject) === group;
  };
  const endOf = (group: string, alert: AlertState): Change => {
    const known = ends.get(alert.id);
    if (known !== undefined && groupOf(known.alert.subject) === group) return known;
    return { kind: 'resolved', alert, atMs: clock.nowMs() };
  };
  for (const group of groups.names()) {
    for (const alert of [...groups.firingOf(group).values()]) {
      if (!isOwn(alert) && !isOpenIn(group, alert.id)) end(endOf(group, alert));
    }
  }
  for (const account of groups.accounts.values()) {
    // What was tried may have arrived, too.
    for (const id of new Set([...account.told.keys(), ...(account.owed?.alerts ?? [])])) {
      const known = account.told.get(id) ?? ends.get(id)?.alert;
      if (known === undefined || isOwn(known)) continue;
      if (account.over.has(id) || isOpenIn(account.group, id)) continue;
      noteOver(account, endOf(account.group, known), { wasForIt: true, silenced: false });
      noteAccount(account);
    }
  }
}
