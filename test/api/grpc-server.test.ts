// What a gRPC listener does at the edges: limits, errors, health, TLS, and its end with calls in flight.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Client, credentials, Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { pino } from 'pino';
import { type AnalyzeService, analyzeApi } from '../../src/api/analyze.ts';
import type { HealthDefinition } from '../../src/api/generated/grpc/health/v1/Health.ts';
import { openChannel } from '../../src/api/grpc/channel.ts';
import { createGrpcClient } from '../../src/api/grpc/client.ts';
import { loadApi, loadService } from '../../src/api/grpc/proto.ts';
import { createReportClient } from '../../src/api/grpc/report-client.ts';
import { reportGrpcService } from '../../src/api/grpc/report-server.ts';
import { createGrpcServer } from '../../src/api/grpc/server.ts';
import { apiGrpcService } from '../../src/api/grpc/service.ts';
import { manageApi } from '../../src/api/manage.ts';
import type { ReportService } from '../../src/api/report.ts';
import { seedAnalyze, seedManage } from '../../src/api/seed/calls.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { daemonParts, memoryAnalyze, memoryManage, reportAnswer } from './memory-services.ts';

const oneAddress = (address: string) => ({ addresses: () => [address], onChange: () => () => {} });

async function serveReport(
  t: TestContext,
  service: ReportService,
  extra: Partial<Parameters<typeof createGrpcServer>[0]> = {},
) {
  const parts = daemonParts();
  const services = [reportGrpcService(service)];
  const server = createGrpcServer({ address: '127.0.0.1:0', services, ...parts, ...extra });
  const address = await server.start();
  const client = createReportClient({ discovery: oneAddress(address), timeoutMs: 5_000 });
  t.after(() => Promise.all([client.stop(), server.stop(0)]));
  return { server, address, client, health: parts.health };
}

async function serveAnalyze(t: TestContext, service: AnalyzeService) {
  const services = [apiGrpcService(analyzeApi, service, seedAnalyze(service, Date.now))];
  const server = createGrpcServer({ address: '127.0.0.1:0', services, ...daemonParts() });
  const address = await server.start();
  const client = createGrpcClient(analyzeApi, { address });
  t.after(() => Promise.all([client.stop(), server.stop(0)]));
  return { server, address, client };
}

test('report gets the bytes as they were sent and its answer comes whole', async (t) => {
  let seen: Uint8Array | undefined;
  const { client } = await serveReport(t, {
    async report(bytes) {
      seen = bytes;
      return reportAnswer;
    },
  });
  // Not a valid ReportRequest on purpose: nobody decodes it on the way.
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => i);
  assert.deepEqual(await client.report(bytes.subarray(7, 293)), reportAnswer);
  assert.deepEqual(Buffer.from(seen!), Buffer.from(bytes.subarray(7, 293)));
});

test('a refused time that is no integer does not break the answer', async (t) => {
  const [refusal] = reportAnswer.refusals;
  const refusals = [{ ...refusal!, timeMs: 1764032400000000000 }];
  const { client } = await serveReport(t, { report: async () => ({ ...reportAnswer, refusals }) });
  const answer = await client.report(new Uint8Array(1));
  assert.equal(answer.refusals[0]?.timeMs, 0);
  assert.equal(answer.refusals[0]?.reason, refusal!.reason);
});

test('a 2 MiB request reaches the service, which names the limit; 5 MiB is refused by the listener', async (t) => {
  const { client } = await serveReport(t, {
    async report(bytes) {
      throw new ExpectedError('BAD_REQUEST', `the request has ${bytes.length} bytes; the limit is 1 MiB`);
    },
  });
  await assert.rejects(client.report(new Uint8Array(2 * 1024 * 1024)), {
    code: 'BAD_REQUEST',
    kind: 'usage',
    message: 'the request has 2097152 bytes; the limit is 1 MiB',
  });
  await assert.rejects(client.report(new Uint8Array(5 * 1024 * 1024)), {
    code: 'TOO_LARGE',
    kind: 'too_large',
    message: /4194304/,
  });
});

