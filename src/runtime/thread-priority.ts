// The place of this thread among all that want a core: on Linux each thread has its own.
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Lets others go first (a `nice` above 0, which anybody may take). False where the system has no such thing. */
export function yieldToOthers(nice: number): boolean {
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(thread, nice);
    return true;
  } catch {
    return false;
  }
}
