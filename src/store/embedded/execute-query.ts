// Runs queries in the reader thread, some hosts at a time: ranges raw or aggregated, and the newest samples.
import { compareBytes } from '../../domain/names.ts';
import { isEndMark } from '../../wire/end-marks.ts';
import type { SeriesElement } from '../../wire/series-element.ts';
import { createPoints, firstAt, type Points, type StepGrid, settle, stepGrid, sumUp } from '../points.ts';
import { tooManyInAll, tooManyPoints } from '../range-check.ts';
import { MAX_POINTS_PER_SERIES } from '../store.ts';
import type { NewestRequest, PointsRequest, RangeRequest } from './messages.ts';
import { type PackedSeries, pointsAdder } from './packed-series.ts';
import type { ReaderFiles } from './reader-files.ts';
import { type SelectedSeries, selectSeries, weeksOf } from './selection.ts';
import type { SeriesPoints } from './series-points.ts';

/** What an answer comes to: its points (some raw ones twice), and the hosts and metrics of its series. */
export type Counted = {
  readonly points: number;
  readonly hosts: ReadonlySet<string>;
  readonly metrics: ReadonlySet<string>;
};

/** Where an answer goes: objects or bytes, in pieces. */
export type Output = {
  /** Before the second piece of an answer; resolves when it may go on. */
  open(found: Counted): Promise<void>;
  add(element: SeriesElement): void;
  isFull(): boolean;
  /** Sends what was added; resolves when the next piece may be made. */
  flush(): Promise<void>;
};

export type QueryPorts = {
  readonly files: ReaderFiles;
  /**
   * The part that is not in files yet. Taken before the files are read: what is merged meanwhile is then in both, and
   * missing in neither. With `counts` alone it has no points.
   */
  snapshot(request: PointsRequest, only?: 'counts'): Promise<PackedSeries>;
  /** Hosts with anything that is not in files yet. */
  headHosts(): Promise<readonly string[]>;
  readonly filed: SeriesPoints;
  /** For the points of a series, between two awaits. */
  readonly scratch: Points;
  /** Whether the turn is over. */
  isDue(): boolean;
  /** Awaited after some series; lets other messages in when the turn is over. Throws when the query was cancelled. */
  yieldWhenDue(): Promise<void>;
};

/** So few that their part of the head is copied and crosses threads within milliseconds. */
const HOSTS_A_PORTION = 500;

type Portion = {
  readonly head: PackedSeries;
  readonly addFromHead: ReturnType<typeof pointsAdder>;
  readonly selected: readonly SelectedSeries[];
};

async function portionsOf(request: PointsRequest, ports: QueryPorts): Promise<string[][]> {
  const { files } = ports;
  const ids = new Set(request.hosts ?? (await ports.headHosts()));
  if (!request.hosts) {
    for (const week of files.weeks(weeksOf(request)))
      files.read(week, (file) => {
        for (const id of file.hostIds()) ids.add(id);
      });
  }
  const sorted = [...ids].sort(compareBytes);
  const portions: string[][] = [];
  for (let at = 0; at < sorted.length; at += HOSTS_A_PORTION)
    portions.push(sorted.slice(at, at + HOSTS_A_PORTION));
  return portions;
}

async function portionOf(
  request: PointsRequest,
  hosts: readonly string[],
  { ports, only }: { readonly ports: QueryPorts; readonly only?: 'counts' },
): Promise<Portion> {
  const own = { ...request, hosts };
  const head = await ports.snapshot(own, only);
  return { head, addFromHead: pointsAdder(head), selected: selectSeries(own, head, ports.files) };
}

const nothingFound = () => ({ points: 0, hosts: new Set<string>(), metrics: new Set<string>() });

function addNames(found: ReturnType<typeof nothingFound>, { selected }: Portion): void {
  for (const { hostId, metric } of selected) {
    found.hosts.add(hostId);
    found.metrics.add(metric);
  }
}

