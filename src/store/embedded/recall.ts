// When the book of hosts was damaged: who there is and when they were seen, from the week files.
import type { HostBook } from './host-book.ts';
import type { WeekFiles } from './week-files.ts';
import { phaseOf, windowStart } from './windows.ts';

/** Times are those of windows, so up to 2 h off; replay and the next ticks put the newest right. Returns how many. */
export function recallHosts(files: WeekFiles, book: HostBook): number {
  const recalled = new Set<string>();
  for (const week of files.weeks()) {
    const file = files.file(week);
    if (!file) continue;
    for (const { hostId, first, last } of file.spans()) {
      const phaseMs = phaseOf(hostId);
      book.recall(hostId, {
        firstMs: windowStart(first, phaseMs),
        // Not later than its newest sample: a host must not look alive that is not.
        lastMs: windowStart(last, phaseMs),
      });
      recalled.add(hostId);
    }
  }
  return recalled.size;
}
