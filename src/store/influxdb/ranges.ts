// Answers of InfluxDB as series: raw points, windows and newest samples, in the order and form of the contract.
import { compareBytes } from '../../domain/names.ts';
import { type Labels, seriesKey } from '../../domain/tick.ts';
import { isEndMark } from '../../wire/end-marks.ts';
import { type StepGrid, stepGrid, sumUp } from '../points.ts';
import { checkRange, tooManyInAll, tooManyPoints } from '../range-check.ts';
import {
  type Aggregate,
  type LatestQuery,
  type LatestSample,
  MAX_POINTS_PER_SERIES,
  type RangeQuery,
  type Series,
} from '../store.ts';
import type { InfluxConnection } from './connection.ts';
import { EVER, possible, type Queries, type Span } from './flux.ts';
import { isLabelName } from './layout.ts';
import { pointReader, type SeriesName } from './rows.ts';

/** More hosts are split into several queries: the server takes longer over a long list than over all hosts. */
const HOSTS_A_QUERY = 500;

export type QueryParts = { readonly connection: InfluxConnection; readonly queries: Queries };

type Columns = { readonly name: SeriesName; readonly ms: number[]; readonly values: number[] };

export function createRanges(parts: QueryParts) {
  const { queries } = parts;

  async function range(query: RangeQuery): Promise<readonly Series[]> {
    checkRange(query);
    const { metric, labels = {}, signal } = query;
    signal?.throwIfAborted();
    const span = possible(query);
    const wanted = Object.entries(labels).filter(([, value]) => value !== '');
    if (!span || wanted.some(([name]) => !isLabelName(name)) || query.hosts?.length === 0) return [];
    // An empty label is an absent one: which series lack it is seen here.
    const absent = Object.keys(labels).filter((name) => labels[name] === '');
    const isChosen = ({ name }: Columns) => absent.every((label) => !Object.hasOwn(name.labels, label));
    const selected = { metric, labels: Object.fromEntries(wanted) as Labels, ...span };
    return query.stepMs === undefined
      ? rawPoints(query, { selected, isChosen })
      : windows({ ...query, stepMs: query.stepMs }, { selected, isChosen });
  }

  async function rawPoints(query: RangeQuery, { selected, isChosen }: Selection): Promise<Series[]> {
    const { metric, signal } = query;
    const count = pointCounter(query.maxPoints);
    const columns = await readColumns(parts, {
      hosts: query.hosts,
      // One more than allowed shows that there are too many, without reading them all.
      fluxFor: (hosts) =>
        queries[query.ends ? 'pointsAndEnds' : 'points']({ ...selected, hosts }, MAX_POINTS_PER_SERIES + 1),
      metric,
      signal,
      onPoint(column) {
        if (isChosen(column)) count(1);
        if (column.ms.length > MAX_POINTS_PER_SERIES && isChosen(column))
          throw tooManyPoints(column.name, `over ${MAX_POINTS_PER_SERIES}`);
      },
    });
    return columns.filter(isChosen).map(({ name, ms, values }) => ({ ...name, metric, timesMs: ms, values }));
  }

  async function windows(
    query: RangeQuery & { readonly stepMs: number },
    { selected, isChosen }: Selection,
  ): Promise<Series[]> {
    const { metric, stepMs, aggregate = 'mean', signal } = query;
    const grid = stepGrid(query.startMs, query.stopMs, stepMs);
    const timesMs = Array.from({ length: grid.count }, (_, i) => grid.firstMs + i * stepMs);
    const count = pointCounter(query.maxPoints);
    const columns = await readColumns(parts, {
      hosts: query.hosts,
      fluxFor: (hosts) => queries.windows({ ...selected, hosts, stepMs, aggregate }),
      metric,
      signal,
      // Each series comes with all windows, whether they are empty or not.
      onPoint(column) {
        if (column.ms.length === 1 && isChosen(column)) count(grid.count);
      },
    });
    const answer: Series[] = [];
    for (const column of columns.filter(isChosen)) {
      // Seldom: then the raw points are read and aggregated here.
      const allFinite = column.values.every(Number.isFinite);
      const values = allFinite
        ? onGrid(column, grid)
        : await sumUpLocally(parts, column.name, { span: selected, grid, aggregate, signal });
      answer.push({ ...column.name, metric, timesMs, values });
    }
    return answer;
  }

  async function latest(query: LatestQuery): Promise<readonly LatestSample[]> {
    const span = possible({ startMs: query.sinceMs, stopMs: EVER.stopMs });
    if (!span || query.hosts?.length === 0 || query.metrics?.length === 0) return [];
    const metrics = query.metrics && [...new Set(query.metrics)];
    const count = pointCounter(query.maxPoints);
    const columns = await readColumns(parts, {
      hosts: query.hosts,
      fluxFor: (hosts) => queries.latest({ hosts, metrics, ...span }),
      signal: query.signal,
      onPoint(column) {
        if (column.ms.length === 1) count(1);
      },
    });
    const newest = columns.map(({ name, ms, values }) => ({
      ...{ ...name, timeMs: ms.at(-1)!, value: values.at(-1)! },
    }));
    return query.ended ? newest : newest.filter(({ value }) => !isEndMark(value));
  }

  return { range, latest };
}

