// Removes what an account need not keep any more: resolved alerts that are not notified, and ended silences.
import type { AlertState } from '../../../domain/alerting/alert.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { type Account, settleAccount } from './account.ts';
import type { Judgements } from './judgements.ts';

export function createTidying({
  clock,
  judgements,
  onChanged,
}: {
  readonly clock: Clock;
  readonly judgements: Pick<Judgements, 'ruleOf'>;
  readonly onChanged: (account: Account) => void;
}) {
  /** Of a rule that is gone it is known from before. */
  function noteEndless({ told, over, endless }: Account): boolean {
    let changed = false;
    for (const alert of [...told.values(), ...[...over.values()].map((one) => one.alert)]) {
      const rule = judgements.ruleOf(alert);
      if (rule === undefined || rule.tellResolved !== endless.has(alert.id)) continue;
      if (rule.tellResolved) endless.delete(alert.id);
      else endless.add(alert.id);
      changed = true;
    }
    return changed;
  }

  /** Drops, without a message, ends that are not notified and silenced alerts that ended. */
  function tidy(account: Account, firing: ReadonlyMap<string, AlertState>): void {
    let changed = noteEndless(account);
    for (const id of account.over.keys()) {
      if (!account.endless.has(id)) continue;
      account.over.delete(id);
      account.told.delete(id);
      account.endless.delete(id);
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

  return tidy;
}
