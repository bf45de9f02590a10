// Acknowledgements in the catalog: re-read periodically; those of ended alerts are deleted.
import type { AcknowledgementRecord, Acknowledgements } from '../../catalog/acknowledgements.ts';
import type { AlertState, Change } from '../../domain/alerting/alert.ts';
import type { Clock } from '../../runtime/clock.ts';

/** How often to re-read: another warn may have taken one. */
const READ_EVERY_MS = 5_000;
/** Two warns may see the same alert fire at slightly different times. */
const SAME_FIRING_MS = 60_000;

export function createAcknowledgementRecords({
  records,
  stateOf,
  clock,
}: {
  readonly records: Acknowledgements;
  readonly stateOf: (id: string) => AlertState | undefined;
  readonly clock: Clock;
}) {
  let known = new Map<string, AcknowledgementRecord>();
  /** Of ended alerts, not yet deleted from the catalog. */
  const over = new Set<string>();
  let readMs = Number.NEGATIVE_INFINITY;
  /** Counts writes of this warn, started or finished. */
  let writes = 0;

  const recordOf = (alert: AlertState): AcknowledgementRecord | undefined => {
    const record = known.get(alert.id);
    if (record === undefined || over.has(alert.id) || alert.firedMs === undefined) return undefined;
    return alert.firedMs <= record.firedMs + SAME_FIRING_MS ? record : undefined;
  };

  async function read(): Promise<void> {
    let list: readonly AcknowledgementRecord[];
    let writesBefore: number;
    // The list may lack concurrent writes.
    do {
      writesBefore = writes;
      list = await records.list();
    } while (writesBefore !== writes);
    const before = known;
    known = new Map(list.map((record) => [record.alertId, record]));
    // Deleted with the ended alert; if it is back, another warn took it for a later firing.
    for (const id of over) if (before.get(id)?.firedMs !== known.get(id)?.firedMs) over.delete(id);
    readMs = clock.monotonicMs();
  }

  async function save(changes: Parameters<Acknowledgements['save']>[0]): Promise<void> {
    writes++;
    await records.save(changes).finally(() => writes++);
    for (const id of [...changes.removedIds, ...changes.put.map(({ alertId }) => alertId)]) {
      over.delete(id);
      known.delete(id);
    }
    for (const record of changes.put) known.set(record.alertId, record);
  }

  const outdatedIds = (): string[] =>
    [...known.keys()].filter((id) => {
      const alert = stateOf(id);
      return over.has(id) || alert === undefined || recordOf(alert) === undefined;
    });

  /** Acknowledgements without an open alert; only valid on a warn that knows all open alerts. */
  async function prune(): Promise<void> {
    if (outdatedIds().length === 0) return;
    // Another warn may meanwhile have taken one for a later firing.
    await read();
    const removedIds = outdatedIds();
    if (removedIds.length > 0) await save({ put: [], removedIds });
  }

  return {
    of: recordOf,
    read,
    save,
    prune,
    async refresh(): Promise<void> {
      if (clock.monotonicMs() - readMs >= READ_EVERY_MS) await read();
    },

    /** An alert that ends takes its acknowledgement with it. */
    change({ kind, alert }: Change): void {
      if ((kind === 'resolved' || kind === 'ended') && known.has(alert.id)) over.add(alert.id);
    },

    /** Open alerts are restored: acknowledgements of other alerts are obsolete. */
    begin(): void {
      for (const id of known.keys()) if (stateOf(id) === undefined) over.add(id);
    },
  };
}
