// The report service as its callers see it, over whichever wire.
import type { Refusal } from '../domain/tick.ts';

export type ReportAnswer = {
  readonly acceptedSamples: number;
  readonly refusedSamples: number;
  /** At most the first 100. */
  readonly refusals: readonly Refusal[];
  /** Report's clock at arrival and at the answer, for clock.offset. */
  readonly receivedMs: number;
  readonly sentMs: number;
};

export type ReportService = {
  /** `request` is a ReportRequest in bytes. Resolves after its accepted ticks are durable on the bus. */
  report(request: Uint8Array): Promise<ReportAnswer>;
};
