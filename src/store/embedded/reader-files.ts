// The week files that queries read, opened on need: which series each has, and their chunks.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../domain/errors.ts';
import { parseSeriesKey } from '../../domain/tick.ts';
import { isDamage, openSqlite } from '../../runtime/sqlite.ts';
import type { SeriesName } from './head.ts';
import { oldThrough, seriesReader, WEEK_SCHEMA_VERSION } from './week-schema.ts';
import { weekFileName, weekOfFileName } from './windows.ts';

export type FiledSeries = SeriesName & {
  readonly id: number;
  readonly hostId: string;
  /** As seriesIdentity says. */
  readonly identity: number;
};

export type ReaderFile = {
  readonly week: number;
  /** All series, or those of some hosts; what the writer added since is noticed. */
  series(hosts: readonly string[] | undefined): Iterable<FiledSeries>;
  chunk(row: number): Uint8Array | undefined;
  /** Whether the row may hold a chunk of schema 1, whose checksum is a shorter one. */
  mayBeOld(row: number): boolean;
  close(): void;
};

export type ReaderFiles = {
  /** Those on disk that can be read, oldest first. */
  weeks(): number[];
  /** Undefined when the file is gone, damaged or only being made: the answer then is what the others have. */
  read<T>(week: number, work: (file: ReaderFile) => T): T | undefined;
  /** Closes it until it is reopened: a query in between would open the file that is about to go. */
  release(week: number): void;
  /** If it is there from now on, it is another file. */
  reopen(week: number): void;
  close(): void;
};

export function createReaderFiles(
  directory: string,
  onDamaged: (week: number, why: string) => void,
): ReaderFiles {
  const open = new Map<number, ReaderFile>();
  /** Damaged, or about to go. */
  const released = new Set<number>();

  const closeOne = (week: number) => {
    open.get(week)?.close();
    open.delete(week);
  };

  function fileOf(week: number): ReaderFile | undefined {
    const path = join(directory, weekFileName(week));
    let file = open.get(week);
    if (!file && existsSync(path)) {
      file = openReaderFile(path, week);
      if (file) open.set(week, file);
    }
    return file;
  }

  return {
    weeks: () =>
      readdirSync(directory)
        .map(weekOfFileName)
        .filter((week) => week !== undefined && !released.has(week))
        .sort((a, b) => a! - b!) as number[],
    read(week, work) {
      if (released.has(week)) return undefined;
      try {
        const file = fileOf(week);
        return file && work(file);
      } catch (error) {
        if (!isDamage(error)) throw error;
        closeOne(week);
        released.add(week);
        onDamaged(week, messageOf(error));
        return undefined;
      }
    },
    release(week) {
      closeOne(week);
      released.add(week);
    },
    reopen: (week) => void released.delete(week),
    close() {
      for (const week of [...open.keys()]) closeOne(week);
    },
  };
}

/** Undefined while the writer is making the file: nothing is in it that the head does not have too. */
function openReaderFile(path: string, week: number): ReaderFile | undefined {
  const db = openSqlite({ path, synchronous: 'normal', readonly: true });
  try {
    if ((db.pragma('user_version', { simple: true }) as number) < WEEK_SCHEMA_VERSION) {
      db.close();
      return undefined;
    }
    const newSeries = seriesReader(db, week);
    const oldRows = oldThrough(db);
    const chunk = db.prepare<[number], Buffer>('SELECT data FROM chunks WHERE id = ?').pluck();
    const all: FiledSeries[] = [];
    const byHost = new Map<string, FiledSeries[]>();
    // Most hosts have the same series: their names are kept once.
    const names = new Map<string, SeriesName>();
    let highest = 0;

    // The writer only adds series, with growing ids: what lies above the highest one seen is new.
    const refresh = () => {
      // Damaged ones are said by the writer, which has read them too.
      for (const { id, host: hostId, key, identity } of newSeries(highest, () => undefined)) {
        highest = id;
        let name = names.get(key);
        if (!name) {
          name = { key, ...parseSeriesKey(key) };
          names.set(key, name);
        }
        const series = { id, hostId, identity, key: name.key, metric: name.metric, labels: name.labels };
        all.push(series);
        const ofHost = byHost.get(hostId);
        if (ofHost) ofHost.push(series);
        else byHost.set(hostId, [series]);
      }
    };

    return {
      week,
      series(hosts) {
        refresh();
        return hosts ? hosts.flatMap((id) => byHost.get(id) ?? []) : all;
      },
      chunk: (row) => chunk.get(row),
      mayBeOld: (row) => row <= oldRows,
      close: () => void db.close(),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}
