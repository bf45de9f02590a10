// The notifier's loop: checks groups that changed or became due, and hands their messages to delivery.
import { messageOf } from '../../../domain/errors.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logging.ts';
import type { Delivering } from './delivery.ts';
import type { Due } from './group-message.ts';
import type { Groups } from './groups.ts';
import type { OpenReceivers } from './open-receivers.ts';

export type PumpParts = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly groups: Groups;
  readonly receivers: OpenReceivers;
  readonly dispatch: Delivering['dispatch'];
  readonly isTelling: () => boolean;
  /** Awaited before each turn: receivers that are being opened. */
  readonly ready: () => Promise<void>;
  /** Now and then, and before each turn, while it tells. */
  readonly onLook: () => void;
  readonly onTurn: () => void;
  /** After each turn. */
  readonly flush: () => void;
};

/** Silences, active times and receivers that are behind are looked at this often. */
const LOOK_MS = 10_000;

export type Pump = ReturnType<typeof createPump>;

export function createPump(parts: PumpParts) {
  const { clock, logger, groups, receivers } = parts;
  const abort = new AbortController();
  const dirty = new Set<string>();
  /** Groups that wait for a receiver, by its name. */
  const queued = new Map<string, Set<string>>();
  /** Groups that are to be looked at again, by when. */
  const wakeUps = new Map<string, number>();
  /** Alerts without a receiver. */
  const untold = new Set<string>();
  let waiting: AbortController | undefined;
  let kicked = false;
  let running: Promise<void> | undefined;

  function touch(names: Iterable<string>): void {
    for (const name of names) dirty.add(name);
    kicked = true;
    waiting?.abort();
  }

  /** Evaluates what changed or became due, and sends what may go. Returns when to look again. */
  function turn(): number {
    const nowMs = clock.monotonicMs();
    for (const [group, atMs] of wakeUps) if (atMs <= nowMs) dirty.add(group);
    parts.onTurn();
    const dues = new Map<string, Due[]>();
    for (const group of dirty) {
      const evaluated = groups.evaluate(group);
      if (evaluated.nextMs === Number.POSITIVE_INFINITY) wakeUps.delete(group);
      else wakeUps.set(group, evaluated.nextMs);
      for (const due of evaluated.dues) {
        const { receiver } = due.account;
        const others = dues.get(receiver);
        if (others === undefined) dues.set(receiver, [due]);
        else others.push(due);
      }
      noteUntold(group);
    }
    dirty.clear();
    for (const [name, list] of dues) send(name, list);
    parts.flush();
    return Math.min(nowMs + LOOK_MS, ...wakeUps.values());
  }

  function send(name: string, dues: readonly Due[]): void {
    const open = receivers.get(name);
    if (open === undefined) return;
    const againMs = parts.dispatch(open, dues);
    for (const { account } of dues) {
      if (account.inFlight) continue;
      const before = wakeUps.get(account.group) ?? Number.POSITIVE_INFINITY;
      if (againMs < before) wakeUps.set(account.group, againMs);
      // Those that found the receiver busy go when one of its messages ends.
      if (open.inFlight > 0) queued.set(name, (queued.get(name) ?? new Set()).add(account.group));
    }
  }

  function noteUntold(group: string): void {
    for (const alert of groups.firingOf(group).values()) {
      if (groups.routesOf(alert).length === 0) untold.add(alert.id);
      else untold.delete(alert.id);
    }
  }

  async function run(): Promise<void> {
    let lookMs = clock.monotonicMs() + LOOK_MS;
    while (!abort.signal.aborted) {
      kicked = false;
      await parts.ready();
      if (parts.isTelling() && clock.monotonicMs() >= lookMs) {
        parts.onLook();
        touch(groups.names());
        lookMs = clock.monotonicMs() + LOOK_MS;
      }
      kicked = false;
      let nextMs = clock.monotonicMs() + LOOK_MS;
      try {
        if (parts.isTelling()) nextMs = Math.min(lookMs, turn());
      } catch (error) {
        logger.error({ err: error }, `notifying failed: ${messageOf(error)}`);
      }
      if (kicked) continue;
      waiting = new AbortController();
      await clock
        .sleep(Math.max(1, nextMs - clock.monotonicMs()), AbortSignal.any([waiting.signal, abort.signal]))
        .catch(() => {});
      waiting = undefined;
    }
  }

  return {
    signal: abort.signal,
    /** These groups changed: they are looked at now. */
    touch,
    /** A message to the receiver ended, about these groups: those that waited for it may go. */
    free(names: readonly string[], receiver: string): void {
      touch([...names, ...(queued.get(receiver) ?? [])]);
      queued.delete(receiver);
    },
    untold: untold as ReadonlySet<string>,
    forgetUntold: (id: string): boolean => untold.delete(id),
    clear(): void {
      for (const collection of [dirty, untold, queued, wakeUps]) collection.clear();
    },
    /** The first call begins. */
    start(): void {
      running ??= run();
    },
    async stop(): Promise<void> {
      abort.abort();
      await running;
    },
  };
}
