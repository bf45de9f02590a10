// The store contract: writing and querying samples, host records, and watermarks of the stream.
import type { Facts, Labels, Refusal } from '../domain/tick.ts';
import type { MatrixSteps } from '../wire/promql-matrix.ts';
import type { ElementKind, Wire } from '../wire/series-bytes.ts';

/** A bus record to be stored. `ticks` is a TickBatch in bytes; the store decodes it (embedded: in its worker). */
export type StoreBatch = {
  readonly partition: number;
  /** The position after this record: the one to commit once the record is durable. */
  readonly next: number;
  readonly receivedMs: number;
  readonly bytes: Uint8Array;
};

/** Which record of the bus: a write may hold records of several partitions. */
export type RecordKey = Pick<StoreBatch, 'partition' | 'next'>;

/**
 * A sample that the store itself rejects (time, type conflict ...): to be dead-lettered. It names its record, not the
 * write: a replay cuts the records into other writes, and the dead letter has to name the same offset again.
 */
export type RejectedSample = Refusal & { readonly value: number; readonly record: RecordKey };

export type WriteResult = {
  /** Samples in the batches that are stored now (duplicates included). */
  readonly samples: number;
  readonly rejected: readonly RejectedSample[];
};

/** How long samples are kept where nothing else is set. */
export const DEFAULT_RETENTION_MS = 35 * 86_400_000;

export type Aggregate = 'mean' | 'min' | 'max' | 'last' | 'count' | 'p95';
export const AGGREGATES: readonly Aggregate[] = ['mean', 'min', 'max', 'last', 'count', 'p95'];

/** Raw answers are limited to this many points a series; BAD_RANGE names `step`. */
export const MAX_POINTS_PER_SERIES = 11_000;

export type SeriesSelector = {
  /** Undefined: all hosts. */
  readonly hosts?: readonly string[];
  readonly metric: string;
  /** Only series that have these labels with these values. */
  readonly labels?: Labels;
};

export type RangeQuery = SeriesSelector & {
  /** `[startMs, stopMs)` */
  readonly startMs: number;
  readonly stopMs: number;
  /**
   * With a step, windows stand on multiples of it since the epoch and are named by their start; the first counts only
   * points from startMs on. `timesMs` then holds every window that overlaps the range, empty ones as null.
   */
  readonly stepMs?: number;
  /** Default mean. Only with a step. p95 is nearest rank. */
  readonly aggregate?: Aggregate;
  /** Without a step: where a series ended, and until it came again there is none, is a point too: its value is NaN. */
  readonly ends?: boolean;
  /** BAD_RANGE where the whole answer would have more: counted before it is read, where the backend can tell. */
  readonly maxPoints?: number;
  readonly signal?: AbortSignal;
};

export type Series = {
  readonly hostId: string;
  readonly metric: string;
  readonly labels: Labels;
  readonly timesMs: readonly number[];
  readonly values: readonly (number | null)[];
};

export type LatestQuery = {
  readonly hosts?: readonly string[];
  /** Undefined: every metric. */
  readonly metrics?: readonly string[];
  /** Only samples at or after this time. */
  readonly sinceMs: number;
  /** Also series that ended since, with NaN for a value. */
  readonly ended?: boolean;
  readonly maxPoints?: number;
  readonly signal?: AbortSignal;
};

export type NamesToCheck = { readonly hosts: readonly string[]; readonly metrics: readonly string[] };

/** A range or newest samples as the bytes of a wire's elements, see `wire/series-bytes.ts`. */
export type EncodedQuery = {
  readonly wire: Wire;
  /** Of these the answer tells which it has no series of. */
  readonly check: NamesToCheck;
} & (
  | ({ readonly kind: Exclude<ElementKind, 'latest'> } & RangeQuery)
  | ({ readonly kind: 'latest' } & LatestQuery)
);

/** The points of a metric as a matrix of Prometheus; `steps` says of which times. */
export type MatrixQuery = Omit<RangeQuery, 'stepMs' | 'aggregate' | 'ends'> & {
  readonly steps: MatrixSteps;
};

/** `pieces` begins to be made when it is read. */
export type EncodedAnswer = {
  /** At least as many as the answer has. */
  readonly points: number;
  readonly absent: NamesToCheck;
} & ({ readonly whole: Uint8Array } | { readonly pieces: AsyncGenerator<Uint8Array, void, undefined> });

