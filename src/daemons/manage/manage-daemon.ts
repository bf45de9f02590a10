// The manage daemon: its service behind a gRPC and an HTTP listener, ready while its catalog is healthy.
import { apiGrpcService } from '../../api/grpc/service.ts';
import { apiRoutes } from '../../api/http/routes.ts';
import { type ManageService, manageApi } from '../../api/manage.ts';
import { seedManage } from '../../api/seed/calls.ts';
import { manageSeedRoutes } from '../../api/seed/routes.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Daemon } from '../../runtime/lifecycle.ts';
import { countCalls, createDaemonBase, type DaemonParts } from '../daemon.ts';
import type { ManageOptions } from './options.ts';
import { createReportingHosts } from './reporting-hosts.ts';
import { createManageService, type ManageParts } from './service.ts';

/** The catalog and the way to analyze belong to the caller, who stops them after the daemon. */
export function createManageDaemon(
  options: ManageOptions,
  parts: Omit<ManageParts, 'catalog' | 'reporting'> & DaemonParts & { readonly catalog: Catalog },
): Daemon & { readonly service: ManageService } {
  const callers = parts.callers && {
    ...parts.callers,
    sync: (request: Parameters<ManageService['syncTokens']>[0]) => service.syncTokens(request),
  };
  const base = createDaemonBase('manage', { ...parts, callers });
  const reporting = createReportingHosts(parts);
  base.backend('catalog', () => parts.catalog.unhealthy());
  // A note only: manage lists and assigns hosts while analyze is down.
  base.health.note(() => reporting.lastError());
  const service = countCalls(createManageService({ ...parts, reporting }), base.metrics);
  const daemon = base.daemon(async () => {
    await base.listenGrpc(options.grpc, [apiGrpcService(manageApi, service, seedManage(service))]);
    await base.listenHttp(options.http, {
      routes: [apiRoutes(manageApi, service, () => parts.clock.nowMs()), manageSeedRoutes(service)],
      openapi: { title: 'minimon manage', description: 'Hosts and their locations.' },
    });
  });
  return { ...daemon, service };
}
