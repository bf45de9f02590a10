// What comes over the bus is sent on by remote write: at least once, in order, and dropped only by a name that is counted.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { createEmbeddedBus } from '../../src/bus/embedded/bus.ts';
import { createEmbeddedDeadLetters } from '../../src/bus/embedded/deadletter.ts';
import { persistOptions } from '../../src/daemons/persist/options.ts';
import { createPersistDaemon } from '../../src/daemons/persist/persist-daemon.ts';
import { REMOTE_WRITE_GROUP } from '../../src/daemons/persist/remote-write.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { openSqlite } from '../../src/runtime/sqlite.ts';
import { fetchText } from '../report/fetch-text.ts';
import { directory, metricValue, NOW, owned } from '../report/ticks.ts';
import { until } from '../until.ts';
import { createRecordingStore } from './recording-store.ts';
import { answer, ofOther, recordOf, remoteWriteTo, samplesIn, timeAt, writtenOf } from './remote-end.ts';

test('what comes over the bus arrives at a server, and is counted', async () => {
  const arrived: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    arrived.push(...(await samplesIn(Buffer.concat(chunks))));
    response.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  owned({ stop: async () => void server.close() });
  const path = directory();
  const bus = owned(
    await createEmbeddedBus({ directory: join(path, 'bus'), clock: systemClock, logger: silentLogger }),
  );
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/write`;
  const daemon = createPersistDaemon(persistOptions.parse({ admin: '127.0.0.1:0', remoteWrite: { url } }), {
    ...{ bus, store: createRecordingStore().store, clock: systemClock, logger: silentLogger },
    deadLetters: owned(createEmbeddedDeadLetters({ directory: path, logger: silentLogger })),
  });
  await daemon.start();
  owned(daemon);
  await bus.publish(
    ['web-1', 'web-2'].map((host) => ({ partition: 0, receivedMs: NOW, bytes: recordOf(host).bytes })),
  );
  await until('all arrived', () => arrived.length >= 4);
  assert.deepEqual(arrived, [...writtenOf('web-1'), ...writtenOf('web-2')]);
  await until('it is counted', async () => {
    const { body } = await fetchText(`http://${daemon.addresses()['http']}/metrics`);
    return metricValue(body, 'remote_write_samples_sent_total') === 4;
  });
});

test('what is not acknowledged stays on the bus: the next one sends it, and what was acknowledged not again', async () => {
  const first = await remoteWriteTo([answer(204), answer(503)]);
  await first.put(recordOf('a'));
  await until('it is committed', async () => (await first.bus.lag(REMOTE_WRITE_GROUP))[0]!.committed === 1);
  await first.put(recordOf('b'), recordOf('c'));
  await first.pass(1_000);
  await until('a try', () => first.tried.length === 2);
  const behindMs = async () => metricValue(await first.metrics.text(), 'remote_write_behind_ms');
  assert.equal(await behindMs(), 1_000);
  await first.writing.stop();
  assert.deepEqual(await first.numbers(), { received: 6, sent: 2, refused: 0, returned: 4 });
  // It may be another one's to send by now.
  assert.equal(await behindMs(), 0);
  await first.put(recordOf('d'));
  const second = await remoteWriteTo([answer(204)], { bus: first.bus });
  await until('the rest is sent', () => second.tried.length > 0);
  assert.deepEqual(second.tried.flat(), ['b', 'c', 'd'].flatMap(writtenOf));
  await second.writing.stop();
});

test('it begins with what comes after its first start, also where that ends before anything is sent', async () => {
  const bus = owned(
    await createEmbeddedBus({ directory: directory(), clock: systemClock, logger: silentLogger }),
  );
  await bus.publish([{ partition: 0, receivedMs: NOW, bytes: recordOf('before').bytes }]);
  const first = await remoteWriteTo([answer(503)], { bus });
  await first.writing.stop();
  await first.put(recordOf('a'));
  const second = await remoteWriteTo([answer(204)], { bus });
  await until('it is sent', () => second.tried.length > 0);
  assert.deepEqual(second.tried.flat(), writtenOf('a'));
  await second.writing.stop();
});

test("counters of other agents are sent as the rates that are stored; a replica's copy is not sent", async () => {
  const { writing, tried, numbers, put } = await remoteWriteTo([answer(204)]);
  const reading = (replica: string, second: number) =>
    ofOther(second, {
      replica,
      samples: [{ metric: 'load.1', labels: {}, value: second }],
      counters: [{ metric: 'net.sent', labels: { interface: 'eth0' }, value: 5 * second }],
    });
  await put(reading('x', 0), reading('y', 3), reading('x', 10));
  await until('all of it is sent', () => tried.length > 0);
  assert.deepEqual(tried.flat(), [
    `__name__=load_1,host=a 0 ${timeAt(0)}`,
    `__name__=load_1,host=a 10 ${timeAt(10)}`,
    `__name__=net_sent,host=a,interface=eth0 5 ${timeAt(10)}`,
  ]);
  await writing.stop();
  assert.equal((await numbers()).sent, 3);
});