test('an error with ten thousand characters of any script arrives shortened, not broken', async (t) => {
  const { client } = await serveReport(t, {
    async report() {
      throw new ExpectedError('BAD_ID', `location ${'机房'.repeat(5_000)}\ud800`, {
        hint: 'é'.repeat(5_000),
      });
    },
  });
  await assert.rejects(client.report(new Uint8Array(1)), (error: ExpectedError) => {
    assert.equal(error.code, 'BAD_ID');
    assert.match(error.message, /^location 机房机房.*…$/);
    assert.match(error.hint!, /^é+…$/);
    return true;
  });
});

test('a bug in a service is logged with its stack and told without it', async (t) => {
  const lines: string[] = [];

  const logger = pino({}, { write: (line: string) => void lines.push(line) });
  const report = async () => {
    throw new TypeError('a secret of the implementation');
  };
  const { client } = await serveReport(t, { report }, { logger });
  await assert.rejects(client.report(new Uint8Array(1)), {
    code: 'INTERNAL',
    message: /a bug in the daemon/,
  });
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /a secret of the implementation.*stack/s);
});

test('nobody at the address: UNREACHABLE says what was tried and how to start it', async (t) => {
  const { server, address } = await serveReport(t, { report: async () => reportAnswer });
  await server.stop();
  for (const refused of [address, `localhost:${address.split(':')[1]}`]) {
    const late = createReportClient({ discovery: oneAddress(refused) });
    t.after(() => late.stop());
    await assert.rejects(late.report(new Uint8Array(1)), (error: ExpectedError) => {
      assert.equal(error.code, 'UNREACHABLE');
      assert.match(
        error.message,
        new RegExp(`no report service answers at ${refused} \\(connection refused`),
      );
      assert.match(error.hint!, /minimon up.*minimon daemon report/);
      return true;
    });
  }
});

test('a list of no addresses, or of a name that does not exist, is UNREACHABLE too', async (_t) => {
  for (const [addresses, says] of [
    [[], /no address is known/],
    [['no-such-host.invalid:8000'], /ENOTFOUND|EAI_AGAIN/],
    [['nonsense'], /not an address/],
  ] as const) {
    const client = createReportClient({
      discovery: { addresses: () => addresses, onChange: () => () => {} },
    });
    await assert.rejects(client.report(new Uint8Array(1)), { code: 'UNREACHABLE', message: says });
    await client.stop();
  }
});

test('a service that takes too long is a TIMEOUT that names address and time', async (t) => {
  const { address } = await serveReport(t, { report: () => new Promise(() => {}) });
  const hasty = createReportClient({ discovery: oneAddress(address), timeoutMs: 50 });
  t.after(() => hasty.stop());
  await assert.rejects(hasty.report(new Uint8Array(1)), {
    code: 'TIMEOUT',
    message: `the report service at ${address} did not answer within 0.05 s`,
  });
});

test('another service at the port is told from the one that was asked', async (t) => {
  const { address } = await serveReport(t, { report: async () => reportAnswer });
  const analyze = createGrpcClient(analyzeApi, { address });
  t.after(() => analyze.stop());
  await assert.rejects(analyze.queryLatest({ sinceMs: 0 }), {
    code: 'UNIMPLEMENTED',
    hint: /gRPC port of analyze/,
  });
});

test('stopping a client cuts its calls in flight', async (t) => {
  const { client } = await serveReport(t, { report: () => new Promise(() => {}) });
  const call = client.report(new Uint8Array(1));
  await client.stop();
  await assert.rejects(call, { code: 'UNAVAILABLE' });
});

test('a port in use is named, and the way out', async (t) => {
  const { address } = await serveReport(t, { report: async () => reportAnswer });
  const second = createGrpcServer({ address, services: [], ...daemonParts(), daemon: 'report' });
  await assert.rejects(second.start(), (error: ExpectedError) => {
    assert.equal(error.code, 'PORT_IN_USE');
    assert.match(error.message, new RegExp(`report cannot listen on ${address}`));
    assert.match(error.hint!, /another address/);
    return true;
  });
  await second.stop();
});

