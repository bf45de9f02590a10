// The contract of the report service.
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
  /**
   * `request` is a ReportRequest in bytes. Resolves after its accepted ticks are durable on the bus. Ticks of hosts that
   * the caller may not report are refused.
   */
  report(request: Uint8Array, from?: Reporter): Promise<ReportAnswer>;
};

export type Reporter = {
  /** Of its token or certificate. */
  readonly name: string | undefined;
  /** Which hosts it may report; undefined for any. */
  readonly mayReport?: ((hostId: string) => boolean) | undefined;
};
