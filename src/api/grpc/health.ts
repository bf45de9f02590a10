// gRPC's standard health service, answered from the daemon's own readiness.
import type { Health } from '../../runtime/health.ts';
import type { HealthDefinition } from '../generated/grpc/health/v1/Health.ts';
import { loadService } from './proto.ts';
import { type GrpcService, grpcService } from './service.ts';

/** How often a watcher's answer is looked at again: readiness is asked, it does not announce itself. */
const WATCH_EVERY_MS = 1_000;

export function createHealthService(health: Health): { service: GrpcService; stop(): void } {
  const stopped = new AbortController();
  const status = () =>
    !stopped.signal.aborted && health.report().ready ? ('SERVING' as const) : ('NOT_SERVING' as const);

  async function* watch(signal: AbortSignal) {
    for (let told: string | undefined; ; ) {
      const now = status();
      if (now !== told) yield { status: now };
      told = now;
      // A stopping server ends its watchers, after they were told, or they would keep it from ever shutting down.
      if (stopped.signal.aborted || signal.aborted) return;
      await pause(WATCH_EVERY_MS, [signal, stopped.signal]);
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

function pause(ms: number, signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    for (const signal of signals) signal.addEventListener('abort', done);
  });
}