export type LatestSample = {
  readonly hostId: string;
  readonly metric: string;
  readonly labels: Labels;
  readonly timeMs: number;
  readonly value: number;
};

export type StoredHost = {
  readonly hostId: string;
  /** Times of ticks (the hosts' clocks), and report's clock at the newest live one. */
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  readonly lastReceivedMs: number;
  readonly intervalMs: number;
  readonly bootId: string;
  readonly agentVersion: string;
  /** Every machine_id seen within the last 24 h, newest first, with report's clock at its newest tick. */
  readonly machines: readonly { readonly machineId: string; readonly lastReceivedMs: number }[];
  readonly facts: Facts;
  /** Who measures it, where that is not minimon's agent alone (its name here is empty): of the last 24 h, newest first. */
  readonly sources?: readonly {
    readonly source: string;
    readonly lastReceivedMs: number;
    readonly intervalMs: number;
  }[];
  /** The newest refusal of this host's samples, if it came after its newest stored tick or within the last 10 min. */
  readonly refusal?: { readonly receivedMs: number; readonly reason: string; readonly samples: number };
};

/** `next`: the position after the last record that was read; before `durable` all records are in files. */
export type Consumed = { readonly next: number; readonly durable: number };

/** How far the stream was consumed, by report's clock: the newest record of each partition, heartbeats included. */
export type Watermark = { readonly partition: number; readonly receivedMs: number };

export type Store = {
  /**
   * Resolves when readers see the samples. Also stores what the ticks say of their hosts (facts, machine ids, times),
   * refusals and the watermark. Writing the same (host, metric, labels, time) again changes nothing.
   * Of different values for one such sample the first stays, where the backend can tell (InfluxDB keeps the last).
   * Rejects (kind `unavailable`) when the store is down: nothing may be committed then. Rejects with BAD_REQUEST when a
   * record cannot be decoded: those before it are stored, the others are to be written again without it.
   */
  write(batches: readonly StoreBatch[]): Promise<WriteResult>;
  /**
   * Per partition, the position before which a crash loses nothing, no rate of what follows either. persist commits this.
   */
  durable(): ReadonlyMap<number, number>;
  /**
   * Series ordered by host id, then by series key (metric, sorted labels), both as bytes; times ascending. Only series
   * with a point in range. Rejects with BAD_RANGE, or with the signal's reason.
   */
  range(query: RangeQuery): Promise<readonly Series[]>;
  /** The newest sample of each series that has not ended, ordered as in `range`. */
  latest(query: LatestQuery): Promise<readonly LatestSample[]>;
  /** The same as bytes: resolves once nothing of the query can be refused any more, a long answer then comes in pieces. */
  encoded(query: EncodedQuery): Promise<EncodedAnswer>;
  /** The elements in one piece; undefined where they would be many. Only where that is faster than `range`. */
  matrix?(query: MatrixQuery): Promise<Uint8Array | undefined>;
  /**
   * Hosts with a tick at or after sinceMs, by id as bytes. A host whose every tick was refused is listed by the time of
   * its refusal, with 0 for the times it was seen and received.
   */
  hosts(query: {
    readonly sinceMs: number;
    readonly hosts?: readonly string[];
  }): Promise<readonly StoredHost[]>;
  /** Metric names with a sample at or after sinceMs, for suggestions. */
  metrics(query: { readonly sinceMs: number }): Promise<readonly string[]>;
  watermarks(): Promise<readonly Watermark[]>;
  /**
   * By partition, how far the bus was read, as of a few seconds before a crash: a bus that ends before it lost records.
   * Undefined when that was not kept yet. Only where one process reads all of the bus.
   */
  consumed?(): Promise<ReadonlyMap<number, Consumed> | undefined>;
  /** Undefined when it can read and write now, else why not. */
  unhealthy(): string | undefined;
  /** What an operator should know although it works. */
  notes?(): readonly string[];
  /** Totals since it was opened and sizes in bytes, as metric name -> value, for /metrics. */
  stats(): Readonly<Record<string, number>>;
  /** Waits for writes in flight, seals nothing early, closes. Idempotent. */
  stop(): Promise<void>;
};

/** What queries need of a store. */
export type StoreReader = Pick<
  Store,
  'range' | 'latest' | 'encoded' | 'matrix' | 'hosts' | 'metrics' | 'watermarks' | 'unhealthy' | 'notes'
>;
