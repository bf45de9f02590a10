// The watermark of the stream, per partition. Silence is measured by it: while nothing flows, silence timers are
// paused.
import { PIPELINE_STALE_MS } from '../host.ts';

type Partition = {
  /** The newest record, by report's clock as it was at the start: it may be set back. */
  lastMs: number;
  /** What makes that of received times. */
  offsetMs: number;
  /** The stream time at which this evaluator began to read. */
  readonly startMs: number;
  /** Time during which nothing flowed; taken off `lastMs` it gives stream time. */
  stalledMs: number;
  /** Records that are older than the newest one, and none newer since. */
  back: { readonly startMs: number; lastMs: number; notedMs: number } | undefined;
};

/**
 * Nothing but older records for so long: report's clock was set back. Longer than between two heartbeats of a second
 * report whose clock is right, shorter than what counts as stalled.
 */
const SET_BACK_MS = 20_000;

export type Pipeline = ReturnType<typeof createPipeline>;

export function createPipeline() {
  const partitions = new Map<number, Partition>();
  let nowMs = Number.NEGATIVE_INFINITY;

  function noteOlder(known: Partition, ms: number): void {
    const { back } = known;
    if (back === undefined || ms < back.startMs) {
      known.back = { startMs: ms, lastMs: ms, notedMs: nowMs };
      return;
    }
    back.lastMs = Math.max(back.lastMs, ms);
    back.notedMs = nowMs;
    const spanMs = back.lastMs - back.startMs;
    if (spanMs < SET_BACK_MS) return;
    const reachedMs = known.lastMs + spanMs;
    // How much was lost between the two is seen where time is followed; a stream that is read late has no now.
    const isFollowed = nowMs > reachedMs && nowMs - reachedMs <= PIPELINE_STALE_MS;
    const lastMs = isFollowed ? nowMs : reachedMs;
    known.offsetMs += lastMs - ms;
    // Stream time was paused meanwhile: no host has aged.
    known.stalledMs += lastMs - known.lastMs;
    known.lastMs = lastMs;
    known.back = undefined;
  }

  /** While only older records arrive, it is unknown whether it is stalled. */
  const standsStill = ({ lastMs, back }: Partition, now: number): boolean =>
    now - lastMs > PIPELINE_STALE_MS && !(back !== undefined && now - back.notedMs <= PIPELINE_STALE_MS);

  return {
    /** A tick or a heartbeat was read. */
    note: (partition: number, receivedMs: number): void => {
      const known = partitions.get(partition);
      if (known === undefined) {
        const fresh = { lastMs: receivedMs, startMs: receivedMs, offsetMs: 0, stalledMs: 0, back: undefined };
        partitions.set(partition, fresh);
        return;
      }
      const ms = receivedMs + known.offsetMs;
      const gap = ms - known.lastMs;
      if (gap < 0) {
        noteOlder(known, ms);
        return;
      }
      known.back = undefined;
      if (gap > PIPELINE_STALE_MS) known.stalledMs += gap;
      known.lastMs = ms;
    },
    /** Time as it is followed, on the scale of received times; never goes back. */
    noteNow: (ms: number): void => {
      nowMs = ms;
    },
    streamMs: (partition: number): number => {
      const { lastMs = 0, stalledMs = 0 } = partitions.get(partition) ?? {};
      return lastMs - stalledMs;
    },
    startMs: (partition: number): number => partitions.get(partition)?.startMs ?? 0,
    /** What turns stream time into an instant. */
    stampOffsetMs: (partition: number): number => {
      const { stalledMs = 0, offsetMs = 0 } = partitions.get(partition) ?? {};
      return stalledMs - offsetMs;
    },
    /** What puts an instant by report's clock on the scale of the stream. */
    offsetMs: (partition: number): number => partitions.get(partition)?.offsetMs ?? 0,
    isStalled: (partition: number, now: number): boolean => {
      const known = partitions.get(partition);
      return known !== undefined && standsStill(known, now);
    },
    /** The partitions that are read, and which are stalled, as a text that changes with them. */
    stateOf: (now: number): string => {
      let state = '';
      for (const [partition, known] of partitions) {
        state += standsStill(known, now) ? `${partition}!` : `${partition} `;
      }
      return state;
    },
    /** The time of the stream that is furthest, and what turns it into an instant. */
    newest: (): { streamMs: number; stampOffsetMs: number } => {
      let newest = { streamMs: 0, stampOffsetMs: 0 };
      for (const { lastMs, stalledMs, offsetMs } of partitions.values()) {
        const streamMs = lastMs - stalledMs;
        if (streamMs > newest.streamMs) newest = { streamMs, stampOffsetMs: stalledMs - offsetMs };
      }
      return newest;
    },
    /** Since when a partition is stalled, if one is. */
    stalledSince: (now: number): { sinceMs: number; stampOffsetMs: number } | undefined => {
      const still = [...partitions.values()].filter((known) => standsStill(known, now));
      const [first] = still.sort((a, b) => a.lastMs - b.lastMs);
      return first && { sinceMs: first.lastMs, stampOffsetMs: -first.offsetMs };
    },
  };
}
