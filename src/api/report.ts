// The report service as its callers see it.
import { hostId, type Infer, int, labels, listOf, text, time } from './shapes.ts';

export const reportAnswer = {
  acceptedSamples: int(),
  refusedSamples: int(),
  /** At most the first 100. */
  refusals: listOf({ hostId, timeMs: time(), metric: text(), labels, samples: int(), reason: text() }),
  /** Report's clock at arrival and at the answer, for clock.offset. */
  receivedMs: time(),
  sentMs: time(),
};
export type ReportAnswer = Infer<typeof reportAnswer>;

export type ReportService = {
  /** `request` is a ReportRequest in bytes. Resolves after its accepted ticks are durable on the bus. */
  report(request: Uint8Array): Promise<ReportAnswer>;
};
