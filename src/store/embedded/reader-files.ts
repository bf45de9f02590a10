// The week files that queries read, opened on need: which series each has, and their chunks.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import { parseSeriesKey } from '../../domain/tick.ts';
import { openSqlite } from '../../runtime/sqlite.ts';
import { isDamage } from '../../runtime/sqlite-damage.ts';
import type { SeriesName } from './head.ts';
import { oldThrough, seriesReader, WEEK_SCHEMA_VERSION } from './week-schema.ts';
import { weekFileName, weekOfFileName } from './windows.ts';

export type FiledSeries = SeriesName & {
  readonly id: number;
  readonly hostId: string;
  /** As seriesIdentity says. */
  readonly identity: number;
};

/** A series as it is kept, of which there may be a million: `identity` as a signed number, which takes no memory of its own. */
type Filed = { readonly id: number; readonly key: string; readonly identity: number };

export type ReaderFile = {
  readonly week: number;
  /** Of some hosts all series, or those of some metrics; what the writer added since is noticed. */
  series(hosts: readonly string[], metrics: readonly string[] | undefined): Iterable<FiledSeries>;
  hostIds(): Iterable<string>;
  chunk(row: number): Uint8Array | undefined;
  /** Whether the row may hold a chunk of schema 1, whose checksum is a shorter one. */
  mayBeOld(row: number): boolean;
  begin(): void;
  end(): void;
  /** Changes with every commit of the writer. Known only between begin and end. */
  version(): number | undefined;
  close(): void;
};

export type ReaderFiles = {
  /** Those on disk that can be read, oldest first. */
  weeks(within: { readonly from: number; readonly to: number }): number[];
  /** Of a key, kept: most hosts have the same series. */
  nameOf(key: string): SeriesName;
  /** Undefined when the file is gone, damaged or only being made: the answer then is what the others have. */
  read<T>(week: number, work: (file: ReaderFile) => T): T | undefined;
  /** The week's file, if something of it was read since `together` began. */
  begun(week: number): ReaderFile | undefined;
  /**
   * What is read in `work` is read as of one moment of each file: a transaction each, not one a chunk. Nothing may be
   * awaited in it, since a snapshot of the head that is newer than the files would lack what was merged in between.
   */
  together(work: () => void): void;
  /** Closes it until it is reopened: a query in between would open the file that is about to go. */
  release(week: number): void;
  /** If it is there from now on, it is another file. */
  reopen(week: number): void;
  close(): void;
};

/** So many are looked for by name; for more the directory is listed. */
const FEW_WEEKS = 4;

