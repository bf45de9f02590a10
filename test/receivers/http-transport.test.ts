// One request with limits: time, bytes, redirects, addresses, and whether "no answer" means that it went out.
import assert from 'node:assert/strict';
import type { lookup as systemLookup } from 'node:dns';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type TestContext, test } from 'node:test';
import { type AddressGuard, createAddressGuard } from '../../src/receivers/address-guard.ts';
import { createHttpTransport, type HttpRequest } from '../../src/receivers/http-transport.ts';
import { type Clock, createVirtualClock } from '../../src/runtime/clock.ts';
import { NEVER, timedOut } from './sample-messages.ts';
import { type Answer, startHttpStub } from './servers/http-stub.ts';

const CERT = readFileSync('test/api/fixtures/tls-cert.pem', 'utf8');
const KEY = readFileSync('test/api/fixtures/tls-key.pem', 'utf8');

const requestTo = (url: string, given: Partial<HttpRequest> = {}): HttpRequest => ({
  url,
  body: '{"a":1}',
  headers: { 'content-type': 'application/json' },
  ...given,
});

const resolvesTo = (...addresses: readonly string[]): typeof systemLookup =>
  ((_name: string, _options: object, callback: (error: null, found: object[]) => void) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )) as unknown as typeof systemLookup;

type Given = { readonly guard?: AddressGuard; readonly clock?: Clock; readonly maxAnswerBytes?: number };

const transport = ({ guard = createAddressGuard(), clock = createVirtualClock(0), ...given }: Given = {}) =>
  createHttpTransport({ clock, guard, ...given });

async function ask(t: TestContext, answer: Answer) {
  const stub = await startHttpStub(t, () => answer);
  return { stub, result: await transport()(requestTo(`${stub.url}/hook`), NEVER) };
}

test('posts the body and gives status, headers and text', async (t) => {
  const { stub, result } = await ask(t, { status: 201, body: '机房', headers: { 'retry-after': '3' } });
  assert.ok(result.kind === 'answer');
  assert.deepEqual([result.status, result.body, result.truncated], [201, '机房', false]);
  assert.equal(result.headers['retry-after'], '3');
  assert.equal(stub.received[0]!.headers['accept-encoding'], 'identity');
  assert.deepEqual(
    [stub.received[0]!.method, stub.received[0]!.url, stub.received[0]!.body],
    ['POST', '/hook', '{"a":1}'],
  );
});

const hasIPv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ family }) => family === 'IPv6'),
);

test('an IPv6 address', { skip: !hasIPv6 && 'this machine has no IPv6' }, async (t) => {
  const stub = await startHttpStub(t, () => ({ status: 204 }), { host: '::1' });
  const result = await transport()(requestTo(`${stub.url}/hook`), NEVER);
  assert.ok(result.kind === 'answer' && result.status === 204);
  assert.equal(stub.received[0]!.headers['host'], `[::1]:${stub.port}`);
});

test('does not follow a redirect', async (t) => {
  const { stub, result } = await ask(t, { status: 302, headers: { location: '/login' } });
  assert.ok(result.kind === 'answer' && result.status === 302);
  assert.equal(stub.received.length, 1);
});

test('reads an endless answer to the limit and no further', async (t) => {
  const { stub, result } = await ask(t, 'endless');
  assert.ok(result.kind === 'answer' && result.truncated);
  assert.equal(result.body.length, 64 * 1024);
  // What the kernel buffers on both ends, not a gigabyte.
  assert.ok(stub.written() < 16 * 1024 * 1024, `${stub.written()} bytes were sent`);
});

test('takes an answer of exactly the limit whole', async (t) => {
  const stub = await startHttpStub(t, () => ({ status: 200, body: 'x'.repeat(100) }));
  const exact = await transport({ maxAnswerBytes: 100 })(requestTo(stub.url), NEVER);
  assert.ok(exact.kind === 'answer' && !exact.truncated && exact.body.length === 100);
  const over = await transport({ maxAnswerBytes: 99 })(requestTo(stub.url), NEVER);
  assert.ok(over.kind === 'answer' && over.truncated && over.body.length === 99);
});

for (const what of ['hang', 'drip'] as const) {
  test(`a receiver that does ${what} is given up after the limit: no answer`, async (t) => {
    const clock = createVirtualClock(0);
    const stub = await startHttpStub(t, () => what);
    const pending = transport({ clock })(requestTo(stub.url), NEVER);
    assert.deepEqual(await timedOut(pending, stub.reached, clock), {
      kind: 'no_answer',
      reason: 'timeout: no answer within 10 s',
    });
    assert.equal(clock.sleepers(), 0);
  });
}

test('a connection closed after the request is no answer, one closed inside of 200 too, inside of 300 and 500 an answer', async (t) => {
  assert.equal((await ask(t, 'hang up')).result.kind, 'no_answer');
  assert.equal((await ask(t, 'half')).result.kind, 'no_answer');
  const { result } = await ask(t, 'half error');
  assert.ok(result.kind === 'answer' && result.status === 500 && result.truncated);
  assert.equal(result.body, 'half of it');
  const elsewhere = (await ask(t, 'half redirect')).result;
  assert.ok(elsewhere.kind === 'answer' && elsewhere.status === 300 && elsewhere.truncated);
});

