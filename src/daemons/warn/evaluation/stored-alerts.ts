// The open alerts as stored in the catalog, and the writes that bring it up to date.
import type { AlertStateChanges, AlertStates } from '../../../catalog/alert-states.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Waiting } from '../history.ts';
import type { Evaluation } from './evaluation.ts';

export type StoredAlertsParts = {
  readonly alertStates: AlertStates;
  readonly evaluation: () => Pick<Evaluation, 'alerts' | 'stateOf'>;
  /** Of the records that were evaluated: where the next ones begin, and where reading does for them. */
  readonly reached: () => Required<Pick<AlertStateChanges, 'offsets' | 'readFrom'>>;
  /** Resolves once undelivered notifications are stored. */
  readonly settled: () => Promise<void>;
  /** What happened, to be stored in the transaction of the states. */
  readonly takeHistory: () => Waiting;
  readonly clock: Clock;
};

/** Where nothing changed but the offsets: as much is read again after a crash, and judged as before. */
const OFFSETS_EVERY_MS = 5_000;

export function createStoredAlerts(parts: StoredAlertsParts) {
  const { alertStates, clock } = parts;
  /** By id: the revision that was stored, -1 where it is another process's. */
  let stored = new Map<string, number>();
  let savedMs = Number.NEGATIVE_INFINITY;
  let offsets: AlertStateChanges['offsets'] = new Map();

  return {
    /** What another warn may have written meanwhile. */
    async load() {
      const loaded = await alertStates.load();
      savedMs = Number.NEGATIVE_INFINITY;
      stored = new Map(loaded.states.map(({ id }) => [id, -1]));
      offsets = loaded.offsets;
      return loaded;
    },
    /** `isLast`: also where nothing but the offsets changed. */
    async save(fence: number, isLast = false): Promise<void> {
      const { alerts, stateOf } = parts.evaluation();
      const reached = parts.reached();
      const revisions = [...alerts].flatMap(([id, { revision }]) =>
        stored.get(id) === revision ? [] : [[id, revision] as const],
      );
      const changed = revisions.map(([id]) => stateOf(id)!);
      const removedIds = [...stored.keys()].filter((id) => !alerts.has(id));
      // Notifications first: an alert stored as notified before its notification is stored would never be sent.
      await parts.settled();
      const history = parts.takeHistory();
      const news = changed.length + removedIds.length + history.entries.length;
      if (news === 0 && !isLast && clock.monotonicMs() - savedMs < OFFSETS_EVERY_MS) return;
      await alertStates.save({ changed, removedIds, ...reached, history: history.entries, fence });
      history.stored();
      for (const [id, revision] of revisions) stored.set(id, revision);
      for (const id of removedIds) stored.delete(id);
      savedMs = clock.monotonicMs();
      offsets = reached.offsets;
    },
    /** As they stand in the catalog with the alerts. */
    offsets: () => offsets,
  };
}
