// What the InfluxDB store does when the server cannot, will not, or does not answer. A stub stands in its place.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import { ExpectedError } from '../../src/domain/errors.ts';
import { createVirtualClock, type VirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createInfluxStore, type InfluxStoreParts } from '../../src/store/influxdb/store.ts';
import type { Store } from '../../src/store/store.ts';
import { until } from '../until.ts';
import { BUCKET, type InfluxStub, ORGANIZATION, STORED, startInfluxStub, verdict } from './influxdb-stub.ts';
import { createRecorder } from './records.ts';

const NOW = Date.parse('2026-03-18T15:20:00Z');
const TOKEN = 'a-secret-token';
let stub: InfluxStub;
let clock: VirtualClock;
let store: Store | undefined;
let recorder = createRecorder();

beforeEach(async () => {
  stub = await startInfluxStub();
  clock = createVirtualClock(NOW);
  recorder = createRecorder();
});
afterEach(async () => {
  // Where a test failed something may wait for time.
  const stopped = store?.stop().then(() => true) ?? Promise.resolve(true);
  let isStopped = false;
  void stopped.then(() => (isStopped = true));
  await until('the store is stopped', () => isStopped, { clock });
  store = undefined;
  await stub.stop();
});

async function open(more: Partial<InfluxStoreParts> = {}): Promise<Store> {
  const access = { url: stub.url, org: 'o', bucket: 'b', token: TOKEN };
  store = await createInfluxStore({ ...access, clock, logger: silentLogger, ...more });
  return store;
}

const tick = (host: string, values: Record<string, number> = { 'cpu.usage': 1 }) => ({
  host,
  ms: NOW,
  values,
});
const record = (...hosts: string[]) => recorder.record(hosts.map((host) => tick(host)));

/** Lets time pass until the promise is settled: a second whenever both the write and the probe wait for time. */
async function runUntil<T>(promise: Promise<T>): Promise<T> {
  let settled = false;
  const done = () => {
    settled = true;
  };
  promise.then(done, done);
  await until('it is settled', async () => {
    if (!settled && clock.sleepers() >= 2) await clock.advanceTo(clock.nowMs() + 1_000);
    return settled;
  });
  return promise;
}

const isUnavailable = (words: RegExp) => (error: unknown) =>
  error instanceof ExpectedError &&
  error.kind === 'unavailable' &&
  words.test(error.message) &&
  error.hint !== undefined &&
  !`${error.message} ${error.hint}`.includes(TOKEN);

test('a rate limited write waits for Retry-After and then sends the same lines', async () => {
  const opened = await open();
  stub.answer('write', { status: 429, headers: { 'retry-after': '2' } }, STORED);
  const written = opened.write([record('a')]);
  await until('the first attempt', () => stub.writes().length === 1);
  await until('the wait', () => clock.sleepers() >= 2);
  await clock.advanceTo(NOW + 1_999);
  assert.ok(clock.sleepers() >= 2, 'it still waits');
  assert.equal(stub.writes().length, 1);
  assert.match(opened.unhealthy() ?? '', /429/);
  await clock.advanceTo(NOW + 2_000);
  await until('the second attempt', () => stub.writes().length === 2);
  assert.equal((await written).samples, 1);
  assert.deepEqual(stub.writes()[1]!.lines, stub.writes()[0]!.lines);
  assert.equal(opened.unhealthy(), undefined);
});

test('a Retry-After longer than a write may take fails writes at once, without a request, until it is over', async () => {
  const opened = await open();
  const date = new Date(NOW + 60_000).toUTCString();
  stub.answer('write', { status: 503, headers: { 'retry-after': date } }, STORED);
  await assert.rejects(
    runUntil(opened.write([record('a')])),
    isUnavailable(/rate limited \(Retry-After\) until 2026-03-18T15:21:00/),
  );
  await assert.rejects(opened.write([record('a')]), isUnavailable(/rate limited/));
  assert.equal(stub.writes().length, 1);
  assert.equal(opened.durable().size, 0);
  await clock.advanceTo(NOW + 60_000);
  await opened.write([record('a')]);
  assert.equal(stub.writes().length, 2);
});

