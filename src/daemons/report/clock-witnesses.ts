// Detects a wrong clock of this machine, from the timestamps of most hosts of the last minute and of the bus.
import type { Bus } from '../../bus/bus.ts';
import { formatDuration } from '../../domain/duration.ts';
import { formatInstant } from '../../domain/instant.ts';
import { LIMITS } from '../../domain/tick.ts';
import type { Clock } from '../../runtime/clock.ts';
import { withTimeout } from '../../runtime/timeout.ts';

/** A minute, and what a tick of each minute may be late. */
const WITHIN_MS = 90_000;
/** Enough to know what most hosts say. */
const MAX_HOSTS = 20_000;
/** Of many hosts the verdict is kept for a moment. */
const SETTLED_FOR_MS = 1_000;
const SETTLED_FROM_HOSTS = 100;

export type ClockWitnesses = {
  /** A live tick came, whether it is taken or not. */
  heard(hostId: string, timeMs: number): void;
  /** The newest record on the bus from before this start. */
  newestOnBus(receivedMs: number): void;
  /** Undefined while most agree with this machine's clock; else how far it is off, as text. */
  contradiction(): string | undefined;
};

/** All times are kept as differences to the monotonic clock, so that a step of the wall clock shows at once. */
export function createClockWitnesses(clock: Clock): ClockWitnesses {
  const hosts = new Map<string, { aheadMs: number; heardMs: number }>();
  /** What the bus, and this report while most hosts agreed with it, say. */
  let ownAheadMs: number | undefined;
  let settled: { atMs: number; wallAheadMs: number; verdict: string | undefined } | undefined;

  const wallAhead = () => clock.nowMs() - clock.monotonicMs();
  const disagrees = (aheadMs: number) => aheadMs > LIMITS.aheadMs || aheadMs < -LIMITS.pastMs;

  function settle(): string | undefined {
    const nowMs = clock.monotonicMs();
    const wallAheadMs = wallAhead();
    const isFresh =
      settled !== undefined &&
      hosts.size > SETTLED_FROM_HOSTS &&
      nowMs - settled.atMs < SETTLED_FOR_MS &&
      Math.abs(wallAheadMs - settled.wallAheadMs) < SETTLED_FOR_MS;
    if (isFresh) return settled!.verdict;
    const said: number[] = [];
    for (const [hostId, { aheadMs, heardMs }] of hosts) {
      if (nowMs - heardMs > WITHIN_MS) hosts.delete(hostId);
      else said.push(aheadMs - wallAheadMs);
    }
    const against = said.filter(disagrees);
    if (said.length > 0 && against.length * 2 < said.length) ownAheadMs = wallAheadMs;
    const own = ownAheadMs === undefined ? [] : [ownAheadMs - wallAheadMs];
    const all = [...said, ...own];
    const allAgainst = all.filter(disagrees);
    // One alone is more likely wrong itself than this machine.
    const isContradicted = allAgainst.length >= 2 && allAgainst.length * 2 > all.length;
    const verdict = isContradicted ? inWords(allAgainst) : undefined;
    settled = { atMs: nowMs, wallAheadMs, verdict };
    return verdict;
  }

  function inWords(against: readonly number[]): string {
    const offMs = against.toSorted((a, b) => a - b)[Math.floor(against.length / 2)]!;
    const off = `${formatDuration(Math.round(Math.abs(offMs) / 60_000) * 60_000)} ${offMs > 0 ? 'behind' : 'ahead of'}`;
    return `this machine's clock (${formatInstant(clock.nowMs())}) is ${off} what most hosts and records of the last minute say`;
  }

  return {
    heard(hostId, timeMs) {
      if (!Number.isSafeInteger(timeMs)) return;
      const heardMs = clock.monotonicMs();
      const aheadMs = timeMs - heardMs;
      const known = hosts.get(hostId);
      if (!known) {
        if (hosts.size < MAX_HOSTS) hosts.set(hostId, { aheadMs, heardMs });
      } else if (aheadMs >= known.aheadMs || heardMs - known.heardMs > WITHIN_MS) {
        // The newest tick of each: what comes from a backlog says nothing of the time now.
        known.aheadMs = aheadMs;
        known.heardMs = heardMs;
      }
      settle();
    },
    newestOnBus(receivedMs) {
      ownAheadMs ??= receivedMs - clock.monotonicMs();
    },
    contradiction: settle,
  };
}

/** By the clock of whoever published it; undefined for an empty bus, and where the bus does not answer in time. */
export async function newestReceivedMs(
  bus: Pick<Bus, 'lag' | 'read'>,
  withinMs: number,
): Promise<number | undefined> {
  const ends = (await bus.lag('minimon.report')).filter(({ end }) => end > 0);
  if (ends.length === 0) return undefined;
  const first = Promise.withResolvers<number | undefined>();
  const reader = await bus.read({
    name: 'minimon.report-clock',
    offsets: new Map(ends.map(({ partition, end }) => [partition, end - 1])),
    onBatch: async (records) => first.resolve(records.at(-1)?.receivedMs),
  });
  try {
    return await withTimeout(withinMs, first.promise, undefined);
  } finally {
    await reader.stop();
  }
}
