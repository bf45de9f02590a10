// Rules, silences and receivers, each as one record of JSON, with a version that grows with each change.
import type { AlertRule, ReceiverSetup, Silence } from '../domain/alerting/configuration.ts';
import type { Clock } from '../runtime/clock.ts';
import { recordChanges } from './audit.ts';
import type { CatalogDatabase } from './database.ts';
import { fromBytes, toBytes } from './schema.ts';

const ROWS_A_STATEMENT = 200;

export type AlertRecords = {
  /** 0 before the first change. */
  readonly version: number;
  /** Each in byte order of its name or id. */
  readonly rules: readonly AlertRule[];
  readonly silences: readonly Silence[];
  readonly receivers: readonly ReceiverSetup[];
};

export type AlertRecordChange = {
  readonly kind: 'rule' | 'silence' | 'receiver';
  /** Name of the rule or receiver, id of the silence. */
  readonly name: string;
  /** Undefined deletes it. */
  readonly record: AlertRule | Silence | ReceiverSetup | undefined;
  /** For the audit log: `rule.add` and the like, and what may be seen of it. */
  readonly action: string;
  readonly detail: Readonly<Record<string, string>>;
};

export type AlertConfigurationRecords = {
  /** All of one version. */
  read(): Promise<AlertRecords>;
  /** Its number alone: cheap to ask for every second. */
  version(): Promise<number>;
  /**
   * One transaction for all, with the audit log and the next version. `check` sees what is there before, inside the
   * transaction, and may throw: then nothing changes.
   */
  change(
    plan: (before: AlertRecords) => readonly AlertRecordChange[],
    actor: string,
  ): Promise<readonly AlertRecordChange[]>;
};

export function createAlertConfigurationRecords(
  database: CatalogDatabase,
  clock: Clock,
): AlertConfigurationRecords {
  type Db = Parameters<Parameters<CatalogDatabase['read']>[0]>[0];

  async function readVersion(db: Db): Promise<number> {
    const row = await db.selectFrom('alert_version').select('version').executeTakeFirst();
    return Number(row?.version ?? 0);
  }

  async function readAll(db: Db): Promise<AlertRecords> {
    // The version first: a change in between shows as an older version of newer records, and is read again.
    const version = await readVersion(db);
    const rows = await db.selectFrom('alert_records').selectAll().orderBy('name').execute();
    const of = <T>(kind: AlertRecordChange['kind']) =>
      rows.filter((row) => fromBytes(row.kind) === kind).map(({ record }) => JSON.parse(record) as T);
    return {
      version,
      rules: of<AlertRule>('rule'),
      silences: of<Silence>('silence'),
      receivers: of<ReceiverSetup>('receiver'),
    };
  }

  async function writeRecords(
    tx: Db,
    kind: AlertRecordChange['kind'],
    changes: readonly AlertRecordChange[],
  ) {
    const names = changes.map(({ name }) => toBytes(name));
    await tx
      .deleteFrom('alert_records')
      .where('kind', '=', toBytes(kind))
      .where('name', 'in', names)
      .execute();
    const rows = changes.flatMap(({ name, record }) =>
      record === undefined
        ? []
        : [{ kind: toBytes(kind), name: toBytes(name), record: JSON.stringify(record) }],
    );
    if (rows.length > 0) await tx.insertInto('alert_records').values(rows).execute();
  }

  return {
    read: () => database.read(readAll),
    version: () => database.read(readVersion),
    change: (plan, actor) =>
      database.transaction(async (tx) => {
        // Locked before anything is read: of two changes at once the second plans on what the first one left.
        const versionRow = tx.selectFrom('alert_version').select('version');
        await (database.locksRows ? versionRow.forUpdate() : versionRow).execute();
        const before = await readAll(tx);
        const changes = plan(before);
        if (changes.length === 0) return changes;
        const atMs = clock.nowMs();
        await tx
          .updateTable('alert_version')
          .set({ version: before.version + 1 })
          .execute();
        for (const kind of ['rule', 'silence', 'receiver'] as const) {
          const ofKind = changes.filter((change) => change.kind === kind);
          for (let at = 0; at < ofKind.length; at += ROWS_A_STATEMENT) {
            await writeRecords(tx, kind, ofKind.slice(at, at + ROWS_A_STATEMENT));
          }
        }
        await recordChanges(tx, {
          actor,
          atMs,
          changes: changes.map(({ action, name, detail }) => ({ action, subject: name, detail })),
        });
        return changes;
      }),
  };
}
