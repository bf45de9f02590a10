// The accounts of recipients: found by group, and created on first use.
import { type Account, accountKey, createAccount } from './account.ts';
import { type OpenReceivers, recipientsOf } from './open-receivers.ts';

export function createAccountBook(receivers: OpenReceivers) {
  const accounts = new Map<string, Account>();
  const byGroup = new Map<string, Set<Account>>();

  function add(account: Account): Account {
    accounts.set(account.key, account);
    const group = byGroup.get(account.group) ?? new Set();
    byGroup.set(account.group, group.add(account));
    return account;
  }

  return {
    all: accounts as ReadonlyMap<string, Account>,
    add,
    of: (group: string): Iterable<Account> => byGroup.get(group) ?? [],
    groups: (): Iterable<string> => byGroup.keys(),
    /** One for each recipient of the receiver; none where there is no such receiver. */
    for(group: string, receiver: string): readonly Account[] {
      const open = receivers.get(receiver);
      if (open === undefined) return [];
      return recipientsOf(open).map(
        (recipient) =>
          accounts.get(accountKey(group, receiver, recipient)) ??
          add(createAccount(group, receiver, recipient)),
      );
    },
    drop(account: Account): void {
      accounts.delete(account.key);
      const group = byGroup.get(account.group);
      group?.delete(account);
      if (group?.size === 0) byGroup.delete(account.group);
    },
    clear(): void {
      accounts.clear();
      byGroup.clear();
    },
  };
}
