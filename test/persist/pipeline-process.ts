// A process with the embedded pipeline from report's port to the store, to be killed at any moment.
import { join } from 'node:path';
import { createEmbeddedBus } from '../../src/bus/embedded/bus.ts';
import { createEmbeddedDeadLetters } from '../../src/bus/embedded/deadletter.ts';
import { persistOptions } from '../../src/daemons/persist/options.ts';
import { createPersistDaemon } from '../../src/daemons/persist/persist-daemon.ts';
import { reportOptions } from '../../src/daemons/report/options.ts';
import { createReportDaemon } from '../../src/daemons/report/report-daemon.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createEmbeddedStore } from '../../src/store/embedded/store.ts';

/** Everything on one data directory, as `minimon up` has it; with remote write to `sendTo`. */
export async function startPipeline(data: string, sendTo?: string) {
  const parts = { clock: systemClock, logger: silentLogger };
  const bus = await createEmbeddedBus({ directory: join(data, 'bus'), ...parts });
  const store = await createEmbeddedStore({ directory: join(data, 'store'), ...parts });
  const deadLetters = createEmbeddedDeadLetters({ directory: data, logger: silentLogger });
  const persist = createPersistDaemon(
    persistOptions.parse({ admin: '127.0.0.1:0', remoteWrite: { url: sendTo } }),
    {
      directory: data,
      bus,
      store,
      deadLetters,
      ...parts,
    },
  );
  const report = createReportDaemon(
    reportOptions.parse({ grpc: '127.0.0.1:0', push: '127.0.0.1:0', admin: '127.0.0.1:0' }),
    {
      bus,
      retentionMs: 35 * 86_400_000,
      roomFor: { maxHosts: 100_000, maxSeries: 10_000_000 },
      ...parts,
    },
  );
  await persist.start();
  await report.start();
  return {
    bus,
    store,
    persist,
    report,
    async stop() {
      for (const part of [report, persist, deadLetters, store, bus]) await part.stop();
    },
  };
}

if (process.argv[1] === import.meta.filename) {
  process.on('disconnect', () => process.exit());
  const pipeline = await startPipeline(process.argv[2]!, process.argv[3]);
  process.send?.(pipeline.report.addresses()['grpc']!);
}
