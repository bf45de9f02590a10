// The report daemon: its service behind gRPC, probes and metrics over HTTP, ready while the bus takes messages.
import { hostname } from 'node:os';
import { reportGrpcService } from '../../api/grpc/report-server.ts';
import { otlpRoutes } from '../../api/http/otlp-routes.ts';
import { pushRoutes } from '../../api/http/push-routes.ts';
import { remoteWriteRoutes } from '../../api/http/remote-write-routes.ts';
import type { ReportService } from '../../api/report.ts';
import type { Bus } from '../../bus/bus.ts';
import type { Registration } from '../../discovery/discovery.ts';
import { currentCaller } from '../../runtime/caller.ts';
import type { Daemon } from '../../runtime/lifecycle.ts';
import { countCalls, createDaemonBase, type DaemonParts } from '../daemon.ts';
import type { AdmissionLimits } from './admission.ts';
import { createKeep } from './ingest/kept-series.ts';
import { createPushService } from './ingest/line-ingest.ts';
import { createOtlpService } from './ingest/otlp-ingest.ts';
import { createRemoteWriteService } from './ingest/remote-write-ingest.ts';
import type { ReportOptions } from './options.ts';
import { createReportService } from './service.ts';

export type ReportDaemonParts = DaemonParts & {
  /** Belongs to the caller, who stops it after the daemon. */
  readonly bus: Bus;
  /** How long the store keeps samples: older ones are rejected. */
  readonly retentionMs: number;
  /** What the memory allows; the options' own numbers come before. */
  readonly roomFor: Pick<AdmissionLimits, 'maxHosts' | 'maxSeries'>;
  /** Hosts that were heard of before this start, from the store where it is this process's. */
  readonly knownHosts?: () => Promise<Iterable<string>>;
  /** Registers this report with discovery (etcd), once it listens. */
  readonly register?: (report: { readonly id: string; readonly address: string }) => Promise<Registration>;
};

export function createReportDaemon(options: ReportOptions, parts: ReportDaemonParts): Daemon {
  const { bus, register, roomFor } = parts;
  const { id = hostname() } = options;
  const base = createDaemonBase('report', parts);
  const { health, metrics } = base;
  base.backend('bus', () => bus.unhealthy());
  health.note(() => bus.notes?.().join('; '));
  const { maxHosts = roomFor.maxHosts, maxSeries = roomFor.maxSeries, maxSeriesPerHost } = options;
  const limits = { maxHosts, maxSeries, maxSeriesPerHost };
  const service = createReportService({ ...parts, metrics, id, limits });
  health.note(service.overLimit);
  health.check('clock', service.wrongClock);
  return base.daemon(async () => {
    await base.listenHttp(options.admin);
    base.own('report heartbeats', service, (started) => started.stop());
    await service.start();
    const counted = countCalls({ report: service.report }, metrics);
    const address = await base.listenGrpc(options.grpc, [reportGrpcService(counted)]);
    const keep = createKeep(options.pushKeep);
    const ofCaller: ReportService['report'] = (request) => counted.report(request, currentCaller());
    const pushParts = { report: ofCaller, clock: parts.clock, metrics, keep };
    const routes = [
      pushRoutes({ service: createPushService(pushParts), logger: parts.logger }),
      remoteWriteRoutes({ service: createRemoteWriteService(pushParts), logger: parts.logger }),
      otlpRoutes({ service: createOtlpService(pushParts), logger: parts.logger }),
    ];
    await base.listenPush(options.push, { routes });
    if (!register) return;
    const registration = await register({ id, address });
    base.own('report registration', registration, (entry) => entry.stop());
    // A report that is not found by discovery still serves those who know its address.
    health.note(() => registration.unhealthy());
  });
}
