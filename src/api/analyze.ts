// The analyze service as its callers see it, over whichever wire.
import type { Labels } from '../domain/tick.ts';
import type { Aggregate, LatestSample, Series, StoredHost, Watermark } from '../store/store.ts';

/** Which hosts a query is about: a room, named hosts, or all. LOCATION_UNKNOWN and HOST_UNKNOWN name the nearest. */
export type HostScope = { readonly location?: string; readonly hosts?: readonly string[] };

export type RangeRequest = HostScope & {
  readonly metric: string;
  readonly labels?: Labels;
  readonly startMs: number;
  readonly stopMs: number;
  readonly stepMs?: number;
  readonly aggregate?: Aggregate;
};

export type RangeAnswer = {
  readonly startMs: number;
  readonly stopMs: number;
  readonly stepMs?: number;
  readonly series: readonly Series[];
  /** Sentences a reader should see, such as "manage is down; rooms as of 14:02". */
  readonly warnings: readonly string[];
};

export type LatestRequest = HostScope & { readonly metrics?: readonly string[]; readonly sinceMs: number };

export type LatestAnswer = {
  readonly nowMs: number;
  readonly samples: readonly LatestSample[];
  readonly warnings: readonly string[];
};

export type ReportingHosts = {
  readonly nowMs: number;
  readonly hosts: readonly StoredHost[];
  readonly watermarks: readonly Watermark[];
  readonly nextCursor?: string;
};

/** The seed's record: one host's series of one metric. */
export type HostRecord = {
  readonly hostId: string;
  readonly metric: string;
  readonly timesMs: readonly number[];
  readonly values: readonly number[];
};

export type AnalyzeService = {
  queryRange(request: RangeRequest): Promise<RangeAnswer>;
  queryLatest(request: LatestRequest): Promise<LatestAnswer>;
  /** Answers again whenever samples came in, at most once a second; ends with the signal. */
  watchLatest(request: LatestRequest, signal: AbortSignal): AsyncIterable<LatestAnswer>;
  listReportingHosts(request: {
    readonly sinceMs: number;
    readonly limit?: number;
    readonly cursor?: string;
  }): Promise<ReportingHosts>;
  /** Raw points of a room. [] for a known room without samples; LOCATION_UNKNOWN otherwise. */
  findRecordsByLocation(request: {
    readonly location: string;
    readonly metric: string;
    readonly startMs: number;
    readonly stopMs: number;
  }): Promise<readonly HostRecord[]>;
};
