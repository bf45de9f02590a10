// All week files of a store on the writer's side: opened on need, salvaged when damaged, removed when too old.
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import type { Owner } from '../../runtime/directory-id.ts';
import { renameDamaged } from '../../runtime/sqlite.ts';
import { isDamage } from '../../runtime/sqlite-damage.ts';
import { checkWeek } from './week-check.ts';
import { openWeekFile, removeWeekFile, type WeekFile, weekFileBytes } from './week-file.ts';
import { formatMissing, type MissingChunks, type Salvaged, salvageWeek } from './week-salvage.ts';
import { weekFileName, weekOfFileName } from './windows.ts';

export type WeekFiles = {
  /** Opens or creates it. Undefined while a damaged one is being salvaged: retry later. */
  file(week: number): WeekFile | undefined;
  /** The file is damaged: once the reader has closed it too, what can be read of it is put into a new one. */
  salvage(week: number, why: string): Promise<void>;
  /** Writes what is in write-ahead logs back into the files: a bit there would cost all that is behind it. */
  emptyLogs(): void;
  /** Closes the week's file everywhere, then `move` takes it away. */
  release(week: number, move: () => void): Promise<void>;
  weeks(): readonly number[];
  bytes(): number;
  /** Files that were damaged, chunks that damage took, and weeks that cannot be opened. */
  stats(): {
    readonly files_damaged: number;
    readonly chunks_lost: number;
    readonly weeks_unreadable: number;
  };
  /** By week, how many chunks its file has. */
  rows(): ReadonlyMap<number, number>;
  unreadable(): Iterable<number>;
  /** Chunks of the week that were said to be lost. */
  lostIn(week: number): number;
  /**
   * Reads every week, the newest first, in short steps: what is damaged is said and counted, and salvaged where that may
   * bring something back. Yields a promise where the next step has to wait for it; with `isStart` nobody else has a file
   * open yet, and nothing is waited for.
   */
  check(isStart: () => boolean): Generator<Promise<void> | undefined, void>;
  close(): void;
};

/** Of a salvage that failed: so many calls are let pass, and each second there is one. */
const RETRY_AFTER = 60;
/** A salvaged week until it is whole. */
const SALVAGING = '.salvaging';

type WeekEvents = {
  /** Something is lost or cannot be read. */
  readonly error: (message: string) => void;
  /** The reader closes the week's file, and does not open it before `reopen`. */
  readonly close: (week: number) => Promise<void>;
  readonly reopen: (week: number) => void;
  readonly owner: Owner;
};

