// The analyze service: queries of the store. Every call is served over gRPC and, except streams, over HTTP.
import { KINDS } from '../domain/metric-table.ts';
import { AGGREGATES } from '../store/store.ts';
import { backtestRequest, backtestResult } from './backtest-fields.ts';
import { defineApi, type ServiceOf } from './calls.ts';
import type { BytesFor, ListInBytes } from './in-bytes.ts';
import {
  duration,
  flag,
  gaps,
  hostId,
  hostIds,
  type Infer,
  int,
  ints,
  labels,
  list,
  listOf,
  nextCursor,
  number,
  one,
  oneOf,
  optional,
  page,
  text,
  texts,
  time,
  timeOr,
  warnings,
} from './shapes.ts';

const HOUR_MS = 3_600_000;
/** What one query may read and answer with: some 60 to 110 MB as JSON. */
export const MAX_POINTS_AN_ANSWER = 5_000_000;

const nowMs = time("The daemon's clock");

/** Which hosts a query is about: a location's, named ones, or all. LOCATION_UNKNOWN and HOST_UNKNOWN name the nearest. */
const scope = {
  location: optional(text('Only hosts of this location')),
  hosts: optional(hostIds('Only these hosts; none for an empty list')),
};
export type HostScope = Infer<typeof scope>;

const rangeRequest = {
  metric: text("cpu.usage; the seed's CPU_Rate too"),
  ...scope,
  labels: optional(texts('Only series with these labels')),
  startMs: timeOr(
    'Inside the range; by default an hour before stop_at',
    (nowMs, { stopMs = nowMs }) => stopMs - HOUR_MS,
  ),
  stopMs: timeOr('Outside the range; by default now', (nowMs) => nowMs),
  stepMs: optional(
    duration(
      'Windows of this length on multiples of it since the epoch; raw points (at most 11,000 a series) without it',
    ),
  ),
  aggregate: optional(
    oneOf(AGGREGATES, 'AGGREGATE', {
      about: 'Aggregate of each window, only with step_ms; default mean; p95 is nearest rank',
    }),
  ),
};
export type RangeRequest = Infer<typeof rangeRequest>;

const series = {
  hostId,
  metric: text(),
  labels,
  timesMs: ints('Milliseconds since the epoch; of windows their start'),
  values: gaps('null: a window without samples. JSON has no negative zero: -0 is written as 0'),
};

const rangeAnswer = {
  startMs: time(),
  stopMs: time(),
  stepMs: optional(duration()),
  series: listOf(series),
  warnings,
};
export type RangeAnswer = Infer<typeof rangeAnswer>;

const sinceMs = optional(time('By default 24 h before now, or before the end of what came'));

const latestRequest = {
  metrics: optional(list(text(), { about: 'Only these metrics' })),
  ...scope,
  sinceMs,
};
export type LatestRequest = Infer<typeof latestRequest>;

const latestAnswer = {
  nowMs,
  samples: listOf({ hostId, metric: text(), labels, timeMs: time(), value: number() }),
  warnings,
};
export type LatestAnswer = Infer<typeof latestAnswer>;

const reportingHost = {
  hostId,
  firstSeenMs: time(),
  lastSeenMs: time("The newest tick, by the host's clock"),
  lastReceivedMs: time("The same by report's clock"),
  intervalMs: duration(),
  bootId: text(),
  agentVersion: text(),
  machines: listOf({ machineId: text(), lastReceivedMs: time() }),
  facts: texts(),
  sources: optional(
    listOf(
      { source: text("Empty: minimon's agent"), lastReceivedMs: time(), intervalMs: duration() },
      { about: "Who measures it, where that is not minimon's agent alone; newest first" },
    ),
  ),
  refusal: optional(
    one({ receivedMs: time(), reason: text(), samples: int() }, 'The newest refusal of its samples'),
  ),
};

const reportingHosts = {
  nowMs,
  hosts: listOf(reportingHost),
  watermarks: listOf(
    { partition: int(), receivedMs: time() },
    { about: "How far the stream was consumed, by report's clock" },
  ),
  nextCursor,
  replaying: optional(text('During the start-up replay: which samples may be missing')),
};
export type ReportingHosts = Infer<typeof reportingHosts>;

const metricsRequest = { ...scope, sinceMs };
export type MetricsRequest = Infer<typeof metricsRequest>;

const reportedMetric = {
  metric: text(),
  known: flag('In the table of metrics (docs/metrics.md), which the rest is from'),
  unit: optional(text('percent, bytes, bytes_per_second, per_second, seconds, count ...')),
  kind: optional(oneOf(KINDS, 'METRIC_KIND', { about: 'ratio: a share, 0 to 100', otherwise: 'gauge' })),
  labels: list(text(), { about: 'Names of labels' }),
  means: optional(text()),
  source: optional(text('Where the agent reads it on Linux')),
  choices: optional(text('Notes on its definition')),
  seed: optional(text("The seed's name of the metric")),
  hosts: int('How many hosts report it'),
  series: int(),
  locations: listOf(
    { location: optional(text('Absent: of no location')), hosts: int() },
    { about: 'Where those hosts are, most first' },
  ),
};
export type ReportedMetric = Infer<typeof reportedMetric>;

