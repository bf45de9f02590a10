// Acknowledged alerts, by whom and why: kept until the alert ends, over restarts of warn.
import type { CatalogDatabase } from './database.ts';
import { alertKey } from './schema.ts';

export type AcknowledgementRecord = {
  readonly alertId: string;
  /** When the alert fired: another one with the same id is not acknowledged. */
  readonly firedMs: number;
  readonly by: string;
  readonly note: string;
  readonly atMs: number;
};

export type AcknowledgementChanges = {
  readonly put: readonly AcknowledgementRecord[];
  readonly removedIds: readonly string[];
};

export type Acknowledgements = {
  list(): Promise<readonly AcknowledgementRecord[]>;
  /** One transaction for all. */
  save(changes: AcknowledgementChanges): Promise<void>;
};

export function createAcknowledgementRecords(database: CatalogDatabase): Acknowledgements {
  return {
    async list() {
      const rows = await database.read((db) =>
        db.selectFrom('acknowledgements').select('record').orderBy('id').execute(),
      );
      return rows.map(({ record }) => JSON.parse(record) as AcknowledgementRecord);
    },
    save: ({ put, removedIds }) =>
      database.transaction(async (tx) => {
        for (const id of [...removedIds, ...put.map(({ alertId }) => alertId)]) {
          await tx.deleteFrom('acknowledgements').where('id', '=', alertKey(id)).execute();
        }
        for (const one of put) {
          const row = { id: alertKey(one.alertId), record: JSON.stringify(one), updated_ms: one.atMs };
          await tx.insertInto('acknowledgements').values(row).execute();
        }
      }),
  };
}
