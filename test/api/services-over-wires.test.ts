// Every call of every service, over gRPC and over HTTP: the caller gets what the service said, and it what the caller did.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type AnalyzeService, analyzeApi } from '../../src/api/analyze.ts';
import { createGrpcClient } from '../../src/api/grpc/client.ts';
import { createGrpcServer } from '../../src/api/grpc/server.ts';
import { apiGrpcService } from '../../src/api/grpc/service.ts';
import { createHttpClient } from '../../src/api/http/client.ts';
import { apiRoutes } from '../../src/api/http/routes.ts';
import { createHttpServer } from '../../src/api/http/server.ts';
import { type ManageClient, manageApi } from '../../src/api/manage.ts';
import { seedAnalyze, seedManage } from '../../src/api/seed/calls.ts';
import { warnApi } from '../../src/api/warn.ts';
import { daemonParts, memoryAnalyze, memoryManage, NOW } from './memory-services.ts';
import { memoryWarn, warnStatus } from './memory-warn.ts';

type Stop = { stop(): Promise<void> };
type Opened = {
  analyze: Omit<AnalyzeService, 'watchLatest' | 'backtest' | 'findRecordsByLocation'> & Stop;
  manage: ManageClient & Stop;
  server: Stop;
};
type Services = { analyze: ReturnType<typeof memoryAnalyze>; manage: ReturnType<typeof memoryManage> };

const analyzeGrpc = (service: AnalyzeService) =>
  apiGrpcService(
    analyzeApi,
    service,
    seedAnalyze(service, () => NOW),
  );

async function overGrpc({ analyze, manage }: Services): Promise<Opened> {
  const services = [analyzeGrpc(analyze), apiGrpcService(manageApi, manage, seedManage(manage))];
  const server = createGrpcServer({ address: '127.0.0.1:0', services, ...daemonParts() });
  const address = await server.start();
  return {
    analyze: createGrpcClient(analyzeApi, { address }),
    manage: createGrpcClient(manageApi, { address }),
    server,
  };
}

async function overHttp({ analyze, manage }: Services): Promise<Opened> {
  const routes = [apiRoutes(analyzeApi, analyze, () => NOW), apiRoutes(manageApi, manage, () => NOW)];
  const server = createHttpServer({ address: '127.0.0.1:0', ...daemonParts(), routes });
  const baseUrl = await server.start();
  return {
    analyze: createHttpClient(analyzeApi, { baseUrl }),
    manage: createHttpClient(manageApi, { baseUrl }),
    server,
  };
}

