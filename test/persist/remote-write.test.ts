// What persist stored is sent on by remote write: once, in order, tried again, and dropped only by a name that is counted.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { BUS_SCHEMA, type BusRecord } from '../../src/bus/bus.ts';
import { createEmbeddedBus } from '../../src/bus/embedded/bus.ts';
import { createEmbeddedDeadLetters } from '../../src/bus/embedded/deadletter.ts';
import { persistOptions } from '../../src/daemons/persist/options.ts';
import { createPersistDaemon } from '../../src/daemons/persist/persist-daemon.ts';
import { createRemoteWrite } from '../../src/daemons/persist/remote-write.ts';
import type { HttpRequest, HttpResult } from '../../src/receivers/http-transport.ts';
import { createVirtualClock, systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { readRemoteWrite1 } from '../../src/wire/remote-write.ts';
import { unsnappy } from '../../src/wire/snappy.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-codec.ts';
import { fetchText } from '../report/fetch-text.ts';
import { directory, metricValue, NOW, owned, tick } from '../report/ticks.ts';
import { until } from '../until.ts';
import { createRecordingStore } from './recording-store.ts';

/** `{labels} value time` of each sample. */
async function samplesIn(body: Uint8Array): Promise<string[]> {
  const found: string[] = [];
  readRemoteWrite1(await unsnappy(body, 1e7), ({ labels, samples, error }) => {
    assert.equal(error, undefined);
    const names = [...labels.keys()];
    assert.deepEqual(names, names.toSorted(), 'labels are by name');
    const text = [...labels].map(([name, value]) => `${name}=${value}`).join(',');
    for (const { value, timeMs } of samples) found.push(`${text} ${value} ${timeMs}`);
  });
  return found;
}

const ticksOf = (hostId: string) =>
  tick({
    hostId,
    samples: [
      { metric: 'cpu.usage', labels: {}, value: 12.5 },
      { metric: 'disk.usage', labels: { mount: '/', host: 'inner' }, value: -0.1 },
    ],
  });
const recordOf = (offset: number, ...hosts: string[]): BusRecord => ({
  ...{ partition: 0, offset, receivedMs: NOW, schema: BUS_SCHEMA },
  bytes: encodeBatch(hosts.map((host) => encodeTick(ticksOf(host)))),
});
const writtenOf = (host: string) => [
  `__name__=cpu_usage,host=${host} 12.5 ${ticksOf(host).timeMs}`,
  `__name__=disk_usage,exported_host=inner,host=${host},mount=/ -0.1 ${ticksOf(host).timeMs}`,
];

const answer = (status: number, headers: Readonly<Record<string, string>> = {}): HttpResult => ({
  ...{ kind: 'answer', status, headers, body: `status ${status}`, truncated: false },
});

/** One that answers as `answers` say, and then always as its last. */
function remoteWriteTo(
  answers: HttpResult[],
  queue = '1MiB',
  locations?: Parameters<typeof createRemoteWrite>[1]['locations'],
) {
  const clock = createVirtualClock(NOW);
  const metrics = createMetrics('persist');
  const tried: string[][] = [];
  const requests: HttpRequest[] = [];
  const { remoteWrite } = persistOptions.parse({
    remoteWrite: { url: 'http://remote/write', token: 'secret', tenant: 'team', queue },
  });
  const writing = createRemoteWrite(
    { ...remoteWrite, url: remoteWrite.url! },
    {
      ...{ clock, logger: silentLogger, metrics, locations },
      async http(request) {
        requests.push(request);
        tried.push(await samplesIn(request.body as Uint8Array));
        return answers.length > 1 ? answers.shift()! : answers[0]!;
      },
    },
  );
  writing.start();
  const numbers = async () => {
    const text = await metrics.text();
    const value = (name: string, label?: string) => metricValue(text, `remote_write_samples_${name}`, label);
    const [received, sent, queued] = [value('received_total'), value('sent_total'), value('queued')];
    const reasons = ['queue_full', 'refused', 'stopped'] as const;
    const dropped = Object.fromEntries(
      reasons.flatMap((reason) => {
        const count = value('dropped_total', `reason="${reason}"`);
        return count > 0 ? [[reason, count]] : [];
      }),
    );
    const all = Object.values(dropped).reduce((sum, one) => sum + one, 0);
    assert.equal(received, sent + all + queued, 'the numbers close');
    return { received, sent, dropped };
  };
  /** Lets it wait out what it waits for. */
  async function pass(ms: number) {
    await until('it waits', () => clock.sleepers() > 0);
    await clock.advanceTo(clock.nowMs() + ms);
  }
  return { writing, tried, requests, numbers, pass, clock };
}

test('what persist stored arrives at a server, and is counted', async () => {
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
    ['web-1', 'web-2'].map((host) => ({ partition: 0, receivedMs: NOW, bytes: recordOf(0, host).bytes })),
  );
  await until('all arrived', () => arrived.length >= 4);
  assert.deepEqual(arrived, [...writtenOf('web-1'), ...writtenOf('web-2')]);
  await until('it is counted', async () => {
    const { body } = await fetchText(`http://${daemon.addresses()['http']}/metrics`);
    return metricValue(body, 'remote_write_samples_sent_total') === 4;
  });
});

