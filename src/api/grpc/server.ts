// A gRPC listener: its health, and a stop that lets calls in flight end.
import { createServer, type Server as NetServer } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { delay } from '../../runtime/clock.ts';
import type { Health } from '../../runtime/health.ts';
import { type Logger, silentLogger } from '../../runtime/logging.ts';
import { withTimeout } from '../../runtime/timeout.ts';
import type { Gate } from '../gate.ts';
import type { HealthDefinition } from '../generated/grpc/health/v1/Health.ts';
import { listenOn } from '../listener.ts';
import { contextOptions, requireCertificate, type TlsMaterial } from '../tls.ts';
import { quietGrpc } from './failure.ts';
import { loadService } from './proto.ts';
import { type GrpcService, grpcService, implementationOf, tolerantDefinition } from './service.ts';

export type { GrpcService } from './service.ts';

/** Over the service's own limit of 1 MiB, so that a request in between still gets an answer that names the limit. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;

export type GrpcServer = {
  /** Resolves with the `host:port` that is bound; PORT_IN_USE and BAD_CONFIG name the address. */
  start(): Promise<string>;
  /** Another certificate, from the next connection on. Nothing on a listener of plain text. */
  setTls(tls: TlsMaterial): void;
  /** NOT_SERVING at once, no new calls; those in flight have `graceMs` (default 10 s) to end, then they are cut. */
  stop(graceMs?: number): Promise<void>;
};

/** Of one connection at once; what a client has more of waits there. */
const MAX_STREAMS = 1_000;

export type GrpcServerOptions = {
  readonly address: string;
  readonly services: readonly GrpcService[];
  readonly health: Health;
  /** Named in errors and logs. */
  readonly daemon?: string;
  readonly tls?: TlsMaterial;
  /** Clients without a certificate are served too, where `tls` has an authority: the gate decides. */
  readonly certificatesOptional?: boolean | undefined;
  /** Without it there is no authentication. */
  readonly gate?: Gate | undefined;
  readonly logger?: Logger;
};

export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  const { address, services, health, daemon = 'daemon', logger = silentLogger } = options;
  quietGrpc();
  const server = new Server({
    'grpc.max_receive_message_length': MAX_REQUEST_BYTES,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': MAX_STREAMS,
  });
  const healthService = createHealthService(health);
  const ending = new AbortController();
  const parts = { logger, ending: ending.signal, gate: options.gate };
  for (const service of [...services, healthService.service]) {
    server.addService(tolerantDefinition(service.definition), implementationOf(service, parts));
  }
  let stopping: Promise<void> | undefined;
  let tlsCredentials: TlsServerCredentials | undefined;
  let listener: NetServer | undefined;

  async function drain(graceMs: number): Promise<void> {
    healthService.stop();
    ending.abort();
    const closed = new Promise<void>((resolve) => (listener ? listener.close(() => resolve()) : resolve()));
    const shutDown = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    const ended = Promise.all([closed, shutDown]).then(() => 'ended' as const);
    if ((await withTimeout(graceMs, ended)) === 'ended') return;
    logger.warn({ graceMs }, 'gRPC calls were still in flight after the grace time; cutting them');
    server.forceShutdown();
  }

  return {
    async start() {
      const credentials = serverCredentials(options);
      if (credentials instanceof TlsServerCredentials) tlsCredentials = credentials;
      // Its own way to bind does not let say how many connections may wait.
      const { injectConnection } = server.createConnectionInjector(credentials);
      listener = createServer({ allowHalfOpen: true }, injectConnection);
      return listenOn(listener, address, daemon);
    },
    setTls: (tls) => tlsCredentials?.renew(tls),
    stop: (graceMs = 10_000) => (stopping ??= drain(graceMs)),
  };
}

function serverCredentials({
  tls,
  gate,
  certificatesOptional = false,
}: GrpcServerOptions): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure();
  return new TlsServerCredentials(requireCertificate(tls), !(certificatesOptional && gate));
}

/** createSsl's own cannot be renewed; the base class has the means for it. */
class TlsServerCredentials extends ServerCredentials {
  constructor(tls: TlsMaterial, rejectUnauthorized: boolean) {
    super({ requestCert: tls.ca !== undefined, rejectUnauthorized }, contextOptions(tls));
  }
  renew(tls: TlsMaterial): void {
    this.updateSecureContextOptions(contextOptions(tls));
  }
  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

/** How often a watcher's readiness is polled. */
const WATCH_EVERY_MS = 1_000;

/** gRPC's standard health service, answered from the daemon's own readiness. */
function createHealthService(health: Health): { service: GrpcService; stop(): void } {
  const stopped = new AbortController();
  const status = () =>
    !stopped.signal.aborted && health.report().ready ? ('SERVING' as const) : ('NOT_SERVING' as const);

  async function* watch(signal: AbortSignal) {
    for (let sent: string | undefined; ; ) {
      const now = status();
      if (now !== sent) yield { status: now };
      sent = now;
      // A stopping server ends its watchers, after the last status, or they would keep it from ever shutting down.
      if (stopped.signal.aborted || signal.aborted) return;
      await delay(WATCH_EVERY_MS, AbortSignal.any([signal, stopped.signal])).catch(() => {});
    }
  }

  const definition = loadService<HealthDefinition>('grpc/health/v1/health.proto', 'grpc.health.v1.Health');
  return {
    service: grpcService<HealthDefinition>(
      definition,
      {
        Check: async () => ({ status: status() }),
        Watch: (_request, { signal }) => watch(signal),
      },
      { Check: 'open', Watch: 'open' },
    ),
    stop: () => stopped.abort(),
  };
}
