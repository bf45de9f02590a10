// The service behind Prometheus' HTTP API: PromQL queries, and metadata of series, labels and metrics.
import type { QueryTree } from '../../domain/promql/query-tree.ts';
import type { MetricMetadata } from '../../domain/promql/series-names.ts';
import type { LabelMatcher } from '../../domain/promql/syntax.ts';
import type { Grid, SeriesLabels, Value } from '../../domain/promql/values.ts';
import type { TextSample } from '../../wire/openmetrics.ts';

export type Remarks = {
  /** What the answer lacks. */
  readonly warnings: readonly string[];
  /** What the query may have got wrong. */
  readonly infos: readonly string[];
};

/** How long before a time the newest sample still counts; how long a query may take. */
export const PROMQL_DEFAULTS = { lookbackMs: 5 * 60_000, timeoutMs: 120_000 } as const;

export type PromqlQuery = Grid & {
  readonly expression: string;
  /** Default {@link PROMQL_DEFAULTS}. */
  readonly lookbackMs?: number | undefined;
  /** Default {@link PROMQL_DEFAULTS}, which is also the most. */
  readonly timeoutMs?: number | undefined;
};

export type PromqlAnswer = Remarks & { readonly value: Value; readonly grid: Grid };

/** The elements of a matrix in Prometheus' JSON. */
export type PromqlMatrix = Remarks & { readonly elements: Uint8Array };

export type SeriesQuery = {
  /** One of these lists fits; all series without any. */
  readonly selectors: readonly (readonly LabelMatcher[])[];
  readonly startMs: number;
};

/** The newest samples of one metric. */
export type SampleFamily = {
  /** In PromQL. */
  readonly name: string;
  readonly metadata: MetricMetadata;
  readonly samples: readonly TextSample[];
};

/** Errors are those of every query: BAD_EXPRESSION, BAD_RANGE, UNAVAILABLE, TIMEOUT. */
export type PromqlService = {
  query(query: PromqlQuery, signal: AbortSignal): Promise<PromqlAnswer>;
  /** As `query`, in bytes where that is a short way. */
  range(query: PromqlQuery, signal: AbortSignal): Promise<PromqlAnswer | PromqlMatrix>;
  /** As Prometheus' parse_query has it, and as its format_query writes it. */
  parse(expression: string): { readonly tree: QueryTree; readonly formatted: string };
  /** BAD_EXPRESSION unless it is one selector. */
  parseSelector(text: string): readonly LabelMatcher[];
  /** Series with a sample since the start. */
  series(
    query: SeriesQuery,
    signal: AbortSignal,
  ): Promise<Remarks & { readonly series: readonly SeriesLabels[] }>;
  /**
   * The newest samples of the last five minutes, by name. It keeps its place among the queries until all families were taken
   * or the client left. UNAVAILABLE where locations are not known.
   */
  latest(
    selectors: SeriesQuery['selectors'],
    signal: AbortSignal,
  ): Promise<AsyncGenerator<SampleFamily, void, undefined>>;
  /** Metrics by their names in PromQL. */
  metadata(): Promise<ReadonlyMap<string, MetricMetadata>>;
};