for (const [wire, open] of [
  ['gRPC', overGrpc],
  ['HTTP', overHttp],
] as const) {
  describe(`over ${wire}`, () => {
    const services = { analyze: memoryAnalyze(), manage: memoryManage() };
    let opened: Opened;
    before(async () => {
      opened = await open(services);
    });
    after(async () => {
      await Promise.all([opened.analyze.stop(), opened.manage.stop()]);
      await opened.server.stop();
    });

    /** The service is called with what the client was, and the client answers what the service does. */
    async function sameBothWays<Service extends { calls: unknown[] }, Request>(
      service: Service,
      call: (
        service: Service | Opened['analyze'] | Opened['manage'],
      ) => (request: Request) => Promise<unknown>,
      request: Request,
    ) {
      const direct = await call(service)(request);
      const [seen] = service.calls.splice(0);
      const client = service === (services.analyze as unknown) ? opened.analyze : opened.manage;
      assert.deepEqual(await call(client)(request), direct);
      assert.deepEqual(service.calls.splice(0), [seen]);
    }
    const analyze = <Name extends 'queryRange' | 'queryLatest' | 'listReportingHosts' | 'listMetrics'>(
      name: Name,
      request: Parameters<AnalyzeService[Name]>[0],
    ) => sameBothWays(services.analyze, (service) => (service as never)[name], request);
    const manage = <
      Name extends Exclude<
        keyof ManageClient,
        'findAllHosts' | 'listLocations' | 'listRules' | 'listReceivers'
      >,
    >(
      name: Name,
      request: Parameters<ManageClient[Name]>[0],
    ) => sameBothWays(services.manage, (service) => (service as never)[name], request);

    const range = { metric: 'disk.usage', startMs: NOW, stopMs: NOW + 3_600_000 };

    test('ranges keep every value bit for bit, and gaps', async () => {
      await analyze('queryRange', range);
      await analyze('queryRange', { ...range, location: '机房 7/25', stepMs: 300_000, aggregate: 'p95' });
      await analyze('queryRange', { ...range, hosts: ['a&b=c', '𠮷'], labels: { mount: '/=+ %' } });
      for (const aggregate of ['mean', 'min', 'max', 'last', 'count'] as const) {
        await analyze('queryRange', { ...range, stepMs: 60_000, aggregate });
      }
    });

    test('a query about no hosts is not one about all hosts', async () => {
      await analyze('queryRange', { ...range, hosts: [] });
      await analyze('queryLatest', { hosts: [], sinceMs: NOW });
    });

    test('a query about ten thousand hosts arrives whole', async () => {
      const hosts = Array.from({ length: 10_000 }, (_, i) => `host-with-a-rather-long-name-${i}`);
      await analyze('queryRange', { ...range, hosts });
      await analyze('queryLatest', { hosts, metrics: ['cpu.usage'], sinceMs: NOW });
    });

    test('latest values and reporting hosts come whole', async () => {
      await analyze('queryLatest', { sinceMs: NOW - 86_400_000 });
      await analyze('queryLatest', { location: '725', metrics: ['cpu.usage', 'load.1'], sinceMs: NOW });
      await analyze('listReportingHosts', { sinceMs: NOW });
      await analyze('listReportingHosts', { sinceMs: NOW, limit: 2, cursor: 'last' });
    });

    test('metrics come whole, known and own ones', async () => {
      await analyze('listMetrics', { sinceMs: NOW });
      await analyze('listMetrics', { sinceMs: NOW, hosts: ['a', '𠮷'] });
    });

    test('lists of hosts pass filters, pages and warnings', async () => {
      await manage('listHosts', { location: '725', state: 'silent', all: true, limit: 10, cursor: 'bmV4dA' });
      await manage('listHosts', { patterns: ['web-*', '机房-?', 'a&b'] });
      const { hosts, nextCursor, warnings } = await opened.manage.listHosts({});
      assert.deepEqual([hosts.length, nextCursor, warnings], [2, 'bmV4dA', ['analyze is down']]);
      services.manage.calls.splice(0);
    });

    test('a host may have any id, also one that reads like a path', async () => {
      for (const id of ['unmanaged', 'assign', '..', '.', 'a/b', 'a?b#c', '100%', '机房', '𠮷', 'by-id']) {
        await manage('getHost', id);
      }
    });

    test('unmanaged hosts, assignments and rooms come whole', async () => {
      await manage('listUnmanaged', {});
      await manage('listUnmanaged', { sinceMs: NOW });
      await manage('listAssignments', {});
      await manage('listAssignments', { location: '725' });
      assert.deepEqual(await opened.manage.listLocations(), await services.manage.listLocations());
      assert.deepEqual(await opened.manage.findAllHosts(), await services.manage.findAllHosts());
    });

    test('the audit log comes whole, and what undoing a change did', async () => {
      await manage('listAudit', {});
      const filter = { host: '机-2', location: '725', actor: 'ann', sinceMs: NOW, limit: 7, cursor: 'c' };
      await manage('listAudit', filter);
      await manage('undoChange', {});
      await manage('undoChange', { id: 12, force: true, dryRun: true, actor: 'ann' });
      await manage('renameLocation', { location: '空', newName: '725', actor: 'ann' });
      await manage('removeLocation', { location: '空', force: true });
    });

    test('changes pass their actor and answer what changed', async () => {
      const assignments = ['a', 'b', 'c'].map((hostId) => ({ hostId, location: '空' }));
      await manage('assignHosts', { assignments, actor: 'ann' });
      await manage('assignHosts', { assignments });
      await manage('insertHost', { hostId: 'x', location: '725', actor: 'ann' });
      await manage('unassignHosts', { hostIds: ['a', 'b'], actor: 'ann' });
      await manage('removeHosts', { hostIds: ['a', 'b'] });
      await manage('updateHost', { id: 3, location: '725' });
      await manage('updateHost', { hostId: 'a', location: '725', actor: 'ann' });
    });

    test('ten thousand assignments go in one request', async () => {
      const location = 'r'.repeat(128);
      const assignments = Array.from({ length: 10_000 }, (_, i) => ({
        hostId: `${'h'.repeat(120)}${i}`,
        location,
      }));
      const outcomes = await opened.manage.assignHosts({ assignments });
      assert.equal(outcomes.length, 10_000);
      services.manage.calls.splice(0);
    });

    test('an error arrives with its code, words and hint', async () => {
      await assert.rejects(opened.analyze.queryRange({ ...range, location: 'nowhere' }), {
        code: 'LOCATION_UNKNOWN',
        kind: 'not_found',
        message: 'no host was ever assigned to location nowhere',
        hint: 'Did you mean 725?',
      });
      await assert.rejects(opened.manage.getHost('web-9'), {
        code: 'HOST_UNKNOWN',
        hint: 'Did you mean web-1?',
      });
      await assert.rejects(opened.manage.insertHost({ hostId: 'taken', location: '1' }), {
        code: 'HOST_EXISTS',
        kind: 'conflict',
        hint: undefined,
      });
    });

    test('a bug arrives as INTERNAL without a word of it', async () => {
      const call = opened.manage.updateHost({ hostId: 'bug', location: '1' });
      await assert.rejects(call, (error: Error & { code?: string }) => {
        assert.equal(error.code, 'INTERNAL');
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
    });

    test('a time that is none is refused before it is sent', async () => {
      const call = opened.analyze.queryRange({ ...range, startMs: 1.7e18 + 0.5, stopMs: Number.NaN });
      await assert.rejects(call, { code: 'BAD_TIME' });
    });
  });
}

test('a watch gives answer after answer and ends with its signal', async () => {
  const service = memoryAnalyze();
  const server = createGrpcServer({
    address: '127.0.0.1:0',
    services: [analyzeGrpc(service)],
    ...daemonParts(),
  });
  const client = createGrpcClient(analyzeApi, { address: await server.start() });
  const abort = new AbortController();
  const times: number[] = [];
  for await (const answer of client.watchLatest({ sinceMs: NOW, hosts: ['web-1'] }, abort.signal)) {
    times.push(answer.nowMs);
    if (times.length === 2) abort.abort();
  }
  assert.deepEqual(times, [NOW, NOW + 1_000]);
  assert.deepEqual(service.calls, [{ sinceMs: NOW, hosts: ['web-1'] }]);
  await client.stop();
  await server.stop();
});

test('a backtest streams its progress over gRPC; over HTTP its last answer is the answer', async (t) => {
  const services = { analyze: memoryAnalyze(), manage: memoryManage() };
  const grpc = await overGrpc(services);
  t.after(() => Promise.all([grpc.analyze.stop(), grpc.manage.stop()]).then(() => grpc.server.stop()));
  const client = grpc.analyze as unknown as Pick<AnalyzeService, 'backtest'>;
  const request = {
    rules: [{ name: 'r', expression: 'cpu.usage > 90' }],
    startMs: NOW - 7_200_000,
    stopMs: NOW,
  };
  const seen: number[] = [];
  for await (const { progress } of client.backtest(request, new AbortController().signal))
    seen.push(progress);
  assert.deepEqual(seen, [0, 1]);
  assert.deepEqual(services.analyze.calls, [request]);

  const http = createHttpServer({
    address: '127.0.0.1:0',
    ...daemonParts(),
    routes: [apiRoutes(analyzeApi, services.analyze, () => NOW)],
  });
  const base = await http.start();
  t.after(() => http.stop());
  const response = await fetch(`http://${base.replace('http://', '')}/api/v1/backtest`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ rules: request.rules }),
  });
  assert.equal(response.status, 200);
  const body = (await response.json()) as { result: { rules: { firing_ms: number }[]; start_at: string } };
  assert.equal(body.result.rules[0]!.firing_ms, 60_000);
  assert.deepEqual(services.analyze.calls[1], { ...request, startMs: NOW - 7 * 86_400_000 });
});

