// TLS on both wires: who is let in, and what is said to whoever is not.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import tls, { type SecureVersion } from 'node:tls';
import { createGrpcClient } from '../../src/api/grpc/client.ts';
import { createGrpcServer } from '../../src/api/grpc/server.ts';
import { apiGrpcService } from '../../src/api/grpc/service.ts';
import { createHttpClient } from '../../src/api/http/client.ts';
import { askReadiness } from '../../src/api/http/exchange.ts';
import { apiRoutes } from '../../src/api/http/routes.ts';
import { createHttpServer } from '../../src/api/http/server.ts';
import type { TlsMaterial } from '../../src/api/tls.ts';
import { warnApi } from '../../src/api/warn.ts';
import { parseAddress } from '../../src/domain/address.ts';
import type { ExpectedError } from '../../src/domain/errors.ts';
import { daemonParts } from './memory-services.ts';
import { memoryWarn, warnStatus } from './memory-warn.ts';

const fixture = (name: string) => readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8');
/** For localhost and 127.0.0.1; each certificate is its own authority. */
const ours = { cert: fixture('tls-cert.pem'), key: fixture('tls-key.pem') };
/** For other.example. */
const other = { cert: fixture('tls-other-cert.pem'), key: fixture('tls-other-key.pem') };
const service = memoryWarn();

type Call = (tls: TlsMaterial | undefined) => Promise<unknown>;

/** Names that no version of TLS before 1.2 is too weak for. */
const ANY_CIPHER = 'DEFAULT@SECLEVEL=0';
const versions = (version: SecureVersion) => ({
  ...{ minVersion: version, maxVersion: version, ciphers: ANY_CIPHER },
});

/** As a flag of node could do it for a whole process. */
function withOldDefaults(t: TestContext): void {
  const before = [tls.DEFAULT_MIN_VERSION, tls.DEFAULT_CIPHERS] as const;
  [tls.DEFAULT_MIN_VERSION, tls.DEFAULT_CIPHERS] = ['TLSv1', ANY_CIPHER];
  t.after(() => {
    [tls.DEFAULT_MIN_VERSION, tls.DEFAULT_CIPHERS] = before;
  });
}

async function serveHttp(t: TestContext, tls: TlsMaterial | undefined): Promise<string> {
  const routes = [apiRoutes(warnApi, service, Date.now)];
  const server = createHttpServer({ address: '127.0.0.1:0', ...daemonParts(), routes, ...(tls && { tls }) });
  const address = await server.start();
  t.after(() => server.stop(0));
  return address;
}

async function overHttp(t: TestContext, tls: TlsMaterial | undefined): Promise<Call> {
  const address = await serveHttp(t, tls);
  return async (tls) => {
    const client = createHttpClient(warnApi, { baseUrl: `${tls ? 'https' : 'http'}://${address}`, tls });
    return client.status().finally(client.stop);
  };
}

async function serveGrpc(t: TestContext, tls: TlsMaterial | undefined): Promise<string> {
  const services = [apiGrpcService(warnApi, service)];
  const server = createGrpcServer({
    address: '127.0.0.1:0',
    services,
    ...daemonParts(),
    ...(tls && { tls }),
  });
  const address = await server.start();
  t.after(() => server.stop(0));
  return address;
}

async function overGrpc(t: TestContext, tls: TlsMaterial | undefined): Promise<Call> {
  const address = await serveGrpc(t, tls);
  return async (tls) => {
    const client = createGrpcClient(warnApi, { address, tls });
    return client.status().finally(client.stop);
  };
}

for (const [wire, serve] of [
  ['HTTP', overHttp],
  ['gRPC', overGrpc],
] as const) {
  test(`over ${wire} the server's certificate must be trusted and name it`, async (t) => {
    const call = await serve(t, ours);
    assert.deepEqual(await call({ ca: ours.cert }), warnStatus);
    for (const tls of [{}, { ca: other.cert }]) {
      await assert.rejects(call(tls), refusal(/signed by an unknown authority/, /tls\.ca/));
    }
    await assert.rejects(call(undefined), refusal(/the connection was cut/, /it speaks TLS.*tls\.ca/));
    const misnamed = await serve(t, other);
    await assert.rejects(
      misnamed({ ca: other.cert }),
      refusal(/its certificate is not for 127\.0\.0\.1/, /subjectAltName/),
    );
    const plain = await serve(t, undefined);
    await assert.rejects(
      plain({ ca: ours.cert }),
      refusal(/plain text, not TLS/, /tls\.cert and tls\.key there/),
    );
  });

  test(`over ${wire} a server with an authority takes only clients that it signed`, async (t) => {
    const call = await serve(t, { ...ours, ca: ours.cert });
    assert.deepEqual(await call({ ca: ours.cert, ...ours }), warnStatus);
    await assert.rejects(
      call({ ca: ours.cert }),
      refusal(/it requires a client certificate/, /tls\.cert and tls\.key/),
    );
    await assert.rejects(call({ ca: ours.cert, ...other }), refusal(/./, /authority in its tls\.ca/));
  });
}