export function createReaderFiles(
  directory: string,
  onDamaged: (week: number, why: string) => void,
): ReaderFiles {
  const open = new Map<number, ReaderFile>();
  const nameOf = createNames();
  /** Damaged, or about to go. */
  const released = new Set<number>();

  const paths = new Map<number, string>();
  /** Files with a transaction, while some are read together. */
  let begun: Set<ReaderFile> | undefined;

  const closeOne = (week: number) => {
    const file = open.get(week);
    if (file) begun?.delete(file);
    file?.close();
    open.delete(week);
  };

  const pathOf = (week: number) => {
    let path = paths.get(week);
    if (path === undefined) {
      path = join(directory, weekFileName(week));
      paths.set(week, path);
    }
    return path;
  };
  const isThere = (week: number) => existsSync(pathOf(week));

  function fileOf(week: number): ReaderFile | undefined {
    const path = pathOf(week);
    let file = open.get(week);
    if (!file && existsSync(path)) {
      file = openReaderFile(path, week, nameOf);
      if (file) open.set(week, file);
    }
    return file;
  }

  return {
    nameOf,
    weeks({ from, to }) {
      if (to - from < FEW_WEEKS) {
        const few = Array.from({ length: to - from + 1 }, (_, i) => from + i);
        return few.filter((week) => !released.has(week) && (open.has(week) || isThere(week)));
      }
      return readdirSync(directory)
        .map((name) => weekOfFileName(name) ?? Number.NaN)
        .filter((week) => week >= from && week <= to && !released.has(week))
        .sort((a, b) => a - b);
    },
    read(week, work) {
      if (released.has(week)) return undefined;
      try {
        const file = fileOf(week);
        if (!file) return undefined;
        if (begun && !begun.has(file)) {
          file.begin();
          begun.add(file);
        }
        return work(file);
      } catch (error) {
        // Also a directory in its place, or no right to read it: the writer decides, and says so.
        if (!isDamage(error) && !isUnreadable(error)) throw error;
        closeOne(week);
        released.add(week);
        onDamaged(week, messageOf(error));
        return undefined;
      }
    },
    begun(week) {
      const file = open.get(week);
      return file && begun?.has(file) ? file : undefined;
    },
    together(work) {
      begun = new Set();
      try {
        work();
      } finally {
        for (const file of begun) file.end();
        begun = undefined;
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

const isUnreadable = (error: unknown): boolean =>
  error instanceof ExpectedError ||
  ['SQLITE_CANTOPEN', 'SQLITE_IOERR'].some((code) =>
    String((error as { code?: unknown } | null)?.code ?? '').startsWith(code),
  );

/** Undefined while the writer is making the file: nothing is in it that the head does not have too. */
function openReaderFile(path: string, week: number, nameOf: ReaderFiles['nameOf']): ReaderFile | undefined {
  const db = openSqlite({ path, synchronous: 'normal', readonly: true });
  try {
    if ((db.pragma('user_version', { simple: true }) as number) < WEEK_SCHEMA_VERSION) {
      db.close();
      return undefined;
    }
    const newSeries = seriesReader(db, week);
    const oldRows = oldThrough(db);
    const chunk = db.prepare<[number], Buffer>('SELECT data FROM chunks WHERE id = ?').pluck();
    const [begin, commit] = [db.prepare('BEGIN'), db.prepare('COMMIT')];
    const dataVersion = db.prepare<[], number>('PRAGMA data_version').pluck();
    let version: number | undefined;
    const byHost = new Map<string, Map<string, Filed[]>>();
    let highest = 0;

    // The writer only adds series, with growing ids: what lies above the highest one seen is new.
    let seenVersion: number | undefined;
    const refresh = () => {
      // Of what it reads next, or of something older: then it looks once more than needed.
      const now = dataVersion.get();
      if (now === seenVersion) return;
      seenVersion = now;
      // Damaged ones are said by the writer, which has read them too.
      for (const { id, host: hostId, key, identity } of newSeries(highest, () => undefined)) {
        highest = id;
        const { key: kept, metric } = nameOf(key);
        const series = { id, key: kept, identity: identity | 0 };
        let ofHost = byHost.get(hostId);
        if (!ofHost) {
          ofHost = new Map();
          byHost.set(hostId, ofHost);
        }
        const ofMetric = ofHost.get(metric);
        if (ofMetric) ofMetric.push(series);
        else ofHost.set(metric, [series]);
      }
    };

    return {
      week,
      *series(hosts, metrics) {
        refresh();
        for (const hostId of hosts) {
          const ofHost = byHost.get(hostId);
          if (!ofHost) continue;
          for (const metric of metrics ?? ofHost.keys())
            for (const { id, key, identity } of ofHost.get(metric) ?? [])
              yield { ...nameOf(key), id, hostId, identity: identity >>> 0 };
        }
      },
      hostIds() {
        refresh();
        return byHost.keys();
      },
      chunk: (row) => chunk.get(row),
      mayBeOld: (row) => row <= oldRows,
      begin() {
        begin.run();
        version = dataVersion.get();
      },
      end() {
        version = undefined;
        commit.run();
      },
      version: () => version,
      close: () => void db.close(),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Names that nobody asked for since there were so many are parsed again. */
const MAX_NAMES = 100_000;

function createNames(): ReaderFiles['nameOf'] {
  const names = new Map<string, SeriesName>();
  return (key) => {
    let name = names.get(key);
    if (!name) {
      if (names.size >= MAX_NAMES) names.clear();
      name = { key, ...parseSeriesKey(key) };
      names.set(key, name);
    }
    return name;
  };
}