test('an address that is none, or not of this machine, is BAD_CONFIG', async (_t) => {
  for (const address of ['8000', 'localhost', ':8000', '127.0.0.1:99999', '203.0.113.1:0', 'a b:1']) {
    const server = createGrpcServer({ address, services: [], ...daemonParts() });
    await assert.rejects(server.start(), { code: 'BAD_CONFIG' }, address);
    await server.stop();
  }
});

test('health follows readiness, and a stop shows NOT_SERVING and lets calls in flight end', async (t) => {
  const gate = Promise.withResolvers<typeof reportAnswer>();
  const began = Promise.withResolvers<void>();
  const { server, address, client, health } = await serveReport(t, {
    report() {
      began.resolve();
      return gate.promise;
    },
  });
  let fault: string | undefined = 'the bus is away';
  health.check('bus', () => fault);
  const rpc = loadService<HealthDefinition>('grpc/health/v1/health.proto', 'grpc.health.v1.Health');
  const channel = openChannel({ daemon: 'report', to: address });
  const check = async () => (await channel.call(rpc.Check, {})).status;
  assert.equal(await check(), 'NOT_SERVING');
  fault = undefined;
  assert.equal(await check(), 'SERVING');

  const watched: string[] = [];
  const watch = (async () => {
    for await (const { status } of channel.stream(rpc.Watch, {}, { signal: new AbortController().signal }))
      watched.push(status);
  })();
  const call = client.report(new Uint8Array(1));
  await began.promise;
  const stopped = server.stop();
  await assert.rejects(watch, { code: 'UNAVAILABLE', message: /closed the stream/ });
  assert.equal(watched.at(-1), 'NOT_SERVING');
  gate.resolve(reportAnswer);
  assert.deepEqual(await call, reportAnswer);
  await stopped;
  await Promise.all([channel.stop(), client.stop()]);
});

test('calls that do not end within the grace time are cut', async (t) => {
  const began = Promise.withResolvers<void>();
  const { server, client } = await serveReport(t, {
    report() {
      began.resolve();
      return new Promise(() => {});
    },
  });
  const call = client.report(new Uint8Array(1));
  await began.promise;
  await Promise.all([assert.rejects(call), server.stop(20)]);
  await client.stop();
});

test('a reader that goes away ends its stream at the service', async (t) => {
  const ended = Promise.withResolvers<void>();
  const service = memoryAnalyze();
  const { client } = await serveAnalyze(t, {
    ...service,
    async *watchLatest(request, signal) {
      signal.addEventListener('abort', () => ended.resolve());
      yield await service.queryLatest(request);
      await ended.promise;
    },
  });
  for await (const _ of client.watchLatest({ sinceMs: 0 }, new AbortController().signal)) break;
  await ended.promise;
});

test('a stop ends streams at once, and their readers know that it was not the end', async (t) => {
  const { server, client } = await serveAnalyze(t, memoryAnalyze());
  const answers = client.watchLatest({ sinceMs: 0 }, new AbortController().signal)[Symbol.asyncIterator]();
  await answers.next();
  await answers.next();
  const stopped = server.stop();
  await assert.rejects(answers.next(), { code: 'UNAVAILABLE', message: /closed the stream/ });
  await stopped;
});

test('an error in the middle of a stream reaches the reader', async (t) => {
  const { client } = await serveAnalyze(t, {
    ...memoryAnalyze(),
    // biome-ignore lint/correctness/useYield: it fails before its first answer
    async *watchLatest() {
      throw new ExpectedError('METRIC_UNKNOWN', 'no host reports cpu.usag', {
        hint: 'Did you mean cpu.usage?',
      });
    },
  });
  const answers = client.watchLatest({ sinceMs: 0 }, new AbortController().signal);
  await assert.rejects(answers[Symbol.asyncIterator]().next(), {
    code: 'METRIC_UNKNOWN',
    hint: 'Did you mean cpu.usage?',
  });
});

