// Weeks removed by retention: kept in `expired/` for a day, then deleted, or restored if the clock was wrong.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { weekFileName, weekOfFileName } from './windows.ts';

const SUFFIXES = ['', '-wal', '-shm'];

export type ExpiredWeeks = {
  weeks(): readonly number[];
  /** The file, closed by everybody, leaves the store. */
  put(week: number): void;
  /** Into the store again; false where the store has a file of this week. */
  restore(week: number): boolean;
  unlink(week: number): void;
};

export function openExpiredWeeks(directory: string): ExpiredWeeks {
  const aside = join(directory, 'expired');

  function move(week: number, from: string, to: string): void {
    const name = weekFileName(week);
    for (const suffix of SUFFIXES) {
      if (existsSync(join(from, name + suffix)))
        renameSync(join(from, name + suffix), join(to, name + suffix));
    }
  }

  return {
    weeks() {
      if (!existsSync(aside)) return [];
      const weeks = readdirSync(aside).map(weekOfFileName);
      return weeks.filter((week) => week !== undefined).sort((a, b) => a - b);
    },
    put(week) {
      mkdirSync(aside, { recursive: true, mode: 0o700 });
      move(week, directory, aside);
    },
    restore(week) {
      if (existsSync(join(directory, weekFileName(week)))) return false;
      move(week, aside, directory);
      return true;
    },
    unlink(week) {
      for (const suffix of SUFFIXES) rmSync(join(aside, weekFileName(week) + suffix), { force: true });
    },
  };
}
