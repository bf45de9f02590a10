// Makes this warn active (notifying and writing) while it holds the lease and has caught up with the stream. It takes
// over the state of the former active warn. A standby evaluates, but does not notify.
import type { AlertStates } from '../../catalog/alert-states.ts';
import type { Change } from '../../domain/alerting/alert.ts';
import { messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createThrottle, type Logger } from '../../runtime/logging.ts';
import type { Evaluation } from './evaluation/evaluation.ts';
import { createStoredAlerts, type StoredAlertsParts } from './evaluation/stored-alerts.ts';
import type { Waiting } from './history.ts';
import type { Lease } from './lease.ts';
import type { Ends, Notifier } from './notification/notifier.ts';
import type { Progress } from './progress.ts';

export type TellingParts = {
  readonly alertStates: AlertStates;
  readonly notifier: Pick<Notifier, 'change' | 'start' | 'hold' | 'resume' | 'settled'>;
  readonly lease: Lease;
  readonly progress: Progress;
  readonly evaluation: () => Pick<Evaluation, 'open' | 'adopt' | 'alerts' | 'stateOf'>;
  readonly reached: StoredAlertsParts['reached'];
  readonly takeHistory: () => Waiting;
  /** A change that came while nothing was told and is told now. */
  readonly onCaughtUp: (change: Change) => void;
  /** This process ends. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** As long as another warn's last save can be back. */
const KEEP_ENDS_MS = 3_600_000;
const MAX_ENDS = 20_000;
/** A log that was deleted and recreated never comes to the stored offsets. */
const CATCH_UP_MS = 10_000;

export type Telling = ReturnType<typeof createTelling>;

export function createTelling(parts: TellingParts) {
  const { notifier, lease, progress, clock, logger } = parts;
  const stored = createStoredAlerts({ ...parts, settled: () => notifier.settled() });
  const stopped = new Promise<void>((resolve) =>
    parts.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  const tried = createTrying(parts);
  const ends = createUntoldEnds(clock);
  let telling = false;
  /** Of the lease under which the notifier was started. */
  let term: number | undefined;
  let waitingSinceMs: number | undefined;
  /** Alerts that were told as firing, by whoever told. */
  const firing = new Set<string>();

  function takeEnds(): Ends {
    const taken = ends.take();
    for (const [id, change] of taken) if (firing.has(id)) parts.onCaughtUp(change);
    const open = parts.evaluation().open();
    for (const alert of open) {
      if (alert.state !== 'firing' || firing.has(alert.id)) continue;
      parts.onCaughtUp({ kind: 'firing', alert, atMs: alert.firedMs ?? alert.sinceMs });
    }
    firing.clear();
    for (const { id, state } of open) if (state === 'firing') firing.add(id);
    return taken;
  }

  async function takeOver(fence: number): Promise<void> {
    const { states, offsets } = await stored.load();
    waitingSinceMs ??= clock.monotonicMs();
    // What the former one told must be known here first, or it would be told again.
    if (!progress.hasRead(offsets) && clock.monotonicMs() - waitingSinceMs < CATCH_UP_MS) return;
    waitingSinceMs = undefined;
    const { open, adopt } = parts.evaluation();
    // One that is pending here and fires there was judged on more: it goes on as it was told.
    const known = new Set(open().flatMap(({ id, state }) => (state === 'firing' ? [id] : [])));
    adopt(states.filter(({ id, state }) => state === 'firing' && !known.has(id) && !ends.has(id)));
    firing.clear();
    for (const { id, state } of states) if (state === 'firing') firing.add(id);
    telling = true;
    term = fence;
    // Reading sent notifications retries until the catalog answers; a shutdown does not wait for it.
    await Promise.race([notifier.start(open(), takeEnds()), stopped]);
  }

  async function stand(): Promise<void> {
    telling = false;
    await notifier.hold();
  }

  const save = async (isLast = false): Promise<void> =>
    telling && term !== undefined ? stored.save(term, isLast) : undefined;

  async function step(): Promise<void> {
    const fence = lease.fence();
    if (telling && (fence === undefined || fence !== term)) await stand();
    if (fence === undefined) return;
    const isCurrent = progress.isCurrent();
    if (fence !== term) {
      if (isCurrent) await takeOver(fence);
    } else if (telling && !isCurrent) {
      logger.warn('over two minutes behind the stream: notifications paused until caught up');
      await stand();
    } else if (!telling && isCurrent) {
      logger.info('caught up with the stream: notifications resumed');
      telling = true;
      notifier.resume(parts.evaluation().open(), takeEnds());
    }
    await save();
  }

  return {
    change(change: Change): void {
      if (telling && progress.isStale()) void stand();
      if (!telling) {
        ends.note(change);
        return;
      }
      const { kind, alert } = change;
      if (kind === 'firing') firing.add(alert.id);
      if (kind === 'resolved' || kind === 'ended') firing.delete(alert.id);
      notifier.change(change);
    },
    load: stored.load,
    /** About once a second. Never rejects. */
    step: () => tried(step),
    /** The last save. */
    stop: () => tried(() => save(true)),
    isTelling: () => telling,
    /** What is written carries it, and only under this lease may be told; undefined while nothing is told. */
    fence: () => (telling ? term : undefined),
    /** As they stand in the catalog with what is open. */
    committed: stored.offsets,
  };
}

/** Alerts that ended while this warn was not active. */
function createUntoldEnds(clock: Clock) {
  const ends = new Map<string, { readonly change: Change; readonly atMs: number }>();

  function note(change: Change): void {
    const { kind, alert } = change;
    // Of a host that moved the end stands for its former location.
    if (kind === 'firing' && ends.get(alert.id)?.change.reason !== 'host moved') ends.delete(alert.id);
    if (kind !== 'resolved' && kind !== 'ended') return;
    const nowMs = clock.monotonicMs();
    ends.delete(alert.id);
    ends.set(alert.id, { change, atMs: nowMs });
    for (const [id, { atMs }] of ends) {
      if (ends.size <= MAX_ENDS && nowMs - atMs < KEEP_ENDS_MS) return;
      ends.delete(id);
    }
  }

  return {
    note,
    has: (id: string): boolean => ends.has(id),
    take(): Ends {
      const taken = new Map([...ends].map(([id, { change }]) => [id, change]));
      ends.clear();
      return taken;
    },
  };
}

/** A failed write is logged and retried with the next step. */
function createTrying({ clock, logger }: Pick<TellingParts, 'clock' | 'logger'>) {
  const mayLog = createThrottle(clock.monotonicMs);
  return async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (mayLog('save')) logger.warn(`open alerts could not be stored: ${messageOf(error)}`);
    }
  };
}
