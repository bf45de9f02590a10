// Receivers that an alert was sent to but no longer goes to, after a change of notify, a route or the default receiver.
import { type AlertState, identityInId } from '../../../domain/alerting/alert.ts';
import { matches, matchLabels } from '../../../domain/alerting/alert-matching.ts';
import type { AlertConfiguration, ReceiverSetup } from '../../../domain/alerting/configuration.ts';
import { type Account, knownAlerts } from './account.ts';

type Former = { readonly account: Account; readonly alert: AlertState };

/** Of accounts that are told of an alert, or may be, those whose receiver is there and takes it no longer. */
export function formerReceivers(
  accounts: Iterable<Account>,
  firing: (account: Account) => ReadonlyMap<string, AlertState>,
  { before, now }: { readonly before: AlertConfiguration; readonly now: AlertConfiguration },
): readonly Former[] {
  const changed = changesBetween(before, now);
  if (changed.rules.size === 0 && changed.receivers.size === 0) return [];
  const rules = new Map(now.rules.map((rule) => [rule.identity ?? rule.name, rule]));
  const setups = new Map(now.receivers.map((setup) => [setup.name, setup]));
  return [...accounts].flatMap((account) => {
    const setup = setups.get(account.receiver);
    if (setup === undefined) return [];
    return knownAlerts(account, firing(account)).flatMap((alert) => {
      const rule = rules.get(identityInId(alert.id));
      if (rule === undefined) return [];
      if (!changed.rules.has(rule.name) && !changed.receivers.has(setup.name)) return [];
      const labels = matchLabels(alert, rule);
      const stays =
        rule.notify.length > 0
          ? rule.notify.includes(setup.name)
          : setup.isDefault || (setup.matchers.length > 0 && matches(setup.matchers, labels));
      return stays ? [] : [{ account, alert }];
    });
  });
}

function changesBetween(before: AlertConfiguration, now: AlertConfiguration) {
  const oldRules = new Map(before.rules.map((rule) => [rule.name, rule]));
  const oldSetups = new Map(before.receivers.map((setup) => [setup.name, setup]));
  const differ = (a: unknown, b: unknown) => JSON.stringify(a) !== JSON.stringify(b);
  const route = ({ matchers, isDefault }: ReceiverSetup) => [matchers, isDefault];
  return {
    rules: new Set(
      now.rules
        .filter(({ name, notify }) => oldRules.has(name) && differ(oldRules.get(name)!.notify, notify))
        .map(({ name }) => name),
    ),
    receivers: new Set(
      now.receivers
        .filter((setup) => {
          const old = oldSetups.get(setup.name);
          return old !== undefined && differ(route(old), route(setup));
        })
        .map(({ name }) => name),
    ),
  };
}
