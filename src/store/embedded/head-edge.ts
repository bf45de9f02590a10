// The oldest window in the head, shared by the writer and the reader thread: older ranges need no snapshot.
import { windowOf } from './windows.ts';

/** One 32-bit window number. */
export const createHeadEdge = (): SharedArrayBuffer => {
  const shared = new SharedArrayBuffer(4);
  // Until the writer says better, everything may be in the head.
  Atomics.store(new Int32Array(shared), 0, MAYBE_ALL);
  return shared;
};

const MAYBE_ALL = -(2 ** 31);
const NOTHING = 2 ** 31 - 1;

/** Before a write is acknowledged, and only after what left the head was committed to its file. */
export function shareHeadEdge(shared: SharedArrayBuffer, oldestWindow: number): void {
  const number = Math.max(MAYBE_ALL, Math.min(oldestWindow, NOTHING));
  Atomics.store(new Int32Array(shared), 0, number);
}

/** Windows are shifted forward by up to one against the clock, so that a host's last one is this or the one before. */
export const isBeforeHead = (shared: SharedArrayBuffer, stopMs: number): boolean =>
  windowOf(stopMs - 1, 0) < Atomics.load(new Int32Array(shared), 0);