test('a client that leaves before the answer aborts what works on it', async (t) => {
  const aborted = Promise.withResolvers<void>();
  const began = Promise.withResolvers<void>();
  const analyze: AnalyzeService = {
    ...memoryAnalyze(),
    async *backtest(_request, signal) {
      yield { progress: 0 };
      began.resolve();
      signal.addEventListener('abort', () => aborted.resolve());
      await aborted.promise;
      signal.throwIfAborted();
    },
  };
  const routes = [apiRoutes(analyzeApi, analyze, () => NOW)];
  const server = createHttpServer({ address: '127.0.0.1:0', ...daemonParts(), routes });
  const url = `http://${await server.start()}/api/v1/backtest`;
  t.after(() => server.stop());
  const leaving = new AbortController();
  const body = JSON.stringify({ rules: [{ name: 'r', expression: 'cpu.usage > 90' }] });
  const headers = { 'content-type': 'application/json' };
  const asked = fetch(url, { method: 'POST', headers, body, signal: leaving.signal });
  await began.promise;
  leaving.abort();
  await assert.rejects(asked);
  await aborted.promise;
});

test('warn says over gRPC how far behind it is', async () => {
  const services = [apiGrpcService(warnApi, memoryWarn())];
  const server = createGrpcServer({ address: '127.0.0.1:0', services, ...daemonParts() });
  const client = createGrpcClient(warnApi, { address: await server.start() });
  assert.deepEqual(await client.status(), warnStatus);
  await client.stop();
  await server.stop();
});