test('a refused connection and an unknown name: not sent', async () => {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  const refused = await transport()(requestTo(`http://127.0.0.1:${port}/secret-path`), NEVER);
  assert.deepEqual(refused, { kind: 'not_sent', reason: `connect ECONNREFUSED 127.0.0.1:${port}` });

  const failing = ((_n: string, _o: object, callback: (error: Error) => void) =>
    callback(
      Object.assign(new Error('getaddrinfo ENOTFOUND hooks.invalid'), { code: 'ENOTFOUND' }),
    )) as never;
  const unknown = await transport({ guard: createAddressGuard({ resolve: failing }) })(
    requestTo('http://hooks.invalid/secret-path'),
    NEVER,
  );
  assert.deepEqual(unknown, {
    kind: 'not_sent',
    reason:
      'getaddrinfo ENOTFOUND hooks.invalid (the name cannot be resolved on the machine where warn runs)',
  });
});

test('a name that is never resolved is given up after the limit: not sent', async () => {
  const clock = createVirtualClock(0);
  const guard = createAddressGuard({ resolve: (() => {}) as never });
  const pending = transport({ clock, guard })(requestTo('http://slow.example'), NEVER);
  assert.deepEqual(await timedOut(pending, Promise.resolve(), clock), {
    kind: 'not_sent',
    reason: 'timeout: no connection within 10 s',
  });
});

test('the signal ends the try, before and after the request went out', async (t) => {
  const stub = await startHttpStub(t, () => {
    setImmediate(() => late.abort());
    return 'hang';
  });
  const late = new AbortController();
  assert.deepEqual(await transport()(requestTo(stub.url), late.signal), {
    kind: 'no_answer',
    reason: 'stopped while sending',
  });
  const early = new AbortController();
  const pending = transport({ guard: createAddressGuard({ resolve: (() => {}) as never }) })(
    requestTo('http://slow.example'),
    early.signal,
  );
  early.abort();
  assert.deepEqual(await pending, { kind: 'not_sent', reason: 'stopped while sending' });
});

test('a request that could not be written whole counts as not sent', async (t) => {
  const clock = createVirtualClock(0);
  let onFirstBytes = () => {};
  const reached = new Promise<void>((resolve) => {
    onFirstBytes = resolve;
  });
  const server = createServer((socket) => {
    socket.once('data', () => {
      // Reads no more, while the rest is still on its way.
      socket.pause();
      onFirstBytes();
    });
    socket.on('error', () => {});
    t.after(() => socket.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => void server.close());
  const { port } = server.address() as { port: number };
  const body = 'x'.repeat(64 * 1024 * 1024);
  const pending = transport({ clock })(requestTo(`http://127.0.0.1:${port}`, { body }), NEVER);
  assert.deepEqual(await timedOut(pending, reached, clock), {
    kind: 'not_sent',
    reason: 'timeout: could not send all within 10 s',
  });
});

test('TLS: trusted with its CA, rejected with a hint without', async (t) => {
  const stub = await startHttpStub(t, () => ({ status: 200, body: 'ok' }), { tls: { cert: CERT, key: KEY } });
  const trusted = await transport()(requestTo(stub.url, { tls: { ca: CERT } }), NEVER);
  assert.equal(trusted.kind, 'answer');
  assert.deepEqual(await transport()(requestTo(stub.url), NEVER), {
    kind: 'not_sent',
    reason: 'self-signed certificate (set tls.ca to its certificate)',
  });
  assert.equal(stub.received.length, 1);
});

test('what is on the allow-list by name or address is allowed, and a request has the name as its Host', async (t) => {
  const guard = createAddressGuard({ allow: ['169.254.10.1', 'FE80::1', 'printer.local'] });
  for (const host of ['169.254.10.1', '[fe80::1]', 'fe80::1%eth0']) {
    assert.equal(guard.errorOf(host), undefined, host);
  }
  assert.notEqual(guard.errorOf('169.254.10.2'), undefined);

  const stub = await startHttpStub(t, () => ({ status: 200 }));
  const named = createAddressGuard({ resolve: resolvesTo('127.0.0.1') });
  const result = await transport({ guard: named })(requestTo(`http://stub.example:${stub.port}/`), NEVER);
  assert.equal(result.kind, 'answer');
  assert.equal(stub.received[0]!.headers['host'], `stub.example:${stub.port}`);

  // A name as it may be written, which leads to an address that is allowed to nobody else.
  const byName = createAddressGuard({
    allow: ['Stub.Example'],
    resolve: resolvesTo('169.254.0.1', '127.0.0.1'),
  });
  const looked = (host: string) =>
    new Promise((resolve) => byName.lookup(host, { all: true }, (error) => resolve(error?.code)));
  assert.equal(await looked('stub.example.'), undefined);
  assert.equal(await looked('other.example'), 'EBLOCKED');
});