test('where a series ended the other end gets a stale marker, before what another piece of that time has', async () => {
  const { writing, tried, put } = await remoteWriteTo([answer(204)]);
  const disk = { metric: 'disk.free', labels: { mount: '/mnt' } };
  await put(
    ofOther(0, { samples: [{ ...disk, value: 7 }] }),
    ofOther(10, { samples: [{ metric: 'load.1', labels: {}, value: 1 }], ended: [disk] }),
    ofOther(20, { ended: [disk] }),
  );
  await until('all of it is sent', () => tried.length > 0);
  assert.deepEqual(tried.flat(), [
    `__name__=disk_free,host=a,mount=/mnt 7 ${timeAt(0)}`,
    `__name__=disk_free,host=a,mount=/mnt ended ${timeAt(10) - 1}`,
    `__name__=load_1,host=a 1 ${timeAt(10)}`,
    `__name__=disk_free,host=a,mount=/mnt ended ${timeAt(20) - 1}`,
  ]);
  await writing.stop();
});

test('after a restart what the next rates need is read and sent again: each rate is there, with its value', async () => {
  const reading = (second: number) =>
    ofOther(second, { counters: [{ metric: 'net.sent', labels: {}, value: second ** 2 }] });
  const first = await remoteWriteTo([answer(204)]);
  await first.put(reading(0), reading(10));
  await until('it is committed', () => first.clock.sleepers() > 0);
  await first.writing.stop();
  await first.put(reading(20));
  const second = await remoteWriteTo([answer(204)], { bus: first.bus });
  await until('all of it is sent', () => second.tried.length > 0);
  const rates = [`__name__=net_sent,host=a 10 ${timeAt(10)}`, `__name__=net_sent,host=a 30 ${timeAt(20)}`];
  assert.deepEqual(first.tried.flat(), rates.slice(0, 1));
  assert.deepEqual(second.tried.flat(), rates);
  await second.writing.stop();
});

test('how far it is acknowledged is kept: what comes again for the rates alone is not sent again', async () => {
  const path = directory();
  const reading = (second: number) =>
    ofOther(second, { counters: [{ metric: 'net.sent', labels: {}, value: second ** 2 }] });
  const first = await remoteWriteTo([answer(204)], { directory: path });
  await first.put(reading(0), reading(10));
  await until('it is committed', () => first.clock.sleepers() > 0);
  await first.writing.stop();
  await first.put(reading(20));
  const second = await remoteWriteTo([answer(204)], { bus: first.bus, directory: path });
  await until('the rest is sent', () => second.tried.length > 0);
  assert.deepEqual(second.tried.flat(), [`__name__=net_sent,host=a 30 ${timeAt(20)}`]);
  await second.writing.stop();
  // A log that was made anew: its records have the same offsets, and come later.
  const third = await remoteWriteTo([answer(204)], { directory: path });
  await third.put(reading(30), reading(40));
  await until('all of it is sent', () => third.tried.length > 0);
  assert.deepEqual(third.tried.flat(), [`__name__=net_sent,host=a 70 ${timeAt(40)}`]);
  await third.writing.stop();
});

test('a log that was made anew under a clock that was set back is sent whole', async () => {
  const path = directory();
  const first = await remoteWriteTo([answer(204)], { directory: path });
  await first.put(recordOf('a'), recordOf('b'), recordOf('c'));
  await until('it is committed', () => first.clock.sleepers() > 0);
  await first.writing.stop();
  const second = await remoteWriteTo([answer(204)], { directory: path });
  const before = { ...recordOf('d'), receivedMs: NOW - 60_000 };
  await second.put(before);
  await until('it is sent', () => second.tried.length > 0);
  assert.deepEqual(second.tried.flat(), writtenOf('d'));
  await second.writing.stop();
});

test('it is sent whole too where it has more records by now than were sent of the one before', async () => {
  const path = directory();
  const first = await remoteWriteTo([answer(204)], { directory: path });
  const reading = (second: number) =>
    ofOther(second, { counters: [{ metric: 'net.sent', labels: {}, value: second }] });
  await first.put(recordOf('a'), recordOf('b'), reading(0), reading(10), recordOf('c'));
  await until('it is committed', () => first.clock.sleepers() > 0);
  await first.writing.stop();
  const second = await remoteWriteTo([answer(204)], { directory: path });
  const hosts = ['d', 'e', 'f', 'g', 'h', 'i'];
  await second.put(...hosts.map((host) => ({ ...recordOf(host), receivedMs: NOW - 60_000 })));
  await until('it is sent', () => second.tried.length > 0 && second.clock.sleepers() > 0);
  assert.deepEqual(second.tried.flat(), hosts.flatMap(writtenOf));
  await second.writing.stop();
});

