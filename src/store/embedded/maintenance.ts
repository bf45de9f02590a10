// What the writer does from time to time: flush what is known of hosts, and remove weeks past retention or size.
import { messageOf } from '../../domain/errors.ts';
import type { Positions } from './durable-positions.ts';
import type { Hosts } from './hosts.ts';
import type { ReplaySkips } from './replay-skips.ts';
import type { WeekFiles } from './week-files.ts';

/** No record is durable before what it says of its hosts is flushed: the commit on the bus lags by up to this much. */
const FLUSH_EVERY_MS = 5_000;
const SWEEP_EVERY_MS = 60_000;
/** Kept in hosts.sqlite: weeks up to this one were removed because of their size, and do not come back. */
const REMOVED_THROUGH = 'removed_through_week';

export type Maintenance = {
  /** Does what is due. */
  run(nowMs: number): void;
  flush(): void;
  removedThrough(): number | undefined;
  stats(): { readonly weeks_removed: number; readonly file_bytes: number };
  unhealthy(): string | undefined;
};

/** Sweeps at once; throws what that throws. */
export function startMaintenance(parts: {
  readonly hosts: Hosts;
  readonly files: WeekFiles;
  readonly positions: Positions;
  readonly skips: ReplaySkips;
  readonly retentionMs: number;
  readonly maxBytes: number | undefined;
  readonly nowMs: number;
  readonly warn: (text: string) => void;
}): Maintenance {
  const { hosts, files, positions, skips, retentionMs, maxBytes, warn } = parts;
  let removedThrough = hosts.limit(REMOVED_THROUGH);
  let fileBytes = files.bytes();
  let weeksRemoved = 0;
  let lastError: string | undefined;
  let flushDueMs = parts.nowMs + FLUSH_EVERY_MS;
  let sweepDueMs = 0;
  sweep(parts.nowMs);

  function flush(): void {
    try {
      // In this order: a record that a replay would skip must have left nothing behind in memory alone.
      hosts.flush();
      skips.update(positions.hostsFlushed(), positions.durable());
      lastError = undefined;
    } catch (error) {
      lastError = `cannot write what is known of hosts: ${messageOf(error)}`;
      warn(lastError);
    }
  }

  function sweep(nowMs: number): void {
    sweepDueMs = nowMs + SWEEP_EVERY_MS;
    hosts.emptyLog();
    hosts.deleteBefore(nowMs - retentionMs);
    const { weeks, forSize } = files.sweep({ nowMs, retentionMs, maxBytes });
    fileBytes = files.bytes();
    weeksRemoved += weeks.length;
    if (forSize === undefined) return;
    removedThrough = Math.max(forSize, removedThrough ?? forSize);
    // Remembered, or a replay from the bus would create the weeks again and each sweep remove them once more.
    hosts.setLimit(REMOVED_THROUGH, removedThrough);
    warn(`weeks were removed early to keep the store within ${maxBytes} bytes`);
  }

  return {
    run(nowMs) {
      if (nowMs >= flushDueMs) {
        flushDueMs = nowMs + FLUSH_EVERY_MS;
        flush();
      }
      if (nowMs < sweepDueMs) return;
      try {
        sweep(nowMs);
      } catch (error) {
        warn(`old weeks could not be removed: ${messageOf(error)}`);
      }
    },
    flush,
    removedThrough: () => removedThrough,
    stats: () => ({ weeks_removed: weeksRemoved, file_bytes: fileBytes }),
    unhealthy: () => lastError,
  };
}
