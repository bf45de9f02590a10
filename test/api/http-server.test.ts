// What an HTTP listener does beside its routes: probes, metrics, refusals in one shape, TLS, its end.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { analyzeApi } from '../../src/api/analyze.ts';
import type { HttpRoutes } from '../../src/api/http/fastify.ts';
import { apiRoutes } from '../../src/api/http/routes.ts';
import { createHttpServer, type HttpServerOptions } from '../../src/api/http/server.ts';
import { type ManageService, manageApi } from '../../src/api/manage.ts';
import { warnApi } from '../../src/api/warn.ts';
import { daemonParts, memoryAnalyze, memoryManage, NOW } from './memory-services.ts';
import { memoryWarn } from './memory-warn.ts';

const manageRoutesOf = (service: ManageService) => apiRoutes(manageApi, service, Date.now);

async function serve(t: TestContext, extra: Partial<HttpServerOptions> = {}) {
  const parts = daemonParts();
  const server = createHttpServer({ address: '127.0.0.1:0', ...parts, ...extra });
  const address = await server.start();
  t.after(() => server.stop(0));
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(`http://${address}${path}`, init);
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      text: await response.text(),
    };
  };
  return { ...parts, server, address, ask };
}

const oneRoute: HttpRoutes = (app) => {
  app.get('/one', { config: { access: 'open' } }, async () => ({ one: 1 }));
};

for (const [kind, routes] of [
  ['without routes', []],
  ['with routes', [oneRoute]],
] as const) {
  test(`a daemon ${kind} answers the probes and its metrics`, async (t) => {
    const { ask, health, metrics } = await serve(t, { routes });
    let fault: string | undefined;
    health.check('bus', () => undefined);
    health.check('store', () => fault);
    health.note(() => 'listens without TLS');
    metrics.counter('ticks_total', 'Ticks').add(3);

    assert.deepEqual(await ask('/livez'), { status: 200, type: 'text/plain; charset=utf-8', text: 'ok\n' });
    assert.equal((await ask('/readyz')).text, 'ok\n');
    const verbose = '[+] bus ok\n[+] store ok\n[i] listens without TLS\ntest is ready\n';
    assert.equal((await ask('/readyz?verbose')).text, verbose);
    assert.match((await ask('/metrics')).text, /^minimon_ticks_total\{daemon="test"\} 3$/m);

    fault = 'the disk is full';
    const unready = await ask('/readyz');
    assert.equal(unready.status, 503);
    assert.equal(unready.text, '[-] store: the disk is full\ntest is not ready\n');
    assert.equal((await ask('/livez')).status, 200);
    fault = undefined;
    health.drain();
    assert.equal((await ask('/readyz')).status, 503);
  });

  test(`a daemon ${kind} answers unknown paths in the shape of errors`, async (t) => {
    const { ask } = await serve(t, { routes });
    for (const path of ['/nope', '/', '/livez/x', '/%E6%9C%BA']) {
      const { status, text } = await ask(path);
      const { error } = JSON.parse(text) as { error: { code: string; message: string; hint: string } };
      assert.deepEqual([status, error.code], [404, 'NOT_FOUND'], path);
      assert.ok(error.message && error.hint);
    }
  });
}

test('a probe that cannot answer is a 500 in our shape, and the listener goes on', async (t) => {
  const { ask, metrics } = await serve(t);
  metrics.gauge('broken', 'Fails', () => {
    throw new Error('a secret');
  });
  const { status, text } = await ask('/metrics');
  assert.equal(status, 500);
  assert.doesNotMatch(text, /secret/);
  assert.equal((await ask('/livez')).status, 200);
});

test('bodies that are no JSON, of another type, too large or of the wrong shape are refused by name', async (t) => {
  const service = memoryManage();
  const { ask } = await serve(t, { routes: [manageRoutesOf(service)] });
  const post = async (body: string, type = 'application/json') => {
    const headers = { 'content-type': type };
    const { status, text } = await ask('/api/v1/hosts/assign', { method: 'POST', body, headers });
    const { code, message, hint } = (JSON.parse(text) as { error: Record<string, string> }).error;
    return { status, code, message, hint };
  };
  const good = { host_id: 'a', location: '1' };
  for (const [body, status, code, says] of [
    ['{', 400, 'BAD_REQUEST', /JSON/],
    ['', 400, 'BAD_REQUEST', /./],
    ['[]', 400, 'BAD_REQUEST', /object/],
    ['null', 400, 'BAD_REQUEST', /assignments/],
    ['{"assignments":[]}', 400, 'BAD_REQUEST', /assignments/],
    ['{"assignments":[{"host_id":5,"location":"1"}]}', 400, 'BAD_REQUEST', /assignments\.0\.host_id/],
    [JSON.stringify({ assignments: [good], actr: 'ann' }), 400, 'BAD_REQUEST', /"actr"/],
    [`"${'x'.repeat(5 * 1024 * 1024)}"`, 413, 'TOO_LARGE', /4 MiB/],
  ] as const) {
    const answer = await post(body);
    assert.deepEqual([answer.status, answer.code], [status, code], body.slice(0, 60));
    assert.match(answer.message!, says);
  }
  assert.match((await post(JSON.stringify({ assignments: [good], actr: 1 }))).hint!, /Did you mean actor\?/);
  for (const type of [
    'text/xml',
    'text/plain',
    'application/json; charset=gbk',
    'application/json; charset="latin1"',
  ]) {
    const { status, code } = await post(JSON.stringify({ assignments: [good] }), type);
    assert.deepEqual([status, code], [415, 'WRONG_TYPE'], type);
  }
  assert.match((await post('{"__proto__":{"admin":true}}')).message!, /not valid JSON/);
  assert.deepEqual(service.calls, []);
});