test('records are gathered, and shown with the token and the tenant', async () => {
  const { writing, tried, requests, numbers, pass } = remoteWriteTo([answer(204)]);
  writing.take([recordOf(1, 'a', 'b')]);
  writing.take([recordOf(2, 'c')]);
  await pass(1_000);
  await until('it is sent', () => tried.length === 1);
  assert.deepEqual(tried, [['a', 'b', 'c'].flatMap(writtenOf)]);
  const { 'content-length': _, ...headers } = requests[0]!.headers;
  assert.deepEqual(headers, {
    ...{ 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
    ...{
      'x-prometheus-remote-write-version': '0.1.0',
      authorization: 'Bearer secret',
      'x-scope-orgid': 'team',
    },
  });
  await until('it is counted', async () => (await numbers()).sent === 6);
  await writing.stop();
});

test('what is not answered, or with our or their trouble, is sent again in the same order', async () => {
  const { writing, tried, numbers, pass, clock } = remoteWriteTo([
    ...[{ kind: 'not_sent', reason: 'connection refused' } as const, answer(401), answer(503)],
    answer(429, { 'retry-after': '7' }),
    answer(200),
  ]);
  writing.take([recordOf(1, 'a')]);
  await pass(1_000);
  writing.take([recordOf(2, 'b')]);
  await until('it says why', () => writing.note() !== undefined);
  assert.match(writing.note()!, /^remote write to http:\/\/remote.*: 4 samples wait: connection refused$/);
  await until('both are sent', async () => {
    await clock.advanceTo(clock.nowMs() + 60_000);
    return tried.length === 6;
  });
  assert.deepEqual(tried, [...Array(5).fill(writtenOf('a')), writtenOf('b')]);
  await until('it is counted', async () => (await numbers()).sent === 4);
  assert.equal(writing.note(), undefined);
  await writing.stop();
});

test('what is refused for its content is dropped and counted, and holds nothing up', async () => {
  const refusals = [400, 409, 413, 422];
  const { writing, tried, numbers, pass } = remoteWriteTo([
    ...refusals.map((one) => answer(one)),
    answer(204),
  ]);
  for (const [i, status] of refusals.entries()) {
    writing.take([recordOf(i, 'a')]);
    await pass(1_000);
    await until(`${status} is refused`, () => tried.length === i + 1);
  }
  writing.take([recordOf(9, 'b')]);
  await pass(1_000);
  await until('the next is sent', () => tried.length === refusals.length + 1);
  await until('all are counted', async () => (await numbers()).sent === 2);
  assert.deepEqual((await numbers()).dropped, { refused: 2 * refusals.length });
  await writing.stop();
});

test('a queue that is full drops its oldest', async () => {
  const size = recordOf(0, 'h-0').bytes.length;
  const { writing, tried, numbers, pass } = remoteWriteTo([answer(500), answer(204)], `${3 * size}B`);
  writing.take([recordOf(0, 'h-0')]);
  await pass(1_000);
  // The one that is being sent is no longer in the queue.
  await until('a try', () => tried.length === 1);
  writing.take([1, 2, 3, 4, 5].map((i) => recordOf(i, `h-${i}`)));
  assert.deepEqual((await numbers()).dropped, { queue_full: 4 });
  await pass(60_000);
  await until('the rest is sent', () => tried.length === 3);
  assert.deepEqual(tried.slice(1), [writtenOf('h-0'), ['h-3', 'h-4', 'h-5'].flatMap(writtenOf)]);
  await writing.stop();
});

test('a stop sends what waits, and counts what it cannot', async () => {
  const well = remoteWriteTo([answer(204)]);
  well.writing.take([recordOf(1, 'a')]);
  await well.writing.stop();
  assert.deepEqual(await well.numbers(), { received: 2, sent: 2, dropped: {} });
  const broken = remoteWriteTo([answer(503)]);
  broken.writing.take([recordOf(1, 'a'), recordOf(2, 'b')]);
  await broken.writing.stop();
  assert.deepEqual(await broken.numbers(), { received: 4, sent: 0, dropped: { stopped: 4 } });
});

test('series have the location of their host as of now; until it is known they wait', async () => {
  let places: ReadonlyMap<string, string> | undefined;
  const locations = {
    async all() {
      if (!places) throw new Error('the locations of hosts are not known');
      return { places, warnings: [] };
    },
  };
  const { writing, tried, pass } = remoteWriteTo([answer(204)], '1MiB', locations);
  writing.take([recordOf(1, 'a', 'b')]);
  await pass(1_000);
  await until('it says so', () => writing.note() !== undefined);
  assert.match(writing.note()!, /4 samples wait: the locations of hosts are not known$/);
  places = new Map([['a', '725']]);
  await pass(60_000);
  await until('it is sent', () => tried.length > 0);
  const inLocation = writtenOf('a').map((text) => text.replace(/host=a\b/, 'host=a,location=725'));
  assert.deepEqual(tried.flat(), [...inLocation, ...writtenOf('b')]);
  places = undefined;
  writing.take([recordOf(2, 'a')]);
  await writing.stop();
  assert.equal(tried.length, 1);
});

test('a tenant that no header may have is refused with the settings', () => {
  const tenantOf = (tenant: string) => persistOptions.safeParse({ remoteWrite: { tenant } }).success;
  assert.ok(tenantOf('team-a|team-b'));
  for (const wrong of ['', 'two words', 'a\r\nx: y', '\u0101']) assert.equal(tenantOf(wrong), false, wrong);
});

test("counters of other agents are sent as the rates that are stored; a replica's copy is not sent", async () => {
  const { writing, tried, numbers, pass } = remoteWriteTo([answer(204)]);
  const timeMs = ticksOf('a').timeMs;
  const reading = (replica: string, second: number): BusRecord => {
    const at = timeMs + second * 1_000;
    const read = tick({
      ...{ hostId: 'a', timeMs: at, source: 'prometheus', replica },
      samples: [{ metric: 'load.1', labels: {}, value: second }],
      counters: [{ metric: 'net.sent', labels: { interface: 'eth0' }, value: 5 * second }],
    });
    return { ...recordOf(second), receivedMs: at, bytes: encodeBatch([encodeTick(read)]) };
  };
  writing.take([reading('x', 0), reading('y', 3), reading('x', 10)]);
  await pass(1_000);
  await until('all of it is sent', () => tried.length > 0);
  assert.deepEqual(tried.flat(), [
    `__name__=load_1,host=a 0 ${timeMs}`,
    `__name__=load_1,host=a 10 ${timeMs + 10_000}`,
    `__name__=net_sent,host=a,interface=eth0 5 ${timeMs + 10_000}`,
  ]);
  await writing.stop();
  assert.equal((await numbers()).sent, 3);
});

test('what was stored before this process is not sent again, and the first rate of what follows is there', async () => {
  const { writing, tried, pass } = remoteWriteTo([answer(204)]);
  const { timeMs } = ticksOf('a');
  const reading = (second: number): BusRecord => {
    const counters = [{ metric: 'net.sent', labels: {}, value: second ** 2 }];
    const read = tick({
      ...{ hostId: 'a', timeMs: timeMs + second * 1_000, source: 'prometheus', samples: [], counters },
    });
    return { ...recordOf(second), bytes: encodeBatch([encodeTick(read)]) };
  };
  writing.take([0, 10, 20, 30].map(reading), ({ offset }) => offset < 20);
  await pass(1_000);
  await until('all of it is sent', () => tried.length > 0);
  assert.deepEqual(
    tried.flat(),
    [
      [20, 30],
      [30, 50],
    ].map(([second, rate]) => `__name__=net_sent,host=a ${rate} ${timeMs + second! * 1_000}`),
  );
  await writing.stop();
});

test('a metadata service is not sent to, and no setting of another daemon is named', async () => {
  const clock = createVirtualClock(NOW);
  const url = 'http://169.254.169.254/write';
  const { remoteWrite } = persistOptions.parse({ remoteWrite: { url } });
  const parts = { clock, logger: silentLogger, metrics: createMetrics('persist') };
  const writing = createRemoteWrite({ ...remoteWrite, url }, parts);
  writing.start();
  writing.take([recordOf(1, 'a')]);
  await until('a try', async () => {
    await clock.advanceTo(clock.nowMs() + 1_000);
    return writing.note() !== undefined;
  });
  assert.match(
    writing.note()!,
    /169\.254\.169\.254 is a link-local or metadata address, which is not allowed$/,
  );
  await writing.stop();
});
