// Tokens on their way: with every call over both wires, never in plain text off loopback, and refusals that say what to do.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { createGrpcClient } from '../../src/api/grpc/client.ts';
import { loadApi } from '../../src/api/grpc/proto.ts';
import { createHttpClient } from '../../src/api/http/client.ts';
import { warnApi } from '../../src/api/warn.ts';

const TOKEN = 'mm_s3cr3t';
const bearer = (insecure = false) => ({ token: () => TOKEN, insecure });

/** Answers every call with the status, and remembers what it was shown. */
async function httpServer(t: TestContext, code: number, body: string) {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization, request.url);
    response.writeHead(code).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.closeAllConnections() ?? server.close());
  return { seen, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function grpcServer(t: TestContext) {
  const seen: string[] = [];
  const server = new Server();
  type Refused = { readonly metadata: Metadata; emit(event: 'error', error: object): void };
  const refuse = (call: Refused, done?: (error: object) => void) => {
    seen.push(...call.metadata.get('authorization').map(String));
    const error = { code: status.UNAUTHENTICATED, details: 'no', metadata: new Metadata() };
    // A stream's handler is given no callback.
    if (done) done(error);
    else call.emit('error', error);
  };
  const definition = loadApi(warnApi);
  server.addService(definition, Object.fromEntries(Object.keys(definition).map((name) => [name, refuse])));
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  t.after(() => server.forceShutdown());
  return { seen, address: `127.0.0.1:${port}` };
}

test('the token is in a header of each call and never in the URL, over HTTP and gRPC', async (t) => {
  const http = await httpServer(t, 401, '<html>proxy</html>');
  const calls: string[] = [];
  const client = createHttpClient(warnApi, {
    baseUrl: http.address,
    bearer: bearer(),
    onCall: (call) => {
      calls.push(call);
      return (outcome) => calls.push(outcome);
    },
  });
  t.after(() => client.stop());
  const error = { code: 'UNAUTHENTICATED', hint: /unknown, revoked or expired/ };
  await assert.rejects(client.status(), error);
  assert.equal(http.seen[0], `Bearer ${TOKEN}`);
  assert.doesNotMatch(`${http.seen[1]} ${calls.join(' ')}`, /s3cr3t/);
  const grpc = await grpcServer(t);
  const over = createGrpcClient(warnApi, { address: grpc.address, bearer: bearer() });
  t.after(() => over.stop());
  await assert.rejects(over.status(), error);
  const watching = over.watchAlerts({}, new AbortController().signal);
  await assert.rejects(watching[Symbol.asyncIterator]().next(), { code: 'UNAUTHENTICATED' });
  assert.deepEqual(grpc.seen, [`Bearer ${TOKEN}`, `Bearer ${TOKEN}`]);
});

test('a refusal without a word of its own says what to do, by whether there was a token', async (t) => {
  const open = await httpServer(t, 401, '{}');
  await assert.rejects(createHttpClient(warnApi, { baseUrl: open.address }).status(), {
    code: 'UNAUTHENTICATED',
    hint: /MINIMON_TOKEN_FILE/,
  });
  const forbidding = await httpServer(t, 403, 'no');
  await assert.rejects(
    createHttpClient(warnApi, { baseUrl: forbidding.address, bearer: bearer() }).status(),
    {
      code: 'NOT_ALLOWED',
      hint: /scope/,
    },
  );
  const speaking = await httpServer(t, 403, '{"error":{"code":"NOT_ALLOWED","message":"m","hint":"h"}}');
  await assert.rejects(createHttpClient(warnApi, { baseUrl: speaking.address }).status(), { hint: 'h' });
});

test('a token is not sent in plain text off loopback, unless somebody said that the network is trusted', async () => {
  const refusal = (error: Error & { code?: string; hint?: string }) => {
    assert.equal(error.code, 'NOT_ALLOWED');
    assert.match(error.message, /refusing to send the token to .* in plain text/);
    assert.match(error.hint ?? '', /tls\.ca_file.*insecure: true/s);
    assert.doesNotMatch(`${error.message}${error.hint}`, /s3cr3t/);
    return true;
  };
  // Names that no resolver knows: whether it is sent is decided before anything is looked up.
  for (const host of [
    'mon.invalid',
    '192.0.2.1',
    '127.0.0.1.invalid',
    'localhost.invalid',
    '[2001:db8::1]',
  ]) {
    const address = `${host}:1`;
    const http = createHttpClient(warnApi, { baseUrl: `http://${address}`, bearer: bearer() });
    await assert.rejects(http.status(), refusal, host);
    const grpc = createGrpcClient(warnApi, { address: `127.0.0.1:1,${address}`, bearer: bearer() });
    await assert.rejects(grpc.status(), refusal, host);
    await grpc.stop();
  }
  for (const [baseUrl, given] of [
    ['http://[::1]:1', bearer()],
    ['http://localhost:1', bearer()],
    ['http://mon.invalid:1', bearer(true)],
    ['https://mon.invalid:1', bearer()],
  ] as const) {
    const tls = baseUrl.startsWith('https') ? {} : undefined;
    const client = createHttpClient(warnApi, { baseUrl, tls, bearer: given });
    await assert.rejects(client.status(), { code: 'UNREACHABLE' }, baseUrl);
  }
});
