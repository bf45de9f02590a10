// Each route and RPC tried with each scope, with no token and with one that is none: over real listeners.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { type Access, allows } from '../../src/api/access.ts';
import { createGate } from '../../src/api/gate.ts';
import { createGrpcServer } from '../../src/api/grpc/server.ts';
import { createHttpServer } from '../../src/api/http/server.ts';
import { makeToken } from '../../src/runtime/token.ts';
import { daemonParts } from './memory-services.ts';
import { ROUTES, RPCS, registered } from './served.ts';

const SCOPES = ['read', 'write', 'service', 'admin', 'report:web-1', 'report:*', 'join'];
const tokens = new Map(SCOPES.map((scope) => [scope, makeToken()]));
const known = SCOPES.map((scope) => {
  const { id, hash } = tokens.get(scope)!;
  return { id, name: scope, hash: hash.toString('hex'), scopes: [scope] };
});
/** Nobody of this machine is let in for who he is. */
const gate = createGate({
  tokens: {
    find: (id) => known.find((token) => token.id === id),
    refresh: async () => {},
    used() {},
    onAsked: () => () => {},
  },
  ...{ insecure: false, nowMs: Date.now, localUsers: new Map() },
});
const strangers = ['', `Bearer ${makeToken().text}`, 'Bearer nonsense'];
const shown = [...SCOPES.map((scope) => `Bearer ${tokens.get(scope)!.text}`), ...strangers];
const scopeOf = (authorization: string): string | undefined =>
  SCOPES.find((scope) => authorization.endsWith(tokens.get(scope)!.text));

/** What a refusal must be; undefined: it is let in. */
function expected(access: Access, authorization: string): 'UNAUTHENTICATED' | 'NOT_ALLOWED' | undefined {
  const scope = scopeOf(authorization);
  if (access === 'open') return undefined;
  if (scope === undefined) return 'UNAUTHENTICATED';
  return allows([scope], access) ? undefined : 'NOT_ALLOWED';
}

const stops: (() => Promise<void>)[] = [];
after(async () => {
  for (const stop of stops) await stop();
});
const all = await registered();

for (const [daemon, routes] of Object.entries(ROUTES)) {
  test(`${daemon}: no route lets in whom its access does not`, async () => {
    const server = createHttpServer({ address: '127.0.0.1:0', ...daemonParts(), daemon, routes, gate });
    stops.push(() => server.stop(0));
    const address = await server.start();
    for (const [call, access] of all) {
      const [of, method, url] = call.split(' ');
      if (of !== daemon || url === undefined) continue;
      for (const authorization of shown) {
        const answer = await fetch(`http://${address}${url.replace(':name', 'x')}`, {
          method: method!,
          headers: { 'content-type': 'application/json', ...(authorization !== '' && { authorization }) },
          ...(method === 'POST' && { body: '{}' }),
        });
        const refusal = expected(access, authorization);
        const status = refusal === 'UNAUTHENTICATED' ? 401 : refusal === 'NOT_ALLOWED' ? 403 : undefined;
        const seen = [401, 403].includes(answer.status) ? answer.status : undefined;
        const text = await answer.text();
        assert.equal(seen, status, `${call} with ${scopeOf(authorization) ?? authorization}: ${text}`);
        if (status === 401) assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/);
        assert.doesNotMatch(text, /[0-9a-f]{64}/);
      }
    }
  });
}

for (const [daemon, service] of Object.entries(RPCS)) {
  test(`${daemon}: no RPC lets in whom its access does not`, async () => {
    const server = createGrpcServer({ address: '127.0.0.1:0', ...daemonParts(), services: [service], gate });
    stops.push(() => server.stop(0));
    const client = new Client(await server.start(), credentials.createInsecure());
    stops.push(async () => client.close());
    for (const [name, method] of Object.entries(service.definition)) {
      for (const authorization of shown) {
        const metadata = new Metadata();
        if (authorization !== '') metadata.set('authorization', authorization);
        const bytes = (value: Buffer) => value;
        const code = await new Promise<number>((resolve) => {
          const done = (error: ServiceError | null) => resolve(error?.code ?? 0);
          if (!method.responseStream) {
            client.makeUnaryRequest(method.path, bytes, bytes, Buffer.alloc(0), metadata, done);
            return;
          }
          const stream = client.makeServerStreamRequest(method.path, bytes, bytes, Buffer.alloc(0), metadata);
          stream.on('error', done);
          stream.on('data', () => {
            resolve(0);
            stream.cancel();
          });
          stream.on('end', () => resolve(0));
        });
        const refusal = expected(service.access[name]!, authorization);
        const status = refusal === 'UNAUTHENTICATED' ? 16 : refusal === 'NOT_ALLOWED' ? 7 : undefined;
        const seen = [7, 16].includes(code) ? code : undefined;
        assert.equal(seen, status, `${daemon} ${name} with ${scopeOf(authorization) ?? authorization}`);
      }
    }
  });
}

test('a token in a URL is refused wherever it stands, also a good one', async () => {
  const server = createHttpServer({
    ...{ address: '127.0.0.1:0', ...daemonParts(), daemon: 'warn', gate },
    routes: ROUTES['warn']!,
  });
  stops.push(() => server.stop(0));
  const address = await server.start();
  const { text } = tokens.get('admin')!;
  for (const query of [`token=${text}`, `access_token=x`, `q=${text}`, `rule=a&Authorization=Bearer%20x`]) {
    const answer = await fetch(`http://${address}/api/v1/alerts/history?${query}`, {
      headers: { authorization: `Bearer ${text}` },
    });
    const body = await answer.text();
    assert.equal(answer.status, 400, body);
    assert.match(body, /contains a token/);
    assert.doesNotMatch(body, new RegExp(text.split('_')[2]!));
  }
});
