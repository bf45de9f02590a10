// The door of an HTTP listener: whom it answers, and what it refuses before a route is asked, always in one shape.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { analyzeApi } from '../../src/api/analyze.ts';
import type { HttpRoutes } from '../../src/api/http/fastify.ts';
import { apiRoutes } from '../../src/api/http/routes.ts';
import { createHttpServer, type HttpServerOptions } from '../../src/api/http/server.ts';
import { type ManageService, manageApi } from '../../src/api/manage.ts';
import { daemonParts, memoryAnalyze, memoryManage, NOW } from './memory-services.ts';

const manageRoutesOf = (service: ManageService) => apiRoutes(manageApi, service, Date.now);

async function serve(t: TestContext, extra: Partial<HttpServerOptions> = {}) {
  const server = createHttpServer({ address: '127.0.0.1:0', ...daemonParts(), ...extra });
  const address = await server.start();
  t.after(() => server.stop(0));
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(`http://${address}${path}`, init);
    return { status: response.status, text: await response.text() };
  };
  return { address, ask };
}

const oneRoute: HttpRoutes = (app) => {
  app.get('/one', { config: { access: 'open' } }, async () => ({ one: 1 }));
};

/** Bytes as they are, and the whole answer until the connection closes. */
function sendRaw(address: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(address.split(':').pop()), '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
    socket.end(Buffer.from(text, 'latin1'));
  });
}

const get = (path: string, headers: readonly string[], version = '1.1') =>
  [`GET ${path} HTTP/${version}`, ...headers, 'connection: close', '', ''].join('\r\n');

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);

test('a listener answers for loopback and the names it is given, whatever their case and port', async (t) => {
  const { address } = await serve(t, { routes: [oneRoute], hosts: ['Monitor.example', 'fd00::5'] });
  const statuses = async (hosts: readonly string[]) =>
    Promise.all(
      hosts.map(async (host) => [host, statusOf(await sendRaw(address, get('/one', [`host: ${host}`])))]),
    );
  const answered = [
    ...['127.0.0.1', address, 'localhost', 'LOCALHOST:1', '[::1]:8020', '127.4.5.6', 'localhost.'],
    ...['monitor.EXAMPLE:443', '[fd00::5]'],
  ];
  assert.deepEqual(
    await statuses(answered),
    answered.map((host) => [host, 200]),
  );
  const others = [
    'evil.example',
    'localhost.evil.example',
    '10.0.0.6',
    '127.0.0.1.evil.example',
    'a@localhost',
    '[::2]',
  ];
  assert.deepEqual(
    await statuses(others),
    others.map((host) => [host, 421]),
  );
  const answer = await sendRaw(address, get('/livez', ['host: evil.example']));
  assert.match(answer, /421 Misdirected Request[\s\S]*"WRONG_HOST".*evil\.example.*http\.hosts/);
  assert.equal(statusOf(await sendRaw(address, get('/livez', []))), 400);
  assert.equal(statusOf(await sendRaw(address, get('/livez', [], '1.0'))), 200);
});

test('off loopback a literal address is answered too: probes and scrapes come by one, and no page has its name', async (t) => {
  const { address } = await serve(t, { address: '0.0.0.0:0' });
  for (const [host, status] of [
    ['10.0.0.6:9090', 200],
    ['[fd00::1]', 200],
    ['localhost', 200],
    ['evil.example', 421],
  ] as const) {
    assert.equal(statusOf(await sendRaw(address, get('/livez', [`host: ${host}`]))), status, host);
  }
});

test('an absolute URI is its path, and its host the one asked for', async (t) => {
  const { address } = await serve(t, { routes: [oneRoute] });
  const ask = (url: string) => sendRaw(address, get(url, ['host: localhost']));
  assert.match(await ask(`http://${address}/one?x=1`), /200 OK[\s\S]*\{"one":1\}/);
  assert.match(await ask('HTTP://localhost'), /404/);
  assert.match(await ask('http://localhost/livez'), /200 OK[\s\S]*ok/);
  assert.equal(statusOf(await ask('http://evil.example/one')), 421);
});

