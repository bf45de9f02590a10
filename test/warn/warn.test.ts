// warn on the stream: begins at the latest record, shows how far it is, survives what it cannot read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bus } from '../../src/bus/bus.ts';
import { createEmbeddedBus } from '../../src/bus/embedded/bus.ts';
import { warnOptions } from '../../src/daemons/warn/options.ts';
import { createWarnService } from '../../src/daemons/warn/service.ts';
import { createWarnDaemon } from '../../src/daemons/warn/warn-daemon.ts';
import { type Clock, createVirtualClock, systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
import { startHttpStub } from '../receivers/servers/http-stub.ts';
import { fetchText } from '../report/fetch-text.ts';
import { directory, metricValue, NOW, owned, tick } from '../report/ticks.ts';
import { until } from '../until.ts';
import { alertBackends, alertParts } from './alert-parts.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const openBus = async (path: string, partitions = 1) =>
  owned(await createEmbeddedBus({ directory: path, partitions, clock: systemClock, logger: silentLogger }));
const metricsAnd = async (bus: Bus, clock: Clock = createVirtualClock(NOW), path = directory()) => {
  const metrics = createMetrics('warn');
  const parts = await alertParts(clock, path);
  const warn = createWarnService({ bus, clock, logger: silentLogger, metrics, ...parts });
  await warn.start();
  return { warn, metrics };
};
const message = (partition: number, receivedMs: number, backfill = false) => ({
  partition,
  receivedMs,
  bytes: encodeBatch([encodeTick(tick())], { backfill }),
});

test('it begins at the latest record and keeps a watermark for each partition', async () => {
  const bus = await openBus(directory(), 2);
  await bus.publish([message(0, NOW - 60_000)]);
  const { warn, metrics } = await metricsAnd(bus);
  owned(warn);
  await until('the consumer', async () => (await warn.status()).partitions[0]?.position === 1);
  assert.deepEqual(
    (await warn.status()).partitions.map(({ receivedMs, unread }) => [receivedMs, unread]),
    [
      [undefined, 0],
      [undefined, 0],
    ],
  );
  await bus.publish([message(0, NOW + 1), message(1, NOW + 2, true), message(0, NOW + 3)]);
  await until('read', async () => (await warn.status()).partitions.every(({ unread }) => unread === 0));
  assert.deepEqual(
    (await warn.status()).partitions.map(({ receivedMs }) => receivedMs),
    [NOW + 3, NOW + 2],
  );
  const text = await metrics.text();
  assert.equal(metricValue(text, 'samples_received_total'), 6);
  assert.equal(metricValue(text, 'samples_ignored_total'), 2);
  assert.equal(metricValue(text, 'stream_received_ms', 'partition="1"'), NOW + 2);
});

test('a record it cannot read is skipped and counted', async () => {
  const bus = await openBus(directory());
  const { warn, metrics } = await metricsAnd(bus);
  owned(warn);
  await bus.publish([{ ...message(0, NOW), bytes: Buffer.from([0x0a, 9, 1]) }, message(0, NOW + 5)]);
  await until('read', async () => (await warn.status()).partitions[0]?.receivedMs === NOW + 5);
  assert.equal(metricValue(await metrics.text(), 'records_unreadable_total'), 1);
});

test('trimmed past, it goes on at the earliest record that is left and counts what it skipped', async () => {
  const path = directory();
  let bus = await openBus(path);
  const clock = createVirtualClock(NOW);
  const start = async () => (await metricsAnd(bus, clock, path)).warn;
  const first = await start();
  await until('it tells', async () => {
    await clock.advanceTo(clock.nowMs() + 500);
    return first.isTelling();
  });
  await bus.publish([message(0, NOW)]);
  await until('read', async () => (await first.status()).partitions[0]?.position === 1);
  await first.stop();
  const persist = await bus.consume({
    group: 'minimon.persist',
    from: 'earliest',
    holds: true,
    async onBatch() {},
  });
  await bus.publish(Array.from({ length: 6 }, (_, i) => message(0, NOW + i)));
  await until('persist is through', async () => (await persist.lag())[0]!.unread === 0);
  const { end } = (await bus.lag('any'))[0]!;
  await persist.commit(new Map([[0, end - 2]]));
  await bus.stop();
  bus = await openBus(path);
  const second = owned(await start());
  await until('read', async () => (await second.status()).partitions[0]?.unread === 0);
  assert.equal((await second.status()).skippedRecords, 4);
});

test('the daemon is ready, shows its lag over HTTP, and stops', async () => {
  const bus = await openBus(directory());
  const options = warnOptions.parse({ grpc: '127.0.0.1:0', http: '127.0.0.1:0' });
  const daemon = owned(
    createWarnDaemon(options, { bus, clock: systemClock, logger: silentLogger, ...(await alertBackends()) }),
  );
  await daemon.start();
  await bus.publish([message(0, NOW)]);
  const url = `http://${daemon.addresses()['http']}`;
  await until('the lag', async () => {
    const status = JSON.parse((await fetchText(`${url}/api/v1/status`)).body);
    return status.partitions[0].received_at === '2025-11-25T01:00:00.000Z';
  });
  const ready = await fetchText(`${url}/readyz?verbose`);
  assert.equal(ready.status, 200);
  assert.match(ready.body, /partition 0: \d+ records unread/);
  await daemon.stop();
  await assert.rejects(fetchText(`${url}/livez`));
});

test('the daemon calls its heartbeat address', async (t) => {
  const hook = await startHttpStub(t, () => ({ status: 200 }));
  const bus = await openBus(directory());
  const options = warnOptions.parse({
    grpc: '127.0.0.1:0',
    http: '127.0.0.1:0',
    heartbeatUrl: `${hook.url}/ping`,
  });
  const daemon = owned(
    createWarnDaemon(options, { bus, clock: systemClock, logger: silentLogger, ...(await alertBackends()) }),
  );
  await daemon.start();
  await until('a heartbeat', () => hook.received.length === 1);
  const body = JSON.parse(hook.received[0]!.body) as Record<string, unknown>;
  assert.deepEqual(Object.keys(body), ['sent_at', 'records_unread', 'alerts_firing', 'messages_owed']);
  await daemon.stop();
});

test('addresses that the setting names are connected to by the heartbeat and the receivers of the daemon', async () => {
  // Nobody has it: on some machines the system refuses it at once, on others the try is over by the virtual clock.
  const address = '[fe80::1]';
  const url = `http://${address}:1/`;
  const reasons = async (allowAddresses: readonly string[]) => {
    const clock = createVirtualClock(NOW);
    const logged: string[] = [];
    const logger = { ...silentLogger, warn: (...all: unknown[]) => void logged.push(String(all.at(-1))) };
    const { manage, ...backends } = await alertBackends(directory(), clock);
    await manage.putReceiver({ name: 'near', kind: 'webhook', options: JSON.stringify({ url }) });
    const bus = await openBus(directory());
    const addresses = { grpc: '127.0.0.1:0', http: '127.0.0.1:0' };
    const options = warnOptions.parse({ ...addresses, heartbeatUrl: url, allowAddresses });
    const daemon = owned(createWarnDaemon(options, { bus, clock, logger, manage, ...backends }));
    await daemon.start();
    const passing = (found: () => boolean) =>
      until('an outcome', async () => {
        await clock.advanceTo(clock.nowMs() + 1_000);
        return found();
      });
    await passing(() => logged.some((line) => line.startsWith('the heartbeat')));
    let tested = '';
    const request = { method: 'POST', body: '{"name":"near"}', headers: JSON_TYPE };
    fetch(`http://${daemon.addresses()['http']}/api/v1/receivers/test`, request)
      .then((response) => response.text())
      .then((text) => (tested = text));
    await passing(() => tested !== '');
    await daemon.stop();
    return [tested, logged.find((line) => line.startsWith('the heartbeat'))!];
  };
  for (const reason of await reasons([])) assert.match(reason, /link-local .* warn\.allow_addresses/);
  for (const reason of await reasons([address])) assert.doesNotMatch(reason, /link-local|UNKNOWN/);
});
