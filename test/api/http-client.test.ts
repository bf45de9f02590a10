// The commands' HTTP client against servers that are away, slow, rude or not minimon at all.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { ClientRequest, createServer, type request as httpRequest, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { analyzeApi } from '../../src/api/analyze.ts';
import { listAllHosts } from '../../src/api/hosts.ts';
import { createHttpClient } from '../../src/api/http/client.ts';
import { exchange } from '../../src/api/http/exchange.ts';
import { manageApi } from '../../src/api/manage.ts';
import type { ExpectedError } from '../../src/domain/errors.ts';
import { memoryManage } from './memory-services.ts';

async function listen(t: TestContext, handle: RequestListener): Promise<string> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function clientOf(t: TestContext, baseUrl: string, timeoutMs?: number) {
  const client = createHttpClient(manageApi, { baseUrl, ...(timeoutMs ? { timeoutMs } : {}) });
  t.after(() => client.stop());
  return client;
}

test('nobody at the address: UNREACHABLE says what was tried and how to start it', async (t) => {
  const gone = createTcpServer();
  await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
  const { port } = gone.address() as AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  for (const host of ['127.0.0.1', 'localhost']) {
    await assert.rejects(clientOf(t, `${host}:${port}`).listHosts({}), (error: ExpectedError) => {
      assert.equal(error.code, 'UNREACHABLE');
      assert.equal(error.message, `no manage service answers at ${host}:${port} (connection refused)`);
      assert.match(error.hint!, /minimon up.*minimon daemon manage/);
      return true;
    });
  }
  await assert.rejects(clientOf(t, 'no-such-host.invalid:8040').listHosts({}), { code: 'UNREACHABLE' });
});

test("the server's clock is told with each answer, also of an error", async (t) => {
  const date = 'Sat, 28 Mar 2026 14:00:00 GMT';
  const address = await listen(t, (request, response) => {
    response.writeHead(request.url!.includes('gone') ? 404 : 200, { date });
    response.end(request.url!.includes('gone') ? '{"error":{"code":"HOST_UNKNOWN"}}' : '{"hosts":[]}');
  });
  const told: number[] = [];
  const client = createHttpClient(manageApi, { baseUrl: address, onServerTime: (ms) => told.push(ms) });
  t.after(() => client.stop());
  await client.listHosts({});
  await assert.rejects(client.getHost('gone'), { code: 'HOST_UNKNOWN' });
  assert.deepEqual(told, [Date.parse(date), Date.parse(date)]);
});

test('an error without a text is named by its code, or by what caused it', async () => {
  const failures: [Error, string][] = [
    [Object.assign(new Error(''), { code: 'ENETUNREACH' }), 'ENETUNREACH'],
    [new Error('', { cause: new Error('no route') }), 'no route'],
    [new AggregateError([]), 'AggregateError'],
  ];
  for (const [error, reason] of failures) {
    const open = (() => {
      const request = new ClientRequest({ createConnection: () => new Socket() });
      process.nextTick(() => request.destroy(error));
      return request;
    }) as unknown as typeof httpRequest;
    const call = { base: new URL('http://web-1:8040'), method: 'GET', path: '/', daemon: 'manage' } as const;
    await assert.rejects(exchange(open, undefined, { ...call, timeoutMs: 1_000, tls: undefined }), {
      message: `no manage service answers at web-1:8040 (${reason})`,
    });
  }
});

test('a server that never answers, or stops in the middle, is a TIMEOUT that names address and time', async (t) => {
  const silent = await listen(t, () => {});
  const halting = await listen(t, (_request, response) => void response.write('{"hosts":['));
  for (const address of [silent, halting]) {
    await assert.rejects(clientOf(t, address, 50).listHosts({}), {
      code: 'TIMEOUT',
      message: `the manage service at ${address} did not answer within 0.05 s`,
    });
  }
});

test('an answer that is cut off is not taken for a whole one', async (t) => {
  const address = await listen(t, (_request, response) => {
    response.writeHead(200, { 'content-length': 1_000 });
    response.write('{"hosts":[],"warnings":[]}', () => response.destroy());
  });
  await assert.rejects(clientOf(t, address).listHosts({}), { code: 'UNREACHABLE', message: /cut/ });
});

