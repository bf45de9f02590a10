// The queries in Flux. Values get in by the `flux` tag alone, so that none can change a query.
import type { ParameterizedQuery } from '@influxdata/influxdb-client';
import type { Labels } from '../../domain/tick.ts';
import type { Aggregate } from '../store.ts';
import { columnOf, OWN } from './layout.ts';
import type { FluxTag } from './transport.ts';

// What the server can hold; Flux refuses dates beyond, and a range without length.
const MIN_MS = Date.parse('1677-09-22T00:00:00Z');
const MAX_MS = Date.parse('2262-04-11T00:00:00Z');

/** A longer window starts at 1970 and holds everything, as this one does: Flux counts nanoseconds in 64 bits. */
const MAX_STEP_MS = 9_000_000_000_000;

export type Span = { readonly startMs: number; readonly stopMs: number };

/** All that the server can hold. It reads the shards that it has: the bounds cost nothing, and need no clock. */
export const EVER: Span = { startMs: MIN_MS, stopMs: MAX_MS };

/** The part of a span in which there can be points, or undefined. */
export function possible({ startMs, stopMs }: Span): Span | undefined {
  const span = { startMs: Math.max(startMs, MIN_MS), stopMs: Math.min(stopMs, MAX_MS) };
  return span.startMs < span.stopMs ? span : undefined;
}

/** Conditions on a row, and how they are joined. */
function createConditions(flux: FluxTag) {
  const any = (conditions: readonly ParameterizedQuery[]): ParameterizedQuery => {
    if (conditions.length === 1) return conditions[0]!;
    // As a tree: a chain of some hundred would be as deep as it is long.
    const middle = conditions.length >> 1;
    return flux`(${any(conditions.slice(0, middle))} or ${any(conditions.slice(middle))})`;
  };
  const all = (conditions: readonly ParameterizedQuery[]): ParameterizedQuery =>
    conditions.reduce((left, right) => flux`${left} and ${right}`);

  const tagIs = (name: string, value: string) => flux`r[${name}] == ${value}`;
  const measurementIs = (name: string) => flux`r._measurement == ${name}`;
  const metricIs = (metric: string) => {
    const { measurement, field } = columnOf(metric);
    return flux`(r._measurement == ${measurement} and r._field == ${field})`;
  };
  const hostIn = (hosts: readonly string[] | undefined) =>
    hosts ? [any(hosts.map((host) => tagIs('host_id', host)))] : [];

  return { any, all, tagIs, measurementIs, metricIs, hostIn };
}

/** The result of {@link Queries} that says where series ended, beside the one that has their points. */
export const ENDS = 'ends';

export type Queries = ReturnType<typeof createQueries>;

export function createQueries(flux: FluxTag, bucket: string) {
  const { any, all, tagIs, measurementIs, metricIs, hostIn } = createConditions(flux);

  const rows = ({ startMs, stopMs }: Span, conditions: readonly ParameterizedQuery[]) =>
    flux`from(bucket: ${bucket})
  |> range(start: ${new Date(startMs)}, stop: ${new Date(stopMs)})
  |> filter(fn: (r) => ${all(conditions)})`;

  const selectedEnds = (query: Span, conditions: readonly ParameterizedQuery[]) =>
    rows(query, [measurementIs(OWN.ended), ...conditions]);

  const withEnds = (points: ParameterizedQuery, ends: ParameterizedQuery) => flux`${points}
  |> yield(name: "points")
${ends}
  |> yield(name: ${ENDS})`;

  const ofSeries = ({
    hosts,
    labels,
  }: {
    readonly hosts: readonly string[] | undefined;
    readonly labels: Labels;
  }) => [...hostIn(hosts), ...Object.entries(labels).map(([name, value]) => tagIs(name, value))];

  const chosen = (query: {
    readonly hosts: readonly string[] | undefined;
    readonly metric: string;
    readonly labels: Labels;
  }) => [metricIs(query.metric), ...ofSeries(query)];

  const functions: Readonly<Record<Aggregate, ParameterizedQuery>> = {
    mean: flux`mean`,
    min: flux`min`,
    max: flux`max`,
    last: flux`last`,
    count: flux`count`,
    p95: flux`(column, tables=<-) =>
    tables |> quantile(q: 0.95, method: "exact_selector", column: column)`,
  };

  const windowed = (source: ParameterizedQuery, stepMs: number, aggregate: Aggregate) => flux`${source}
  |> aggregateWindow(every: duration(v: ${`${Math.min(stepMs, MAX_STEP_MS)}ms`}), createEmpty: false, timeSrc: "_start", fn: ${functions[aggregate]})`;

  /** The points of the chosen series, at most `limit` of each. */
  const points = (query: Parameters<typeof chosen>[0] & Span, limit: number) =>
    flux`${rows(query, chosen(query))}
  |> limit(n: ${limit})
  |> drop(columns: ["_start", "_stop", "_measurement", "_field"])`;

  return {
    points,

    /** As `points`, and where the series ended. */
    pointsAndEnds: (query: Parameters<typeof chosen>[0] & Span, limit: number) =>
      withEnds(
        points(query, limit),
        flux`${selectedEnds(query, [flux`r._field == ${query.metric}`, ...ofSeries(query)])}
  |> drop(columns: ["_start", "_stop", "_measurement", "_field"])`,
      ),

    /** One row a window that has a point, at the window's start or the range's, whichever is later. */
    windows: (
      query: Parameters<typeof chosen>[0] & Span & { readonly stepMs: number; readonly aggregate: Aggregate },
    ) => flux`${windowed(rows(query, chosen(query)), query.stepMs, query.aggregate)}
  |> drop(columns: ["_start", "_stop", "_measurement", "_field"])`,

    /** The newest point of each series of the metrics (undefined: of all), and where each ended last. */
    latest: (
      query: {
        readonly hosts: readonly string[] | undefined;
        readonly metrics: readonly string[] | undefined;
      } & Span,
    ) =>
      withEnds(
        flux`${rows(query, [
          query.metrics ? any(query.metrics.map(metricIs)) : flux`r._measurement !~ /^minimon_/`,
          ...hostIn(query.hosts),
        ])}
  |> last()
  |> drop(columns: ["_start", "_stop"])`,
        flux`${selectedEnds(query, [
          ...(query.metrics ? [any(query.metrics.map((metric) => flux`r._field == ${metric}`))] : []),
          ...hostIn(query.hosts),
        ])}
  |> last()
  |> drop(columns: ["_start", "_stop"])`,
      ),

    metrics: (span: Span) => flux`${rows(span, [flux`r._measurement !~ /^minimon_/`])}
  |> last()
  |> keep(columns: ["_measurement", "_field"])
  |> limit(n: 1)`,

    /** The last point of each field of each series of own measurements. */
    lastOf: (
      query: {
        readonly measurements: readonly string[];
        readonly hosts: readonly string[] | undefined;
      } & Span,
    ) => flux`${rows(query, [any(query.measurements.map(measurementIs)), ...hostIn(query.hosts)])}
  |> last()
  |> drop(columns: ["_start", "_stop"])`,

    firstSeen: (query: { readonly hosts: readonly string[] | undefined } & Span) =>
      flux`${rows(query, [
        measurementIs(OWN.host),
        flux`(r._field == "received" or r._field == "history")`,
        ...hostIn(query.hosts),
      ])}
  |> first()
  |> keep(columns: ["host_id", "_time", "_value"])`,

    watermarks: (span: Span) => flux`${rows(span, [measurementIs(OWN.watermark)])}
  |> last()
  |> drop(columns: ["_start", "_stop"])`,
  };
}
