// Calls to etcd that a real one of one member never shows: TLS, a member without a leader, one that hangs, a rejection, a silent watch.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, test } from 'node:test';
import { createEtcdDiscovery } from '../../src/discovery/etcd.ts';
import { createEtcdGateway, encodeText, prefixEnd } from '../../src/discovery/etcd-gateway.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { until } from '../until.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function listen(listener: RequestListener, tls?: { cert: string; key: string }): Promise<string> {
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const well: RequestListener = (_, response) => response.end('{"count":"1"}');
const answers =
  (status: number, message: string): RequestListener =>
  (_, response) =>
    response.writeHead(status).end(JSON.stringify({ error: message, message, code: 14 }));

test('over TLS it trusts the authority that it is given, and no other', async () => {
  const fixture = (name: string) => readFileSync(new URL(`../api/fixtures/${name}`, import.meta.url), 'utf8');
  const [cert, key] = [fixture('tls-cert.pem'), fixture('tls-key.pem')];
  const endpoints = [await listen(well, { cert, key })];
  const trusting = createEtcdGateway({ endpoints, tls: { ca: cert } });
  assert.deepEqual(await trusting.call('/v3/kv/range', {}), { count: '1' });
  await assert.rejects(createEtcdGateway({ endpoints }).call('/v3/kv/range', {}), {
    code: 'UNAVAILABLE',
    message: /certificate/,
  });
});

test('a member that has no leader or hangs is passed over, and when none answers each is named', async () => {
  const leaderless = await listen(answers(503, 'etcdserver: no leader'));
  const hanging = await listen(() => {});
  const endpoints = [leaderless, hanging];
  const gateway = createEtcdGateway({ endpoints: [...endpoints, await listen(well)], timeoutMs: 200 });
  assert.deepEqual(await gateway.call('/v3/kv/range', {}), { count: '1' });
  await assert.rejects(createEtcdGateway({ endpoints, timeoutMs: 200 }).call('/v3/kv/range', {}), {
    code: 'UNAVAILABLE',
    message: /no leader.*timed out/,
  });
});

test('a refusal is reported as it is, and no other member is asked', async () => {
  let asked = 0;
  const other = await listen((request, response) => {
    asked++;
    well(request, response);
  });
  const refusing = await listen(answers(404, 'etcdserver: requested lease not found'));
  const gateway = createEtcdGateway({ endpoints: [refusing, other] });
  await assert.rejects(gateway.call('/v3/kv/put', {}), { status: 404, message: /lease not found/ });
  const closed = await listen(answers(401, 'invalid auth token'));
  await assert.rejects(createEtcdGateway({ endpoints: [closed, other] }).call('/v3/kv/range', {}), {
    code: 'BAD_CONFIG',
  });
  assert.equal(asked, 0);
});

test('a caller that leaves gets its own reason', async () => {
  const gateway = createEtcdGateway({ endpoints: [await listen(() => {})] });
  const leaving = new AbortController();
  const reason = new Error('gone');
  const call = gateway.call('/v3/kv/range', {}, leaving.signal);
  leaving.abort(reason);
  await assert.rejects(call, (error) => error === reason);
});

test('the end of a prefix is the first key after all that begin with it', () => {
  assert.equal(Buffer.from(prefixEnd('/a/'), 'base64').toString(), '/a0');
});

test('a watch that stays silent is not trusted: the list is read again every 30 s', async () => {
  const kvs: { key: string; value: string }[] = [];
  const entry = (id: string, address: string) => ({
    key: encodeText(`/minimon/report/${id}`),
    value: encodeText(address),
  });
  let reads = 0;
  const partitioned = await listen(({ url }, response) => {
    // The watch is opened and says nothing, as on a member that is partitioned from the others.
    if (url === '/v3/watch') return void response.writeHead(200).flushHeaders();
    reads++;
    response.end(JSON.stringify({ header: { revision: '7' }, kvs }));
  });
  const clock = createVirtualClock(0);
  kvs.push(entry('a', '10.0.0.1:8000'));
  const discovery = await createEtcdDiscovery({ endpoints: [partitioned], clock, logger: silentLogger });
  closers.unshift(() => discovery.stop());
  kvs.push(entry('b', '10.0.0.2:8000'));
  await until('the watch', () => clock.sleepers() === 1);
  await clock.advanceTo(29_999);
  assert.equal(clock.sleepers(), 1);
  assert.equal(reads, 1);
  await clock.advanceTo(30_000);
  await until('the second report', () => discovery.addresses().length === 2);
  assert.equal(discovery.unhealthy(), undefined);
});