/** What an answer comes to, from names and counts alone: no chunk is decoded for it. */
async function countAll(
  request: PointsRequest,
  portions: readonly (readonly string[])[],
  parts: {
    readonly ports: QueryPorts;
    readonly first: Portion;
    readonly pointsOf: (portion: Portion) => Promise<number>;
  },
): Promise<Counted> {
  const { ports, first, pointsOf } = parts;
  const found = nothingFound();
  for (const [i, hosts] of portions.entries()) {
    const portion = i === 0 ? first : await portionOf(request, hosts, { ports, only: 'counts' });
    addNames(found, portion);
    found.points += await pointsOf(portion);
    if (request.maxPoints !== undefined && found.points > request.maxPoints)
      throw tooManyInAll(request.maxPoints);
    await ports.yieldWhenDue();
  }
  return found;
}

const EMPTY: Portion = {
  head: { hostIds: [], keys: [], counts: [], ms: new Float64Array(0), values: new Float64Array(0) },
  addFromHead: () => {},
  selected: [],
};

/**
 * Reads portion after portion. What was found is told before the second piece, for which it is counted, or returned where
 * there was but one.
 */
async function execute(
  request: PointsRequest,
  { ports, output }: { readonly ports: QueryPorts; readonly output: Output },
  how: {
    /** Points of a portion, from counts. */
    readonly pointsOf: (portion: Portion) => Promise<number>;
    /** Where that costs nothing an answer is counted before any of it is read. */
    readonly isCheap: boolean;
    /** Returns how many points it added. */
    readonly read: (series: SelectedSeries, portion: Portion) => number;
  },
): Promise<Counted | undefined> {
  const portions = await portionsOf(request, ports);
  const first = portions.length === 0 ? EMPTY : await portionOf(request, portions[0]!, { ports });
  const counting = () => countAll(request, portions, { ports, first, pointsOf: how.pointsOf });
  let found = how.isCheap ? await counting() : undefined;
  const seen = nothingFound();
  let isOpen = false;
  const flushWhenFull = async () => {
    if (output.isFull()) {
      found ??= await counting();
      if (!isOpen) await output.open(found);
      isOpen = true;
      await output.flush();
    }
    await ports.yieldWhenDue();
  };
  for (const [i, hosts] of portions.entries()) {
    const portion = i === 0 ? first : await portionOf(request, hosts, { ports });
    const { selected } = portion;
    addNames(seen, portion);
    for (let at = 0; at < selected.length; ) {
      ports.files.together(() => {
        do seen.points += how.read(selected[at++]!, portion);
        while (at < selected.length && !output.isFull() && !ports.isDue());
      });
      await flushWhenFull();
    }
  }
  if (isOpen) return undefined;
  if (request.maxPoints !== undefined && seen.points > request.maxPoints)
    throw tooManyInAll(request.maxPoints);
  return found ?? seen;
}

export function executeRange(
  request: RangeRequest,
  to: { readonly ports: QueryPorts; readonly output: Output },
): Promise<Counted | undefined> {
  const { startMs, stopMs, stepMs } = request;
  const grid = stepMs === undefined ? undefined : stepGrid(startMs, stopMs, stepMs);
  const { ports, output } = to;
  const { filed, scratch: points } = ports;
  const windows = grid && windowsOf(grid);
  return execute(request, to, {
    isCheap: grid !== undefined,
    pointsOf: async (portion) =>
      grid ? portion.selected.length * grid.count : countRaw(request, portion, ports),
    read(series, { addFromHead }) {
      points.count = 0;
      // Files first, since what they have stays.
      filed.add(series, request, points);
      for (const index of series.inHead) addFromHead(index, points);
      settle(points);
      if (!request.ends) dropEnds(points);
      const span = { from: firstAt(points, startMs), to: firstAt(points, stopMs) };
      const count = span.to - span.from;
      if (count === 0) return 0;
      if (grid && windows) {
        sumUp(points, span, { grid, aggregate: request.aggregate, out: windows.values, at: 0 });
        output.add(elementOf(series, windows, 0, grid.count));
        return grid.count;
      }
      if (count > MAX_POINTS_PER_SERIES) throw tooManyPoints(series, count);
      output.add(elementOf(series, points, span.from, span.to));
      return count;
    },
  });
}

