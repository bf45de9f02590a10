// The analyze daemon: its service behind a gRPC and an HTTP listener, ready while its store works.
import type { AnalyzeService } from '../../api/analyze.ts';
import { analyzeGrpcService } from '../../api/grpc/analyze-server.ts';
import { createGrpcServer } from '../../api/grpc/server.ts';
import { analyzeRoutes } from '../../api/http/analyze-routes.ts';
import { createHttpServer } from '../../api/http/server.ts';
import { analyzeSeedRoutes } from '../../api/seed/analyze-seed.ts';
import type { TlsMaterial } from '../../api/tls.ts';
import { countCalls } from '../../runtime/counted-calls.ts';
import { createHealth } from '../../runtime/health.ts';
import { createLifecycle, type Daemon } from '../../runtime/lifecycle.ts';
import { createMetrics } from '../../runtime/metrics.ts';
import type { AnalyzeOptions } from './options.ts';
import { createRooms } from './rooms.ts';
import { type AnalyzeParts, createAnalyzeService } from './service.ts';

/** The store and the way to manage belong to the caller, who stops them after the daemon. */
export function createAnalyzeDaemon(
  options: AnalyzeOptions,
  parts: Omit<AnalyzeParts, 'rooms'> & { readonly tls?: TlsMaterial },
): Daemon & { readonly service: AnalyzeService } {
  const { store, clock, logger, tls } = parts;
  const nowMs = () => clock.nowMs();
  const lifecycle = createLifecycle({ onError: (message) => logger.warn(message) });
  const metrics = createMetrics('analyze');
  const health = createHealth();
  health.check('store', () => store.unhealthy());
  const rooms = createRooms(parts);
  // A note only: queries by host, and by rooms that were told, go on while manage is down.
  health.note(() => rooms.lastError());
  const answering = createAnalyzeService({ ...parts, rooms });
  // A watch lasts until its reader has enough: the daemon's end would wait for it in vain.
  const ending = new AbortController();
  const service = countCalls(
    {
      ...answering,
      watchLatest: (request, signal) =>
        answering.watchLatest(request, AbortSignal.any([signal, ending.signal])),
    } satisfies AnalyzeService,
    metrics,
  );
  metrics.gauge(
    'backend_up',
    'Whether a backend of this daemon works (1) or not (0)',
    () => ({
      store: store.unhealthy() === undefined ? 1 : 0,
    }),
    'backend',
  );

  const secured = { health, logger, daemon: 'analyze', ...(tls && { tls }) };
  const grpc = createGrpcServer({
    ...secured,
    address: options.grpc,
    services: [analyzeGrpcService(service, nowMs)],
  });
  const http = createHttpServer({
    ...secured,
    address: options.http,
    metrics,
    routes: [analyzeRoutes(service, nowMs), analyzeSeedRoutes(service, nowMs)],
    openapi: { title: 'minimon analyze', description: 'Samples of hosts, by host and by location.' },
  });
  const addresses: Record<string, string> = {};

  return {
    name: 'analyze',
    service,
    async start() {
      try {
        lifecycle.own('analyze gRPC', grpc, (server) => server.stop());
        addresses['grpc'] = await grpc.start();
        lifecycle.own('analyze HTTP', http, (server) => server.stop());
        addresses['http'] = await http.start();
        lifecycle.own('analyze watches', ending, (watches) => watches.abort());
        // Registered last, so that it comes first: balancers see the end before the listeners close.
        lifecycle.own('analyze readiness', health, (state) => state.drain());
      } catch (error) {
        await lifecycle.stop();
        throw error;
      }
    },
    stop: () => lifecycle.stop(),
    addresses: () => addresses,
  };
}
