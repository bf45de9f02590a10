// Retention: which weeks are removed. Decided by the newest data, not by the clock alone; one at a time, logged,
// recoverable for a day.
import { statfsSync } from 'node:fs';
import { messageOf } from '../../domain/errors.ts';
import { formatInstant } from '../../domain/instant.ts';
import { createBelievedClock } from '../../runtime/believed-time.ts';
import { openExpiredWeeks } from './expired-folder.ts';
import type { Hosts } from './hosts.ts';
import type { Times } from './messages.ts';
import type { WeekFiles } from './week-files.ts';
import { weekEndMs, weekFileName } from './windows.ts';

const DAY_MS = 86_400_000;
const SWEEP_EVERY_MS = 60_000;
/** After a start a clock is most likely to be wrong. */
const FIRST_SWEEP_AFTER_MS = 600_000;
/** Disk that is nearly full is worth more than a day to change one's mind. */
const KEEP_ASIDE_FREE_SHARE = 0.1;

/** Kept in hosts.sqlite. Weeks up to this one were removed because of their size, and do not come back. */
const REMOVED_THROUGH = 'removed_through_week';
const BELIEVED = 'believed_ms';
const DOUBTED_FOR = 'doubted_for_ms';
const asideFor = (week: number) => `aside_for_ms_${week}`;

export type Retention = {
  /** Sweeps when it is due. */
  run(times: Times): void;
  /** The time by which retention counts, as of the last look. */
  believedMs(): number;
  removedThrough(): number | undefined;
  stats(): { readonly weeks_removed: number; readonly weeks_aside: number; readonly file_bytes: number };
};

export function startRetention(parts: {
  readonly directory: string;
  readonly hosts: Hosts;
  readonly files: WeekFiles;
  readonly retentionMs: number;
  readonly maxBytes: number | undefined;
  readonly times: Times;
  readonly warn: (text: string) => void;
}): Retention {
  const { directory, hosts, files, retentionMs, maxBytes, times, warn } = parts;
  const expired = openExpiredWeeks(directory);
  const dataTime = openDataTime(parts);
  const { believedMs } = dataTime;
  let sweptMs = times.monotonicMs;
  let removedThrough = hosts.limit(REMOVED_THROUGH);
  let fileBytes = files.bytes();
  let removed = 0;
  let aside = expired.weeks().length;

  const isExpired = (week: number) => weekEndMs(week) <= believedMs() - retentionMs;

  function takeOut(week: number, reason: string): void {
    warn(
      `${weekFileName(week)} is removed: ${reason}. It is kept in ${directory}/expired for a day, then deleted`,
    );
    removed++;
    hosts.setLimit(asideFor(week), 0);
    files
      .release(week, () => expired.put(week))
      .catch((error) => warn(`${weekFileName(week)} could not be moved to expired/: ${messageOf(error)}`));
  }

  /** At most one week per sweep, so that an error can be noticed in time. */
  function sweepOne(): void {
    const [oldest, ...younger] = files.weeks();
    if (oldest === undefined) return;
    if (isExpired(oldest)) {
      const reason = `all of it is older than the retention of ${days(retentionMs)}, counted from the newest data (${formatInstant(believedMs())})`;
      takeOut(oldest, reason);
      return;
    }
    // The newest stays whatever its size: without it nothing could be stored at all.
    if (maxBytes === undefined || fileBytes <= maxBytes || younger.length === 0) return;
    removedThrough = Math.max(oldest, removedThrough ?? oldest);
    // Recorded, or a replay from the bus would recreate the week and each sweep would remove it again.
    hosts.setLimit(REMOVED_THROUGH, removedThrough);
    takeOut(oldest, `removed early, the files have ${fileBytes} bytes and the limit is ${maxBytes}`);
  }

  function tendExpired(passedMs: number): void {
    const weeks = expired.weeks();
    aside = weeks.length;
    for (const week of weeks) {
      const wasForSize = removedThrough !== undefined && week <= removedThrough;
      if (!isExpired(week) && !wasForSize) {
        if (!expired.restore(week)) continue;
        files.file(week);
        warn(`${weekFileName(week)} is put back: by the newest data it is within the retention after all`);
        continue;
      }
      const keptMs = (hosts.limit(asideFor(week)) ?? 0) + passedMs;
      hosts.setLimit(asideFor(week), Math.floor(keptMs));
      const isFull = freeShare(directory) < KEEP_ASIDE_FREE_SHARE;
      if (keptMs < DAY_MS && !isFull) continue;
      expired.unlink(week);
      warn(
        `${weekFileName(week)} is deleted from expired/: ${isFull ? 'the disk is nearly full' : 'its day is over'}`,
      );
    }
  }

  return {
    run(now) {
      const passedMs = now.monotonicMs - sweptMs;
      if (passedMs < SWEEP_EVERY_MS) return;
      sweptMs = now.monotonicMs;
      try {
        hosts.emptyLog();
        dataTime.look(now);
        tendExpired(passedMs);
        fileBytes = files.bytes();
        if (now.monotonicMs - times.monotonicMs < FIRST_SWEEP_AFTER_MS) return;
        hosts.deleteBefore(believedMs() - retentionMs);
        sweepOne();
      } catch (error) {
        warn(`old weeks could not be removed: ${messageOf(error)}`);
      }
    },
    believedMs,
    removedThrough: () => removedThrough,
    stats: () => ({ weeks_removed: removed, weeks_aside: aside, file_bytes: fileBytes }),
  };
}