export function openWeekFiles(directory: string, on: WeekEvents): WeekFiles {
  const weeks = createOpenWeeks(directory, on);
  const { files, leaving, unreadable, pathOf } = weeks;
  const losses = createLosses(pathOf, on.error);
  const salvaging = createSalvaging({ weeks, losses, on });
  const sorted = () => [...files.keys()].sort((a, b) => a - b);

  function salvageNow(week: number, why: string, isStart: boolean): Promise<void> | undefined {
    if (!isStart) return salvaging.salvage(week, why);
    salvaging.salvageAtOnce(week, why);
    return undefined;
  }

  /** At the start nobody waits for the thread yet: all at once. */
  function openAtStart(week: number): void {
    try {
      weeks.open(week);
    } catch (error) {
      if (isDamage(error)) {
        salvaging.salvageAtOnce(week, messageOf(error));
        return;
      }
      // The reader would read it: an operator has to decide.
      if (error instanceof ExpectedError && error.code === 'FOREIGN_FILE') throw error;
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
    file: (week) => (leaving.has(week) ? undefined : (files.get(week) ?? weeks.open(week))),
    salvage: salvaging.salvage,
    emptyLogs() {
      for (const file of files.values()) file.emptyLog();
    },
    async release(week, move) {
      if (leaving.has(week) || !files.has(week)) return;
      leaving.add(week);
      weeks.close(week);
      await on.close(week);
      leaving.delete(week);
      try {
        move();
      } catch (error) {
        weeks.open(week);
        throw error;
      } finally {
        on.reopen(week);
      }
    },
    weeks: sorted,
    bytes: () => sorted().reduce((sum, week) => sum + weekFileBytes(pathOf(week)), 0),
    stats: () => ({
      files_damaged: salvaging.damaged(),
      chunks_lost: losses.chunks(),
      weeks_unreadable: unreadable.size,
    }),
    rows: () => new Map([...files].map(([week, file]) => [week, file.rows()])),
    unreadable: () => unreadable,
    lostIn: losses.in,
    *check(isStart) {
      const isOpen = (week: number, file: WeekFile) => files.get(week) === file;
      for (const week of sorted().toReversed()) {
        const file = files.get(week);
        const checking = file && checkWeek(file);
        try {
          let step = checking?.next();
          // A week may be removed or salvaged between two steps.
          for (; step && !step.done && isOpen(week, file!); step = checking!.next()) yield undefined;
          if (!step?.done) continue;
          const { missing, salvageable } = step.value;
          if (salvageable > 0)
            yield salvageNow(week, `${salvageable} chunks are missing or belong to no series`, isStart());
          else losses.note(week, missing);
        } catch (error) {
          if (!isDamage(error)) throw error;
          yield salvageNow(week, messageOf(error), isStart());
        }
      }
    },
    close: weeks.closeAll,
  };
}

type OpenWeeks = ReturnType<typeof createOpenWeeks>;

function createOpenWeeks(directory: string, { owner, error }: Pick<WeekEvents, 'owner' | 'error'>) {
  const files = new Map<number, WeekFile>();
  const unreadable = new Set<number>();
  let isClosed = false;
  const pathOf = (week: number) => join(directory, weekFileName(week));
  const openAt = (path: string, week: number) => openWeekFile({ path, week, owner, warn: error });

  return {
    files,
    /** Being salvaged or taken away: nobody opens them meanwhile. */
    leaving: new Set<number>(),
    unreadable,
    pathOf,
    openAt,
    open(week: number): WeekFile {
      const file = openAt(pathOf(week), week);
      files.set(week, file);
      unreadable.delete(week);
      return file;
    },
    close(week: number): void {
      files.get(week)?.close();
      files.delete(week);
    },
    isClosed: () => isClosed,
    closeAll(): void {
      isClosed = true;
      for (const file of files.values()) file.close();
      files.clear();
    },
  };
}

/** Chunks said to be lost: what is damaged is found again with each check. */
function createLosses(pathOf: (week: number) => string, error: WeekEvents['error']) {
  /** By host and window. */
  const said = new Map<string, number>();
  const byWeek = new Map<number, number>();
  let all = 0;

  return {
    chunks: () => all,
    in: (week: number): number => byWeek.get(week) ?? 0,
    note(week: number, missing: readonly MissingChunks[]): void {
      const news = missing.flatMap((one) => {
        const key = `${one.startMs} ${one.hostId}`;
        const more = one.chunks - (said.get(key) ?? 0);
        said.set(key, Math.max(one.chunks, said.get(key) ?? 0));
        return more > 0 ? [{ ...one, chunks: more }] : [];
      });
      if (news.length === 0) return;
      const chunks = news.reduce((sum, one) => sum + one.chunks, 0);
      all += chunks;
      byWeek.set(week, (byWeek.get(week) ?? 0) + chunks);
      error(`${chunks} chunks of ${pathOf(week)} are lost to damage: ${formatMissing(news)}`);
    },
  };
}

/** What can be read of a damaged week is put into a new file, which takes its place. */
function createSalvaging(parts: {
  readonly weeks: OpenWeeks;
  readonly losses: ReturnType<typeof createLosses>;
  readonly on: WeekEvents;
}) {
  const { weeks, losses, on } = parts;
  const { leaving, pathOf } = weeks;
  let damaged = 0;
  /** Weeks whose salvage failed, with how many calls to let pass. */
  const waiting = new Map<number, number>();
  const isWaiting = (week: number): boolean => {
    const left = waiting.get(week) ?? 0;
    if (left > 0) waiting.set(week, left - 1);
    return left > 0;
  };

  function* names() {
    for (const file of weeks.files.values()) {
      for (const [hostId, keys] of file.series()) for (const key of keys.keys()) yield [hostId, key] as const;
    }
  }

  /** In steps; the damaged file stays in its place until all of it is done, so that it can be begun again. */
  function* replace(week: number, why: string): Generator<void, void> {
    const path = pathOf(week);
    removeWeekFile(path + SALVAGING);
    const into = weeks.openAt(path + SALVAGING, week);
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
    losses.note(week, salvaged.missing);
  }

  function salvageAtOnce(week: number, why: string): void {
    weeks.close(week);
    for (const _ of replace(week, why)) {
      // Each step is a transaction.
    }
    weeks.open(week);
  }

  async function salvage(week: number, why: string): Promise<void> {
    if (leaving.has(week) || !existsSync(pathOf(week)) || isWaiting(week)) return;
    leaving.add(week);
    weeks.close(week);
    // Renamed under an open connection, SQLite would take the new file's log for its own.
    await on.close(week);
    try {
      for (const _ of replace(week, why)) {
        await new Promise(setImmediate);
        if (weeks.isClosed()) return;
      }
      weeks.open(week);
    } catch (error) {
      // Of a full disk, say. The file is as it was.
      waiting.set(week, RETRY_AFTER);
      on.error(`${pathOf(week)} is damaged (${why}) and cannot be salvaged now: ${messageOf(error)}`);
    } finally {
      leaving.delete(week);
      on.reopen(week);
    }
  }

  return { salvage, salvageAtOnce, damaged: () => damaged };
}
