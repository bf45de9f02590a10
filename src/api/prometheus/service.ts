// What Prometheus' HTTP API asks of a daemon: queries in PromQL, and which series, labels and metrics there are.
import type { LabelMatcher } from '../../domain/promql/syntax.ts';
import type { Grid, SeriesLabels, Value } from '../../domain/promql/values.ts';

export type Remarks = {
  /** What the answer lacks. */
  readonly warnings: readonly string[];
  /** What the query may have got wrong. */
  readonly infos: readonly string[];
};

export type PromqlQuery = Grid & {
  readonly expression: string;
  /** By default five minutes. */
  readonly lookbackMs?: number | undefined;
  /** By default two minutes, which is also the most. */
  readonly timeoutMs?: number | undefined;
};

export type PromqlAnswer = Remarks & { readonly value: Value; readonly grid: Grid };

export type SeriesQuery = {
  /** One of these lists fits; all series without any. */
  readonly selectors: readonly (readonly LabelMatcher[])[];
  readonly startMs: number;
};

export type MetricMetadata = { readonly type: string; readonly help: string; readonly unit: string };

/** Errors are those of every query: BAD_EXPRESSION, BAD_RANGE, UNAVAILABLE, TIMEOUT. */
export type PromqlService = {
  query(query: PromqlQuery, signal: AbortSignal): Promise<PromqlAnswer>;
  /** BAD_EXPRESSION unless it is one selector. */
  parseSelector(text: string): readonly LabelMatcher[];
  /** Series with a sample since the start. */
  series(
    query: SeriesQuery,
    signal: AbortSignal,
  ): Promise<Remarks & { readonly series: readonly SeriesLabels[] }>;
  /** Metrics by their names in PromQL. */
  metadata(): Promise<ReadonlyMap<string, MetricMetadata>>;
};
