// Runs an evaluator over recorded ticks as if they arrived now, with the heartbeats that a healthy pipeline has.
import { HEARTBEAT_MS } from '../host.ts';
import type { StreamTick } from './evaluator.ts';

type Replayed = {
  tick(tick: StreamTick): void;
  heartbeat(partition: number, receivedMs: number): void;
  advance(nowMs: number): void;
};

export type ReplayOptions = {
  readonly startMs: number;
  /** Whether the passing of time changes nothing at the moment: judging it every ten seconds is then saved. */
  readonly isIdle?: () => boolean;
};

export type Replay = {
  /** In order of arrival. */
  tick(tick: StreamTick): void;
  /** Judges what time alone decides, every ten seconds up to then. */
  upTo(ms: number): void;
};

export function createReplay(evaluator: Replayed, { startMs, isIdle }: ReplayOptions): Replay {
  let beatMs = startMs;
  const upTo = (ms: number): void => {
    for (; beatMs <= ms; beatMs += HEARTBEAT_MS) {
      evaluator.heartbeat(0, beatMs);
      if (isIdle?.() !== true) evaluator.advance(beatMs);
    }
  };
  return {
    tick(tick) {
      // A heartbeat of the same instant comes after the ticks it could overtake.
      upTo(tick.receivedMs - 1);
      evaluator.tick({ ...tick, partition: 0 });
    },
    upTo,
  };
}
