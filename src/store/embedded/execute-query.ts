// Runs queries in the reader thread: ranges raw or aggregated, and the newest samples, a series at a time.
import { parseSeriesKey } from '../../domain/tick.ts';
import { createPoints, firstAt, settle, stepGrid, sumUp } from '../points.ts';
import { tooManyPoints } from '../range-check.ts';
import { MAX_POINTS_PER_SERIES } from '../store.ts';
import type { NewestRequest, RangeRequest } from './messages.ts';
import { createPacker, type PackedSeries, type Packer, pointsAdder } from './packed-series.ts';
import type { ReaderFiles } from './reader-files.ts';
import { type SelectedSeries, selectSeries } from './selection.ts';
import { createSeriesPoints, type Point } from './series-points.ts';
import { weekOf, windowOf } from './windows.ts';

export type QueryPorts = {
  readonly files: ReaderFiles;
  /** The chunk of the window that starts then cannot be read. */
  onDamagedChunk(series: SelectedSeries, startMs: number, week: number): void;
  /** Awaited after each series; lets other messages in when the turn is over. Throws when the query was cancelled. */
  yieldWhenDue(): Promise<void>;
  /** Takes what was packed; resolves when the next piece may be made. */
  emit(packer: Packer, sharedMs?: Float64Array): Promise<void>;
};

/** Pieces of an answer: this thread never holds all of a large one, and the main loop unpacks it in short turns. */
const PIECE_POINTS = 20_000;
const PIECE_SERIES = 300;

const isFull = (packer: Packer) => packer.points() >= PIECE_POINTS || packer.series() >= PIECE_SERIES;

export const metricOf = (series: SelectedSeries): string => parseSeriesKey(series.key).metric;

export async function executeRange(
  query: RangeRequest,
  head: PackedSeries,
  { files, onDamagedChunk, yieldWhenDue, emit }: QueryPorts,
): Promise<void> {
  const { startMs, stopMs, stepMs, aggregate } = query;
  const grid = stepMs === undefined ? undefined : stepGrid(startMs, stopMs, stepMs);
  const sharedMs =
    grid && Float64Array.from({ length: grid.count }, (_, i) => grid.firstMs + i * grid.stepMs);
  const filed = createSeriesPoints(files, onDamagedChunk);
  const addFromHead = pointsAdder(head);
  const points = createPoints();
  const packer = createPacker();
  for (const series of selectSeries(query, head, { files, weeks: files.weeks() })) {
    points.count = 0;
    // Files first, since what they have stays.
    filed.add(series, query, points);
    for (const index of series.inHead) addFromHead(index, points);
    settle(points);
    const span = { from: firstAt(points, startMs), to: firstAt(points, stopMs) };
    const count = span.to - span.from;
    if (count > 0 && grid) {
      const at = packer.begin(series.hostId, series.key, grid.count);
      sumUp(points, span, { grid, aggregate, out: packer.columns().values, at });
    } else if (count > 0) {
      if (count > MAX_POINTS_PER_SERIES)
        throw tooManyPoints({ metric: metricOf(series), hostId: series.hostId }, count);
      const at = packer.begin(series.hostId, series.key, count);
      packer.columns().ms.set(points.ms.subarray(span.from, span.to), at);
      packer.columns().values.set(points.values.subarray(span.from, span.to), at);
    }
    if (isFull(packer)) await emit(packer, sharedMs);
    await yieldWhenDue();
  }
  if (packer.series() > 0) await emit(packer, sharedMs);
}

/** Calls `onPoint` with the newest point of each series. */
async function eachNewest(
  query: NewestRequest,
  head: PackedSeries,
  ports: QueryPorts & {
    onPoint(series: SelectedSeries, point: Point): Promise<void> | void;
  },
): Promise<void> {
  const { files, onDamagedChunk, yieldWhenDue, onPoint } = ports;
  const filed = createSeriesPoints(files, onDamagedChunk);
  const weeks = files.weeks().filter((week) => week >= weekOf(windowOf(query.sinceMs, 0)) - 1);
  for (const series of selectSeries(query, head, { files, weeks })) {
    // The writer gives at most one point a series.
    const index = series.inHead[0];
    const inHead = index === undefined ? undefined : { ms: head.ms[index]!, value: head.values[index]! };
    const point = filed.newest(series, inHead, query);
    if (point) await onPoint(series, point);
    await yieldWhenDue();
  }
}

export async function executeLatest(
  query: NewestRequest,
  head: PackedSeries,
  ports: QueryPorts,
): Promise<void> {
  const packer = createPacker();
  await eachNewest(query, head, {
    ...ports,
    async onPoint(series, point) {
      const index = packer.begin(series.hostId, series.key, 1);
      packer.columns().ms[index] = point.ms;
      packer.columns().values[index] = point.value;
      if (isFull(packer)) await ports.emit(packer);
    },
  });
  if (packer.series() > 0) await ports.emit(packer);
}

export async function executeMetrics(
  query: NewestRequest,
  head: PackedSeries,
  ports: QueryPorts,
): Promise<string[]> {
  const names = new Set<string>();
  await eachNewest(query, head, { ...ports, onPoint: (series) => void names.add(metricOf(series)) });
  return [...names].sort();
}
