// Clients that send slowly, or very much at once: they are cut off or wait, and others are answered meanwhile.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createGrpcClient } from '../../src/api/grpc/client.ts';
import { createGrpcServer } from '../../src/api/grpc/server.ts';
import { apiGrpcService } from '../../src/api/grpc/service.ts';
import { apiRoutes } from '../../src/api/http/routes.ts';
import { createHttpServer } from '../../src/api/http/server.ts';
import { warnApi } from '../../src/api/warn.ts';
import { parseAddress } from '../../src/domain/address.ts';
import { daemonParts } from './memory-services.ts';
import { memoryWarn, warnStatus } from './memory-warn.ts';

async function serve(t: TestContext) {
  const server = createHttpServer({
    ...{ address: '127.0.0.1:0', ...daemonParts(), routes: [apiRoutes(warnApi, memoryWarn(), Date.now)] },
    arrival: { headersMs: 200, wholeMs: 400, checkedEveryMs: 20 },
  });
  const address = await server.start();
  t.after(() => server.stop(0));
  /** What is answered until the connection is closed, where `bytes` is sent and nothing after it. */
  async function send(bytes: string): Promise<string> {
    const socket = connect(parseAddress(address));
    t.after(() => socket.destroy());
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => {});
    socket.write(bytes);
    await once(socket, 'close');
    return text;
  }
  return { address, send };
}

test('headers and bodies that do not arrive in time are 408, and others are answered meanwhile', async (t) => {
  const { address, send } = await serve(t);
  const post = `POST /api/v1/receivers/test HTTP/1.1\r\nhost: ${address}\r\ncontent-type: application/json\r\n`;
  const slow = [
    ...['', 'GET', 'GET /api/v1/status HTTP/1.1\r\nhost: 127.0.0.1\r\nx-a: b'],
    ...[`${post}content-length: 1000\r\n\r\n{"a":`, `${post}transfer-encoding: chunked\r\n\r\n5\r\n{"a":`],
  ].map(send);
  assert.equal((await fetch(`http://${address}/api/v1/status`)).status, 200);
  const [silent, ...rest] = await Promise.all(slow);
  // Of a request that was not begun there is nothing to answer.
  assert.match(silent!, /^$|^HTTP\/1\.1 408 /);
  for (const answer of rest) assert.match(answer, /^HTTP\/1\.1 408 .*did not arrive in time/s);
});

test('a connection has at most a thousand calls at once; another one is answered', async (t) => {
  const services = [apiGrpcService(warnApi, memoryWarn())];
  const server = createGrpcServer({ address: '127.0.0.1:0', services, ...daemonParts() });
  const address = await server.start();
  t.after(() => server.stop(0));
  const session = connectHttp2(`http://${address}`);
  t.after(() => session.destroy());
  const [settings] = await once(session, 'remoteSettings');
  assert.equal(settings.maxConcurrentStreams, 1_000);
  // Begun and never ended, each a call whose message does not come.
  const headers = {
    ':method': 'POST',
    ':path': '/minimon.v1.WarnService/Status',
    ...{ 'content-type': 'application/grpc', te: 'trailers' },
  };
  for (let i = 0; i < 1_500; i++) session.request(headers).on('error', () => {});
  const client = createGrpcClient(warnApi, { address });
  t.after(() => client.stop());
  assert.deepEqual(await client.status(), warnStatus);
});