const promqlRequest = {
  expression: text('PromQL: avg by (location) (cpu_usage); docs/promql.md lists the supported parts'),
  startMs: timeOr('First evaluation time; default stop_at', (nowMs, { stopMs = nowMs }) => stopMs),
  stopMs: timeOr('Last evaluation time; default now', (nowMs) => nowMs),
  stepMs: optional(duration('Resolution step; default one minute')),
};
export type PromqlRequest = Infer<typeof promqlRequest>;

const promqlAnswer = {
  series: listOf({
    labels: texts("With __name__ where it is still the metric's own value"),
    timesMs: ints('Milliseconds since the epoch'),
    values: list(text(), { about: 'As text, NaN and +Inf too' }),
  }),
  warnings,
};
export type PromqlTable = Infer<typeof promqlAnswer>;

export const analyzeApi = defineApi({
  daemon: 'analyze',
  proto: { file: 'minimon/v1/analyze.proto', service: 'minimon.v1.AnalyzeService' },
  calls: {
    queryRange: {
      summary: 'Series of one metric in a range',
      access: 'read',
      http: 'GET /api/v1/records',
      alsoPost: true,
      request: rangeRequest,
      answer: rangeAnswer,
      list: 'series',
    },
    queryLatest: {
      summary: 'The newest sample of each series',
      access: 'read',
      http: 'GET /api/v1/latest',
      alsoPost: true,
      request: latestRequest,
      answer: latestAnswer,
      list: 'samples',
    },
    /** A new answer whenever samples arrived, at most once a second. */
    watchLatest: {
      summary: 'Stream of the newest sample of each series',
      access: 'read',
      stream: true,
      request: latestRequest,
      answer: latestAnswer,
      list: 'samples',
    },
    listReportingHosts: {
      summary: 'Hosts with a tick since a time, in byte order of their ids',
      access: 'read',
      http: 'GET /api/v1/hosts/reporting',
      request: { sinceMs, ...page },
      answer: reportingHosts,
    },
    /** Those of the table in its order, then the others by name. */
    listMetrics: {
      summary: 'Metrics: meaning, and how many hosts report each',
      access: 'read',
      http: 'GET /api/v1/metrics',
      alsoPost: true,
      request: metricsRequest,
      answer: { nowMs, metrics: listOf(reportedMetric), warnings },
    },
    /** BAD_EXPRESSION with line and column. The same queries as Prometheus' API, in the form of this one. */
    queryPromql: {
      summary: 'A query in PromQL',
      access: 'read',
      http: 'GET /api/v1/promql',
      alsoPost: true,
      request: promqlRequest,
      answer: promqlAnswer,
    },
    /** Progress, and last the result. BAD_EXPRESSION with a caret; UNAVAILABLE while others are run. */
    backtest: {
      summary: 'Backtests rules over stored samples',
      access: 'read',
      http: 'POST /api/v1/backtest',
      stream: 'finite',
      request: backtestRequest,
      answer: {
        progress: number('0 to 1'),
        result: optional(one(backtestResult, 'With the last answer')),
      },
    },
  },
});

/** The seed's record: one host's series of one metric. */
export type HostRecord = {
  readonly hostId: string;
  readonly metric: string;
  readonly timesMs: readonly number[];
  readonly values: readonly number[];
};

export type AnalyzeService = ServiceOf<typeof analyzeApi> & {
  /** For the seed's call: raw points of a location. [] for a known one without samples; LOCATION_UNKNOWN otherwise. */
  findRecordsByLocation(request: {
    readonly location: string;
    readonly metric: string;
    readonly startMs: number;
    readonly stopMs: number;
  }): Promise<readonly HostRecord[]>;
};

/** The same answers without an object a series: what the listeners send. */
export type AnalyzeInBytes = {
  queryRange(request: RangeRequest, to: BytesFor): Promise<ListInBytes<Omit<RangeAnswer, 'series'>>>;
  queryLatest(request: LatestRequest, to: BytesFor): Promise<ListInBytes<Omit<LatestAnswer, 'samples'>>>;
  watchLatest(
    request: LatestRequest,
    to: BytesFor,
  ): AsyncIterable<ListInBytes<Omit<LatestAnswer, 'samples'>>>;
  findRecordsByLocation(
    request: Parameters<AnalyzeService['findRecordsByLocation']>[0],
    to: BytesFor,
  ): Promise<ListInBytes>;
};