test('the file of how far it is names no secret of the address, and is the same with another token', async () => {
  const path = directory();
  const reading = (second: number) =>
    ofOther(second, { counters: [{ metric: 'net.sent', labels: {}, value: second }] });
  const url = (token: string) => `http://remote/write?token=${token}-token`;
  const first = await remoteWriteTo([answer(204)], { directory: path, url: url('old') });
  await first.put(reading(0), reading(10));
  await until('it is committed', () => first.clock.sleepers() > 0);
  await first.writing.stop();
  assert.doesNotMatch(await readFile(join(path, 'remote-write.json'), 'utf8'), /old|write/);
  await first.put(reading(20));
  const second = await remoteWriteTo([answer(204)], { bus: first.bus, directory: path, url: url('new') });
  await until('the rest is sent', () => second.tried.length > 0);
  assert.deepEqual(second.tried.flat(), [`__name__=net_sent,host=a 1 ${timeAt(20)}`]);
  await second.writing.stop();
});

test('what the bus deleted before it was sent is counted and named, and not what was only read for rates', async () => {
  const path = directory();
  const open = () => createEmbeddedBus({ directory: path, clock: systemClock, logger: silentLogger });
  const bus = await open();
  const first = await remoteWriteTo([answer(204)], { bus, directory: path });
  const counters = [{ metric: 'net.sent', labels: {}, value: 1 }];
  await first.put(ofOther(0, { samples: [{ metric: 'load.1', labels: {}, value: 1 }], counters }));
  await until('it is sent', () => first.tried.length === 1 && first.clock.sleepers() > 0);
  await first.writing.stop();
  await first.put(recordOf('a'), recordOf('b'), recordOf('c'));
  const holding = await bus.consume({
    group: 'test',
    from: 'earliest',
    holds: true,
    onBatch: async () => {},
  });
  await holding.commit(new Map([[0, 3]]));
  await until('they are deleted', async () => (await bus.lag('another'))[0]!.committed === 3);
  // What is in memory is read though it is deleted.
  await bus.stop();
  const second = await remoteWriteTo([answer(204)], { bus: owned(await open()), directory: path });
  await until('the rest is sent', () => second.tried.length > 0);
  assert.deepEqual(second.tried.flat(), writtenOf('c'));
  assert.equal(metricValue(await second.metrics.text(), 'remote_write_records_lost_total'), 2);
  await second.writing.stop();
});

test('what nobody can read is not sent, and holds nothing up: another schema, no ticks, a name that is no text', async () => {
  const path = directory();
  const open = () => createEmbeddedBus({ directory: path, clock: systemClock, logger: silentLogger });
  const bus = await open();
  const first = await remoteWriteTo([answer(204)], { bus });
  await first.writing.stop();
  const noText = Buffer.from(recordOf('web').bytes);
  noText.fill(0xff, noText.indexOf('web'), noText.indexOf('web') + 3);
  await first.put(
    recordOf('newer'),
    { receivedMs: NOW, bytes: Buffer.from([0x0a, 0x7f, 1]) },
    { receivedMs: NOW, bytes: noText },
    recordOf('a'),
  );
  await bus.stop();
  // As a newer minimon would have written it, from before there were checksums.
  const db = openSqlite({ path: join(path, 'bus.sqlite'), synchronous: 'full' });
  db.exec('UPDATE records SET schema = 99, sum = NULL WHERE id = 0; INSERT INTO unchecked VALUES (0, 1)');
  db.close();
  const second = await remoteWriteTo([answer(204)], { bus: owned(await open()) });
  await until('the rest is sent', async () => (await second.numbers()).sent > 0);
  assert.deepEqual(second.tried.flat(), writtenOf('a'));
  await second.writing.stop();
  assert.deepEqual(await second.numbers(), { received: 2, sent: 2, refused: 0, returned: 0 });
});

test('it is behind only while samples wait', async () => {
  const { writing, bus, tried, metrics, put, clock } = await remoteWriteTo([answer(503), answer(204)]);
  const behindMs = async () => metricValue(await metrics.text(), 'remote_write_behind_ms');
  assert.equal(await behindMs(), 0);
  await put(recordOf('a'));
  await until('a try', () => tried.length === 1);
  await clock.advanceTo(NOW + 400);
  assert.equal(await behindMs(), 400);
  await until('it is sent', async () => {
    await clock.advanceTo(clock.nowMs() + 1_000);
    return (await bus.lag(REMOTE_WRITE_GROUP))[0]!.uncommitted === 0;
  });
  await until('nothing waits', async () => (await behindMs()) === 0);
  await writing.stop();
});