for (const [wire, serve] of [
  ['HTTP', serveHttp],
  ['gRPC', serveGrpc],
] as const) {
  test(`over ${wire} a listener takes TLS 1.2 and 1.3, and refuses what is older and plain text`, async (t) => {
    withOldDefaults(t);
    const address = parseAddress(await serve(t, ours));
    const outcome = (version: SecureVersion) =>
      new Promise<string | null>((resolve, reject) => {
        const socket = tls.connect({
          ...address,
          ca: ours.cert,
          ALPNProtocols: ['h2', 'http/1.1'],
          ...versions(version),
        });
        socket.once('secureConnect', () => resolve(socket.getProtocol()));
        socket.once('error', (error: NodeJS.ErrnoException) => reject(error));
        t.after(() => socket.destroy());
      });
    assert.equal(await outcome('TLSv1.3'), 'TLSv1.3');
    assert.equal(await outcome('TLSv1.2'), 'TLSv1.2');
    for (const old of ['TLSv1.1', 'TLSv1'] as const) {
      await assert.rejects(outcome(old), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' }, old);
    }
    const plain = net.connect(address);
    t.after(() => plain.destroy());
    plain.write('GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n');
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      plain.on('data', (chunk) => {
        text += chunk.toString('latin1');
      });
      plain.on('error', () => {});
      plain.on('close', () => resolve(text));
    });
    assert.doesNotMatch(answer, /ok|HTTP/);
  });
}

for (const [wire, connect] of [
  [
    'HTTP',
    (address: string) => createHttpClient(warnApi, { baseUrl: `https://${address}`, tls: { ca: ours.cert } }),
  ],
  ['gRPC', (address: string) => createGrpcClient(warnApi, { address, tls: { ca: ours.cert } })],
] as const) {
  test(`over ${wire} a client refuses a server that speaks only TLS 1.1, and says so`, async (t) => {
    withOldDefaults(t);
    const { cert, key } = ours;
    const server = tls.createServer({ cert, key, ALPNProtocols: ['h2', 'http/1.1'], ...versions('TLSv1.1') });
    server.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const client = connect(`127.0.0.1:${(server.address() as net.AddressInfo).port}`);
    t.after(() => client.stop());
    await assert.rejects(client.status(), refusal(/does not support TLS 1\.2 or later/, /Update/));
  });
}

function refusal(message: RegExp, hint: RegExp) {
  return (error: ExpectedError) => {
    assert.equal(error.code, 'UNREACHABLE');
    assert.match(error.message, message);
    assert.match(error.hint ?? '', hint);
    return true;
  };
}

test('readiness is asked over TLS where the daemon speaks it', async (t) => {
  const parts = daemonParts();
  const server = createHttpServer({ address: '127.0.0.1:0', ...parts, tls: ours });
  const question = { daemon: 'test', address: await server.start(), timeoutMs: 5_000 };
  t.after(() => server.stop(0));
  assert.deepEqual(await askReadiness({ ...question, tls: { ca: ours.cert } }), {
    ready: true,
    text: 'test is ready',
  });
  await assert.rejects(askReadiness(question), { code: 'UNREACHABLE', hint: /it speaks TLS/ });
});

test('a listener needs a certificate and its key', async () => {
  const { cert } = ours;
  for (const create of [createGrpcServer, createHttpServer]) {
    const server = create({ address: '127.0.0.1:0', services: [], ...daemonParts(), tls: { cert } });
    await assert.rejects(server.start(), { code: 'BAD_CONFIG', hint: 'Set tls.cert and tls.key.' });
  }
});
