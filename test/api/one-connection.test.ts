// What one request of a connection shows does not hold for the next one: proxies' headers and tokens, over both wires.
import assert from 'node:assert/strict';
import { Agent, get } from 'node:http';
import { type TestContext, test } from 'node:test';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { createGate, FORWARDED_BY } from '../../src/api/gate.ts';
import { createGrpcServer } from '../../src/api/grpc/server.ts';
import { apiGrpcService } from '../../src/api/grpc/service.ts';
import { apiRoutes } from '../../src/api/http/routes.ts';
import { createHttpServer } from '../../src/api/http/server.ts';
import { warnApi } from '../../src/api/warn.ts';
import { makeToken } from '../../src/runtime/token.ts';
import { daemonParts } from './memory-services.ts';
import { memoryWarn } from './memory-warn.ts';

const linux = { skip: process.platform !== 'linux' && 'only Linux shows whose a socket is' };
const { id, hash, text } = makeToken();
const known = { id, name: 'ann', hash: hash.toString('hex'), scopes: ['read'] };
const good = { authorization: `Bearer ${text}` };
const bad = { authorization: `Bearer ${makeToken().text}` };

type Headers = Readonly<Record<string, string>>;
/** Calls over one connection; whether each was let in. */
type Ask = (headers: Headers) => Promise<boolean>;

async function serve(t: TestContext, localUsers: ReadonlyMap<number, string>) {
  const gate = createGate({
    tokens: {
      find: (one) => (one === id ? known : undefined),
      refresh: async () => {},
      used() {},
      onAsked: () => () => {},
    },
    ...{ insecure: false, nowMs: Date.now, localUsers },
  });
  const parts = { address: '127.0.0.1:0', ...daemonParts(), gate };
  const service = memoryWarn();
  const http = createHttpServer({ ...parts, routes: [apiRoutes(warnApi, service, Date.now)] });
  const grpc = createGrpcServer({ ...parts, services: [apiGrpcService(warnApi, service)] });
  const [httpAddress, grpcAddress] = [await http.start(), await grpc.start()];
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const client = new Client(grpcAddress, credentials.createInsecure());
  t.after(async () => {
    agent.destroy();
    client.close();
    await Promise.all([http.stop(0), grpc.stop(0)]);
  });
  const asks: Readonly<Record<'http' | 'grpc', Ask>> = {
    http: (headers) =>
      new Promise((resolve, reject) => {
        get(`http://${httpAddress}/api/v1/status`, { agent, headers }, (answer) => {
          answer.resume().once('end', () => resolve(answer.statusCode === 200));
        }).once('error', reject);
      }),
    grpc: (headers) =>
      new Promise((resolve) => {
        const metadata = new Metadata();
        for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
        const bytes = (value: Buffer) => value;
        const done = (error: ServiceError | null) => resolve(error === null);
        const path = '/minimon.v1.WarnService/GetStatus';
        client.makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), metadata, done);
      }),
  };
  return asks;
}

for (const wire of ['http', 'grpc'] as const) {
  test(
    `${wire}: a request that is passed on is not its connection's user's, whatever came before`,
    linux,
    async (t) => {
      const ask = (await serve(t, new Map([[process.getuid!(), 'me']])))[wire];
      for (const name of FORWARDED_BY) {
        assert.equal(await ask({}), true);
        assert.equal(await ask({ [name]: '192.0.2.1' }), false, name);
      }
      assert.deepEqual([await ask({}), await ask(bad), await ask({})], [true, false, true]);
    },
  );

  test(`${wire}: a token holds for the request that shows it`, async (t) => {
    const ask = (await serve(t, new Map()))[wire];
    assert.deepEqual(
      [await ask({}), await ask(good), await ask({}), await ask(bad)],
      [false, true, false, false],
    );
  });
}
