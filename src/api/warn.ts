// The warn service as its callers see it, over whichever wire. Rules and alerts follow.
import type { BusLag } from '../bus/bus.ts';

export type WarnPartition = BusLag & {
  /** Report's clock at the newest record that was read; absent before the first one. */
  readonly receivedMs?: number;
};

export type WarnStatus = {
  readonly nowMs: number;
  readonly partitions: readonly WarnPartition[];
  /** Records trimmed before warn read them, since it started. */
  readonly skippedRecords: number;
};

export type WarnService = { status(): Promise<WarnStatus> };
