// The week files that queries read: opened on need; a damaged one is reported once and left out.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../domain/errors.ts';
import { isDamage } from '../../runtime/sqlite.ts';
import { openReaderFile, type ReaderFile } from './reader-file.ts';
import { weekFileName, weekOfFileName } from './windows.ts';

export type ReaderFiles = {
  /** Those on disk that can be read, oldest first. */
  weeks(): number[];
  /** Undefined when the file is gone or damaged: the answer then is what the others have. */
  read<T>(week: number, work: (file: ReaderFile) => T): T | undefined;
  /** Closes it and leaves it out until it is renewed: a query in between would hold on to the file that goes. */
  forget(week: number): void;
  /** If it is there from now on, it is another file. */
  renewed(week: number): void;
  close(): void;
};

export function createReaderFiles(
  directory: string,
  onDamaged: (week: number, why: string) => void,
): ReaderFiles {
  const open = new Map<number, ReaderFile>();
  /** Damaged, or about to go. */
  const away = new Set<number>();

  const closeOne = (week: number) => {
    open.get(week)?.close();
    open.delete(week);
  };

  function fileOf(week: number): ReaderFile | undefined {
    const path = join(directory, weekFileName(week));
    let file = open.get(week);
    if (!file && existsSync(path)) {
      file = openReaderFile(path, week);
      open.set(week, file);
    }
    return file;
  }

  return {
    weeks: () =>
      readdirSync(directory)
        .map(weekOfFileName)
        .filter((week) => week !== undefined && !away.has(week))
        .sort((a, b) => a! - b!) as number[],
    read(week, work) {
      if (away.has(week)) return undefined;
      try {
        const file = fileOf(week);
        return file && work(file);
      } catch (error) {
        if (!isDamage(error)) throw error;
        closeOne(week);
        away.add(week);
        onDamaged(week, messageOf(error));
        return undefined;
      }
    },
    forget(week) {
      closeOne(week);
      away.add(week);
    },
    renewed: (week) => void away.delete(week),
    close() {
      for (const week of [...open.keys()]) closeOne(week);
    },
  };
}
