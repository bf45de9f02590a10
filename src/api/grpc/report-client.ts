// ReportService for agents: over every report that discovery knows, in turn, following its changes.
import type { Discovery } from '../../discovery/discovery.ts';
import type { Refusal } from '../../domain/tick.ts';
import type { Refusal__Output as WireRefusal } from '../generated/minimon/v1/Refusal.ts';
import type { ReportResponse__Output } from '../generated/minimon/v1/ReportResponse.ts';
import type { ReportServiceDefinition } from '../generated/minimon/v1/ReportService.ts';
import type { ReportService } from '../report.ts';
import type { TlsMaterial } from '../tls.ts';
import { openChannel } from './channel.ts';
import { loadService } from './proto.ts';

export type ReportClient = ReportService & { stop(): Promise<void> };

/** Failures are ExpectedErrors; UNREACHABLE names what was tried. The discovery stays its owner's to stop. */
export function createReportClient(options: {
  readonly discovery: Pick<Discovery, 'addresses' | 'onChange'>;
  /** Default 10 s. */
  readonly timeoutMs?: number;
  readonly tls?: TlsMaterial;
}): ReportClient {
  const { discovery, ...rest } = options;
  const definition = loadService<ReportServiceDefinition>(
    'minimon/v1/report.proto',
    'minimon.v1.ReportService',
  );
  const report = {
    ...definition.Report,
    requestSerialize: (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    requestDeserialize: (bytes: Buffer): Uint8Array => bytes,
  };
  const channel = openChannel({ daemon: 'report', to: discovery, ...rest });
  return {
    async report(request) {
      const answer = (await channel.call(report, request)) as ReportResponse__Output;
      return {
        acceptedSamples: answer.accepted_samples,
        refusedSamples: answer.refused_samples,
        refusals: answer.refusals.map(refusalOf),
        receivedMs: answer.received_ms,
        sentMs: answer.sent_ms,
      };
    },
    stop: channel.stop,
  };
}

const refusalOf = (wire: WireRefusal): Refusal => ({
  hostId: wire.host_id,
  timeMs: wire.time_ms,
  metric: wire.metric,
  labels: wire.labels,
  samples: wire.samples,
  reason: wire.reason,
});
