// The report daemon: its service behind gRPC, probes and metrics over HTTP, ready while the bus takes messages.
import { reportGrpcService } from '../../api/grpc/report-server.ts';
import { createGrpcServer } from '../../api/grpc/server.ts';
import { createHttpServer } from '../../api/http/server.ts';
import type { TlsMaterial } from '../../api/tls.ts';
import type { Bus } from '../../bus/bus.ts';
import type { Registration } from '../../discovery/discovery.ts';
import type { Clock } from '../../runtime/clock.ts';
import { countCalls } from '../../runtime/counted-calls.ts';
import { createHealth } from '../../runtime/health.ts';
import { createLifecycle, type Daemon } from '../../runtime/lifecycle.ts';
import type { Logger } from '../../runtime/logging.ts';
import { createMetrics } from '../../runtime/metrics.ts';
import type { ReportOptions } from './options.ts';
import { createReportService } from './service.ts';

export type ReportDaemonParts = {
  /** Belongs to the caller, who stops it after the daemon. */
  readonly bus: Bus;
  /** How long the store keeps samples: older ones are refused. */
  readonly retentionMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tls?: TlsMaterial;
  /** Makes this report found (etcd), once it listens. */
  readonly register?: (report: { readonly id: string; readonly address: string }) => Promise<Registration>;
};

export function createReportDaemon(options: ReportOptions, parts: ReportDaemonParts): Daemon {
  const { bus, retentionMs, clock, logger, tls, register } = parts;
  const { id } = options;
  const lifecycle = createLifecycle({ onError: (message) => logger.warn(message) });
  const metrics = createMetrics('report');
  const health = createHealth();
  health.check('bus', () => bus.unhealthy());
  health.note(() => bus.notes?.().join('; ') || undefined);
  metrics.gauge(
    'backend_up',
    'Whether a backend of this daemon works (1) or not (0)',
    () => ({ bus: bus.unhealthy() === undefined ? 1 : 0 }),
    'backend',
  );
  const service = createReportService({ bus, clock, logger, metrics, id, retentionMs });
  const secured = { health, logger, daemon: 'report', ...(tls && { tls }) };
  const grpc = createGrpcServer({
    ...secured,
    address: options.grpc,
    services: [reportGrpcService(countCalls({ report: service.report }, metrics))],
  });
  const http = createHttpServer({ ...secured, address: options.admin, metrics });
  const addresses: Record<string, string> = {};

  return {
    name: 'report',
    async start() {
      try {
        lifecycle.own('report HTTP', http, (server) => server.stop());
        addresses['http'] = await http.start();
        lifecycle.own('report heartbeats', service, (started) => started.stop());
        service.start();
        lifecycle.own('report gRPC', grpc, (server) => server.stop());
        addresses['grpc'] = await grpc.start();
        if (register) {
          const registration = await register({ id, address: addresses['grpc'] });
          lifecycle.own('report registration', registration, (entry) => entry.stop());
          // A report that nobody finds by discovery still serves those who know its address.
          health.note(() => registration.unhealthy());
        }
        // Registered last, so that it comes first: balancers see the end before the listeners close.
        lifecycle.own('report readiness', health, (state) => state.drain());
      } catch (error) {
        await lifecycle.stop();
        throw error;
      }
    },
    stop: () => lifecycle.stop(),
    addresses: () => addresses,
  };
}
