// Open alerts and the stream offsets they were evaluated at, stored by warn to resume after a restart.
import type { AlertState } from '../domain/alerting/alert.ts';
import type { HistoryEntry } from '../domain/alerting/history.ts';
import type { Clock } from '../runtime/clock.ts';
import { appendHistory } from './alert-history.ts';
import type { CatalogDatabase } from './database.ts';
import { alertKey } from './schema.ts';
import { lockFence } from './warn-lease.ts';

// Far below every database's limit of placeholders.
const ROWS_A_STATEMENT = 100;

export type StoredAlerts = {
  readonly states: readonly AlertState[];
  /** By partition: the offset of the first record that these states do not know. Empty before the first save. */
  readonly offsets: ReadonlyMap<number, number>;
  /** By partition: where reading begins so that rates at the offset are the same as before. One that is not named: at it. */
  readonly readFrom: ReadonlyMap<number, number>;
};

export type AlertStateChanges = {
  readonly changed: readonly AlertState[];
  readonly removedIds: readonly string[];
  /** By partition; one that is not named keeps its offset. */
  readonly offsets: ReadonlyMap<number, number>;
  readonly readFrom?: ReadonlyMap<number, number>;
  /** What happened meanwhile, in order. */
  readonly history?: readonly HistoryEntry[];
  /** The number of the lease that the writer holds. */
  readonly fence: number;
};

export type AlertStates = {
  /** Both of one moment. */
  load(): Promise<StoredAlerts>;
  /** One transaction for all. LEASE_LOST, and nothing is written, when another warn took the lease since. */
  save(changes: AlertStateChanges): Promise<void>;
};

export function createAlertStates(database: CatalogDatabase, clock: Clock): AlertStates {
  return {
    load: () =>
      database.transaction(async (tx) => {
        await lockFence(database, tx);
        const states = await tx.selectFrom('alert_states').select('record').execute();
        const offsets = await tx.selectFrom('warn_offsets').selectAll().execute();
        return {
          states: states.map(({ record }) => JSON.parse(record) as AlertState),
          offsets: new Map(offsets.map((row) => [Number(row.partition_id), Number(row.next_offset)])),
          readFrom: new Map(
            offsets.flatMap(({ partition_id, read_from }) =>
              read_from === null ? [] : [[Number(partition_id), Number(read_from)]],
            ),
          ),
        };
      }),
    save: ({ changed, removedIds, offsets, readFrom, history = [], fence }) =>
      database.transaction(async (tx) => {
        await lockFence(database, tx, fence);
        const updated_ms = clock.nowMs();
        const ids = [...removedIds, ...changed.map((state) => state.id)].map(alertKey);
        for (let at = 0; at < ids.length; at += ROWS_A_STATEMENT) {
          const some = ids.slice(at, at + ROWS_A_STATEMENT);
          await tx.deleteFrom('alert_states').where('id', 'in', some).execute();
        }
        for (let at = 0; at < changed.length; at += ROWS_A_STATEMENT) {
          const rows = changed
            .slice(at, at + ROWS_A_STATEMENT)
            .map((state) => ({ id: alertKey(state.id), record: JSON.stringify(state), updated_ms }));
          await tx.insertInto('alert_states').values(rows).execute();
        }
        await appendHistory(tx, history);
        if (offsets.size === 0) return;
        await tx
          .deleteFrom('warn_offsets')
          .where('partition_id', 'in', [...offsets.keys()])
          .execute();
        const rows = [...offsets].map(([partition_id, next_offset]) => ({
          ...{ partition_id, next_offset },
          read_from: readFrom?.get(partition_id) ?? null,
        }));
        await tx.insertInto('warn_offsets').values(rows).execute();
      }),
  };
}
