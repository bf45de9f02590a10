// The measured side of bench/pipeline.ts, bench/push.ts and bench/reconnect.ts: gRPC alone, report on the embedded bus, or the whole path to the
// store, from gRPC or from what other agents push.
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { reportGrpcService } from '../src/api/grpc/report-server.ts';
import { createGrpcServer } from '../src/api/grpc/server.ts';
import type { KnownToken } from '../src/api/tokens.ts';
import { createEmbeddedBus } from '../src/bus/embedded/bus.ts';
import { createEmbeddedDeadLetters } from '../src/bus/embedded/deadletter.ts';
import { persistOptions } from '../src/daemons/persist/options.ts';
import { createPersistDaemon } from '../src/daemons/persist/persist-daemon.ts';
import { createReportDaemon } from '../src/daemons/report/report-daemon.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { createHealth } from '../src/runtime/health.ts';
import { silentLogger } from '../src/runtime/logging.ts';
import { createEmbeddedStore } from '../src/store/embedded/store.ts';
import { tlsOf } from './tls-files.ts';

export type ServerFigures = { readonly cpuMs: number; readonly loopP99Ms: number; readonly rssMb: number };

export type MeasuredPath = 'grpc' | 'acknowledged' | 'whole' | 'pushed';

const [data, path, certificates, token, listen = '127.0.0.1:0'] = process.argv.slice(2) as [
  ...[string, MeasuredPath, string | undefined],
  // JSON of the one that it knows, and where report listens.
  ...[string | undefined, string | undefined],
];
const tls = certificates ? { tls: tlsOf(certificates, 'server') } : {};
const isWhole = path === 'whole' || path === 'pushed';
const parts = { clock: systemClock, logger: silentLogger, ...tls };
const bus = await createEmbeddedBus({ directory: join(data, 'bus'), ...parts });
/** What a call costs before anybody reads it: the floor under the other figures. */
const alone = createGrpcServer({
  address: '127.0.0.1:0',
  daemon: 'report',
  health: createHealth(),
  ...tls,
  services: [
    reportGrpcService({
      report: async () => ({
        acceptedSamples: 0,
        refusedSamples: 0,
        refusals: [],
        receivedMs: Date.now(),
        sentMs: Date.now(),
      }),
    }),
  ],
});
const report = createReportDaemon(
  {
    grpc: listen,
    push: '127.0.0.1:0',
    admin: '127.0.0.1:0',
    id: 'bench',
    maxSeriesPerHost: 2_000,
    pushKeep: ['*'],
  },
  {
    ...{ bus, retentionMs: 35 * 86_400_000, roomFor: { maxHosts: 100_000, maxSeries: 10_000_000 } },
    ...parts,
    ...(token && {
      callers: {
        ...{ insecure: false, certificatesOptional: false },
        sync: async () => ({ version: 1, changed: true, tokens: [JSON.parse(token) as KnownToken] }),
      },
    }),
  },
);
if (isWhole) {
  const store = await createEmbeddedStore({ directory: join(data, 'store'), ...parts });
  const deadLetters = createEmbeddedDeadLetters({ directory: data, logger: silentLogger });
  await createPersistDaemon(persistOptions.parse({ admin: '127.0.0.1:0' }), {
    bus,
    store,
    deadLetters,
    ...parts,
  }).start();
}
if (path !== 'grpc') await report.start();
const address =
  path === 'grpc' ? await alone.start() : report.addresses()[path === 'pushed' ? 'push' : 'grpc'];

const delay = monitorEventLoopDelay({ resolution: 1 });
let begun = process.cpuUsage();
process.on('disconnect', () => process.exit());
process.on('message', async (command) => {
  if (command === 'begin') {
    delay.enable();
    delay.reset();
    begun = process.cpuUsage();
    return process.send?.('begun');
  }
  // The path ends in the store: what still waits belongs to the bill.
  while (isWhole && (await bus.lag('minimon.persist')).some(({ unread }) => unread > 0)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const { user, system } = process.cpuUsage(begun);
  const figures: ServerFigures = {
    cpuMs: (user + system) / 1_000,
    loopP99Ms: delay.percentile(99) / 1e6,
    rssMb: process.memoryUsage().rss / 1e6,
  };
  process.send?.(figures);
});
process.send?.(address);
