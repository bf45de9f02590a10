// The skeleton of all daemons: health, metrics and listeners, started in order and stopped in reverse.
import { createGate, type Gate } from '../api/gate.ts';
import type { GrpcService } from '../api/grpc/server.ts';
import { createHttpServer, type HttpServerOptions } from '../api/http/server.ts';
import type { ManageService } from '../api/manage.ts';
import type { TlsMaterial } from '../api/tls.ts';
import { ExpectedError } from '../domain/errors.ts';
import { readCertificate } from '../runtime/certificates.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { createHealth, type Health } from '../runtime/health.ts';
import { createLifecycle, type Daemon, type Lifecycle } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logging.ts';
import { createMetrics, type Metrics } from '../runtime/metrics.ts';
import { type TlsWatch, watchTls } from './tls-watch.ts';
import { createTokenCache } from './token-cache.ts';

/** What every daemon is given besides what it needs for its work. */
export type DaemonParts = {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of its listeners; plain text without. */
  readonly tls?: TlsMaterial | undefined;
  /** How its callers are checked; without it nobody is. */
  readonly callers?: CallerChecks | undefined;
  /** Names that its HTTP listener answers for beside its address and those of its certificate. */
  readonly httpHosts?: readonly string[];
};

export type CallerChecks = {
  /** Authentication is off. */
  readonly insecure: boolean;
  /** TLS clients without a certificate may show a token. */
  readonly certificatesOptional: boolean;
  /** Manage's, however it is reached. */
  readonly sync: ManageService['syncTokens'];
};

export type DaemonBase = {
  readonly health: Health;
  readonly metrics: Metrics;
  readonly own: Lifecycle['own'];
  /** A backend that the daemon needs to be ready, shown as `backend_up` too. */
  backend(name: string, unhealthy: () => string | undefined): void;
  /** Listens and resolves with the address; the listener closes when the daemon stops. */
  listenGrpc(address: string, services: readonly GrpcService[]): Promise<string>;
  listenHttp(address: string, api?: Pick<HttpServerOptions, 'routes' | 'openapi'>): Promise<string>;
  /** Another HTTP listener, for what agents push. */
  listenPush(address: string, api: Pick<HttpServerOptions, 'routes'>): Promise<string>;
  /** The daemon whose start runs `start`; one that fails stops what it had started. */
  daemon(start: () => Promise<void>): Daemon;
};

type Listener = { start(): Promise<string>; stop(): Promise<void>; setTls(tls: TlsMaterial): void };

export function createDaemonBase(
  name: string,
  {
    clock = systemClock,
    logger,
    tls,
    callers,
    httpHosts = [],
  }: Omit<DaemonParts, 'clock'> & { readonly clock?: Clock },
): DaemonBase {
  const lifecycle = createLifecycle({ onError: (message) => logger.warn(message) });
  const metrics = createMetrics(name);
  const health = createHealth();
  const backends = new Map<string, () => string | undefined>();
  const addresses: Record<string, string> = {};
  const gate = callers && openGate(callers);
  const certificatesOptional = callers?.certificatesOptional;
  const listener = { health, logger, daemon: name, gate, certificatesOptional, ...(tls && { tls }) };
  // A browser that comes by one of the certificate's names has seen that it is this server.
  const hosts = [...httpHosts, ...(tls?.cert === undefined ? [] : readCertificate(tls.cert).hosts)];
  const certificates = tls && watchTls(tls, { clock, logger, health, metrics });
  const servers: Listener[] = [];

  function openGate({ insecure, sync }: CallerChecks): Gate {
    const tokens = createTokenCache({ sync, clock, logger });
    lifecycle.own(`${name} tokens`, tokens, (cache) => cache.stop());
    health.note(tokens.lastError);
    return createGate({ tokens, insecure, nowMs: () => clock.nowMs() });
  }

  async function listen(protocol: 'grpc' | 'http' | 'push', server: Listener): Promise<string> {
    lifecycle.own(`${name} ${protocol}`, server, (opened) => opened.stop());
    servers.push(server);
    return (addresses[protocol] = await server.start());
  }

  function watchCertificates(watch: TlsWatch): void {
    const ending = new AbortController();
    const renew = (renewed: TlsMaterial) => {
      for (const server of servers) server.setTls(renewed);
    };
    const running = watch.run(ending.signal, renew).catch((error: unknown) => {
      if (!ending.signal.aborted) logger.error({ err: error }, 'certificates are not watched any more');
    });
    lifecycle.own(`${name} certificates`, running, () => ending.abort());
  }

  return {
    health,
    metrics,
    own: lifecycle.own,
    backend(backend, unhealthy) {
      health.check(backend, unhealthy);
      backends.set(backend, unhealthy);
      if (backends.size > 1) return;
      const up = () =>
        Object.fromEntries([...backends].map(([key, why]) => [key, why() === undefined ? 1 : 0]));
      metrics.gauge(
        'backend_up',
        'Whether a backend of this daemon is healthy (1) or not (0)',
        up,
        'backend',
      );
    },
    async listenGrpc(address, services) {
      // Only here: the agent, which serves no gRPC, does not pay for its memory.
      const { createGrpcServer } = await import('../api/grpc/server.ts');
      return listen('grpc', createGrpcServer({ ...listener, address, services }));
    },
    listenHttp: (address, api = {}) =>
      listen('http', createHttpServer({ ...listener, ...api, hosts, address, metrics })),
    listenPush: (address, api) =>
      listen('push', createHttpServer({ ...listener, ...api, hosts, address, metrics })),
    daemon: (start) => ({
      name,
      async start() {
        try {
          await start();
          if (certificates) watchCertificates(certificates);
          // Registered last, so that it comes first: balancers see the end before the listeners close.
          lifecycle.own(`${name} readiness`, health, (state) => state.drain());
        } catch (error) {
          await lifecycle.stop();
          throw error;
        }
      },
      stop: () => lifecycle.stop(),
      addresses: () => addresses,
    }),
  };
}

/** The same service; each of its methods that answers with a promise is counted as `minimon_calls_total`. */
export const countCalls = <Service extends object>(service: Service, metrics: Metrics): Service =>
  callCounting(metrics)(service);

/** For several forms of one service, whose calls count together. */
export function callCounting(metrics: Metrics): <Service extends object>(service: Service) => Service {
  const calls = metrics.counter('calls_total', 'Calls of the service by method and outcome', [
    'method',
    'outcome',
  ]);
  const seconds = metrics.histogram('call_seconds', 'How long calls of the service took, in seconds');
  return <Service extends object>(service: Service) => {
    const counted = Object.entries(service).map(([method, call]) => {
      const wrapped = (...args: unknown[]) => {
        const began = performance.now();
        const answer: unknown = (call as (...args: unknown[]) => unknown)(...args);
        // A stream lasts as long as its reader wants: only answers are counted.
        if (!(answer instanceof Promise)) return answer;
        const done = (outcome: string) => {
          calls.add(1, { method, outcome });
          seconds.observe((performance.now() - began) / 1000);
        };
        answer.then(
          () => done('ok'),
          (error: unknown) => done(error instanceof ExpectedError ? error.code : 'INTERNAL'),
        );
        return answer;
      };
      return [method, wrapped];
    });
    return Object.fromEntries(counted) as Service;
  };
}
