// Every route and RPC of every daemon over services in memory: what is served, and what it says of its callers.
import { fastify } from 'fastify';
import type { Access } from '../../src/api/access.ts';
import { analyzeApi } from '../../src/api/analyze.ts';
import { reportGrpcService } from '../../src/api/grpc/report-server.ts';
import type { GrpcService } from '../../src/api/grpc/server.ts';
import { apiGrpcService } from '../../src/api/grpc/service.ts';
import type { HttpRoutes } from '../../src/api/http/fastify.ts';
import { otlpRoutes } from '../../src/api/http/otlp-routes.ts';
import { pushRoutes } from '../../src/api/http/push-routes.ts';
import { remoteWriteRoutes } from '../../src/api/http/remote-write-routes.ts';
import { apiRoutes } from '../../src/api/http/routes.ts';
import { manageApi } from '../../src/api/manage.ts';
import { persistApi } from '../../src/api/persist.ts';
import { prometheusRoutes } from '../../src/api/prometheus/routes.ts';
import { seedAnalyze, seedManage } from '../../src/api/seed/calls.ts';
import { analyzeSeedRoutes, manageSeedRoutes } from '../../src/api/seed/routes.ts';
import { warnApi } from '../../src/api/warn.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { memoryAnalyze, memoryManage, memoryPersist } from './memory-services.ts';
import { memoryWarn } from './memory-warn.ts';

const [analyze, manage, warn] = [memoryAnalyze(), memoryManage(), memoryWarn()];
/** Never called: only what is registered is looked at. */
const uncalled = { service: {} as never, logger: silentLogger };
export const ROUTES: Readonly<Record<string, readonly HttpRoutes[]>> = {
  analyze: [
    apiRoutes(analyzeApi, analyze, Date.now),
    analyzeSeedRoutes(analyze, Date.now),
    prometheusRoutes({ service: {} as never, alerting: {} as never, nowMs: Date.now }),
  ],
  manage: [apiRoutes(manageApi, manage, Date.now), manageSeedRoutes(manage)],
  warn: [apiRoutes(warnApi, warn, Date.now)],
  persist: [apiRoutes(persistApi, memoryPersist, Date.now)],
  report: [pushRoutes(uncalled), remoteWriteRoutes(uncalled), otlpRoutes(uncalled)],
};
export const RPCS: Readonly<Record<string, GrpcService>> = {
  analyze: apiGrpcService(analyzeApi, analyze, seedAnalyze(analyze, Date.now)),
  manage: apiGrpcService(manageApi, manage, seedManage(manage)),
  warn: apiGrpcService(warnApi, warn),
  report: reportGrpcService(uncalled.service),
};

export async function registered(): Promise<readonly (readonly [call: string, access: Access])[]> {
  const found: (readonly [string, Access])[] = [];
  for (const [daemon, routes] of Object.entries(ROUTES)) {
    const app = fastify();
    app.addHook('onRoute', ({ method, url, config }) => {
      for (const one of [method].flat()) found.push([`${daemon} ${one} ${url}`, config!.access]);
    });
    for (const add of routes) await app.register(async (scope) => add(scope));
    await app.ready();
    await app.close();
  }
  for (const [daemon, { definition, access }] of Object.entries(RPCS)) {
    for (const method of Object.keys(definition)) found.push([`${daemon} ${method}`, access[method]!]);
  }
  return found;
}
