// The requests of remote write: how they are made, tried again, cut where they are refused, and dropped.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEmbeddedBus } from '../../src/bus/embedded/bus.ts';
import { persistOptions } from '../../src/daemons/persist/options.ts';
import { createRemoteWrite } from '../../src/daemons/persist/remote-write.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
import { directory, metricValue, NOW, owned, tick } from '../report/ticks.ts';
import { until } from '../until.ts';
import { answer, recordOf, remoteWriteTo, writtenOf } from './remote-end.ts';

/** A record of one tick with so many samples. */
const wide = (hostId: string, count: number) => {
  const samples = Array.from({ length: count }, (_, i) => ({ metric: `m.n${i}`, labels: {}, value: i }));
  return { receivedMs: NOW, bytes: encodeBatch([encodeTick(tick({ hostId, samples }))]) };
};

test('records are gathered, and shown with the token and the tenant', async () => {
  const { writing, tried, requests, numbers, put } = await remoteWriteTo([answer(204)]);
  await put(recordOf('a', 'b'), recordOf('c'));
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

test('small requests come a second apart, so that the next has more in it', async () => {
  const { writing, tried, put, pass } = await remoteWriteTo([answer(204)]);
  await put(recordOf('a'));
  await until('the first is sent', () => tried.length === 1);
  await put(recordOf('b'));
  await put(recordOf('c'));
  await pass(999);
  assert.equal(tried.length, 1);
  await pass(1);
  await until('the second is sent', () => tried.length === 2);
  assert.deepEqual(tried[1], ['b', 'c'].flatMap(writtenOf));
  await writing.stop();
});

test('what is not answered, or with our or their trouble, is sent again in the same order', async () => {
  const { writing, tried, numbers, put, clock, metrics } = await remoteWriteTo([
    ...[{ kind: 'not_sent', reason: 'connection refused' } as const, answer(401), answer(404), answer(503)],
    answer(429, { 'retry-after': '47' }),
    answer(200),
  ]);
  await put(recordOf('a'));
  await until('it says why', () => writing.note() !== undefined);
  assert.match(
    writing.note()!,
    /^remote write to http:\/\/remote.*: samples wait on the bus: connection refused$/,
  );
  await put(recordOf('b'));
  await until('the fifth', async () => {
    if (tried.length < 5) await clock.advanceTo(clock.nowMs() + 1_000);
    return tried.length === 5;
  });
  const text = await metrics.text();
  assert.equal(metricValue(text, 'remote_write_records_unread', 'partition="0"'), 2);
  assert.ok(metricValue(text, 'remote_write_behind_ms') >= clock.nowMs() - NOW);
  await until('it waits', () => clock.sleepers() > 0);
  await clock.advanceTo(clock.nowMs() + 46_000);
  assert.equal(tried.length, 5, 'as long as Retry-After says');
  await until('both are sent', async () => {
    await clock.advanceTo(clock.nowMs() + 1_000);
    return tried.length === 7;
  });
  assert.deepEqual(tried, [...Array(6).fill(writtenOf('a')), writtenOf('b')]);
  await until('it is counted', async () => (await numbers()).sent === 4);
  assert.equal(writing.note(), undefined);
  await writing.stop();
});

test('what is refused for its content is dropped, counted and named, and holds nothing up', async () => {
  const refusals = [400, 409, 413, 422, 451];
  let status = 0;
  const { writing, tried, numbers, pass, put } = await remoteWriteTo([], { answering: () => answer(status) });
  for (const [i, refusal] of refusals.entries()) {
    status = refusal;
    await put(recordOf('a'));
    await until(`${status} is refused`, async () => (await numbers()).refused === 2 * (i + 1));
    await pass(1_000);
  }
  status = 204;
  await put(recordOf('b'));
  await until('the next is sent', async () => (await numbers()).sent === 2);
  assert.deepEqual(tried.at(-1), writtenOf('b'));
  assert.match(writing.note()!, /samples were refused and dropped, the last ones: .*451/);
  await writing.stop();
});

test('what may be mended is tried again, whatever its number; only 200 to 299 is taken', async () => {
  const passing = [300, 302, 401, 403, 404, 407, 408, 425, 429, 500, 503, 599];
  const { writing, tried, numbers, clock, put } = await remoteWriteTo([
    ...passing.map((status) => answer(status)),
    answer(299),
  ]);
  await put(recordOf('a'));
  await until('it is sent', async () => {
    await clock.advanceTo(clock.nowMs() + 30_000);
    return (await numbers()).sent === 2;
  });
  assert.deepEqual(await numbers(), { received: 2, sent: 2, refused: 0, returned: 0 });
  assert.equal(tried.length, passing.length + 1);
  await writing.stop();
});

test('Retry-After makes no wait longer than a minute, and none shorter than it would be', async () => {
  const { writing, tried, pass, put } = await remoteWriteTo([
    answer(503, { 'retry-after': '0' }),
    answer(503, { 'retry-after': '86400' }),
    answer(204),
  ]);
  await put(recordOf('a'));
  await until('the first', () => tried.length === 1);
  await pass(499);
  assert.equal(tried.length, 1);
  await pass(501);
  await until('the second', () => tried.length === 2);
  // It waits since 500 to 1,000 ms.
  await pass(59_000);
  assert.equal(tried.length, 2);
  await pass(1_000);
  await until('the third', () => tried.length === 3);
  await writing.stop();
});

test('a request has 2,000 samples, and the next one comes at once; what is not sent of several is returned', async () => {
  let status = 204;
  const { writing, tried, numbers, put } = await remoteWriteTo([], { answering: () => answer(status) });
  await put(wide('a', 1_000), wide('b', 1_000));
  await until('it is sent', () => tried.length === 1);
  assert.equal(tried[0]!.length, 2_000);
  // It was a full one: no second has to pass.
  await put(wide('c', 1_500), wide('d', 1_500), wide('e', 2_100));
  await until('they are sent', () => tried.length === 5);
  assert.deepEqual(
    tried.slice(1).map(({ length }) => length),
    [1_500, 1_500, 2_000, 100],
  );
  status = 503;
  await put(wide('f', 1_200), wide('g', 1_200));
  await until('a try', () => tried.length === 6);
  await writing.stop();
  assert.deepEqual(await numbers(), { received: 9_500, sent: 7_100, refused: 0, returned: 2_400 });
});

test('of a batch that is stopped half way only what was not sent is returned', async () => {
  const { writing, tried, numbers, put } = await remoteWriteTo([answer(204), answer(503)]);
  await put(wide('a', 1_500), wide('b', 1_400));
  await until('a try of the second', () => tried.length === 2);
  await writing.stop();
  assert.deepEqual(await numbers(), { received: 2_900, sent: 1_500, refused: 0, returned: 1_400 });
});

test('a record is cut down to single samples and no further', async () => {
  const { writing, tried, numbers, put } = await remoteWriteTo([answer(400)]);
  await put(recordOf('a'));
  await until('it is refused', async () => (await numbers()).refused === 2);
  const [one, other] = writtenOf('a');
  assert.deepEqual(tried, [[one, other], [one], [other]]);
  await writing.stop();
});

test('where some of a request was taken its parts are cut in their order', async () => {
  const bad = new Set<string>();
  const taken: string[] = [];
  const { writing, numbers, put, pass } = await remoteWriteTo([], {
    answering(samples) {
      const hosts = samples.map((text) => /host=(h-\d+)/.exec(text)![1]!);
      if (hosts.some((host) => bad.has(host))) return answer(400);
      taken.push(...new Set(hosts));
      return answer(204);
    },
  });
  const all = Array.from({ length: 16 }, (_, i) => `h-${String(i).padStart(2, '0')}`);
  for (const host of all) bad.add(host);
  await put(...all.map((host) => recordOf(host)));
  await until('nothing of it is taken', async () => (await numbers()).refused === 32);
  await pass(1_000);
  bad.clear();
  bad.add('h-08');
  await put(...all.map((host) => recordOf(host)));
  await until('all but one are', async () => (await numbers()).sent === 30);
  assert.deepEqual(
    taken,
    all.filter((host) => host !== 'h-08'),
  );
  await writing.stop();
});

test('series have the location of their host as of now; until it is known they wait', async () => {
  let places: ReadonlyMap<string, string> | undefined;
  const locations = {
    async all() {
      if (!places) throw new Error('the locations of hosts are not known');
      return { places, warnings: [] };
    },
  };
  const { writing, tried, pass, put } = await remoteWriteTo([answer(204)], { locations });
  await put(recordOf('a', 'b'));
  await until('it says so', () => writing.note() !== undefined);
  assert.match(writing.note()!, /samples wait on the bus: the locations of hosts are not known$/);
  places = new Map([['a', '725']]);
  await pass(60_000);
  await until('it is sent', () => tried.length > 0);
  const inLocation = writtenOf('a').map((text) => text.replace(/host=a\b/, 'host=a,location=725'));
  assert.deepEqual(tried.flat(), [...inLocation, ...writtenOf('b')]);
  places = undefined;
  await put(recordOf('a'));
  await writing.stop();
  assert.equal(tried.length, 1);
});

test('a tenant that no header may have is refused with the settings', () => {
  const tenantOf = (tenant: string) => persistOptions.safeParse({ remoteWrite: { tenant } }).success;
  assert.ok(tenantOf('team-a|team-b'));
  for (const wrong of ['', 'two words', 'a\r\nx: y', '\u0101']) assert.equal(tenantOf(wrong), false, wrong);
});

test('of a request that is refused for a part of it the rest is taken', async () => {
  const all = Array.from({ length: 16 }, (_, i) => `h-${String(i).padStart(2, '0')}`);
  const has = new Set(all.slice(0, 5));
  const taken: string[] = [];
  let requests = 0;
  const { writing, numbers, put, pass } = await remoteWriteTo([], {
    answering(samples) {
      requests++;
      const hosts = samples.map((text) => /host=(h-\d+)/.exec(text)![1]!);
      // As Prometheus: all of it or nothing.
      if (hosts.some((host) => has.has(host))) return answer(400);
      taken.push(...hosts);
      return answer(204);
    },
  });
  await put(...all.map((host) => recordOf(host)));
  await until('it is through', async () => {
    const { sent, refused } = await numbers();
    return sent + refused === 32;
  });
  assert.deepEqual(
    taken,
    all.slice(5).flatMap((host) => [host, host]),
  );
  assert.ok(requests <= 63);
  // One that takes nothing is asked 63 times, and of what follows seven.
  await pass(1_000);
  for (const host of all) has.add(host);
  requests = 0;
  await put(...all.map((host) => recordOf(host)));
  await until('none is taken', async () => (await numbers()).refused === 10 + 32);
  const inParts = requests;
  await pass(1_000);
  await put(...all.map((host) => recordOf(host)));
  await until('none is taken', async () => (await numbers()).refused === 10 + 64);
  assert.equal(requests, inParts + 7);
  // As soon as some of one is taken again, it is cut as far as before.
  await pass(1_000);
  has.clear();
  has.add('h-01').add('h-14');
  const before = await numbers();
  await put(...all.map((host) => recordOf(host)));
  await until('it is through', async () => {
    const { sent, refused } = await numbers();
    return sent + refused === before.sent + before.refused + 32;
  });
  assert.equal((await numbers()).refused, before.refused + 4);
  await writing.stop();
});

test('a metadata service is not sent to, and no setting of another daemon is named', async () => {
  const url = 'http://169.254.169.254/write';
  const { remoteWrite } = persistOptions.parse({ remoteWrite: { url } });
  const parts = { clock: systemClock, logger: silentLogger, metrics: createMetrics('persist') };
  const bus = owned(await createEmbeddedBus({ directory: directory(), ...parts }));
  const writing = createRemoteWrite({ ...remoteWrite, url }, { bus, ...parts });
  await writing.start();
  await bus.publish([{ partition: 0, receivedMs: NOW, bytes: recordOf('a').bytes }]);
  await until('a try', () => writing.note() !== undefined);
  assert.match(
    writing.note()!,
    /169\.254\.169\.254 is a link-local or metadata address, which is not allowed$/,
  );
  await writing.stop();
});
