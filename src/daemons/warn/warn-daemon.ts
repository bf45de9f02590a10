// The warn daemon: its service behind a gRPC and an HTTP listener, ready while its consumer runs.
import { apiGrpcService } from '../../api/grpc/service.ts';
import { apiRoutes } from '../../api/http/routes.ts';
import { warnApi } from '../../api/warn.ts';
import type { Daemon } from '../../runtime/lifecycle.ts';
import { createDaemonBase, type DaemonParts } from '../daemon.ts';
import { createHeartbeat } from './heartbeat.ts';
import type { WarnOptions } from './options.ts';
import { createWarnService, type WarnParts } from './service.ts';

/** The bus belongs to the caller, who stops it after the daemon. */
export function createWarnDaemon(
  options: WarnOptions,
  parts: Omit<WarnParts, 'metrics'> & DaemonParts,
): Daemon {
  const base = createDaemonBase('warn', parts);
  const service = createWarnService({ ...parts, metrics: base.metrics });
  base.backend('bus', () => service.unhealthy());
  base.health.note(() =>
    service
      .lags()
      .map(({ partition, unread }) => `partition ${partition}: ${unread} records unread`)
      .join('; '),
  );
  return base.daemon(async () => {
    base.own('warn consumer', service, (started) => started.stop());
    await service.start();
    if (options.heartbeatUrl !== undefined) {
      const heartbeat = createHeartbeat(options.heartbeatUrl, {
        clock: parts.clock,
        logger: parts.logger,
        counts: () => ({ records_unread: service.lags().reduce((sum, { unread }) => sum + unread, 0) }),
        unhealthy: () => service.unhealthy(),
      });
      base.own('warn heartbeat', heartbeat, (started) => started.stop());
      heartbeat.start();
    }
    await base.listenGrpc(options.grpc, [apiGrpcService(warnApi, service)]);
    await base.listenHttp(options.http, {
      routes: [apiRoutes(warnApi, service, () => parts.clock.nowMs())],
      openapi: { title: 'minimon warn', description: 'How far behind the stream warn is.' },
    });
  });
}