test('what is not minimon is named as such', async (t) => {
  const address = await listen(t, (_request, response) => response.end('<html>hello</html>'));
  await assert.rejects(clientOf(t, address).listHosts({}), {
    code: 'UNREACHABLE',
    message: `the server at ${address} is not minimon's manage (HTTP 200)`,
  });
});

test('statuses of a proxy in between become errors of their kind', async (t) => {
  let status = 0;
  const address = await listen(t, (_request, response) => {
    response.writeHead(status);
    response.end('{}');
  });
  for (const [http, code] of [
    [400, 'BAD_REQUEST'],
    [401, 'UNAUTHENTICATED'],
    [403, 'NOT_ALLOWED'],
    [404, 'UNIMPLEMENTED'],
    [405, 'WRONG_METHOD'],
    [413, 'TOO_LARGE'],
    [500, 'INTERNAL'],
    [429, 'UNAVAILABLE'],
    [502, 'UNAVAILABLE'],
    [503, 'UNAVAILABLE'],
    [504, 'TIMEOUT'],
  ] as const) {
    status = http;
    await assert.rejects(clientOf(t, address).listHosts({}), { code, message: new RegExp(`HTTP ${http}`) });
  }
});

test('a path that the server does not serve is a call that it does not know, not a missing host', async (t) => {
  const address = await listen(t, (_request, response) => {
    response.writeHead(404);
    response.end(JSON.stringify({ error: { code: 'NOT_FOUND', message: 'nothing is served at this path' } }));
  });
  await assert.rejects(clientOf(t, address).listHosts({}), {
    ...{ code: 'UNIMPLEMENTED', kind: 'unimplemented' },
    message: /^manage at \S+ does not implement this call$/,
    hint: /another version/,
  });
});

test('a kept connection that the server closed meanwhile is replaced by a new one', async (t) => {
  const sockets: { destroy(): void }[] = [];
  const address = await listen(t, (request, response) => {
    sockets.push(request.socket);
    // From the second request on, a connection that was used before dies just as it is used again.
    if (sockets.filter((socket) => socket === request.socket).length > 1) request.socket.destroy();
    else response.end('{"hosts":[],"warnings":[]}');
  });
  const client = clientOf(t, address);
  for (let i = 0; i < 4; i++) assert.deepEqual((await client.listHosts({})).hosts, []);
  assert.ok(new Set(sockets).size > 1);
});

test('a change is sent once, on a connection of its own', async (t) => {
  const sockets: unknown[] = [];
  const address = await listen(t, (request, response) => {
    sockets.push(request.socket);
    if (sockets.filter((socket) => socket === request.socket).length > 1) request.socket.destroy();
    else response.end('{"outcomes":[]}');
  });
  const client = clientOf(t, address);
  const assignments = [{ hostId: 'web-1', location: '725' }];
  for (let i = 0; i < 3; i++) await client.assignHosts({ new: true, assignments });
  assert.equal(sockets.length, 3);
});

test('a base URL that is none is BAD_CONFIG', () => {
  for (const baseUrl of ['http://', 'a b', '']) {
    assert.throws(() => createHttpClient(analyzeApi, { baseUrl }), { code: 'BAD_CONFIG' });
  }
});

test('all pages are read, warnings are told once, a limit ends it', async () => {
  const manage = memoryManage();
  const all = await listAllHosts(manage, { location: '725' });
  assert.equal(all.hosts.length, 4);
  assert.deepEqual(all.warnings, ['analyze is down']);
  assert.deepEqual(manage.calls, [
    { location: '725', limit: 10_000 },
    { location: '725', limit: 10_000, cursor: 'bmV4dA' },
  ]);
  assert.equal((await listAllHosts(manage, { limit: 2 })).hosts.length, 2);
});

test('the clients of one-shot commands load neither gRPC nor fastify nor zod', async () => {
  const room = join(import.meta.dirname, '../../src/api');
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = new Set();
    registerHooks({ load: (url, context, next) => (loaded.add(url), next(url, context)) });
    for (const file of ['http/client', 'analyze', 'manage', 'warn']) await import('file://${room}/' + file + '.ts');
    await import('file://${room}/hosts.ts');
    console.log([...loaded].filter((url) => url.includes('node_modules')).join());`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  assert.equal(stdout.trim(), '');
});
