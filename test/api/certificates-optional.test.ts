// TLS with an authority and `client_certificates: optional`: a certificate or a token, over both wires, and nothing else.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createGate } from '../../src/api/gate.ts';
import { createGrpcClient } from '../../src/api/grpc/client.ts';
import { createGrpcServer } from '../../src/api/grpc/server.ts';
import { apiGrpcService } from '../../src/api/grpc/service.ts';
import { createHttpClient } from '../../src/api/http/client.ts';
import { apiRoutes } from '../../src/api/http/routes.ts';
import { createHttpServer } from '../../src/api/http/server.ts';
import type { TlsMaterial } from '../../src/api/tls.ts';
import { warnApi } from '../../src/api/warn.ts';
import { makeToken } from '../../src/runtime/token.ts';
import { daemonParts } from './memory-services.ts';
import { memoryWarn, warnStatus } from './memory-warn.ts';

const fixture = (name: string) => readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8');
/** Each certificate is its own authority. */
const ours = { cert: fixture('tls-cert.pem'), key: fixture('tls-key.pem') };
const other = { cert: fixture('tls-other-cert.pem'), key: fixture('tls-other-key.pem') };
const tls = { ...ours, ca: ours.cert };
const { id, hash, text } = makeToken();
const known = { id, name: 'ann', hash: hash.toString('hex'), scopes: ['read'] };
const gate = createGate({
  tokens: {
    find: (one) => (one === id ? known : undefined),
    refresh: async () => {},
    used() {},
    onAsked: () => () => {},
  },
  ...{ insecure: false, nowMs: Date.now, localUsers: new Map() },
});

type Shown = { readonly certificate?: TlsMaterial; readonly token?: string };

async function serve(t: TestContext, certificatesOptional: boolean) {
  const service = memoryWarn();
  const parts = { address: '127.0.0.1:0', ...daemonParts(), tls, gate, certificatesOptional };
  const http = createHttpServer({ ...parts, routes: [apiRoutes(warnApi, service, Date.now)] });
  const grpc = createGrpcServer({ ...parts, services: [apiGrpcService(warnApi, service)] });
  const [httpAddress, grpcAddress] = [await http.start(), await grpc.start()];
  t.after(() => Promise.all([http.stop(0), grpc.stop(0)]));
  const optionsOf = ({ certificate, token }: Shown) => ({
    tls: { ca: ours.cert, ...certificate },
    ...(token !== undefined && { bearer: { token: () => token, insecure: false } }),
  });
  return {
    http: (shown: Shown) => {
      const client = createHttpClient(warnApi, { baseUrl: `https://${httpAddress}`, ...optionsOf(shown) });
      return client.status().finally(client.stop);
    },
    grpc: (shown: Shown) => {
      const client = createGrpcClient(warnApi, { address: grpcAddress, ...optionsOf(shown) });
      return client.status().finally(client.stop);
    },
  };
}

for (const wire of ['http', 'grpc'] as const) {
  test(`${wire}: a token without a certificate is let in, as is a certificate without a token`, async (t) => {
    const call = (await serve(t, true))[wire];
    assert.deepEqual(await call({ token: text }), warnStatus);
    assert.deepEqual(await call({ certificate: ours }), warnStatus);
  });

  test(`${wire}: neither, a certificate of another authority, or a wrong token is refused`, async (t) => {
    const call = (await serve(t, true))[wire];
    const code = 'UNAUTHENTICATED';
    await assert.rejects(call({}), { code });
    await assert.rejects(call({ certificate: other }), { code });
    await assert.rejects(call({ token: makeToken().text }), { code });
    // A token that is wrong is not made good by the certificate beside it.
    await assert.rejects(call({ certificate: ours, token: makeToken().text }), { code });
  });

  test(`${wire}: by default a token does not stand in for the certificate`, async (t) => {
    const call = (await serve(t, false))[wire];
    await assert.rejects(call({ token: text }), { code: 'UNREACHABLE' });
    assert.deepEqual(await call({ certificate: ours, token: text }), warnStatus);
  });
}
