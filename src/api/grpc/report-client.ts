// ReportService for agents: over every report that discovery knows, in turn, following its changes.
import type { Discovery } from '../../discovery/discovery.ts';
import type { ReportService } from '../report.ts';
import type { TlsMaterial } from '../tls.ts';
import { openChannel } from './channel.ts';
import { reportMethod } from './report-wire.ts';

export type ReportClient = ReportService & { stop(): Promise<void> };

/** Failures are ExpectedErrors; UNREACHABLE names what was tried. The discovery stays its owner's to stop. */
export function createReportClient(options: {
  readonly discovery: Pick<Discovery, 'addresses' | 'onChange'>;
  /** Default 10 s. */
  readonly timeoutMs?: number;
  readonly tls?: TlsMaterial;
}): ReportClient {
  const { discovery, ...rest } = options;
  const channel = openChannel({ daemon: 'report', to: discovery, ...rest });
  return {
    report: (request) => channel.call(reportMethod, request),
    stop: channel.stop,
  };
}
