// How the reader answers: ranges raw or summed up, and the newest samples, a series at a time.
import { ExpectedError } from '../../domain/errors.ts';
import { parseSeriesKey } from '../../domain/tick.ts';
import { createPoints, firstAt, settle, stepGrid, sumUp } from '../points.ts';
import { MAX_POINTS_PER_SERIES } from '../store.ts';
import type { NewestRequest, RangeRequest } from './messages.ts';
import { createPacker, type PackedSeries, type Packer, pointsAdder } from './packed-series.ts';
import type { ReaderFiles } from './reader-files.ts';
import { type SelectedSeries, selectSeries } from './selection.ts';
import { createSeriesPoints, type Point } from './series-points.ts';
import { weekOf, windowOf } from './windows.ts';

export type AnswerPorts = {
  readonly files: ReaderFiles;
  onDamagedChunk(series: SelectedSeries, week: number): void;
  /** Awaited after each series; lets other messages in when the turn is over. Throws when the query was cancelled. */
  yieldWhenDue(): Promise<void>;
  /** Takes what was packed; resolves when the next piece may be made. */
  emit(packer: Packer, sharedMs?: Float64Array): Promise<void>;
};

const PIECE_POINTS = 20_000;
const PIECE_SERIES = 300;

const isFull = (packer: Packer) => packer.points() >= PIECE_POINTS || packer.series() >= PIECE_SERIES;

export const metricOf = (series: SelectedSeries): string => parseSeriesKey(series.key).metric;

export async function answerRange(
  query: RangeRequest,
  head: PackedSeries,
  { files, onDamagedChunk, yieldWhenDue, emit }: AnswerPorts,
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
      if (count > MAX_POINTS_PER_SERIES) throw tooManyPoints(series, count);
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
  ports: AnswerPorts & {
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

export async function answerLatest(
  query: NewestRequest,
  head: PackedSeries,
  ports: AnswerPorts,
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

export async function answerMetrics(
  query: NewestRequest,
  head: PackedSeries,
  ports: AnswerPorts,
): Promise<string[]> {
  const names = new Set<string>();
  await eachNewest(query, head, { ...ports, onPoint: (series) => void names.add(metricOf(series)) });
  return [...names].sort();
}

const tooManyPoints = (series: SelectedSeries, count: number): ExpectedError =>
  new ExpectedError(
    'BAD_RANGE',
    `${metricOf(series)} of ${series.hostId} has ${count} points in this range; a raw answer has at most ${MAX_POINTS_PER_SERIES} a series`,
    { hint: 'Give a step, for instance --step 5m, or a shorter range.' },
  );