for (const status of [500, 502, 503]) {
  test(`a write that is answered with ${status} is retried, and rejects after a while`, async () => {
    const opened = await open({ retryForMs: 5_000 });
    stub.answer('write', { status }, { status }, STORED);
    assert.equal((await runUntil(opened.write([record('a')]))).samples, 1);
    assert.equal(stub.writes().length, 3);
    assert.equal(opened.durable().get(0), 1);

    stub.answer('write', { status });
    await assert.rejects(runUntil(opened.write([record('a')])), isUnavailable(new RegExp(`${status}`)));
    assert.equal(opened.durable().get(0), 1);
    assert.match(opened.unhealthy() ?? '', new RegExp(`${status}`));
    assert.ok(opened.stats()['retries']! >= 3);
  });
}

test('a write without an answer times out, and its connection is closed', async () => {
  const opened = await open({ timeoutMs: 100, retryForMs: 0 });
  stub.answer('write', { status: 0 }, STORED);
  await assert.rejects(opened.write([record('a')]), isUnavailable(/unavailable: timed out/));
  await until('the connection is closed', () => stub.writes()[0]!.isClosed);
  assert.match(opened.unhealthy() ?? '', /timed out/);
  await opened.write([record('a')]);
  assert.equal(opened.unhealthy(), undefined);
});

test('a query without an answer times out; a caller that leaves aborts its query at once', async () => {
  const opened = await open({ timeoutMs: 300 });
  const query = { metric: 'cpu.usage', startMs: NOW - 60_000, stopMs: NOW };
  stub.answer('query', { status: 0 });
  await assert.rejects(opened.range(query), isUnavailable(/unavailable: timed out/));
  const leaving = new AbortController();
  const reason = new Error('gone');
  const asked = opened.range({ ...query, signal: leaving.signal });
  await until(
    'the query arrives',
    () => stub.requests.filter(({ what }) => what === 'POST query').length === 2,
  );
  leaving.abort(reason);
  await assert.rejects(asked, (error) => error === reason);
  await until('the connection is closed', () => stub.requests.at(-1)!.isClosed);
});

test('a rejected token is reported at once, never shown, and not retried', async () => {
  const opened = await open();
  stub.answer('write', verdict(401, 'unauthorized', 'unauthorized access'));
  await assert.rejects(
    opened.write([record('a')]),
    isUnavailable(/rejected the token \(401: unauthorized access\)/),
  );
  assert.equal(stub.writes().length, 1);
  stub.answer('query', verdict(403, 'forbidden', 'insufficient permissions'));
  await assert.rejects(opened.latest({ sinceMs: 0 }), isUnavailable(/rejected the token/));

  await opened.stop();
  stub.answer('bucket', verdict(401, 'unauthorized', 'unauthorized access'));
  await assert.rejects(open(), { code: 'BAD_CONFIG', hint: /store\.token/ });
});

test('a bucket that was deleted meanwhile is created again, and the write goes on', async () => {
  const opened = await open();
  stub.answer('write', verdict(404, 'not found', 'bucket "b" not found'), STORED);
  assert.deepEqual(opened.notes?.(), []);
  stub.answer('bucket', { ...BUCKET, body: '{"buckets":[]}' }, ORGANIZATION, BUCKET);
  await opened.write([record('a')]);
  assert.equal(stub.requests.at(-2)!.what, 'POST bucket');
  assert.match(opened.notes!().join(), /the bucket b was gone .* created again, empty, at 2026-03-18T15:20/);

  stub.answer('write', verdict(404, 'not found', 'bucket "b" not found'));
  await assert.rejects(opened.write([record('a')]), isUnavailable(/no such bucket/));
});

test("a proxy's own 400 makes no sample a dead letter", async () => {
  const opened = await open({ retryForMs: 0 });
  stub.answer('write', {
    status: 400,
    headers: { 'content-type': 'text/html' },
    body: '<h1>Bad Request</h1>',
  });
  await assert.rejects(opened.write([record('a', 'b')]), isUnavailable(/400/));
  assert.equal(opened.stats()['rejected_samples'], 0);
});

test('a request that is too large for a proxy is sent in parts', async () => {
  const opened = await open();
  stub.answer('write', { status: 413 }, STORED);
  assert.deepEqual(await opened.write([record('a', 'b', 'c')]), { samples: 3, rejected: [] });
  const [whole, ...parts] = stub.writes().map(({ lines }) => lines);
  assert.equal(parts.length, 2);
  assert.deepEqual(parts.flat(), whole);
});

