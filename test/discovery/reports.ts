// Report services for tests of how they are found: real gRPC servers over a service that only counts.
import assert from 'node:assert/strict';
import { reportGrpcService } from '../../src/api/grpc/report-server.ts';
import { createGrpcServer } from '../../src/api/grpc/server.ts';
import type { ReportService } from '../../src/api/report.ts';
import type { TlsMaterial } from '../../src/api/tls.ts';
import { messageOf } from '../../src/domain/errors.ts';
import { createHealth } from '../../src/runtime/health.ts';
import { encodeRequest, encodeTick } from '../../src/wire/tick-writer.ts';

export type CountingReport = {
  readonly address: string;
  /** Requests it acknowledged. */
  count(): number;
  /** With a grace of 0 it cuts its calls as a crash would. Default 2 s. */
  stop(graceMs?: number): Promise<void>;
};

export async function startReport(address = '127.0.0.1:0', tls?: TlsMaterial): Promise<CountingReport> {
  let count = 0;
  const service: ReportService = {
    async report() {
      // As long as a bus takes, so that calls are in flight when a server stops.
      await new Promise((resolve) => setTimeout(resolve, 5));
      count++;
      const now = Date.now();
      return { acceptedSamples: 1, refusedSamples: 0, refusals: [], receivedMs: now, sentMs: now };
    },
  };
  const server = createGrpcServer({
    address,
    services: [reportGrpcService(service)],
    health: createHealth(),
    ...(tls && { tls }),
  });
  const bound = await server.start();
  return { address: bound, count: () => count, stop: (graceMs = 2_000) => server.stop(graceMs) };
}

export const request = (host: string, ms: number): Uint8Array =>
  encodeRequest(
    [
      encodeTick({
        hostId: host,
        timeMs: ms,
        intervalMs: 60_000,
        machineId: 'm',
        bootId: 'b',
        agentVersion: '0.1.0',
        samples: [{ metric: 'cpu.usage', labels: {}, value: 1 }],
      }),
    ],
    false,
  );

export type Load = {
  /** Requests that were acknowledged so far. */
  done(): number;
  /** Ends the load; resolves with what failed, each kind of failure once. */
  end(): Promise<readonly string[]>;
};

/** Reports without a pause from several agents at once. */
export function startLoad(client: ReportService, agents = 8): Load {
  let running = true;
  let done = 0;
  const failures = new Set<string>();
  const loops = Array.from({ length: agents }, async (_, i) => {
    for (let n = 0; running; n++) {
      try {
        const answer = await client.report(request(`agent-${i}`, n));
        assert.equal(answer.acceptedSamples, 1);
        done++;
      } catch (error) {
        failures.add(messageOf(error));
      }
    }
  });
  return {
    done: () => done,
    async end() {
      running = false;
      await Promise.all(loops);
      return [...failures];
    },
  };
}