/** Few series have any. */
function dropEnds(points: Points): void {
  const { ms, values, count } = points;
  let to = 0;
  while (to < count && !isEndMark(values[to]!)) to++;
  for (let from = to + 1; from < count; from++) {
    if (isEndMark(values[from]!)) continue;
    ms[to] = ms[from]!;
    values[to++] = values[from]!;
  }
  points.count = to;
}

const elementOf = (
  { hostId, key, metric, labels }: SelectedSeries,
  { ms, values }: Pick<SeriesElement, 'ms' | 'values'>,
  from: number,
  to: number,
): SeriesElement => ({ hostId, key, metric, labels, ms, values, from, to });

const windowsOf = (grid: StepGrid) => ({
  ms: Float64Array.from({ length: grid.count }, (_, i) => grid.firstMs + i * grid.stepMs),
  values: new Float64Array(grid.count),
});

/** Each chunk says how many points it has; some are outside of the range, or come twice. BAD_RANGE for a series with too many. */
async function countRaw(
  request: RangeRequest,
  { head, selected }: Portion,
  ports: QueryPorts,
): Promise<number> {
  let points = 0;
  for (const series of selected) {
    let own = 0;
    ports.files.together(() => {
      own = ports.filed.count(series, request);
    });
    for (const index of series.inHead) own += head.counts[index]!;
    if (own > MAX_POINTS_PER_SERIES) own = await countExactly(request, series, ports);
    if (own > MAX_POINTS_PER_SERIES) throw tooManyPoints(series, own);
    points += own;
    await ports.yieldWhenDue();
  }
  return points;
}

async function countExactly(
  request: RangeRequest,
  { hostId, key }: SelectedSeries,
  ports: QueryPorts,
): Promise<number> {
  const { addFromHead, selected } = await portionOf(request, [hostId], { ports });
  const series = selected.find((one) => one.key === key);
  const points = createPoints();
  if (series) ports.filed.add(series, request, points);
  for (const index of series?.inHead ?? []) addFromHead(index, points);
  settle(points);
  return firstAt(points, request.stopMs) - firstAt(points, request.startMs);
}

/** Calls `onPoint` with the newest point of each series. */
async function eachNewest(
  request: NewestRequest,
  to: { readonly ports: QueryPorts; readonly output: Output },
  onPoint: (series: SelectedSeries, point: Points) => void,
  isWanted: (series: SelectedSeries) => boolean = () => true,
): Promise<Counted | undefined> {
  const points = createPoints(1);
  return execute(request, to, {
    isCheap: true,
    pointsOf: async ({ selected }) => selected.length,
    read(series, { head }) {
      if (!isWanted(series)) return 0;
      // The writer gives at most one point a series.
      const index = series.inHead[0];
      const inHead = index === undefined ? undefined : { ms: head.ms[index]!, value: head.values[index]! };
      const point = to.ports.filed.newest(series, inHead, {
        ...request,
        earlyMerges: head.earlyMerges ?? false,
      });
      if (!point || (isEndMark(point.value) && !request.ended)) return 0;
      points.ms[0] = point.ms;
      points.values[0] = point.value;
      onPoint(series, points);
      return 1;
    },
  });
}

export const executeLatest = (
  request: NewestRequest,
  to: { readonly ports: QueryPorts; readonly output: Output },
): Promise<Counted | undefined> =>
  eachNewest(request, to, (series, point) => to.output.add(elementOf(series, point, 0, 1)));

export async function executeMetrics(request: NewestRequest, ports: QueryPorts): Promise<string[]> {
  const names = new Set<string>();
  const output: Output = {
    open: async () => {},
    add: () => {},
    isFull: () => false,
    flush: async () => {},
  };
  await eachNewest(
    request,
    { ports, output },
    ({ metric }) => void names.add(metric),
    // One host that has a sample of it is enough.
    ({ metric }) => !names.has(metric),
  );
  return [...names].sort();
}