test('of a batch that the server rejects whole, the invalid lines are found and all others stored', async () => {
  const opened = await open();
  const stored = new Set<string>();
  stub.answer('write', (lines) => {
    if (lines.some((line) => /iowait=13/.test(line))) return verdict(400, 'invalid', "unable to parse 'x'");
    for (const line of lines) stored.add(line);
    return STORED;
  });
  const values = { 'cpu.usage': 1, 'cpu.iowait': 2, 'load.1': 3 };
  const ticks = Array.from({ length: 50 }, (_, i) =>
    tick(`host-${i}`, i % 20 === 7 ? { ...values, 'cpu.iowait': 13 } : values),
  );
  const { samples, rejected } = await opened.write(
    [0, 1, 2, 3, 4].map((tens) => recorder.record(ticks.slice(tens * 10, tens * 10 + 10))),
  );
  assert.equal(samples, 147);
  assert.deepEqual(
    rejected.map(({ hostId, metric, value, record }) => [hostId, metric, value, record.next]),
    [7, 27, 47].map((i) => [`host-${i}`, 'cpu.iowait', 13, Math.floor(i / 10) + 1]),
  );
  assert.match(rejected[0]!.reason, /InfluxDB rejected it: 400: unable to parse/);
  assert.ok(stored.has(`cpu,host_id=host-7 usage=1 ${NOW}`));
  assert.equal([...stored].filter((line) => line.startsWith('load,')).length, 50);
  assert.equal(opened.durable().get(0), 5);
  assert.equal(opened.unhealthy(), undefined);
});

test('lines go out in batches of at most 5,000', async () => {
  const opened = await open();
  const ticks = Array.from({ length: 5_000 }, (_, i) => tick(`host-${i}`, { 'cpu.usage': i, 'load.1': i }));
  assert.equal((await opened.write([recorder.record(ticks)])).samples, 10_000);
  const sizes = stub.writes().map(({ lines }) => lines.length);
  // Two measurements, and two words on a host of which nothing was known.
  assert.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    20_001,
  );
  assert.ok(
    sizes.every((size) => size <= 5_000),
    `${sizes}`,
  );
});

test('a store opens while its server is down, is unhealthy, and recovers', async () => {
  const { url } = stub;
  await stub.stop();
  const opened = await open({ url, retryForMs: 0 });
  assert.match(opened.unhealthy() ?? '', /connection refused/);
  await assert.rejects(opened.write([record('a')]), isUnavailable(/connection refused/));
  stub = await startInfluxStub({ port: Number(new URL(url).port) });
  await opened.write([record('a')]);
  assert.match(opened.unhealthy() ?? '', /connection refused/, 'the bucket was not checked yet');
  await clock.advanceTo(clock.nowMs() + 5_000);
  await until('healthy', () => opened.unhealthy() === undefined);
});

test('a server that goes down while the store is idle is noticed', async () => {
  const opened = await open();
  assert.equal(opened.unhealthy(), undefined);
  await stub.stop();
  await until('unhealthy', () => opened.unhealthy() !== undefined, { clock });
  assert.match(opened.unhealthy()!, /connection refused/);
  assert.ok(clock.nowMs() <= NOW + 10_000, 'named within 10 s');
});

test('a server that hangs is named within 10 s although requests may last longer, and not probed while it answers', async () => {
  const opened = await open();
  stub.answer('bucket', { status: 0 });
  for (let i = 0; i < 5; i++) {
    await clock.advanceTo(clock.nowMs() + 2_000);
    await opened.write([record('a')]);
  }
  assert.equal(opened.unhealthy(), undefined);
  const hungMs = clock.nowMs();
  await until('unhealthy', () => opened.unhealthy() !== undefined, { clock });
  assert.match(opened.unhealthy()!, /has not answered for 4 s/);
  assert.ok(clock.nowMs() - hungMs <= 10_000, `${clock.nowMs() - hungMs} ms`);
  stub.answer('bucket', BUCKET);
  await until('healthy', () => opened.unhealthy() === undefined, { clock });
});

test('a shard that stays shut after a full disk has the way out', async () => {
  const opened = await open({ retryForMs: 0 });
  const shut =
    'engine: shard is disabled: opening shard previously failed with: open index.tsi: no space left on device';
  stub.answer('write', verdict(500, 'internal error', shut));
  await assert.rejects(opened.write([record('a')]), { code: 'UNAVAILABLE', hint: /restart InfluxDB/ });
  stub.answer('write', verdict(500, 'internal error', 'write /var/lib/wal: no space left on device'));
  await assert.rejects(opened.write([record('a')]), { code: 'UNAVAILABLE', hint: /Make room/ });
});

