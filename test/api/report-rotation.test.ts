// Reports over several servers: in turn, none lost when one is killed, following discovery.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createReportClient } from '../../src/api/grpc/report-client.ts';
import { reportGrpcService } from '../../src/api/grpc/report-server.ts';
import { createGrpcServer, type GrpcServer } from '../../src/api/grpc/server.ts';
import { until } from '../until.ts';
import { daemonParts, reportAnswer } from './memory-services.ts';

type Replica = { server: GrpcServer; address: string; calls: number };

async function startReplica(t: TestContext, address = '127.0.0.1:0'): Promise<Replica> {
  const service = {
    async report() {
      replica.calls++;
      // Long enough a time for some calls to be in flight when a server is killed.
      await new Promise((resolve) => setTimeout(resolve, 2));
      return reportAnswer;
    },
  };
  const services = [reportGrpcService(service)];
  const server = createGrpcServer({ address, services, ...daemonParts() });
  const replica: Replica = { server, address: await server.start(), calls: 0 };
  t.after(() => server.stop(0));
  return replica;
}

function movingDiscovery(initial: readonly string[]) {
  let now = initial;
  const listeners = new Set<(addresses: readonly string[]) => void>();
  return {
    addresses: () => now,
    onChange(listener: (addresses: readonly string[]) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    move(addresses: readonly string[]) {
      now = addresses;
      for (const listener of listeners) listener(addresses);
    },
    listeners,
  };
}

/** Calls until every replica answers, so that a test starts from connections that exist. */
async function warmUp(client: ReturnType<typeof createReportClient>, replicas: readonly Replica[]) {
  for (let tries = 0; replicas.some(({ calls }) => calls === 0); tries++) {
    assert.ok(tries < 2_000, 'some replica was never called');
    await client.report(new Uint8Array(1));
  }
  for (const replica of replicas) replica.calls = 0;
}

test('reports go to three servers in turn, and none fails when one is killed under load', async (t) => {
  const replicas = await Promise.all([startReplica(t), startReplica(t), startReplica(t)]);
  const discovery = movingDiscovery(replicas.map(({ address }) => address));
  const client = createReportClient({ discovery });
  t.after(() => client.stop());
  await warmUp(client, replicas);
  for (let i = 0; i < 60; i++) await client.report(new Uint8Array(1));
  for (const { calls } of replicas) assert.equal(calls, 20);

  const [killed, ...left] = replicas;
  const load = Array.from({ length: 16 }, async (_, worker) => {
    for (let i = 0; i < 40; i++) {
      if (worker === 0 && i === 10) void killed!.server.stop(0);
      assert.deepEqual(await client.report(new Uint8Array(1)), reportAnswer);
    }
  });
  await Promise.all(load);

  const before = left.map(({ calls }) => calls);
  for (let i = 0; i < 20; i++) await client.report(new Uint8Array(1));
  assert.deepEqual(
    left.map(({ calls }, i) => calls - before[i]!),
    [10, 10],
  );
  // It comes back at its old address and gets its share again.
  const back = await startReplica(t, killed!.address);
  await warmUp(client, [back]);
  await client.stop();
  assert.equal(discovery.listeners.size, 0);
});

test('a client says when there is a connection again', async (t) => {
  const first = await startReplica(t);
  const client = createReportClient({ discovery: movingDiscovery([first.address]) });
  t.after(() => client.stop());
  let connections = 0;
  client.onConnected(() => connections++);
  await client.report(new Uint8Array(1));
  assert.equal(connections, 1);
  await first.server.stop(0);
  await assert.rejects(client.report(new Uint8Array(1)), { code: 'UNREACHABLE' });
  assert.equal(connections, 1);
  const back = await startReplica(t, first.address);
  await until('a connection', () => connections === 2);
  await client.report(new Uint8Array(1));
  assert.deepEqual([back.calls, connections], [1, 2]);
});

test('a client follows discovery to new servers and leaves old ones', async (t) => {
  const [first, second] = await Promise.all([startReplica(t), startReplica(t)]);
  const discovery = movingDiscovery([]);
  const client = createReportClient({ discovery });
  t.after(() => client.stop());
  await assert.rejects(client.report(new Uint8Array(1)), { code: 'UNREACHABLE' });
  discovery.move([first.address]);
  for (let tries = 0; first.calls === 0; tries++) {
    assert.ok(tries < 2_000, 'the first server was never found');
    await client.report(new Uint8Array(1)).catch(() => new Promise((resolve) => setTimeout(resolve, 5)));
  }
  discovery.move([second.address]);
  await warmUp(client, [second]);
  first.calls = 0;
  for (let i = 0; i < 10; i++) await client.report(new Uint8Array(1));
  assert.equal(first.calls, 0);
});

test('a server that drains while reports come in fails none of them', async (t) => {
  const replicas = await Promise.all([startReplica(t), startReplica(t)]);
  const discovery = movingDiscovery(replicas.map(({ address }) => address));
  const client = createReportClient({ discovery });
  t.after(() => client.stop());
  await warmUp(client, replicas);
  let drained: Promise<void> | undefined;
  const load = Array.from({ length: 8 }, async (_, worker) => {
    for (let i = 0; i < 60; i++) {
      if (worker === 0 && i === 10) drained = replicas[0]!.server.stop();
      await client.report(new Uint8Array(1));
    }
  });
  await Promise.all(load);
  await drained;
});

test('a connection that is lost without a word is replaced after two calls without an answer', async (t) => {
  const replica = await startReplica(t);
  const lost = new Set<Socket>();
  const sockets: Socket[] = [];
  const forwarder = createServer((near) => {
    const far = connect(Number(replica.address.split(':')[1]), '127.0.0.1');
    sockets.push(near, far);
    for (const socket of [near, far]) socket.on('error', () => {});
    near.on('data', (bytes) => lost.has(near) || far.write(bytes));
    far.on('data', (bytes) => lost.has(near) || near.write(bytes));
  }).listen(0);
  const discovery = movingDiscovery([`127.0.0.1:${(forwarder.address() as AddressInfo).port}`]);
  const client = createReportClient({ discovery, timeoutMs: 1_000 });
  t.after(async () => {
    await client.stop();
    for (const socket of sockets) socket.destroy();
    forwarder.close();
  });
  await warmUp(client, [replica]);
  for (const socket of sockets) lost.add(socket);
  for (let i = 0; i < 2; i++) await assert.rejects(client.report(new Uint8Array(1)), { code: 'TIMEOUT' });
  assert.deepEqual(await client.report(new Uint8Array(1)), reportAnswer);
});

/** Takes connections and says nothing, as a server does to which all clients come at once. */
async function startSilent(t: TestContext) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket)).listen(0);
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => sockets.length,
  };
}