test('bytes that are no protobuf are refused without harm', async (t) => {
  const { address, client } = await serveAnalyze(t, memoryAnalyze());
  const raw = new Client(address, credentials.createInsecure());
  const same = (bytes: Buffer) => bytes;
  const send = (bytes: Buffer) =>
    new Promise((resolve, reject) => {
      const path = '/minimon.v1.AnalyzeService/QueryLatest';
      raw.makeUnaryRequest(path, same, same, bytes, (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
    });
  await assert.rejects(send(Buffer.from([0x20, 0xff])), { code: 3, details: /could not be decoded/ });
  // A field 1 (location) whose bytes are not UTF-8.
  const notText = send(Buffer.from([0x0a, 0x03, 0x61, 0xff, 0xfe]));
  await assert.rejects(notText, { code: 3, details: /not valid UTF-8/ });
  assert.equal((await client.queryLatest({ sinceMs: 0 })).samples.length, 2);
  raw.close();
});

test('times in seconds, microseconds and nanoseconds are refused with the date that was understood', async (t) => {
  const { client } = await serveAnalyze(t, memoryAnalyze());
  for (const [sinceMs, message] of [
    [
      1_795_600_800,
      /since 1795600800 is 1970-01-21T\S+ in milliseconds; it looks like seconds \(2026-11-25T10/,
    ],
    [1_795_600_800e6, /since \S+ is \S+ in milliseconds; it looks like microseconds \(2026-11-25T10:00:00/],
    [99_999_999_999, /looks like seconds/],
    [-5, /before 1970/],
  ] as const) {
    await assert.rejects(client.queryLatest({ sinceMs }), { code: 'BAD_TIME', message });
  }
  for (const sinceMs of [0, 100_000_000_000, 99_999_999_999_999]) await client.queryLatest({ sinceMs });
});

const assignment = { hostId: 'web-1', location: '725' };

test('a call that changes nothing the second time is retried on UNAVAILABLE; inserting a host is not', async (t) => {
  const calls = { assignHosts: 0, insertHost: 0 };
  const unavailable = (name: keyof typeof calls) => async () => {
    calls[name]++;
    throw new ExpectedError('UNAVAILABLE', 'the catalog is away');
  };
  const service = {
    ...memoryManage(),
    assignHosts: unavailable('assignHosts'),
    insertHost: unavailable('insertHost'),
  };
  const services = [apiGrpcService(manageApi, service, seedManage(service))];
  const server = createGrpcServer({ address: '127.0.0.1:0', services, ...daemonParts() });
  const client = createGrpcClient(manageApi, { address: await server.start() });
  t.after(() => Promise.all([client.stop(), server.stop(0)]));
  await assert.rejects(client.assignHosts({ new: true, assignments: [assignment] }), { code: 'UNAVAILABLE' });
  await assert.rejects(client.insertHost(assignment), { code: 'UNAVAILABLE' });
  assert.deepEqual(calls, { assignHosts: 4, insertHost: 1 });
});

test('an answer that is cut off after its head is asked for again; inserting a host is not', async (t) => {
  const calls = { AssignHosts: 0, InsertHost: 0 };
  const cut =
    (name: keyof typeof calls) =>
    (call: { sendMetadata(head: Metadata): void }, callback: (error: object) => void) => {
      calls[name]++;
      call.sendMetadata(new Metadata());
      callback({ code: status.INTERNAL, details: 'RST_STREAM' });
    };
  const rpc = loadApi(manageApi);
  const server = new Server();
  server.addService(
    { AssignHosts: rpc['AssignHosts']!, InsertHost: rpc['InsertHost']! },
    { AssignHosts: cut('AssignHosts'), InsertHost: cut('InsertHost') },
  );
  const port = await new Promise<number>((resolve, reject) => {
    const bound = (error: Error | null, port: number) => (error ? reject(error) : resolve(port));
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), bound);
  });
  const client = createGrpcClient(manageApi, { address: `127.0.0.1:${port}` });
  t.after(async () => {
    await client.stop();
    server.forceShutdown();
  });
  await assert.rejects(client.assignHosts({ new: true, assignments: [assignment] }), { code: 'INTERNAL' });
  await assert.rejects(client.insertHost(assignment), { code: 'INTERNAL' });
  assert.deepEqual(calls, { AssignHosts: 2, InsertHost: 1 });
});