test('a page of another site may not change anything; clients without an Origin may', async (t) => {
  const service = memoryManage();
  const { ask, address } = await serve(t, { routes: [manageRoutesOf(service)], hosts: ['monitor.example'] });
  const body = JSON.stringify({ assignments: [{ host_id: 'a', location: '1' }] });
  const post = async (origin: string | undefined) => {
    const headers = { 'content-type': 'application/json', ...(origin !== undefined && { origin }) };
    return (await ask('/api/v1/hosts/assign', { method: 'POST', body, headers })).status;
  };
  for (const origin of [undefined, `http://${address}`, 'https://monitor.example'])
    assert.equal(await post(origin), 200, origin);
  const before = service.calls.length;
  for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:1', 'http://localhost', 'file://']) {
    assert.equal(await post(origin), 403, origin);
  }
  assert.equal(service.calls.length, before);
  assert.equal((await ask('/livez', { headers: { origin: 'http://evil.example' } })).status, 200);
});

test('another method is 405 with what is allowed, for probes and routes alike', async (t) => {
  const { address } = await serve(t, { routes: [manageRoutesOf(memoryManage())] });
  for (const [method, path, allow] of [
    ['DELETE', '/api/v1/hosts', 'GET, HEAD, POST'],
    ['GET', '/api/v1/hosts/assign', 'POST'],
    ['PUT', '/api/v1/hosts/assign', 'POST'],
    ['POST', '/metrics', 'GET, HEAD'],
    ['OPTIONS', '/readyz', 'GET, HEAD'],
  ] as const) {
    const response = await fetch(`http://${address}${path}`, { method });
    assert.deepEqual([response.status, response.headers.get('allow')], [405, allow], `${method} ${path}`);
    assert.equal(((await response.json()) as { error: { code: string } }).error.code, 'WRONG_METHOD');
  }
  assert.equal((await fetch(`http://${address}/nothing`, { method: 'DELETE' })).status, 404);
});

test('what is no HTTP request, or no URL, is refused with a JSON body', async (t) => {
  const { address } = await serve(t, { routes: [oneRoute] });
  for (const [text, status, says] of [
    ['GET /\xe5\x8c\x97 HTTP/1.1\r\nhost: localhost\r\n\r\n', 400, /"BAD_REQUEST"/],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, /gRPC port/],
    ['hello\r\n\r\n', 400, /not an HTTP\/1\.1 request/],
    [`GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431, /16 KiB/],
    [get('/one?a=%ff', ['host: localhost']), 400, /not valid percent-encoded UTF-8/],
    [get('/%zz', ['host: localhost']), 400, /Percent-encode/],
  ] as const) {
    const answer = await sendRaw(address, text);
    assert.equal(statusOf(answer), status, text.slice(0, 40));
    assert.match(answer, says);
    const body = JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1)) as {
      error: { hint: string };
    };
    assert.ok(body.error.hint);
  }
});

test('the sender of a body that is too large gets to read why, also if it says no length', async (t) => {
  const { ask, address } = await serve(t, { routes: [manageRoutesOf(memoryManage())] });
  const head =
    'POST /api/v1/hosts/assign HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\n';
  const piece = 'x'.repeat(1024 * 1024);
  const chunked = `${head}transfer-encoding: chunked\r\n\r\n${`100000\r\n${piece}\r\n`.repeat(12)}0\r\n\r\n`;
  const sized = `${head}content-length: ${12 * piece.length}\r\n\r\n${piece.repeat(12)}`;
  for (const text of [chunked, sized]) assert.match(await sendRaw(address, text), /413[\s\S]*4 MiB/);
  assert.equal((await ask('/livez')).status, 200);
});

test('what is given twice in a query is a list, or refused; never the last of both', async (t) => {
  const service = memoryAnalyze();
  const { ask } = await serve(t, { routes: [apiRoutes(analyzeApi, service, () => NOW)] });
  const path = '/api/v1/records?metric=cpu.usage&start_at=1970-01-02T00:00:00Z&stop_at=9999-12-31T00:00:00Z';
  assert.equal((await ask(`${path}&host=a&host=b&label=mount=/&label=device=sda`)).status, 200);
  assert.deepEqual(service.calls, [
    {
      metric: 'cpu.usage',
      hosts: ['a', 'b'],
      labels: { mount: '/', device: 'sda' },
      startMs: 86_400_000,
      stopMs: Date.UTC(9999, 11, 31),
    },
  ]);
  for (const [more, says] of [
    ['label=mount=/&label=mount=/var', /label \\"mount\\" is given twice/],
    ['location=725&location=726', /location/],
    ['label=__proto__=x&label=__proto__=y', /given twice/],
  ] as const) {
    const { status, text } = await ask(`${path}&${more}`);
    assert.equal(status, 400, more);
    assert.match(text, says);
  }
  const east = await ask('/api/v1/latest?since_at=2026-03-01T14:00:00+08:00');
  assert.match(east.text, /BAD_TIME.*%2B08:00/);
});