test('a connection that is still being made is not begun again after two calls', async (t) => {
  const { address, connections } = await startSilent(t);
  const client = createReportClient({ discovery: movingDiscovery([address]), timeoutMs: 50 });
  t.after(() => client.stop());
  const call = () => assert.rejects(client.report(new Uint8Array(1)), { code: 'TIMEOUT' });
  for (let i = 0; i < 6; i++) await call();
  assert.equal(connections(), 1);
  await call();
  await until('another connection', () => connections() === 2);
});

test('calls that wait together count as one: many at once do not begin it anew', async (t) => {
  const { address, connections } = await startSilent(t);
  const client = createReportClient({ discovery: movingDiscovery([address]), timeoutMs: 100 });
  t.after(() => client.stop());
  const together = () =>
    Promise.all(
      Array.from({ length: 8 }, () => assert.rejects(client.report(new Uint8Array(1)), { code: 'TIMEOUT' })),
    );
  for (let i = 0; i < 6; i++) await together();
  assert.equal(connections(), 1);
  await together();
  await until('another connection', () => connections() === 2);
});

test('where a connection is not made in two calls, the server is looked for again', async (t) => {
  const [{ address }, replica] = await Promise.all([startSilent(t), startReplica(t)]);
  // As a name whose address is another one by now, of which nobody is told.
  let now = address;
  const discovery = { addresses: () => [now], onChange: () => () => {} };
  const client = createReportClient({ discovery, timeoutMs: 500 });
  t.after(() => client.stop());
  await assert.rejects(client.report(new Uint8Array(1)), { code: 'TIMEOUT' });
  now = replica.address;
  await assert.rejects(client.report(new Uint8Array(1)), { code: 'TIMEOUT' });
  assert.deepEqual(await client.report(new Uint8Array(1)), reportAnswer);
});
