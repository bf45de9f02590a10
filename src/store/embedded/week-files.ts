// All week files of a store on the writer's side: opened on need, salvaged when damaged, removed when too old.
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../domain/errors.ts';
import { isDamage, renameDamaged } from '../../runtime/sqlite.ts';
import { openWeekFile, removeWeekFile, type WeekFile, weekFileBytes } from './week-file.ts';
import { formatMissing, type MissingChunks, type Salvaged, salvageWeek } from './week-salvage.ts';
import { weekEndMs, weekFileName, weekOfFileName } from './windows.ts';

export type WeekFiles = {
  /** Opens or creates it. Undefined while a damaged one is being salvaged: retry later. */
  file(week: number): WeekFile | undefined;
  /** The file is damaged: once the reader has closed it too, what can be read of it is put into a new one. */
  salvage(week: number, why: string): Promise<void>;
  /** Removes weeks that are past retention, then the oldest while all are over maxBytes. Returns what it removed. */
  sweep(limits: {
    readonly nowMs: number;
    readonly retentionMs: number;
    readonly maxBytes: number | undefined;
  }): { readonly weeks: readonly number[]; readonly forSize: number | undefined };
  weeks(): readonly number[];
  bytes(): number;
  /** Files that were damaged, chunks that damage took, and weeks that cannot be opened. */
  stats(): {
    readonly files_damaged: number;
    readonly chunks_lost: number;
    readonly weeks_unreadable: number;
  };
  /** Chunks that are gone, in words for the log; they are counted. */
  lost(week: number, missing: readonly MissingChunks[]): void;
  close(): void;
};

const RETRY_AFTER = 60;
/** A salvaged week until it is whole. */
const SALVAGING = '.salvaging';

export function openWeekFiles(
  directory: string,
  on: {
    /** Something is lost or cannot be read. */
    readonly error: (message: string) => void;
    /** The reader closes the week's file, and does not open it before `reopen`. */
    readonly close: (week: number) => Promise<void>;
    readonly reopen: (week: number) => void;
  },
): WeekFiles {
  const files = new Map<number, WeekFile>();
  const leaving = new Set<number>();
  const unreadable = new Set<number>();
  let damaged = 0;
  let chunksLost = 0;
  let isClosed = false;

  /** Weeks whose salvage failed, with how many calls to let pass: each second there is one. */
  const waiting = new Map<number, number>();
  const isWaiting = (week: number): boolean => {
    const left = waiting.get(week) ?? 0;
    if (left > 0) waiting.set(week, left - 1);
    return left > 0;
  };

  const pathOf = (week: number) => join(directory, weekFileName(week));
  const openFile = (week: number, path = pathOf(week)) => openWeekFile({ path, week, warn: on.error });
  const open = (week: number): WeekFile => {
    const file = openFile(week);
    files.set(week, file);
    unreadable.delete(week);
    return file;
  };
  const sorted = () => [...files.keys()].sort((a, b) => a - b);
  const total = () => sorted().reduce((sum, week) => sum + weekFileBytes(pathOf(week)), 0);
  const remove = (week: number) => {
    void on.close(week);
    files.get(week)?.close();
    files.delete(week);
    removeWeekFile(pathOf(week));
    on.reopen(week);
  };

  function* names() {
    for (const file of files.values()) yield* file.names();
  }

  /** In steps; the damaged file stays in its place until all of it is done, so that it can be begun again. */
  function* replace(week: number, why: string): Generator<void, void> {
    const path = pathOf(week);
    removeWeekFile(path + SALVAGING);
    const into = openFile(week, path + SALVAGING);
    let salvaged: Salvaged;
    try {
      salvaged = yield* salvageWeek(path, into, names());
    } finally {
      into.close();
    }
    const aside = renameDamaged(path);
    renameSync(path + SALVAGING, path);
    damaged++;
    on.error(
      `${path} is damaged (${why}); it was moved to ${aside} and replaced by what can be read of it: ${salvaged.chunks} chunks`,
    );
    lost(week, salvaged.missing);
  }

  function lost(week: number, missing: readonly MissingChunks[]): void {
    if (missing.length === 0) return;
    const chunks = missing.reduce((sum, one) => sum + one.chunks, 0);
    chunksLost += chunks;
    on.error(`${chunks} chunks of ${pathOf(week)} are lost to damage: ${formatMissing(missing)}`);
  }

  /** At the start nobody waits for the thread yet: all at once. */
  function openAtStart(week: number): void {
    try {
      open(week);
    } catch (error) {
      if (isDamage(error)) {
        for (const _ of replace(week, messageOf(error))) {
          // Each step is a transaction.
        }
        open(week);
        return;
      }
      // A directory, or one without the right to read it: the other weeks are as good as before.
      unreadable.add(week);
      on.error(`the samples of ${pathOf(week)} cannot be read: ${messageOf(error)}`);
    }
  }

  for (const name of readdirSync(directory)) {
    // Stopped between the two renames: what was salvaged is whole.
    const half = name.endsWith(SALVAGING) ? join(directory, name.slice(0, -SALVAGING.length)) : undefined;
    if (half && !existsSync(half)) renameSync(half + SALVAGING, half);
  }
  for (const name of readdirSync(directory)) {
    const week = weekOfFileName(name);
    if (week !== undefined) openAtStart(week);
  }

  return {
    file: (week) => (leaving.has(week) ? undefined : (files.get(week) ?? open(week))),
    async salvage(week, why) {
      if (leaving.has(week) || !existsSync(pathOf(week)) || isWaiting(week)) return;
      leaving.add(week);
      files.get(week)?.close();
      files.delete(week);
      // Renamed under an open connection, SQLite would take the new file's log for its own.
      await on.close(week);
      try {
        for (const _ of replace(week, why)) {
          await new Promise(setImmediate);
          if (isClosed) return;
        }
        open(week);
      } catch (error) {
        // Of a full disk, say. The file is as it was.
        waiting.set(week, RETRY_AFTER);
        on.error(`${pathOf(week)} is damaged (${why}) and cannot be salvaged now: ${messageOf(error)}`);
      } finally {
        leaving.delete(week);
        on.reopen(week);
      }
    },
    sweep({ nowMs, retentionMs, maxBytes }) {
      const removed = sorted().filter((week) => weekEndMs(week) <= nowMs - retentionMs);
      removed.forEach(remove);
      let forSize: number | undefined;
      if (maxBytes !== undefined) {
        // The newest stays whatever its size: without it nothing could be stored at all.
        const left = sorted();
        for (let bytes = total(); bytes > maxBytes && left.length > 1; bytes = total()) {
          forSize = left.shift()!;
          remove(forSize);
          removed.push(forSize);
        }
      }
      return { weeks: removed, forSize };
    },
    weeks: sorted,
    bytes: total,
    stats: () => ({ files_damaged: damaged, chunks_lost: chunksLost, weeks_unreadable: unreadable.size }),
    lost,
    close() {
      isClosed = true;
      for (const file of files.values()) file.close();
      files.clear();
    },
  };
}
