// The points of one series out of its chunks: all in a range, or the newest.
import { addRun, createPoints, firstAt, type Points } from '../points.ts';
import { createChunkCache } from './chunk-cache.ts';
import { createChunkCodec } from './codec/chunk.ts';
import type { ReaderFiles } from './reader-files.ts';
import type { SelectedSeries } from './selection.ts';
import { chunkRow, firstWindow, phaseOf, sealsAt, WINDOW_MS, windowOf, windowStart } from './windows.ts';

export type Point = { readonly ms: number; readonly value: number };

type WindowAt = SelectedSeries['filed'][number] & { readonly window: number; readonly phaseMs: number };

export type SeriesPoints = {
  /** Adds the points in `[startMs, stopMs)`, and of some chunks others too. */
  add(
    series: SelectedSeries,
    range: { readonly startMs: number; readonly stopMs: number },
    into: Points,
  ): void;
  /** How many points those chunks have. */
  count(series: SelectedSeries, range: { readonly startMs: number; readonly stopMs: number }): number;
  /** The newest point at or after a time; `inHead` is the newest that is not in files. */
  newest(
    series: SelectedSeries,
    inHead: Point | undefined,
    times: {
      readonly sinceMs: number;
      readonly nowMs: number;
      /** Windows that are still open may have chunks. */
      readonly earlyMerges: boolean;
    },
  ): Point | undefined;
};

/** What longer ranges read is too much to be worth its memory. */
export const KEPT_RANGE_MS = 4 * WINDOW_MS;

export function createSeriesPoints(
  files: ReaderFiles,
  onDamagedChunk: (series: SelectedSeries, startMs: number, week: number) => void,
): SeriesPoints {
  const codec = createChunkCodec();
  const chunk = createPoints();
  const cache = createChunkCache();

  /** Adds the points of one window of a series in a file. False when there are none. */
  function readChunk(series: SelectedSeries, at: WindowAt, into: Points, isKept = false): boolean {
    const { week, id, identity, window, phaseMs } = at;
    const row = chunkRow(id, window, phaseMs);
    const place = { series: identity, startMs: windowStart(window, phaseMs) };
    try {
      const found = files.read(week, (file) => {
        const data = file.chunk(row);
        const before = into.count;
        if (data) codec.decode(data, place, into, file.mayBeOld(row));
        if (isKept) cache.keep(file, row, into, before);
        return data !== undefined;
      });
      return found ?? false;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      onDamagedChunk(series, place.startMs, week);
      return false;
    }
  }

  /** Of one window, as it was kept; only while files are read together. */
  function keptChunk(week: number, row: number) {
    const file = files.begun(week);
    return file && cache.find(file, row);
  }

  /** Calls `visit` with each window of the series in a file that overlaps the range. */
  function eachWindow(
    series: SelectedSeries,
    { startMs, stopMs }: { readonly startMs: number; readonly stopMs: number },
    visit: (at: WindowAt) => void,
  ): void {
    const phaseMs = phaseOf(series.hostId);
    const from = windowOf(startMs, phaseMs);
    const to = windowOf(stopMs - 1, phaseMs);
    for (const { week, id, identity } of series.filed) {
      const last = Math.min(to, firstWindow(week + 1) - 1);
      for (let window = Math.max(from, firstWindow(week)); window <= last; window++) {
        visit({ week, id, identity, window, phaseMs });
      }
    }
  }

  return {
    add(series, range, into) {
      const isKept = range.stopMs - range.startMs <= KEPT_RANGE_MS;
      eachWindow(series, range, (at) => {
        const kept = isKept ? keptChunk(at.week, chunkRow(at.id, at.window, at.phaseMs)) : undefined;
        if (kept) addRun(into, kept, firstAt(kept, range.startMs), firstAt(kept, range.stopMs));
        else readChunk(series, at, into, isKept);
      });
    },

    count(series, range) {
      let count = 0;
      eachWindow(series, range, ({ week, id, identity, window, phaseMs }) => {
        const row = chunkRow(id, window, phaseMs);
        const place = { series: identity, startMs: windowStart(window, phaseMs) };
        files.read(week, (file) => {
          const data = file.chunk(row);
          if (data) count += codec.count(data, place, file.mayBeOld(row));
        });
      });
      return count;
    },

    newest(series, inHead, { sinceMs, nowMs, earlyMerges }) {
      const phaseMs = phaseOf(series.hostId);
      // An open window has no chunk yet, and neither has one after it.
      if (inHead && !earlyMerges && sealsAt(windowOf(inHead.ms, phaseMs), phaseMs) > nowMs) return inHead;
      const from = windowOf(inHead?.ms ?? sinceMs, phaseMs);
      // One window more: an agent's clock may be ahead.
      const to = windowOf(nowMs, phaseMs) + 1;
      for (const filed of series.filed.toReversed()) {
        const { week } = filed;
        const first = Math.max(from, firstWindow(week));
        for (let window = Math.min(to, firstWindow(week + 1) - 1); window >= first; window--) {
          chunk.count = 0;
          if (!readChunk(series, { ...filed, window, phaseMs }, chunk)) continue;
          const last = chunk.count - 1;
          const ms = chunk.ms[last]!;
          return ms < sinceMs || (inHead && ms < inHead.ms) ? inHead : { ms, value: chunk.values[last]! };
        }
      }
      return inHead;
    },
  };
}
