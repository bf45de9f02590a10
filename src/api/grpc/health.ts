// gRPC's standard health service, answered from the daemon's own readiness.
import { delay } from '../../runtime/clock.ts';
import type { Health } from '../../runtime/health.ts';
import type { HealthDefinition } from '../generated/grpc/health/v1/Health.ts';
import { loadService } from './proto.ts';
import { type GrpcService, grpcService } from './service.ts';

/** How often a watcher's readiness is polled. */
const WATCH_EVERY_MS = 1_000;

export function createHealthService(health: Health): { service: GrpcService; stop(): void } {
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
    service: grpcService<HealthDefinition>(definition, {
      Check: async () => ({ status: status() }),
      Watch: (_request, { signal }) => watch(signal),
    }),
    stop: () => stopped.abort(),
  };
}
