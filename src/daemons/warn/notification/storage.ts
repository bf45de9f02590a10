// Keeps the accounts in the catalog: what changed is written together, one write at a time, again and again while it fails.
import type { Notifications } from '../../../catalog/notifications.ts';
import { messageOf } from '../../../domain/errors.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logging.ts';
import { createBackoff, retry } from '../../../runtime/retry.ts';
import { type Account, type AccountRecord, accountOf, isIdle, recordOf } from './account.ts';

export type StorageParts = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly notifications: Notifications;
  /** An account of which nothing is left to store. */
  readonly onIdle: (account: Account) => void;
};

export function createStorage({ clock, logger, notifications, onIdle }: StorageParts) {
  const dirty = new Set<Account>();
  let writing: Promise<void> = Promise.resolve();
  let lastError: string | undefined;
  /** A write that began before `clear` and ends after it says nothing of what is to be written now. */
  let term = 0;

  async function write(): Promise<void> {
    if (dirty.size === 0) return;
    const mine = term;
    const batch = [...dirty];
    dirty.clear();
    const idle = new Set(batch.filter((account) => isIdle(account, clock.monotonicMs())));
    try {
      await notifications.save(
        batch.map((account) => ({
          key: account.key,
          record: idle.has(account) ? undefined : recordOf(account, clock),
        })),
      );
      if (mine !== term) return;
      for (const account of idle) if (!dirty.has(account)) onIdle(account);
      if (lastError !== undefined) logger.info('what is told is stored again');
      lastError = undefined;
    } catch (error) {
      if (mine !== term) return;
      for (const account of batch) dirty.add(account);
      if (lastError === undefined) logger.error(`what is told cannot be stored: ${messageOf(error)}`);
      lastError = messageOf(error);
    }
  }

  return {
    note: (account: Account): void => {
      dirty.add(account);
    },
    /** Resolves when all that was noted is stored or could not be; never rejects. */
    flush(): Promise<void> {
      writing = writing.then(write);
      return writing;
    },
    /** What was noted is another process's to write. */
    clear: (): void => {
      term++;
      dirty.clear();
      lastError = undefined;
    },
    isDirty: (): boolean => dirty.size > 0,
    lastError: (): string | undefined => lastError,
    /** Tries until the catalog answers: without it nobody knows what was told. */
    load: (signal: AbortSignal): Promise<Account[]> =>
      retry(
        async () => {
          const rows = await notifications.list();
          return rows.map(({ record }) => accountOf(record as AccountRecord, clock));
        },
        {
          backoff: createBackoff({ firstMs: 200, maxMs: 5_000 }),
          clock,
          signal,
          onRetry: (error) => logger.warn(`what was told cannot be read: ${messageOf(error)}`),
        },
      ),
  };
}
