// The manage daemon: its service behind a gRPC and an HTTP listener, ready while its catalog works.
import { manageGrpcService } from '../../api/grpc/manage-server.ts';
import { createGrpcServer } from '../../api/grpc/server.ts';
import { manageRoutes } from '../../api/http/manage-routes.ts';
import { createHttpServer } from '../../api/http/server.ts';
import type { ManageService } from '../../api/manage.ts';
import { manageSeedRoutes } from '../../api/seed/manage-seed.ts';
import type { TlsMaterial } from '../../api/tls.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { countCalls } from '../../runtime/counted-calls.ts';
import { createHealth } from '../../runtime/health.ts';
import { createLifecycle, type Daemon } from '../../runtime/lifecycle.ts';
import { createMetrics } from '../../runtime/metrics.ts';
import type { ManageOptions } from './options.ts';
import { createReportingHosts } from './reporting-hosts.ts';
import { createManageService, type ManageParts } from './service.ts';

/** The catalog and the way to analyze belong to the caller, who stops them after the daemon. */
export function createManageDaemon(
  options: ManageOptions,
  parts: Omit<ManageParts, 'catalog' | 'reporting'> & {
    readonly catalog: Catalog;
    readonly tls?: TlsMaterial;
  },
): Daemon & { readonly service: ManageService } {
  const { catalog, logger, tls } = parts;
  const lifecycle = createLifecycle({ onError: (message) => logger.warn(message) });
  const metrics = createMetrics('manage');
  const health = createHealth();
  health.check('catalog', () => catalog.unhealthy());
  const reporting = createReportingHosts(parts);
  // A note only: manage lists and assigns hosts while analyze is down.
  health.note(() => reporting.lastError());
  const service = countCalls(createManageService({ ...parts, reporting }), metrics);
  metrics.gauge(
    'backend_up',
    'Whether a backend of this daemon works (1) or not (0)',
    () => ({
      catalog: catalog.unhealthy() === undefined ? 1 : 0,
    }),
    'backend',
  );

  const secured = { health, logger, daemon: 'manage', ...(tls && { tls }) };
  const grpc = createGrpcServer({
    ...secured,
    address: options.grpc,
    services: [manageGrpcService(service)],
  });
  const http = createHttpServer({
    ...secured,
    address: options.http,
    metrics,
    routes: [manageRoutes(service), manageSeedRoutes(service)],
    openapi: { title: 'minimon manage', description: 'Hosts and the locations they stand in.' },
  });
  const addresses: Record<string, string> = {};

  return {
    name: 'manage',
    service,
    async start() {
      try {
        lifecycle.own('manage gRPC', grpc, (server) => server.stop());
        addresses['grpc'] = await grpc.start();
        lifecycle.own('manage HTTP', http, (server) => server.stop());
        addresses['http'] = await http.start();
        // Registered last, so that it comes first: balancers see the end before the listeners close.
        lifecycle.own('manage readiness', health, (state) => state.drain());
      } catch (error) {
        await lifecycle.stop();
        throw error;
      }
    },
    stop: () => lifecycle.stop(),
    addresses: () => addresses,
  };
}
