// TLS on both wires: who is let in, and what is said to whoever is not.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createGrpcClient } from '../../src/api/grpc/client.ts';
import { createGrpcServer } from '../../src/api/grpc/server.ts';
import { apiGrpcService } from '../../src/api/grpc/service.ts';
import { createHttpClient } from '../../src/api/http/client.ts';
import { askReadiness } from '../../src/api/http/exchange.ts';
import { apiRoutes } from '../../src/api/http/routes.ts';
import { createHttpServer } from '../../src/api/http/server.ts';
import type { TlsMaterial } from '../../src/api/tls.ts';
import { warnApi } from '../../src/api/warn.ts';
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

async function overHttp(t: TestContext, tls: TlsMaterial | undefined): Promise<Call> {
  const routes = [apiRoutes(warnApi, service, Date.now)];
  const server = createHttpServer({ address: '127.0.0.1:0', ...daemonParts(), routes, ...(tls && { tls }) });
  const address = await server.start();
  t.after(() => server.stop(0));
  return async (tls) => {
    const client = createHttpClient(warnApi, { baseUrl: `${tls ? 'https' : 'http'}://${address}`, tls });
    return client.status().finally(client.stop);
  };
}

async function overGrpc(t: TestContext, tls: TlsMaterial | undefined): Promise<Call> {
  const services = [apiGrpcService(warnApi, service)];
  const server = createGrpcServer({
    address: '127.0.0.1:0',
    services,
    ...daemonParts(),
    ...(tls && { tls }),
  });
  const address = await server.start();
  t.after(() => server.stop(0));
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
      await assert.rejects(call(tls), refusal(/not signed by an authority that is trusted here/, /tls\.ca/));
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
      refusal(/plain text and not TLS/, /tls\.cert and tls\.key there/),
    );
  });

  test(`over ${wire} a server with an authority takes only clients that it signed`, async (t) => {
    const call = await serve(t, { ...ours, ca: ours.cert });
    assert.deepEqual(await call({ ca: ours.cert, ...ours }), warnStatus);
    await assert.rejects(
      call({ ca: ours.cert }),
      refusal(/it asks for a client certificate/, /tls\.cert and tls\.key/),
    );
    await assert.rejects(call({ ca: ours.cert, ...other }), refusal(/./, /authority in tls\.ca there/));
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
