// The discovery contract: where the report services are; and its simplest form, a list that never changes.

export type Discovery = {
  /** `host:port` of each report known now; never throws (the last answer is used while the source is unreachable). */
  addresses(): readonly string[];
  /** Called after the list changed. Returns how to unsubscribe. */
  onChange(listener: (addresses: readonly string[]) => void): () => void;
  /** Undefined while the source answers, else why not. */
  unhealthy(): string | undefined;
  stop(): Promise<void>;
};

/** A report's entry where agents look for it; a static list needs none. */
export type Registration = {
  unhealthy(): string | undefined;
  stop(): Promise<void>;
};

/** Reports at addresses that the configuration names. */
export function createStaticDiscovery(addresses: readonly string[]): Discovery {
  return {
    addresses: () => addresses,
    onChange: () => () => {},
    unhealthy: () => (addresses.length === 0 ? 'no address of a report is configured' : undefined),
    stop: async () => {},
  };
}
