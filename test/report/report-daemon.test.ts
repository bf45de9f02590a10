// The report daemon as a whole: ready while the bus takes messages, found while it runs, nothing left when it cannot start.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReportClient } from '../../src/api/grpc/report-client.ts';
import { createEmbeddedBus } from '../../src/bus/embedded/bus.ts';
import { reportOptions } from '../../src/daemons/report/options.ts';
import { createReportDaemon, type ReportDaemonParts } from '../../src/daemons/report/report-daemon.ts';
import { createStaticDiscovery } from '../../src/discovery/discovery.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { until } from '../until.ts';
import { fetchText } from './fetch-text.ts';
import { DAY, directory, owned, request, tick } from './ticks.ts';

const parts = {
  clock: systemClock,
  logger: silentLogger,
  roomFor: { maxHosts: 100, maxSeries: 1_000 },
};
const options = reportOptions.parse({
  grpc: '127.0.0.1:0',
  push: '127.0.0.1:0',
  admin: '127.0.0.1:0',
  id: 'report-1',
});

async function daemonOn(bus: { minFreeShare?: number }, more: Partial<ReportDaemonParts> = {}) {
  const opened = owned(await createEmbeddedBus({ directory: directory(), ...bus, ...parts }));
  return owned(createReportDaemon(options, { bus: opened, retentionMs: 35 * DAY, ...parts, ...more }));
}
const clientOf = (address: string) =>
  owned(createReportClient({ discovery: createStaticDiscovery([address]), timeoutMs: 3_000 }));
const now = () => Math.floor(Date.now() / 1_000) * 1_000;

test('it is ready, takes a report, and counts it', async () => {
  const daemon = await daemonOn({});
  await daemon.start();
  const { http, grpc } = daemon.addresses();
  assert.equal((await fetchText(`http://${http}/readyz`)).status, 200);
  const answer = await clientOf(grpc!).report(request([tick({ timeMs: now() })]));
  assert.deepEqual([answer.acceptedSamples, answer.refusedSamples], [2, 0]);
  assert.ok(answer.receivedMs <= answer.sentMs);
  const { body } = await fetchText(`http://${http}/metrics`);
  assert.match(body, /minimon_samples_published_total\{daemon="report"\} 2/);
  const beaten = /minimon_heartbeats_total\{.*outcome="ok".*\} [1-9]/;
  await until('its first heartbeat', async () =>
    beaten.test((await fetchText(`http://${http}/metrics`)).body),
  );
});

test('with a bus that is full it is not ready and answers UNAVAILABLE, so that agents keep their ticks', async () => {
  const daemon = await daemonOn({ minFreeShare: 1 });
  await daemon.start();
  const { http, grpc } = daemon.addresses();
  const ready = await fetchText(`http://${http}/readyz?verbose`);
  assert.equal(ready.status, 503);
  assert.match(ready.body, /bus.*free/);
  await assert.rejects(clientOf(grpc!).report(request([tick({ timeMs: now() })])), { kind: 'unavailable' });
});

test('it is registered with its address after it listens, and deregistered before it stops listening', async () => {
  const events: string[] = [];
  const daemon = await daemonOn(
    {},
    {
      async register({ id, address }) {
        const answer = await clientOf(address).report(request([tick({ timeMs: now() })]));
        events.push(`${id} found, ${answer.acceptedSamples} samples taken`);
        return {
          unhealthy: () => 'etcd is away',
          async stop() {
            const last = await clientOf(address).report(request([tick({ timeMs: now() })]));
            events.push(`${id} gone, ${last.acceptedSamples} samples taken`);
          },
        };
      },
    },
  );
  await daemon.start();
  const ready = await fetchText(`http://${daemon.addresses()['http']}/readyz?verbose`);
  assert.equal(ready.status, 200, 'those who know its address still reach it');
  assert.match(ready.body, /etcd is away/);
  await daemon.stop();
  assert.deepEqual(events, ['report-1 found, 2 samples taken', 'report-1 gone, 2 samples taken']);
});

test('a port in use ends the start with nothing left running', async () => {
  const first = await daemonOn({});
  await first.start();
  const bus = owned(await createEmbeddedBus({ directory: directory(), ...parts }));
  const taken = first.addresses()['grpc']!;
  const second = createReportDaemon({ ...options, grpc: taken }, { bus, retentionMs: 35 * DAY, ...parts });
  await assert.rejects(second.start(), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'PORT_IN_USE');
    assert.ok(error.message.includes(taken));
    return true;
  });
  await assert.rejects(fetchText(`http://${second.addresses()['http']}/livez`));
});
