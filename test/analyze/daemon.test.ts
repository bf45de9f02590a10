// The analyze daemon as its clients meet it: /api/v1, streams, probes, and a stop that ends streams.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { analyzeApi } from '../../src/api/analyze.ts';
import { createHttpClient } from '../../src/api/http/client.ts';
import { createAnalyzeDaemon } from '../../src/daemons/analyze/analyze-daemon.ts';
import { analyzeOptions } from '../../src/daemons/analyze/options.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { tickOf } from './ticks.ts';
import { openTwoDaemons, type TwoDaemons } from './two-daemons.ts';
import { openWatchedStore } from './watched-store.ts';

const NOW_MS = Date.parse('2026-11-25T10:00:00.000Z');
const MINUTE = 60_000;

const withDaemons = (work: (system: TwoDaemons) => Promise<void>) => async () => {
  const system = await openTwoDaemons(NOW_MS);
  try {
    await work(system);
  } finally {
    await system.stop();
  }
};

describe('the analyze daemon', () => {
  it(
    'gives one answer over HTTP, over gRPC and to the client of either',
    withDaemons(async (system) => {
      await system.grpc.manage.insertHost({ hostId: 'web-1', location: '机房' });
      for (let i = 1; i <= 10; i++) {
        const samples = { 'cpu.usage': i + 0.1, 'disk.usage{mount=/a=b}': i };
        await system.put([tickOf('web-1', NOW_MS - i * MINUTE, samples)]);
      }
      const http = createHttpClient(analyzeApi, {
        baseUrl: `http://${system.daemons.analyze.addresses()['http']}`,
      });
      for (const request of [
        { location: '机房', metric: 'CPU_Rate' },
        { hosts: ['web-1'], metric: 'disk.usage', labels: { mount: '/a=b' } },
        { metric: 'cpu.usage', stepMs: 5 * MINUTE, aggregate: 'count' as const },
      ]) {
        const range = { ...request, startMs: NOW_MS - 11 * MINUTE, stopMs: NOW_MS };
        const answer = await system.grpc.analyze.queryRange(range);
        assert.equal(answer.series[0]!.timesMs.length, request.stepMs ? 3 : 10);
        assert.deepEqual(await http.queryRange(range), answer);
      }
      const latest = { location: '机房', metrics: ['cpu.usage'], sinceMs: NOW_MS - 60 * MINUTE };
      assert.deepEqual(await http.queryLatest(latest), await system.grpc.analyze.queryLatest(latest));
      const since = { sinceMs: NOW_MS - 60 * MINUTE };
      assert.deepEqual(
        await http.listReportingHosts(since),
        await system.grpc.analyze.listReportingHosts(since),
      );
      for (const client of [http, system.grpc.analyze]) {
        await assert.rejects(client.queryLatest({ ...since, hosts: ['web-11'] }), {
          code: 'HOST_UNKNOWN',
          hint: 'Did you mean web-1?',
        });
      }
      await http.stop();
      assert.match(
        String((await system.get('analyze', '/metrics')).body),
        /calls_total{[^}]*queryRange[^}]*} 6/,
      );
    }),
  );

  it(
    'goes on with the rooms it knows while manage is down, and stays ready',
    withDaemons(async (system) => {
      await system.grpc.manage.insertHost({ hostId: 'web-1', location: '725' });
      await system.put([tickOf('web-1', NOW_MS, { 'cpu.usage': 1 })]);
      const ask = { location: '725', sinceMs: NOW_MS - MINUTE };
      assert.deepEqual((await system.grpc.analyze.queryLatest(ask)).warnings, []);
      await system.daemons.manage.stop();
      await system.clock.advanceTo(NOW_MS + 6_000);
      const { samples, warnings } = await system.grpc.analyze.queryLatest(ask);
      assert.equal(samples.length, 1);
      assert.match(warnings[0] ?? '', /manage does not answer/);
      const ready = await system.get('analyze', '/readyz?verbose');
      assert.equal(ready.status, 200);
      assert.match(String(ready.body), /store ok.*manage does not answer/s);
    }),
  );

  it('is not ready while its store is down, and says so', async () => {
    const store = await openWatchedStore(NOW_MS);
    const system = await openTwoDaemons(NOW_MS, { store });
    store.down = true;
    const ready = await system.get('analyze', '/readyz');
    assert.deepEqual([ready.status, /store is down/.test(String(ready.body))], [503, true]);
    assert.equal((await system.get('analyze', '/livez')).status, 200);
    assert.equal((await system.get('analyze', '/api/v1/records?metric=cpu.usage')).status, 503);
    store.down = false;
    assert.equal((await system.get('analyze', '/readyz')).status, 200);
    await system.stop();
  });

  it(
    'ends its watches when it stops, and does not wait for their readers',
    withDaemons(async (system) => {
      await system.put([tickOf('a', NOW_MS, { 'cpu.usage': 1 })]);
      const watch = system.grpc.analyze.watchLatest(
        { sinceMs: NOW_MS - MINUTE },
        new AbortController().signal,
      );
      const answers = watch[Symbol.asyncIterator]();
      assert.equal((await answers.next()).value.samples.length, 1);
      const last = answers.next().then(
        ({ done }) => (done ? 'ended' : 'answered'),
        (error: { code: string }) => error.code,
      );
      await system.daemons.analyze.stop();
      assert.equal(await last, 'UNAVAILABLE');
    }),
  );

  it('leaves nothing running when one of its ports is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const parts = {
      store: await openWatchedStore(NOW_MS),
      manage: { listAssignments: async () => ({ assignments: [], locations: [] }) },
      alerting: {
        listRules: async () => [],
        listAlerts: async () => ({ nowMs: NOW_MS, alerts: [], warnings: [] }),
        listRuleHealth: async () => ({ nowMs: NOW_MS, rules: [], warnings: [] }),
      },
      clock: createVirtualClock(NOW_MS),
      logger: silentLogger,
    };
    const options = analyzeOptions.parse({ grpc: '127.0.0.1:0', http: `127.0.0.1:${port}` });
    const daemon = createAnalyzeDaemon(options, parts);
    await assert.rejects(daemon.start(), { code: 'PORT_IN_USE', message: new RegExp(`${port}`) });
    await daemon.stop();
    taken.close();
    const again = createAnalyzeDaemon(
      analyzeOptions.parse({ grpc: daemon.addresses()['grpc'], http: '127.0.0.1:0' }),
      parts,
    );
    await again.start();
    await again.stop();
    await parts.store.stop();
  });

  it('has the original ports by default and refuses what is no address', () => {
    assert.deepEqual(analyzeOptions.parse({}), { grpc: '127.0.0.1:8010', http: '127.0.0.1:8020' });
    assert.equal(analyzeOptions.safeParse({ grpc: '8010' }).success, false);
    assert.equal(analyzeOptions.safeParse({ htpp: '127.0.0.1:1' }).success, false);
    assert.equal(analyzeOptions.parse({ grpc: '[::1]:8010' }).grpc, '[::1]:8010');
  });
});
