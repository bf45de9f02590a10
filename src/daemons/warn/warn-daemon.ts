// The warn daemon: its service behind a gRPC and an HTTP listener, ready while its consumer runs.
import { apiGrpcService } from '../../api/grpc/service.ts';
import { apiRoutes } from '../../api/http/routes.ts';
import { type WarnService, warnApi } from '../../api/warn.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { createAddressGuard } from '../../receivers/address-guard.ts';
import { createReceiverOpener } from '../../receivers/kinds.ts';
import type { Daemon } from '../../runtime/lifecycle.ts';
import { createDaemonBase, type DaemonParts } from '../daemon.ts';
import { createHeartbeat } from './heartbeat.ts';
import { createLease } from './lease.ts';
import { createNotifier } from './notification/notifier.ts';
import type { WarnOptions } from './options.ts';
import { createWarnService, type WarnParts } from './service.ts';

export type WarnDaemonParts = Omit<WarnParts, 'metrics' | 'notifier' | 'catalog' | 'lease'> &
  DaemonParts & {
    readonly catalog: Catalog;
    /** Must differ between warns of one catalog, but for one that is started again where no other can run. */
    readonly instance: string;
  };

/** Bus, catalog and the ways to other daemons belong to the caller, who stops them after the daemon. */
export function createWarnDaemon(
  options: WarnOptions,
  parts: WarnDaemonParts,
): Daemon & { readonly service: Pick<WarnService, 'listAlerts' | 'listRuleHealth'> } {
  const { catalog, clock, logger } = parts;
  const base = createDaemonBase('warn', parts);
  const guard = createAddressGuard({ allow: options.allowAddresses });
  const openReceiver = createReceiverOpener({ clock, logger, guard });
  const lease = createLease({ store: catalog.warnLease, holder: parts.instance, clock, logger });
  const notifier = createNotifier({
    ...parts,
    metrics: base.metrics,
    openReceiver,
    stateOf: (id) => service.stateOf(id),
    lastTickMs: (host) => service.lastTickMs(host),
    acknowledgementOf: (alert) => service.acknowledgementOf(alert),
    onDelivery: (delivery) => service.onDelivery(delivery),
    catalog: { notifications: fenced(catalog.notifications, () => service.fence()) },
    mayTell: () => service.mayTell(),
    isUncertain: lease.isUncertain,
  });
  const service = createWarnService({ ...parts, lease, metrics: base.metrics, notifier });
  base.backend('bus', () => service.unhealthy());
  base.backend('catalog', () => catalog.unhealthy());
  base.health.note(() => service.warnings().join('; '));
  base.health.note(() => notifier.notes().join('; ') || undefined);
  base.health.note(() =>
    service
      .lags()
      .map(({ partition, unread }) => `partition ${partition}: ${unread} records unread`)
      .join('; '),
  );
  const daemon = base.daemon(async () => {
    // The lease goes last: until then what is in flight may end, and be written.
    base.own('warn lease', lease, (started) => started.stop());
    base.own('warn notifier', notifier, (started) => started.stop());
    base.own('warn reader', service, (started) => started.stop());
    await service.start();
    if (options.heartbeatUrl !== undefined) {
      const heartbeat = createHeartbeat(options.heartbeatUrl, {
        ...{ clock, logger, guard },
        counts() {
          const { alertsFiring, messagesOwed } = notifier.counts();
          return {
            records_unread: service.lags().reduce((sum, { unread }) => sum + unread, 0),
            alerts_firing: alertsFiring,
            messages_owed: messagesOwed,
          };
        },
        // A standby sends no heartbeat: that it runs does not mean that notifications work.
        unhealthy: () => service.unhealthy() ?? (service.isTelling() ? undefined : 'it is not active'),
      });
      base.own('warn heartbeat', heartbeat, (started) => started.stop());
      heartbeat.start();
    }
    await base.listenGrpc(options.grpc, [apiGrpcService(warnApi, service)]);
    await base.listenHttp(options.http, {
      routes: [apiRoutes(warnApi, service, () => parts.clock.nowMs())],
      openapi: {
        title: 'minimon warn',
        description: 'Open alerts, and the lag of warn behind the stream.',
      },
    });
  });
  return { ...daemon, service };
}

/** Writes carry the fencing token of the lease under which they were made. */
const fenced = (
  { list, save }: Catalog['notifications'],
  fence: () => number | undefined,
): Catalog['notifications'] => ({
  list,
  async save(changes) {
    const now = fence();
    if (now === undefined) throw new ExpectedError('LEASE_LOST', 'this warn does not hold the lease');
    await save(changes, now);
  },
});