/** The server's mean of huge values overflows: this one's does not. */
async function sumUpLocally(
  { connection, queries }: QueryParts,
  { hostId, metric, labels }: SeriesName,
  to: { span: Span; grid: StepGrid; aggregate: Aggregate; signal: AbortSignal | undefined },
): Promise<(number | null)[]> {
  const { span, grid, aggregate, signal } = to;
  const { startMs, stopMs } = span;
  const columns = await readColumns(
    { connection },
    {
      hosts: [hostId],
      fluxFor: (hosts) => queries.points({ hosts, metric, labels, startMs, stopMs }, Number.MAX_SAFE_INTEGER),
      metric,
      signal,
    },
  );
  const own = columns.find(({ name }) => compareSeries(name, { hostId, metric, labels }) === 0);
  const points = {
    ms: Float64Array.from(own?.ms ?? []),
    values: Float64Array.from(own?.values ?? []),
    count: own?.ms.length ?? 0,
  };
  const out = new Float64Array(grid.count);
  sumUp(points, { from: 0, to: points.count }, { grid, aggregate, out, at: 0 });
  return Array.from(out, (value) => (Number.isNaN(value) ? null : value));
}

/** Throws once the answer has more points than it may: the server's answer is then read no further. */
function pointCounter(maxPoints = Number.POSITIVE_INFINITY): (more: number) => void {
  let points = 0;
  return (more) => {
    points += more;
    if (points > maxPoints) throw tooManyInAll(maxPoints);
  };
}

type Selection = {
  readonly selected: Span & { readonly metric: string; readonly labels: Labels };
  readonly isChosen: (column: Columns) => boolean;
};

/** The points of every series, sorted by series; the hosts are queried a chunk at a time. */
async function readColumns(
  { connection }: Pick<QueryParts, 'connection'>,
  query: {
    readonly hosts: readonly string[] | undefined;
    readonly fluxFor: (hosts: readonly string[] | undefined) => ReturnType<Queries['points']>;
    readonly metric?: string;
    readonly signal?: AbortSignal | undefined;
    readonly onPoint?: (column: Columns) => void;
  },
): Promise<Columns[]> {
  const found = new Map<string, Columns>();
  for (const chunk of chunksOf(query.hosts)) {
    let current: Columns | undefined;
    const take = pointReader(({ series, ms, value }) => {
      if (current?.name !== series) {
        const id = `${series.hostId}\u0002${seriesKey(series.metric, series.labels)}`;
        current = found.get(id) ?? { name: series, ms: [], values: [] };
        found.set(id, { ...current, name: series });
        current = found.get(id)!;
      }
      current.ms.push(ms);
      current.values.push(value);
      query.onPoint?.(current);
    }, query.metric);
    await connection.query({ flux: query.fluxFor(chunk), onLine: take, signal: query.signal });
  }
  return [...found.values()].map(byTime).sort((a, b) => compareSeries(a.name, b.name));
}

/** Where series ended comes behind their points. */
function byTime(columns: Columns): Columns {
  const { name, ms, values } = columns;
  if (!values.some(isEndMark)) return columns;
  const order = ms.map((_, i) => i).sort((a, b) => ms[a]! - ms[b]!);
  return { name, ms: order.map((i) => ms[i]!), values: order.map((i) => values[i]!) };
}

/** Each host once; undefined means all of them in one query. */
export function chunksOf(hosts: readonly string[] | undefined): (readonly string[] | undefined)[] {
  if (!hosts) return [undefined];
  const unique = [...new Set(hosts)];
  const chunks: string[][] = [];
  for (let at = 0; at < unique.length; at += HOSTS_A_QUERY) {
    chunks.push(unique.slice(at, at + HOSTS_A_QUERY));
  }
  return chunks;
}

const compareSeries = (a: SeriesName, b: SeriesName): number =>
  compareBytes(a.hostId, b.hostId) ||
  compareBytes(seriesKey(a.metric, a.labels), seriesKey(b.metric, b.labels));

function onGrid({ ms, values }: Columns, grid: StepGrid): (number | null)[] {
  const out: (number | null)[] = new Array(grid.count).fill(null);
  for (let i = 0; i < ms.length; i++) out[Math.floor((ms[i]! - grid.firstMs) / grid.stepMs)] = values[i]!;
  return out;
}
