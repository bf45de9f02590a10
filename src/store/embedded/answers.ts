// How the reader answers: ranges raw or summed up, and the newest samples, a series at a time.
import { ExpectedError } from '../../domain/errors.ts';
import { createPoints, firstAt, type Points, settle } from '../points.ts';
import { MAX_POINTS_PER_SERIES } from '../store.ts';
import { stepGrid, sumUp } from '../windowing.ts';
import { createChunkCodec } from './codec/chunk.ts';
import { createPacker, type Packer } from './codec/packing.ts';
import type { PackedSeries, PointsQuery } from './messages.ts';
import type { ReaderFiles } from './reader-files.ts';
import { findTargets, metricOf, packedPoints, type Target } from './targets.ts';
import { chunkRow, firstWindow, phaseOf, sealsAt, weekOf, windowOf, windowStart } from './windows.ts';

export type RangeRequest = PointsQuery & { readonly kind: 'range' };
export type LatestRequest = PointsQuery & { readonly kind: 'latest' | 'metrics' };

/** How an answer gets out: `breathe` after each series lets other messages in, and throws when nobody waits any more. */
export type AnswerPorts = {
  readonly files: ReaderFiles;
  onDamagedChunk(target: Target, week: number): void;
  breathe(): Promise<void>;
  emit(packer: Packer, sharedMs?: Float64Array): Promise<void>;
};

const PIECE_POINTS = 20_000;
const PIECE_SERIES = 300;

export function createAnswers(ports: AnswerPorts) {
  const { files, breathe, emit } = ports;
  const codec = createChunkCodec();

  /** Adds the points of one window of a series in a file. False when there are none. */
  function readChunk(
    target: Target,
    at: { readonly week: number; readonly id: number; readonly window: number; readonly phaseMs: number },
    into: Points,
  ): boolean {
    const { week, id, window, phaseMs } = at;
    const data = files.read(week, (file) => file.chunk(chunkRow(id, window, phaseMs)));
    if (!data) return false;
    try {
      codec.decode(data, windowStart(window, phaseMs), into);
      return true;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      ports.onDamagedChunk(target, week);
      return false;
    }
  }

  /** All points of a series in the windows that overlap `[startMs, stopMs)`; files first, since what they have stays. */
  function gather(
    target: Target,
    range: { readonly startMs: number; readonly stopMs: number },
    points: Points,
  ): void {
    const phaseMs = phaseOf(target.hostId);
    const from = windowOf(range.startMs, phaseMs);
    const to = windowOf(range.stopMs - 1, phaseMs);
    for (const { week, id } of target.filed) {
      const last = Math.min(to, firstWindow(week + 1) - 1);
      for (let window = Math.max(from, firstWindow(week)); window <= last; window++) {
        readChunk(target, { week, id, window, phaseMs }, points);
      }
    }
  }

  const isFull = (packer: Packer) => packer.points() >= PIECE_POINTS || packer.series() >= PIECE_SERIES;

  async function range(query: RangeRequest, head: PackedSeries): Promise<void> {
    const { startMs, stopMs, stepMs, aggregate } = query;
    const grid = stepMs === undefined ? undefined : stepGrid(startMs, stopMs, stepMs);
    const sharedMs =
      grid && Float64Array.from({ length: grid.count }, (_, i) => grid.firstMs + i * grid.stepMs);
    const addHead = packedPoints(head);
    const points = createPoints();
    const packer = createPacker();
    for (const target of findTargets(query, head, { files, weeks: files.weeks() })) {
      points.count = 0;
      gather(target, query, points);
      for (const index of target.head) addHead(index, points);
      settle(points);
      const span = { from: firstAt(points, startMs), to: firstAt(points, stopMs) };
      const count = span.to - span.from;
      if (count > 0 && grid) {
        const at = packer.begin(target.hostId, target.key, grid.count);
        sumUp(points, span, { grid, aggregate, out: packer.columns().values, at });
      } else if (count > 0) {
        if (count > MAX_POINTS_PER_SERIES) throw tooManyPoints(target, count);
        const at = packer.begin(target.hostId, target.key, count);
        packer.columns().ms.set(points.ms.subarray(span.from, span.to), at);
        packer.columns().values.set(points.values.subarray(span.from, span.to), at);
      }
      if (isFull(packer)) await emit(packer, sharedMs);
      await breathe();
    }
    if (packer.series() > 0) await emit(packer, sharedMs);
  }

  /** The newest point of a series at or after a time. */
  function newest(
    target: Target,
    head: { readonly ms: number; readonly value: number } | undefined,
    at: { readonly sinceMs: number; readonly nowMs: number; readonly points: Points },
  ): { readonly ms: number; readonly value: number } | undefined {
    const phaseMs = phaseOf(target.hostId);
    // An open window has no chunk yet, and neither has one after it.
    if (head && sealsAt(windowOf(head.ms, phaseMs), phaseMs) > at.nowMs) return head;
    const from = windowOf(head?.ms ?? at.sinceMs, phaseMs);
    const to = windowOf(at.nowMs, phaseMs) + 1;
    const { points } = at;
    for (const { week, id } of target.filed.toReversed()) {
      const first = Math.max(from, firstWindow(week));
      for (let window = Math.min(to, firstWindow(week + 1) - 1); window >= first; window--) {
        points.count = 0;
        if (!readChunk(target, { week, id, window, phaseMs }, points)) continue;
        const ms = points.ms[points.count - 1]!;
        return ms < at.sinceMs || (head && ms < head.ms)
          ? head
          : { ms, value: points.values[points.count - 1]! };
      }
    }
    return head;
  }

  async function eachNewest(
    query: LatestRequest,
    head: PackedSeries,
    on: {
      readonly nowMs: number;
      readonly found: (target: Target, point: { ms: number; value: number }) => Promise<void> | void;
    },
  ): Promise<void> {
    const { sinceMs } = query;
    const points = createPoints();
    const weeks = files.weeks().filter((week) => week >= weekOf(windowOf(sinceMs, 0)) - 1);
    for (const target of findTargets(query, head, { files, weeks })) {
      // The writer gives at most one point a series.
      const index = target.head[0];
      const inHead = index === undefined ? undefined : { ms: head.ms[index]!, value: head.values[index]! };
      const point = newest(target, inHead, { sinceMs, nowMs: on.nowMs, points });
      if (point) await on.found(target, point);
      await breathe();
    }
  }

  async function latest(query: LatestRequest, head: PackedSeries, nowMs: number): Promise<void> {
    const packer = createPacker();
    await eachNewest(query, head, {
      nowMs,
      async found(target, point) {
        const at = packer.begin(target.hostId, target.key, 1);
        packer.columns().ms[at] = point.ms;
        packer.columns().values[at] = point.value;
        if (isFull(packer)) await emit(packer);
      },
    });
    if (packer.series() > 0) await emit(packer);
  }

  async function metrics(query: LatestRequest, head: PackedSeries, nowMs: number): Promise<string[]> {
    const names = new Set<string>();
    await eachNewest(query, head, { nowMs, found: (target) => void names.add(metricOf(target)) });
    return [...names].sort();
  }

  return { range, latest, metrics };
}

const tooManyPoints = (target: Target, count: number): ExpectedError =>
  new ExpectedError(
    'BAD_RANGE',
    `${metricOf(target)} of ${target.hostId} has ${count} points in this range; a raw answer has at most ${MAX_POINTS_PER_SERIES} a series`,
    { hint: 'Give a step, for instance --step 5m, or a shorter range.' },
  );
