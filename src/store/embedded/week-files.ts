// All week files of a store on the writer's side: opened on need, moved aside when damaged, removed when too old.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { moveAside } from '../../runtime/sqlite.ts';
import { openWeekFile, removeWeekFile, type WeekFile, weekFileBytes } from './week-file.ts';
import { weekEndMs, weekFileName, weekOfFileName } from './windows.ts';

export type WeekFiles = {
  /** Opens or creates it. Undefined while a damaged one is being moved aside: retry later. */
  file(week: number): WeekFile | undefined;
  /** The file is damaged: it is closed, and moved aside once the reader has closed it too. */
  moveAside(week: number, why: string): Promise<void>;
  /** Removes weeks that are past retention, then the oldest while all are over maxBytes. Returns what it removed. */
  sweep(limits: {
    readonly nowMs: number;
    readonly retentionMs: number;
    readonly maxBytes: number | undefined;
  }): { readonly weeks: readonly number[]; readonly forSize: number | undefined };
  weeks(): readonly number[];
  bytes(): number;
  damaged(): number;
  close(): void;
};

export function openWeekFiles(
  directory: string,
  on: {
    readonly damaged: (message: string) => void;
    /** The reader closes the week's file, and does not open it before `reopen`. */
    readonly close: (week: number) => Promise<void>;
    readonly reopen: (week: number) => void;
  },
): WeekFiles {
  const files = new Map<number, WeekFile>();
  const leaving = new Set<number>();
  let damaged = 0;

  const onDamaged = (message: string) => {
    damaged++;
    on.damaged(message);
  };
  const open = (week: number): WeekFile => {
    const file = openWeekFile(directory, week, onDamaged);
    files.set(week, file);
    return file;
  };
  const pathOf = (week: number) => join(directory, weekFileName(week));
  const sorted = () => [...files.keys()].sort((a, b) => a - b);
  const total = () => sorted().reduce((sum, week) => sum + weekFileBytes(pathOf(week)), 0);
  const remove = (week: number) => {
    void on.close(week);
    files.get(week)?.close();
    files.delete(week);
    removeWeekFile(pathOf(week));
    on.reopen(week);
  };

  for (const name of readdirSync(directory)) {
    const week = weekOfFileName(name);
    if (week !== undefined) open(week);
  }

  return {
    file: (week) => (leaving.has(week) ? undefined : (files.get(week) ?? open(week))),
    async moveAside(week, why) {
      if (leaving.has(week) || !files.has(week)) return;
      leaving.add(week);
      files.get(week)?.close();
      files.delete(week);
      // Renamed under an open connection, SQLite would take the new file's log for its own.
      await on.close(week);
      leaving.delete(week);
      const message = moveAside(pathOf(week), why);
      on.reopen(week);
      onDamaged(message);
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
    damaged: () => damaged,
    close() {
      for (const file of files.values()) file.close();
      files.clear();
    },
  };
}
