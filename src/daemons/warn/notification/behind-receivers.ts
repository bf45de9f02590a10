// Receivers that cannot be used, or accept nothing for an hour: the default receiver is notified of each, once.
import type { AlertState } from '../../../domain/alerting/alert.ts';
import type { AlertRule } from '../../../domain/alerting/configuration.ts';
import { isBehind } from './account.ts';
import type { OpenReceivers } from './open-receivers.ts';
import { behindAlert, behindId, isBehindAlert, type OwnAlertParts, receiverOf } from './own-alerts.ts';

/** The default receiver is notified of an undelivered message after this long. */
const BEHIND_MS = 3_600_000;

export type BehindReceiversParts = OwnAlertParts & { readonly receivers: OpenReceivers };

export function createBehindReceivers({ clock, groups, receivers, fire, endOwn }: BehindReceiversParts) {
  /** Since when each is owed the oldest message that it did not take. */
  function owedSince(): ReadonlyMap<string, number> {
    const since = new Map<string, number>();
    for (const { receiver, owed } of groups.accounts.values()) {
      if (isBehind(owed))
        since.set(receiver, Math.min(owed.sinceMs, since.get(receiver) ?? Number.POSITIVE_INFINITY));
    }
    return since;
  }

  function behindText(name: string): string {
    const account = [...groups.accounts.values()].find(
      ({ receiver, owed: one }) => receiver === name && isBehind(one),
    );
    const open = receivers.get(name);
    const why = open?.openError ?? open?.off ?? account?.owed?.why;
    const whom = account === undefined || account.recipient === '' ? '' : ` for ${account.recipient}`;
    return `Receiver ${name} accepts no messages${whom}${why === undefined ? '' : `: ${why}`}. They stay queued.`;
  }

  return {
    judgeBehind(): void {
      const nowMs = clock.monotonicMs();
      const fallback = groups.configuration().receivers.find(({ isDefault }) => isDefault);
      const since = owedSince();
      for (const { setup, off, openError } of receivers.all()) {
        const owedMs = since.get(setup.name);
        const isUnusable = off !== undefined || openError !== undefined;
        const isLate = isUnusable || (owedMs !== undefined && nowMs - owedMs >= BEHIND_MS);
        const open = groups.firingOf('').get(behindId(setup.name));
        if (isLate && open === undefined && fallback !== undefined && fallback.name !== setup.name) {
          groups.ownRoutes.set(behindId(setup.name), [fallback.name]);
          fire(behindAlert(setup.name, Math.round(clock.nowMs() - (nowMs - (owedMs ?? nowMs)))));
        } else if (open !== undefined && owedMs === undefined && !isUnusable) endOwn(open.id);
      }
      for (const id of groups.firingOf('').keys()) {
        if (isBehindAlert(id) && receivers.get(receiverOf(id)) === undefined) endOwn(id);
      }
    },
    ruleOf: ({ id }: AlertState): Pick<AlertRule, 'labels' | 'text'> | undefined =>
      isBehindAlert(id) ? { labels: {}, text: behindText(receiverOf(id)) } : undefined,
  };
}
