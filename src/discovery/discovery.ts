// The discovery contract: where the report services are.

export type Discovery = {
  /** `host:port` of each report known now; never throws (the last answer stands while the source is away). */
  addresses(): readonly string[];
  /** Called after the list changed. Returns the way to stop being called. */
  onChange(listener: (addresses: readonly string[]) => void): () => void;
  /** Undefined while the source answers, else why not. */
  unhealthy(): string | undefined;
  stop(): Promise<void>;
};

/** What a report does so that it is found; a static list needs nothing. */
export type Registration = {
  unhealthy(): string | undefined;
  stop(): Promise<void>;
};
