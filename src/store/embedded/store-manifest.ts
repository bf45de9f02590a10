// The manifest of the store's directory: the weeks and their chunk counts, so that missing data is detected.
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { type ManifestEntry, openManifest } from '../../runtime/manifest.ts';
import type { WeekFiles } from './week-files.ts';
import { weekEndMs, weekFileName, weekOfFileName } from './windows.ts';

const NAME = 'manifest.json';
/** Those that are not weeks. */
const FILES = ['hosts.sqlite', 'done.sqlite'];
/** While history comes in, its weeks grow with every second. */
const WRITE_EVERY_MS = 10_000;

export type StoreManifest = {
  /** Named and not there when it was opened. */
  isMissing(name: string): boolean;
  /** Chunks that are gone and that nothing else has named. Call it once, when the weeks were read. */
  compare(files: WeekFiles): void;
  /** Writes down what there is, when that is due. */
  update(files: WeekFiles, monotonicMs: number): void;
  /** Writes it down now. */
  flush(files: WeekFiles): void;
  stats(): { readonly weeks_missing: number; readonly chunks_missing: number };
  /** What is missing, for /readyz; undefined when nothing is. */
  note(): string | undefined;
};

/** Says which files are missing. Open it before anything creates them again. */
export function openStoreManifest(options: {
  readonly directory: string;
  /** Weeks that are older than the newest by this much may have been removed. */
  readonly retentionMs: number;
  readonly nowMs: number;
  readonly error: (text: string) => void;
  readonly warn: (text: string) => void;
}): StoreManifest {
  const { directory, retentionMs, nowMs, error, warn } = options;
  const isThere = (name: string) => lstatSync(join(directory, name), { throwIfNoEntry: false }) !== undefined;
  const wasUsed = FILES.some(isThere);
  const manifest = openManifest(join(directory, NAME), error);
  const found = manifest.found ?? new Map<string, ManifestEntry>();
  if (!manifest.found && wasUsed) {
    warn(
      `${join(directory, NAME)} is not there; it is made from the files that are: one that is gone is not missed this time`,
    );
  }
  // By the newest data, as weeks are removed; a clock alone is not believed.
  const ends = [...found.keys()].map((name) => weekEndMs(weekOfFileName(name) ?? Number.NaN));
  const oldestMs = Math.max(0, ...ends.filter(Number.isFinite)) - retentionMs;
  const missing = new Set([...found.keys()].filter((name) => !isThere(name)));
  const weeks = new Map<number, number>();
  for (const name of missing) {
    const week = weekOfFileName(name);
    const rows = found.get(name)!.rows ?? 0;
    if (week === undefined) error(`${join(directory, name)} is missing, and was there; what it held is lost`);
    else if (weekEndMs(week) > oldestMs) {
      weeks.set(week, rows);
      error(
        `${join(directory, name)} is missing: ${rows} chunks are lost. Put it back from a copy while minimon is stopped; else the rest goes on without it`,
      );
    }
  }
  let unnamed = 0;
  let dueMs = 0;
  let isCompared = false;

  function entries(files: WeekFiles): Map<string, ManifestEntry> {
    const names = new Map<string, number | undefined>(FILES.map((name) => [name, undefined]));
    // Said again at each start until they are as old as weeks get.
    for (const [week, rows] of weeks) names.set(weekFileName(week), rows);
    for (const [week, rows] of files.rows()) names.set(weekFileName(week), rows);
    for (const week of files.unreadable()) names.set(weekFileName(week), found.get(weekFileName(week))?.rows);
    return new Map(
      [...names].map(([name, rows]) => [
        name,
        { createdMs: found.get(name)?.createdMs ?? nowMs, ...(rows !== undefined && { rows }) },
      ]),
    );
  }
  const named = new Set<number>();
  const flush = (files: WeekFiles) => {
    if (!isCompared) return;
    manifest.write(entries(files));
    for (const week of files.rows().keys()) named.add(week);
  };

  return {
    isMissing: (name) => missing.has(name),
    compare(files) {
      isCompared = true;
      for (const [week, rows] of files.rows()) {
        const name = weekFileName(week);
        const lost = (found.get(name)?.rows ?? 0) - rows - files.lostIn(week);
        if (lost <= 0 || weeks.has(week)) continue;
        unnamed += lost;
        error(
          `${join(directory, name)} had ${found.get(name)!.rows} chunks and has ${rows}: ${lost} are lost that nothing names`,
        );
      }
      flush(files);
    },
    update(files, monotonicMs) {
      // A new week at once: until it is named, nothing would miss it.
      if (monotonicMs < dueMs && [...files.rows().keys()].every((week) => named.has(week))) return;
      dueMs = monotonicMs + WRITE_EVERY_MS;
      flush(files);
    },
    flush,
    stats: () => ({
      weeks_missing: weeks.size,
      chunks_missing: [...weeks.values()].reduce((sum, rows) => sum + rows, unnamed),
    }),
    note: () =>
      weeks.size > 0 ? `missing: ${[...weeks.keys()].map(weekFileName).join(', ')} (see the log)` : undefined,
  };
}
