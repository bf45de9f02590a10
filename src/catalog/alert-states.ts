// The alerts that are open, as warn stores them to go on after a restart.
import { createHash } from 'node:crypto';
import type { AlertState } from '../domain/alerting/alert.ts';
import type { Clock } from '../runtime/clock.ts';
import type { CatalogDatabase } from './database.ts';
import { toBytes } from './schema.ts';

export type AlertStateChanges = {
  readonly changed: readonly AlertState[];
  readonly removedIds: readonly string[];
};

export type AlertStates = {
  list(): Promise<readonly AlertState[]>;
  /** One transaction for all. */
  save(changes: AlertStateChanges): Promise<void>;
};

export function createAlertStates(database: CatalogDatabase, clock: Clock): AlertStates {
  return {
    async list() {
      const rows = await database.read((db) => db.selectFrom('alert_states').select('record').execute());
      return rows.map(({ record }) => JSON.parse(record) as AlertState);
    },
    save: ({ changed, removedIds }) =>
      database.transaction(async (tx) => {
        const updated_ms = clock.nowMs();
        for (const id of [...removedIds, ...changed.map((state) => state.id)]) {
          await tx.deleteFrom('alert_states').where('id', '=', keyOf(id)).execute();
        }
        for (const state of changed) {
          const row = { id: keyOf(state.id), record: JSON.stringify(state), updated_ms };
          await tx.insertInto('alert_states').values(row).execute();
        }
      }),
  };
}

/** An alert's id holds names and labels of any length. */
const keyOf = (id: string): Buffer => toBytes(createHash('sha256').update(id).digest('hex'));
