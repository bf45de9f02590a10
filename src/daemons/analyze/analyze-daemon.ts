// The analyze daemon: its service behind a gRPC and an HTTP listener, ready while its store is healthy.
import { type AnalyzeInBytes, type AnalyzeService, analyzeApi } from '../../api/analyze.ts';
import { apiGrpcService } from '../../api/grpc/service.ts';
import { apiRoutes } from '../../api/http/routes.ts';
import type { AlertingSource } from '../../api/prometheus/alerting.ts';
import { prometheusRoutes } from '../../api/prometheus/routes.ts';
import { seedAnalyze } from '../../api/seed/calls.ts';
import { analyzeSeedRoutes } from '../../api/seed/routes.ts';
import type { Daemon } from '../../runtime/lifecycle.ts';
import { callCounting, createDaemonBase, type DaemonParts } from '../daemon.ts';
import { createLocations } from '../locations.ts';
import { createAdmission } from './admission.ts';
import { createAnswersInBytes } from './answers-in-bytes.ts';
import type { AnalyzeOptions } from './options.ts';
import { createPromqlService } from './promql/promql-service.ts';
import { type AnalyzeParts, createAnalyzeService, QUERY_LIMITS } from './service.ts';

/** The store and the ways to manage and warn belong to the caller, who stops them after the daemon. */
export function createAnalyzeDaemon(
  options: AnalyzeOptions,
  parts: Omit<AnalyzeParts, 'locations'> & DaemonParts & { readonly alerting: AlertingSource },
): Daemon & { readonly service: AnalyzeService } {
  const { store, clock, alerting } = parts;
  const base = createDaemonBase('analyze', parts);
  const locations = createLocations(parts);
  base.backend('store', () => store.unhealthy());
  base.health.check('replay', () => parts.replaying?.());
  base.health.note(() => store.notes?.().join('; '));
  // A note only: queries by host, and by locations that are known, go on while manage is down.
  base.health.note(() => locations.lastError());
  const admission = createAdmission(QUERY_LIMITS);
  const answering = createAnalyzeService({ ...parts, locations, admission });
  const answers = createAnswersInBytes({ store, locations, clock, admission, replaying: parts.replaying });
  const promql = createPromqlService({ store, locations, clock, admission, replaying: parts.replaying });
  // A watch lasts until its reader has enough: the shutdown would time out on it.
  const ending = new AbortController();
  const watchLatest: AnalyzeInBytes['watchLatest'] = (request, { wire, signal }) =>
    answers.watchLatest(request, { wire, signal: AbortSignal.any([signal, ending.signal]) });
  const backtest: AnalyzeService['backtest'] = (request, signal) =>
    answering.backtest(request, AbortSignal.any([signal, ending.signal]));
  const counting = callCounting(base.metrics);
  const service = counting<AnalyzeService>({ ...answering, backtest });
  const inBytes = counting<AnalyzeInBytes>({ ...answers, watchLatest });
  base.metrics.gauge(
    'queries',
    'Queries that are running, and that wait',
    () => ({
      running: admission.running(),
      waiting: admission.waiting(),
    }),
    'state',
  );
  const nowMs = () => clock.nowMs();
  const seed = seedAnalyze(service, nowMs, inBytes);
  const daemon = base.daemon(async () => {
    await base.listenGrpc(options.grpc, [apiGrpcService(analyzeApi, service, seed, inBytes)]);
    await base.listenHttp(options.http, {
      routes: [
        apiRoutes(analyzeApi, service, nowMs, inBytes),
        analyzeSeedRoutes(service, nowMs, inBytes),
        prometheusRoutes({ service: promql, alerting, nowMs }),
      ],
      openapi: { title: 'minimon analyze', description: 'Samples of hosts, by host and by location.' },
    });
    base.own('analyze watches', ending, (watches) => watches.abort());
  });
  // Questions of this process do not stand in the queue of clients.
  const own = createAnalyzeService({ ...parts, locations });
  return { ...daemon, service: { ...counting<AnalyzeService>(own), backtest } };
}
