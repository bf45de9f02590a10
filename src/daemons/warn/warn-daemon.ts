// The warn daemon: its service behind a gRPC and an HTTP listener, ready while its consumer runs.
import { apiGrpcService } from '../../api/grpc/service.ts';
import { apiRoutes } from '../../api/http/routes.ts';
import { warnApi } from '../../api/warn.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { createReceiverOpener } from '../../receivers/kinds.ts';
import type { Daemon } from '../../runtime/lifecycle.ts';
import { createDaemonBase, type DaemonParts } from '../daemon.ts';
import { createHeartbeat } from './heartbeat.ts';
import { createNotifier } from './notification/notifier.ts';
import type { WarnOptions } from './options.ts';
import { createWarnService, type WarnParts } from './service.ts';

/** Bus, catalog and the way to manage belong to the caller, who stops them after the daemon. */
export function createWarnDaemon(
  options: WarnOptions,
  parts: Omit<WarnParts, 'metrics' | 'notifier' | 'catalog'> & DaemonParts & { readonly catalog: Catalog },
): Daemon {
  const base = createDaemonBase('warn', parts);
  const openReceiver = createReceiverOpener(parts);
  const notifier = createNotifier({
    ...parts,
    metrics: base.metrics,
    openReceiver,
    stateOf: (id) => service.stateOf(id),
    lastTickMs: (host) => service.lastTickMs(host),
    acknowledgementOf: (alert) => service.acknowledgementOf(alert),
    onDelivery: (delivery) => service.onDelivery(delivery),
  });
  const service = createWarnService({ ...parts, metrics: base.metrics, notifier });
  base.backend('bus', () => service.unhealthy());
  base.backend('catalog', () => parts.catalog.unhealthy());
  base.health.note(() => service.lastError());
  base.health.note(() => notifier.notes().join('; ') || undefined);
  base.health.note(() =>
    service
      .lags()
      .map(({ partition, unread }) => `partition ${partition}: ${unread} records unread`)
      .join('; '),
  );
  return base.daemon(async () => {
    base.own('warn notifier', notifier, (started) => started.stop());
    base.own('warn consumer', service, (started) => started.stop());
    await service.start();
    if (options.heartbeatUrl !== undefined) {
      const heartbeat = createHeartbeat(options.heartbeatUrl, {
        clock: parts.clock,
        logger: parts.logger,
        counts() {
          const { alertsFiring, messagesOwed } = notifier.counts();
          return {
            records_unread: service.lags().reduce((sum, { unread }) => sum + unread, 0),
            alerts_firing: alertsFiring,
            messages_owed: messagesOwed,
          };
        },
        unhealthy: () => service.unhealthy(),
      });
      base.own('warn heartbeat', heartbeat, (started) => started.stop());
      heartbeat.start();
    }
    await base.listenGrpc(options.grpc, [apiGrpcService(warnApi, service)]);
    await base.listenHttp(options.http, {
      routes: [apiRoutes(warnApi, service, () => parts.clock.nowMs())],
      openapi: {
        title: 'minimon warn',
        description: 'Alerts that are open, and how far behind the stream warn is.',
      },
    });
  });
}
