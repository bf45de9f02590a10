// Writes accounts and rate-limit state to the catalog: changes are batched, one write at a time, retried until stored.
import type { Notifications } from '../../../catalog/notifications.ts';
import { messageOf } from '../../../domain/errors.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logging.ts';
import { BACKOFF, createBackoff, retry } from '../../../runtime/retry.ts';
import { type Account, type AccountRecord, accountOf, isIdle, recordOf } from './account.ts';
import type { OpenReceiver } from './open-receivers.ts';
import { isPaceRecord, type PaceRecord, paceKey, paceRecordOf } from './paces.ts';

export type StorageParts = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly notifications: Notifications;
  /** An account of which nothing is left to store. */
  readonly onIdle: (account: Account) => void;
};

export type Storage = ReturnType<typeof createStorage>;

export function createStorage({ clock, logger, notifications, onIdle }: StorageParts) {
  const dirty = new Set<Account>();
  /** What is known of a receiver's pace by now; undefined of one that is gone. By its name. */
  const paces = new Map<string, OpenReceiver | undefined>();
  /** Those whose pace is in the catalog. */
  const kept = new Set<string>();
  let writing: Promise<void> = Promise.resolve();
  let lastError: string | undefined;
  /** A write that began before `clear` and ends after it says nothing of what is to be written now. */
  let term = 0;

  async function write(): Promise<void> {
    if (dirty.size === 0 && paces.size === 0) return;
    const mine = term;
    const batch = [...dirty];
    const pacesOf = [...paces];
    const changes = [...paces].flatMap(([name, open]) => {
      const record = open && paceRecordOf(open, clock);
      return record === undefined && !kept.has(name) ? [] : [{ key: paceKey(name), record, name }];
    });
    dirty.clear();
    paces.clear();
    if (batch.length + changes.length === 0) return;
    const idle = new Set(batch.filter((account) => isIdle(account, clock.monotonicMs())));
    try {
      await notifications.save([
        ...batch.map((account) => ({
          key: account.key,
          record: idle.has(account) ? undefined : recordOf(account, clock),
        })),
        ...changes.map(({ key, record }) => ({ key, record })),
      ]);
      if (mine !== term) return;
      for (const { name, record } of changes) {
        if (record === undefined) kept.delete(name);
        else kept.add(name);
      }
      for (const account of idle) if (!dirty.has(account)) onIdle(account);
      if (lastError !== undefined) logger.info('notification state is stored again');
      lastError = undefined;
    } catch (error) {
      if (mine !== term) return;
      for (const account of batch) dirty.add(account);
      for (const [name, open] of pacesOf) if (!paces.has(name)) paces.set(name, open);
      if (lastError === undefined) logger.error(`notification state cannot be stored: ${messageOf(error)}`);
      lastError = messageOf(error);
    }
  }

  return {
    note: (account: Account): void => {
      dirty.add(account);
    },
    /** Receivers whose pace is in the catalog. */
    paces: (): Iterable<string> => kept,
    notePace: (name: string, open: OpenReceiver | undefined): void => {
      paces.set(name, open);
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
      paces.clear();
      kept.clear();
      lastError = undefined;
    },
    isDirty: (): boolean => dirty.size + paces.size > 0,
    lastError: (): string | undefined => lastError,
    /** Retries until the catalog answers: without it, it is unknown what was sent. */
    load: (signal: AbortSignal): Promise<{ readonly accounts: Account[]; readonly paces: PaceRecord[] }> =>
      retry(
        async () => {
          const records = (await notifications.list()).map(({ record }) => record);
          const paces = records.filter(isPaceRecord);
          for (const { pace } of paces) kept.add(pace);
          return {
            paces,
            accounts: records
              .filter((record) => !isPaceRecord(record))
              .map((record) => accountOf(record as AccountRecord, clock)),
          };
        },
        {
          backoff: createBackoff(BACKOFF.store),
          clock,
          signal,
          onRetry: (error) => logger.warn(`notification state cannot be read: ${messageOf(error)}`),
        },
      ),
  };
}
