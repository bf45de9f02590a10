// Acknowledgements as the catalog keeps them, read again now and then; those of alerts that ended are removed.
import type { AcknowledgementRecord, Acknowledgements } from '../../catalog/acknowledgements.ts';
import type { AlertState, Change } from '../../domain/alerting/alert.ts';
import type { Clock } from '../../runtime/clock.ts';

/** Another warn may have been asked. */
const READ_EVERY_MS = 5_000;
/** Two warns may judge the same alert to have fired at slightly different times. */
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
  /** Of alerts that ended: still in the catalog. */
  const over = new Set<string>();
  let readMs = Number.NEGATIVE_INFINITY;
  /** Of this warn, begun or ended: another number when one of them was. */
  let writes = 0;

  const recordOf = (alert: AlertState): AcknowledgementRecord | undefined => {
    const record = known.get(alert.id);
    if (record === undefined || over.has(alert.id) || alert.firedMs === undefined) return undefined;
    return alert.firedMs <= record.firedMs + SAME_FIRING_MS ? record : undefined;
  };

  async function read(): Promise<void> {
    let list: readonly AcknowledgementRecord[];
    let writesBefore: number;
    // What is written meanwhile may not be in the list.
    do {
      writesBefore = writes;
      list = await records.list();
    } while (writesBefore !== writes);
    const before = known;
    known = new Map(list.map((record) => [record.alertId, record]));
    // Gone with the alert that ended; one that is there again is of a later firing, which another warn was told of.
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

  /** What belongs to no alert any more; only a warn that knows all that is open may say so. */
  async function prune(): Promise<void> {
    if (outdatedIds().length === 0) return;
    // Another warn may have been asked meanwhile: of a later firing.
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

    /** What was open before is restored: the acknowledgement of an alert that is not is of no later firing. */
    begin(): void {
      for (const id of known.keys()) if (stateOf(id) === undefined) over.add(id);
    },
  };
}
