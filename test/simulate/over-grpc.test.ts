// A simulated fleet over real gRPC: through a restart of report, and against an address where nobody is.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import test from 'node:test';
import { createReportClient } from '../../src/api/grpc/report-client.ts';
import { reportGrpcService } from '../../src/api/grpc/report-server.ts';
import { createGrpcServer } from '../../src/api/grpc/server.ts';
import { simulateOptions } from '../../src/daemons/simulate/options.ts';
import { createSimulator } from '../../src/daemons/simulate/simulator.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createHealth } from '../../src/runtime/health.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { until } from '../until.ts';
import { createRecordingReport } from './recording-report.ts';

const discovery = (address: string) => ({ addresses: () => [address], onChange: () => () => {} });

test('a day of 30 hosts arrives whole over gRPC, although report restarts in the middle', async (t) => {
  const report = createRecordingReport(systemClock);
  const serve = (address: string) =>
    createGrpcServer({ address, services: [reportGrpcService(report)], health: createHealth() });
  let server = serve('127.0.0.1:0');
  const address = await server.start();
  const client = createReportClient({ discovery: discovery(address) });
  const options = simulateOptions.parse({ hosts: 30, locations: 3, since: '24h', fault: ['none'] });
  let through = 0;
  const simulator = createSimulator(options, {
    report: client,
    clock: systemClock,
    logger: silentLogger,
    // Backoff is tested on a virtual clock; here it is short.
    random: () => 0.05,
    onProgress: ({ doneTicks, totalTicks }) => {
      through = doneTicks / totalTicks;
    },
  });
  t.after(async () => {
    await simulator.stop();
    await client.stop();
    await server.stop(0);
  });
  await simulator.start();
  await until('a few requests', () => report.calls >= 5);
  await server.stop(0);
  server = serve(address);
  await server.start();
  await until('the end of the history', () => through === 1);
  await simulator.stop();
  assert.equal(simulator.unhealthy(), undefined);
  const keys = new Set(report.ticks().map((tick) => `${tick.hostId} ${tick.timeMs}`));
  for (const host of simulator.fleet.hosts) {
    const count = [...keys].filter((key) => key.startsWith(`${host.hostId} `)).length;
    assert.ok(count >= 1_430, `${host.hostId} has ${count} of 1,440 ticks; a reboot may take a few`);
  }
  const counts = simulator.counts();
  assert.equal(counts.sentSamples, counts.acceptedSamples + counts.undeliveredSamples);
});

test('where nobody listens the simulation ends with what was tried', async () => {
  const socket = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => socket.once('listening', resolve));
  const { port } = socket.address() as { port: number };
  await new Promise((resolve) => socket.close(resolve));
  const client = createReportClient({ discovery: discovery(`127.0.0.1:${port}`), timeoutMs: 2_000 });
  const simulator = createSimulator(simulateOptions.parse({ hosts: 5, locations: 1, since: '2h' }), {
    report: client,
    clock: systemClock,
    logger: silentLogger,
  });
  try {
    await assert.rejects(simulator.run(new AbortController().signal), (error: Error & { code?: string }) => {
      assert.match(String(error.code), /^(UNREACHABLE|TIMEOUT)$/);
      assert.match(error.message, new RegExp(String(port)));
      return true;
    });
  } finally {
    await client.stop();
  }
});