test('queries with unknown keys, bad instants or bad numbers are refused by name', async (t) => {
  const { ask } = await serve(t, { routes: [manageRoutesOf(memoryManage())] });
  for (const [path, code, says] of [
    ['/api/v1/hosts?locaton=725', 'BAD_REQUEST', /"locaton"/],
    ['/api/v1/hosts?limit=many', 'BAD_REQUEST', /limit: must be a whole number/],
    ['/api/v1/hosts?limit=-1', 'BAD_REQUEST', /limit/],
    ['/api/v1/hosts?state=dead', 'BAD_REQUEST', /state.*reporting/],
    ['/api/v1/hosts?state=slient', 'BAD_REQUEST', /^state cannot be "slient", only reporting, late, /],
    ['/api/v1/hosts/by-id', 'BAD_REQUEST', /^host_id is missing$/],
    ['/api/v1/hosts/unmanaged?since_at=1764032400', 'BAD_TIME', /since_at "1764032400"/],
    ['/api/v1/hosts/unmanaged?since_at=2026-02-30T00:00', 'BAD_TIME', /RFC 3339/],
    ['/api/v1/hosts/%zz', 'BAD_REQUEST', /url/],
  ] as const) {
    const { status, text } = await ask(path);
    const { error } = JSON.parse(text) as { error: { code: string; message: string } };
    assert.deepEqual([status, error.code], [400, code], path);
    assert.match(error.message, says);
  }
});

test('times that a request leaves out are filled in by the clock', async (t) => {
  const service = memoryAnalyze();
  const { ask } = await serve(t, { routes: [apiRoutes(analyzeApi, service, () => NOW)] });
  const stopMs = Date.parse('2026-01-01T12:00:00Z');
  for (const path of [
    '/api/v1/records?metric=cpu.usage',
    '/api/v1/records?metric=cpu.usage&stop_at=2026-01-01T12:00:00Z',
    '/api/v1/latest',
  ]) {
    assert.equal((await ask(path)).status, 200);
  }
  assert.deepEqual(service.calls, [
    { metric: 'cpu.usage', startMs: NOW - 3_600_000, stopMs: NOW },
    { metric: 'cpu.usage', startMs: stopMs - 3_600_000, stopMs },
    {},
  ]);
});

test('an id of ten thousand characters reaches the service, which has the rule', async (t) => {
  const service = memoryManage();
  const { ask } = await serve(t, { routes: [manageRoutesOf(service)] });
  const id = 'x'.repeat(10_000);
  assert.equal((await ask(`/api/v1/hosts/by-id?host_id=${id}`)).status, 200);
  assert.deepEqual(service.calls, [id]);
});

test('warn says over HTTP how far behind it is', async (t) => {
  const { ask } = await serve(t, {
    routes: [apiRoutes(warnApi, memoryWarn(), Date.now)],
  });
  const answer = JSON.parse((await ask('/api/v1/status')).text) as { now_at: string; partitions: object[] };
  assert.equal(answer.now_at, new Date(NOW).toISOString());
  const lag = { end: 10, position: 8, committed: 4, unread: 2, uncommitted: 6 };
  assert.deepEqual(answer.partitions[0], { partition: 0, ...lag, received_at: '2026-03-01T12:00:00.118Z' });
  assert.equal('received_at' in answer.partitions[1]!, false);
});

test('a port in use is named, and the way out', async (t) => {
  const { address } = await serve(t);
  const second = createHttpServer({ address, ...daemonParts(), daemon: 'analyze' });
  await assert.rejects(second.start(), {
    code: 'PORT_IN_USE',
    message: `analyze cannot listen on ${address}: the port is in use`,
  });
  await second.stop();
});

test('a stop lets the request in flight end, refuses new ones, and is not held by idle connections', async (t) => {
  const gate = Promise.withResolvers<void>();
  const began = Promise.withResolvers<void>();
  const slow: HttpRoutes = (app) => {
    app.get('/slow', { config: { access: 'open' } }, async () => {
      began.resolve();
      await gate.promise;
      return { ended: true };
    });
  };
  const { server, address, ask } = await serve(t, { routes: [slow] });
  const [host, port] = address.split(':');
  const idle = connect(Number(port), host);
  await new Promise((resolve) => idle.once('connect', resolve));
  idle.on('error', () => {});
  const call = ask('/slow');
  await began.promise;
  const stopped = server.stop();
  await assert.rejects(ask('/livez'));
  gate.resolve();
  assert.equal((await call).text, '{"ended":true}');
  idle.destroy();
  await stopped;
});

test('a stop cuts requests that do not end within the grace time', async (t) => {
  const began = Promise.withResolvers<void>();
  const stuck: HttpRoutes = (app) => {
    app.get('/stuck', { config: { access: 'open' } }, () => {
      began.resolve();
      return new Promise(() => {});
    });
  };
  const { server, ask } = await serve(t, { routes: [stuck] });
  const call = ask('/stuck');
  await began.promise;
  await Promise.all([assert.rejects(call), server.stop(20)]);
});

test('a bug in a route is logged with its stack and told without it', async (t) => {
  const lines: string[] = [];

  const logger = pino({}, { write: (line: string) => void lines.push(line) });
  const { ask } = await serve(t, { routes: [manageRoutesOf(memoryManage())], logger });
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ host_id: 'bug', location: '1' });
  const { status, text } = await ask('/api/v1/hosts/update', { method: 'POST', headers, body });
  assert.equal(status, 500);
  assert.doesNotMatch(text, /secret/);
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /a secret of the implementation.*"path":"\/api\/v1\/hosts\/update"/s);
});
