// Rebuilds damaged entries of hosts.sqlite from the week files, which name the hosts of their samples.
import type { Hosts } from './hosts.ts';
import type { WeekFiles } from './week-files.ts';
import { phaseOf, windowStart } from './windows.ts';

/**
 * Adds the hosts that it does not have, with when they were first and last seen. Returns their ids. The times are those of windows, up to 2 h off; the replay and the next ticks correct the newest.
 */
export function rebuildHosts(hosts: Hosts, files: WeekFiles): readonly string[] {
  const found = new Map<string, { firstMs: number; lastMs: number }>();
  for (const week of files.weeks()) {
    for (const { hostId, first, last } of files.file(week)?.spans() ?? []) {
      if (hosts.has(hostId)) continue;
      const phaseMs = phaseOf(hostId);
      // Starts of windows, also for the last one: never later than its newest sample, so that no silent host looks alive.
      const firstMs = windowStart(first, phaseMs);
      found.set(hostId, {
        firstMs: found.get(hostId)?.firstMs ?? firstMs,
        lastMs: windowStart(last, phaseMs),
      });
    }
  }
  for (const [hostId, seen] of found) hosts.addSeen(hostId, seen);
  return [...found.keys()];
}
