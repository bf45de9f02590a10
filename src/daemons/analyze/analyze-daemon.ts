// The analyze daemon: its service behind a gRPC and an HTTP listener, ready while its store is healthy.
import { type AnalyzeService, analyzeApi } from '../../api/analyze.ts';
import { apiGrpcService } from '../../api/grpc/service.ts';
import { apiRoutes } from '../../api/http/routes.ts';
import { seedAnalyze } from '../../api/seed/calls.ts';
import { analyzeSeedRoutes } from '../../api/seed/routes.ts';
import type { Daemon } from '../../runtime/lifecycle.ts';
import { countCalls, createDaemonBase, type DaemonParts } from '../daemon.ts';
import { createLocations } from './locations.ts';
import type { AnalyzeOptions } from './options.ts';
import { type AnalyzeParts, createAnalyzeService } from './service.ts';

/** The store and the way to manage belong to the caller, who stops them after the daemon. */
export function createAnalyzeDaemon(
  options: AnalyzeOptions,
  parts: Omit<AnalyzeParts, 'locations'> & DaemonParts,
): Daemon & { readonly service: AnalyzeService } {
  const { store, clock } = parts;
  const base = createDaemonBase('analyze', parts);
  const locations = createLocations(parts);
  base.backend('store', () => store.unhealthy());
  base.health.note(() => store.notes?.().join('; '));
  // A note only: queries by host, and by locations that are known, go on while manage is down.
  base.health.note(() => locations.lastError());
  const answering = createAnalyzeService({ ...parts, locations });
  // A watch lasts until its reader has enough: the shutdown would time out on it.
  const ending = new AbortController();
  const watchLatest: AnalyzeService['watchLatest'] = (request, signal) =>
    answering.watchLatest(request, AbortSignal.any([signal, ending.signal]));
  const backtest: AnalyzeService['backtest'] = (request, signal) =>
    answering.backtest(request, AbortSignal.any([signal, ending.signal]));
  const service = countCalls<AnalyzeService>({ ...answering, watchLatest, backtest }, base.metrics);
  const nowMs = () => clock.nowMs();
  const daemon = base.daemon(async () => {
    await base.listenGrpc(options.grpc, [apiGrpcService(analyzeApi, service, seedAnalyze(service, nowMs))]);
    await base.listenHttp(options.http, {
      routes: [apiRoutes(analyzeApi, service, nowMs), analyzeSeedRoutes(service, nowMs)],
      openapi: { title: 'minimon analyze', description: 'Samples of hosts, by host and by location.' },
    });
    base.own('analyze watches', ending, (watches) => watches.abort());
  });
  return { ...daemon, service };
}
