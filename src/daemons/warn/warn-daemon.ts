// The warn daemon: its service behind a gRPC and an HTTP listener, ready while the stream comes in.
import { createGrpcServer } from '../../api/grpc/server.ts';
import { warnGrpcService } from '../../api/grpc/warn-server.ts';
import { createHttpServer } from '../../api/http/server.ts';
import { warnRoutes } from '../../api/http/warn-routes.ts';
import type { TlsMaterial } from '../../api/tls.ts';
import { createHealth } from '../../runtime/health.ts';
import { createLifecycle, type Daemon } from '../../runtime/lifecycle.ts';
import { createMetrics } from '../../runtime/metrics.ts';
import type { WarnOptions } from './options.ts';
import { createWarnService, type WarnParts } from './service.ts';

/** The bus belongs to the caller, who stops it after the daemon. */
export function createWarnDaemon(
  options: WarnOptions,
  parts: Omit<WarnParts, 'metrics'> & { readonly tls?: TlsMaterial },
): Daemon {
  const { logger, tls } = parts;
  const lifecycle = createLifecycle({ onError: (message) => logger.warn(message) });
  const metrics = createMetrics('warn');
  const service = createWarnService({ ...parts, metrics });
  const health = createHealth();
  health.check('bus', () => service.unhealthy());
  health.note(() =>
    service
      .lags()
      .map(({ partition, unread }) => `partition ${partition}: ${unread} records unread`)
      .join('; '),
  );
  const secured = { health, logger, daemon: 'warn', ...(tls && { tls }) };
  const grpc = createGrpcServer({ ...secured, address: options.grpc, services: [warnGrpcService(service)] });
  const http = createHttpServer({
    ...secured,
    address: options.http,
    metrics,
    routes: [warnRoutes(service)],
    openapi: { title: 'minimon warn', description: 'How far behind the stream warn is.' },
  });
  const addresses: Record<string, string> = {};

  return {
    name: 'warn',
    async start() {
      try {
        lifecycle.own('warn consumer', service, (started) => started.stop());
        await service.start();
        lifecycle.own('warn gRPC', grpc, (server) => server.stop());
        addresses['grpc'] = await grpc.start();
        lifecycle.own('warn HTTP', http, (server) => server.stop());
        addresses['http'] = await http.start();
        lifecycle.own('warn readiness', health, (state) => state.drain());
      } catch (error) {
        await lifecycle.stop();
        throw error;
      }
    },
    stop: () => lifecycle.stop(),
    addresses: () => addresses,
  };
}