test('a token that does not see the organization is a wrong token, not a server that is away', async () => {
  const none = verdict(404, 'not found', 'bucket "b" not found');
  const noOrganizations = { ...BUCKET, body: JSON.stringify({ orgs: [] }) };
  stub.answer('bucket', none, noOrganizations);
  await assert.rejects(open(), { code: 'BAD_CONFIG', message: /does not see the organization o/ });

  stub.answer('bucket', BUCKET);
  const opened = await open();
  stub.answer('query', verdict(404, 'not found', 'bucket "b" not found'));
  stub.answer('bucket', none, noOrganizations);
  await assert.rejects(opened.latest({ sinceMs: 0 }), isUnavailable(/does not see the organization o/));
});

test('an answer that ends with an error is an error', async () => {
  const opened = await open();
  const csv = [
    '#datatype,string,long,dateTime:RFC3339,double,string',
    '#group,false,false,false,false,true',
    '#default,_result,,,,',
    ',result,table,_time,_value,host_id',
    ',,0,2026-03-18T15:00:00Z,1,a',
    '',
    '#datatype,string,string',
    '#group,true,true',
    '#default,,',
    ',error,reference',
    ',"out of memory, ""cpu""",897',
    '',
  ].join('\r\n');
  stub.answer('query', { status: 200, headers: { 'content-type': 'text/csv' }, body: csv });
  await assert.rejects(
    opened.range({ metric: 'cpu.usage', startMs: NOW - 60_000, stopMs: NOW }),
    isUnavailable(/out of memory, "cpu"/),
  );
});

test('over TLS it trusts the authority that it is given, and no other', async () => {
  const fixture = (name: string) => readFileSync(new URL(`../api/fixtures/${name}`, import.meta.url), 'utf8');
  const [cert, key] = [fixture('tls-cert.pem'), fixture('tls-key.pem')];
  await stub.stop();
  stub = await startInfluxStub({ tls: { cert, key } });
  const trusting = await open({ tls: { ca: cert } });
  assert.equal((await trusting.write([record('a')])).samples, 1);
  await trusting.stop();
  const wary = await open({ retryForMs: 0 });
  assert.match(wary.unhealthy() ?? '', /certificate/);
  await assert.rejects(wary.write([record('a')]), isUnavailable(/certificate/));
});

test('a store that stops ends its retries, and says afterwards that it is stopped', async () => {
  const opened = await open();
  stub.answer('write', { status: 503 });
  const written = opened.write([record('a')]);
  await until('the first attempt', () => stub.writes().length === 1);
  const stopped = opened.stop();
  await assert.rejects(runUntil(written), { code: 'UNAVAILABLE' });
  await runUntil(stopped);
  await assert.rejects(opened.write([record('a')]), isStopped);
  assert.match(opened.unhealthy() ?? '', /stopped/);
});

const isStopped = (error: unknown) => error instanceof ExpectedError && /stopped/.test(error.message);

test("what rates of another agent's counters need comes again after a restart, and no more than that", async () => {
  const reading = (minute: number, counters?: number) =>
    recorder.record([
      {
        ...{ host: 'a', ms: NOW + minute * 60_000, values: {}, source: 'telegraf' },
        ...(counters === undefined ? { values: { 'load.1': 1 } } : { counters: { 'net.sent': counters } }),
      },
    ]);
  const log = Array.from({ length: 12 }, (_, minute) => reading(minute, 60 * minute ** 2));
  const first = await open();
  for (const one of log.slice(0, 10)) await first.write([one]);
  const committed = first.durable().get(0)!;
  assert.ok(committed > 0 && committed < 9, `${committed}`);
  await first.stop();
  const before = stub.writes().length;
  const second = await open();
  for (const one of log.filter(({ next }) => next > committed)) await second.write([one]);
  const rates = stub
    .writes()
    .slice(before)
    .flatMap(({ lines }) => lines.flatMap((line) => / sent=([\d.]+)/.exec(line)?.[1] ?? []));
  assert.deepEqual(rates.slice(-3).map(Number), [17, 19, 21]);
  for (const minute of [20, 30]) await second.write([reading(minute)]);
  assert.equal(second.durable().get(0), 14, 'no counter is near');
});
