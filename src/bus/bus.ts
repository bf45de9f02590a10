// The bus contract: a partitioned, durable log of tick batches between report and its readers (persist, warn).

/** One message. `bytes` is a TickBatch (wire/tick-writer.ts) whose ticks all belong to `partition`. */
export type BusMessage = {
  readonly partition: number;
  readonly bytes: Uint8Array;
  /** Report's clock when the ticks arrived; timers of readers run on it, so that a replay gives the same result. */
  readonly receivedMs: number;
};

export type BusRecord = BusMessage & {
  /** Grows within a partition, not necessarily by one. */
  readonly offset: number;
  /** The wire schema of `bytes`; a reader that does not know it dead-letters the record and goes on. */
  readonly schema: number;
};

export const BUS_SCHEMA = 1;
/** In place of a record's schema: its bytes are not those that were published, and its time is not known (0). */
export const DAMAGED_SCHEMA = -1;

export type BusLag = {
  readonly partition: number;
  /** Offset after the newest record. */
  readonly end: number;
  /** Offset of the next record to be read by the group's live consumer here (or its committed one when none runs). */
  readonly position: number;
  readonly committed: number;
  /** Records past `position`, and past `committed`. */
  readonly unread: number;
  readonly uncommitted: number;
};

/** Records between a group's committed offset and the earliest one that still exists: lost to retention. */
export type LostRecords = {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly records: number;
};

export type ConsumeOptions = {
  readonly group: string;
  /** Where a group without a committed offset begins. A committed offset that is gone always means the earliest. */
  readonly from: 'earliest' | 'latest';
  /**
   * Embedded: records are kept until this group has committed past them; other groups may be trimmed past. Only
   * persist asks for it. Kafka keeps by age and ignores it.
   */
  readonly holds?: boolean;
  /** At most this many bytes of records in one call of onBatch (always at least one record). Default 4 MiB. */
  readonly maxBytes?: number;
  /**
   * Called with records of one partition in offset order, one call at a time per partition. Rejecting means
   * "not processed": the same records come again after a backoff (1 s to 30 s); nothing is skipped.
   */
  onBatch(records: readonly BusRecord[], signal: AbortSignal): Promise<void>;
  /** Called once per gap, before the first record after it. */
  onLost?(lost: LostRecords): void;
  /** The consumer can make no progress any more and could not be recreated; the daemon should end (exit 70). */
  onDead?(error: Error): void;
};

export type BusConsumer = {
  /** Records with a smaller offset are done with. Resolves when that is durable. Offsets never move back. */
  commit(offsets: ReadonlyMap<number, number>): Promise<void>;
  /** Of the partitions that this consumer reads; Bus.lag has all of the group's. */
  lag(): Promise<readonly BusLag[]>;
  /** Lets the running onBatch end (its signal is aborted), commits nothing by itself. Idempotent. */
  stop(): Promise<void>;
};

export type ReadOptions = Pick<ConsumeOptions, 'maxBytes' | 'onBatch' | 'onLost' | 'onDead'> & {
  /** For logs, and the beginning of what a server may call the reader. */
  readonly name: string;
  /**
   * By partition: the offset to begin at. One that is not named begins at its earliest record, and so does one whose
   * * offset is gone (reported to onLost) or past the end.
   */
  readonly offsets: ReadonlyMap<number, number>;
};

export type BusPosition = Pick<BusLag, 'partition' | 'end' | 'position' | 'unread'>;

export type BusReader = {
  /** Of every partition. */
  lag(): Promise<readonly BusPosition[]>;
  /** As a consumer's. */
  stop(): Promise<void>;
};

export type Bus = {
  /** Fixed for the life of the topic. */
  readonly partitions: number;
  /**
   * Resolves when every message is durable on all in-sync replicas (embedded: after fsync). Rejects as a whole with
   * an ExpectedError of kind `unavailable` when that is not certain; some of the messages may then exist.
   */
  publish(messages: readonly BusMessage[]): Promise<void>;
  consume(options: ConsumeOptions): Promise<BusConsumer>;
  /** Reads all partitions, whatever others read. Belongs to no group and commits nothing: the caller keeps the offsets. */
  read(options: ReadOptions): Promise<BusReader>;
  /**
   * Of every partition of the group, with or without a reader: at the offset read where a consumer of this process
   * reads it, else at the committed one.
   */
  lag(group: string): Promise<readonly BusLag[]>;
  /**
   * Undefined when publish can work now, else why not. With partitions: also why what is published to these alone
   * would be rejected while others work. Cheap enough for every readiness probe.
   */
  unhealthy(partitions?: Iterable<number>): string | undefined;
  /** What is weak about it though it works (too few replicas ...), as sentences for readyz. */
  notes?(): readonly string[];
  /** Stops consumers that still run, then closes. Idempotent. */
  stop(): Promise<void>;
};
