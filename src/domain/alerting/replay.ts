// Runs an evaluator over recorded ticks as if they arrived now, with the heartbeats that a healthy pipeline has.
import type { StreamTick } from './evaluator.ts';

type Replayed = {
  tick(tick: StreamTick): void;
  heartbeat(partition: number, receivedMs: number): void;
  advance(nowMs: number): void;
};

const HEARTBEAT_MS = 10_000;

/** `ticks` in order of arrival. What time alone decides is judged every ten seconds up to `stopMs`. */
export function replay(
  evaluator: Replayed,
  ticks: Iterable<StreamTick>,
  range: { readonly startMs: number; readonly stopMs: number },
): void {
  let beatMs = range.startMs;
  const beatUpTo = (ms: number): void => {
    for (; beatMs <= ms; beatMs += HEARTBEAT_MS) {
      evaluator.heartbeat(0, beatMs);
      evaluator.advance(beatMs);
    }
  };
  for (const tick of ticks) {
    if (tick.receivedMs > range.stopMs) break;
    // A heartbeat of the same instant comes after the ticks it could overtake.
    beatUpTo(tick.receivedMs - 1);
    evaluator.tick({ ...tick, partition: 0 });
  }
  beatUpTo(range.stopMs);
}
