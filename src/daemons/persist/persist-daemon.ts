// The persist daemon: its service, with probes and metrics over HTTP, ready while records move and the store works.
import { createHttpServer } from '../../api/http/server.ts';
import type { TlsMaterial } from '../../api/tls.ts';
import { createHealth } from '../../runtime/health.ts';
import { createLifecycle, type Daemon } from '../../runtime/lifecycle.ts';
import { createMetrics } from '../../runtime/metrics.ts';
import type { PersistOptions } from './options.ts';
import { createPersistService, type PersistParts } from './service.ts';

/** Bus, store and dead letters belong to the caller, who stops them after the daemon. */
export function createPersistDaemon(
  options: PersistOptions,
  parts: Omit<PersistParts, 'metrics'> & { readonly tls?: TlsMaterial },
): Daemon {
  const { store, logger, tls } = parts;
  const lifecycle = createLifecycle({ onError: (message) => logger.warn(message) });
  const metrics = createMetrics('persist');
  const service = createPersistService({ ...parts, metrics });
  const health = createHealth();
  health.check('store', () => store.unhealthy());
  health.check('progress', () => service.unhealthy());
  health.note(() => parts.bus.notes?.().join('; ') || undefined);
  health.note(() =>
    service
      .lags()
      .map(
        ({ partition, unread, uncommitted }) =>
          `partition ${partition}: ${unread} records unread, ${uncommitted} uncommitted`,
      )
      .join('; '),
  );
  health.note(() => {
    const lost = service.lost();
    if (lost.length === 0) return undefined;
    return lost
      .map(
        ({ partition, from, to, records }) =>
          `partition ${partition}: ${records} records lost (${from} to ${to})`,
      )
      .join('; ');
  });
  metrics.gauge(
    'backend_up',
    'Whether a backend of this daemon works (1) or not (0)',
    () => ({ store: store.unhealthy() === undefined ? 1 : 0 }),
    'backend',
  );
  const http = createHttpServer({
    address: options.admin,
    daemon: 'persist',
    health,
    metrics,
    logger,
    ...(tls && { tls }),
  });
  const addresses: Record<string, string> = {};

  return {
    name: 'persist',
    async start() {
      try {
        lifecycle.own('persist HTTP', http, (server) => server.stop());
        addresses['http'] = await http.start();
        lifecycle.own('persist consumer', service, (started) => started.stop());
        await service.start();
        lifecycle.own('persist readiness', health, (state) => state.drain());
      } catch (error) {
        await lifecycle.stop();
        throw error;
      }
    },
    stop: () => lifecycle.stop(),
    addresses: () => addresses,
  };
}