/** The time of the newest data, as far as it is believed; kept in hosts.sqlite, so that a restart does not believe more. */
function openDataTime(parts: {
  readonly hosts: Hosts;
  readonly files: WeekFiles;
  readonly times: Times;
  readonly warn: (text: string) => void;
}) {
  const { hosts, times, warn } = parts;
  const clock = createBelievedClock({
    from: {
      believedMs: hosts.limit(BELIEVED) ?? firstBelieved(parts),
      doubtedForMs: hosts.limit(DOUBTED_FOR) ?? 0,
    },
    monotonicMs: times.monotonicMs,
    toleranceMs: DAY_MS,
    believeAfterMs: DAY_MS,
  });
  let { believedMs, doubtedForMs } = clock.look({ ...times, wallMs: newestMs(parts) });

  return {
    believedMs: () => believedMs,
    look(now: Times): void {
      const wasDoubted = doubtedForMs > 0;
      const newest = newestMs({ hosts, times: now });
      ({ believedMs, doubtedForMs } = clock.look({ ...now, wallMs: newest }));
      if (doubtedForMs > 0 && !wasDoubted) {
        warn(
          `the newest data is of ${formatInstant(newest)}, ${days(newest - believedMs)} ahead of what came before: ` +
            'no week expires by it before that has lasted a day; check the clocks of this machine and of report',
        );
      }
      hosts.setLimit(BELIEVED, Math.floor(believedMs));
      hosts.setLimit(DOUBTED_FOR, Math.floor(doubtedForMs));
    },
  };
}

/** Of the newest record on the bus; of this machine where no record was read, or where it is behind the records. */
function newestMs({ hosts, times }: { readonly hosts: Hosts; readonly times: Times }): number {
  const received = hosts.watermarks().map(({ receivedMs }) => receivedMs);
  return received.length === 0 ? times.wallMs : Math.min(times.wallMs, Math.max(...received));
}

/** For a store that has kept no time yet: what its own data says, which may be behind and is never ahead. */
function firstBelieved(parts: {
  readonly hosts: Hosts;
  readonly files: WeekFiles;
  readonly times: Times;
}): number {
  const newestWeek = parts.files.weeks().at(-1);
  const newest = newestMs(parts);
  if (newestWeek === undefined || parts.hosts.watermarks().length > 0) return newest;
  return Math.min(newest, weekEndMs(newestWeek));
}

const days = (ms: number): string => `${Math.round(ms / DAY_MS)} d`;

function freeShare(directory: string): number {
  const { bavail, blocks } = statfsSync(directory);
  return blocks === 0 ? 1 : bavail / blocks;
}
