// minimon hosts show: facts, last values with a trend, alerts and what happened, of the services that answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import HostsHistory from '../../src/commands/hosts/history.ts';
import HostsShow from '../../src/commands/hosts/show.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { NOW } from '../terminal/screens.ts';
import { runCommand, type Scene } from './run-in-process.ts';
import { analyzeInMemory, manageInMemory } from './services-in-memory.ts';

const run = (command: unknown, argv: readonly string[], scene: Scene = {}) =>
  runCommand(command, argv, { manage: manageInMemory().service, ...scene });

/** Every metric has the points of cpu.usage. */
function analyze() {
  const { service } = analyzeInMemory();
  const queryRange: typeof service.queryRange = (request) =>
    service.queryRange({ ...request, metric: 'cpu.usage' });
  return { ...service, queryRange };
}

const ALERT = {
  ...{ id: 'x', rule: 'hot', severity: 'critical', state: 'firing', location: '725', labels: {} },
  ...{ expression: 'cpu.usage > 50', value: 59, sinceMs: NOW - 60_000, evaluatedMs: NOW },
};

const lines = (text: string) => text.split('\n').map((line) => line.trimEnd());

test('hosts show tells all of one host, and the nearest name of one that is not there', async () => {
  const scene = {
    analyze: analyze(),
    warn: {
      listAlerts: async () => ({
        nowMs: NOW,
        alerts: [
          { ...ALERT, host: 'web-1' },
          { ...ALERT, host: 'web-10' },
        ],
        warnings: [],
      }),
      listHistory: () => Promise.reject(new ExpectedError('UNREACHABLE', 'warn is down')),
    } as unknown as NonNullable<Scene['warn']>,
  };
  const { stdout, stderr } = await run(HostsShow, ['web-1', '--utc'], { terminal: true, ...scene });
  assert.deepEqual(lines(stdout).slice(0, 4), [
    'Host:       web-1',
    'Location:   725',
    'State:      reporting',
    'Last seen:  2026-11-25 14:00:00 UTC (5s ago)',
  ]);
  const text = lines(stdout).join('\n');
  assert.match(
    text,
    /\nLast values\nMETRIC +LAST +MIN +MEAN +MAX +TREND 1h\ncpu\.usage +59\.0 % +0 % +29\.5 % +59\.0 % +\S+\n/,
  );
  assert.match(text, /\nAlerts\nSEVERITY +RULE .*\ncritical +hot +725 +web-1 [^\n]*\n\nLast 7 days\n/);
  assert.match(text, /\n2026-11-25 13:00:00 +changed +host\.move web-1: 726 to 725 by ben/);
  assert.equal(stderr, 'Warning: warn is down\n');
  const json = JSON.parse((await run(HostsShow, ['web-1', '--json'], scene)).stdout);
  assert.deepEqual([json.latest[0].metric, json.latest[0].value, json.alerts.length], ['cpu.usage', 59, 1]);
  assert.equal(json.host_id, 'web-1');
  assert.deepEqual(json.facts, { address: '10.0.0.1', os: 'Debian 13' });
  assert.match(
    (await run(HostsShow, ['web-1', '-o', 'yaml'], scene)).stdout,
    /^host_id: web-1\nlocation: "725"\n/,
  );
  const missing = await run(HostsShow, ['web-l']);
  assert.equal(missing.exit, 3);
  assert.equal(missing.error?.hint, 'Did you mean web-1?');
});

test('hosts history has when a host was silent and came back, and its alerts, beside who changed it', async () => {
  const minutes = (...some: readonly number[]) => some.map((minute) => NOW - 5_000 - minute * 60_000);
  const timesMs = minutes(50, 49, 48, 20, 19, 17, 16);
  const asked: unknown[] = [];
  const { service } = analyzeInMemory();
  const scene: Scene = {
    analyze: {
      ...service,
      async queryRange(request) {
        asked.push([request.metric, request.hosts, NOW - request.startMs]);
        const series = [
          { hostId: 'web-1', metric: 'cpu.usage', labels: {}, timesMs, values: timesMs.map(() => 1) },
        ];
        return { ...request, series, warnings: [] };
      },
    },
    warn: {
      async listHistory(request) {
        asked.push(request.host);
        const about = { subjects: [{ rule: 'hot', host: 'web-1' }], count: 1, expression: 'cpu.usage > 50' };
        return {
          entries: [
            { ...about, atMs: NOW - 60_000, kind: 'acknowledged', by: 'ann' },
            { ...about, atMs: NOW - 17 * 60_000, kind: 'resolved', sinceMs: NOW - 19 * 60_000 },
          ],
        };
      },
    },
  };
  const { stdout, exit } = await run(HostsHistory, ['web-1'], scene);
  assert.deepEqual([exit, ...asked], [0, 'web-1', ['cpu.usage', ['web-1'], 7 * 24 * 3_600_000]]);
  assert.deepEqual(
    lines(stdout)
      .slice(1, -1)
      .map((line) => line.trim().replaceAll(/ +/g, ' ')),
    [
      // Its last sample was 16 min and 5 s ago: it is silent two intervals and 10 s later.
      '- 2026-11-25T13:46:10.000Z state reporting silent - - -',
      '- 2026-11-25T13:43:05.000Z alert.resolved - hot after 2m - -',
      '- 2026-11-25T13:40:00.000Z state silent reporting after 28m - -',
      '- 2026-11-25T13:14:10.000Z state reporting silent - - -',
      '7 2026-11-25T13:00:00.000Z host.move 726 725 - ben 1',
    ],
  );
  const limited = await run(HostsHistory, ['web-1', '--limit', '2'], scene);
  assert.equal(lines(limited.stdout).length, 4);
  assert.equal(limited.stderr, 'These are the newest 2: --limit shows more.\n');
});

test('hosts history has the silence of a host whose series all ended', async () => {
  const timesMs = [50, 49, 48].map((minute) => NOW - minute * 60_000);
  const { service } = analyzeInMemory();
  const scene: Scene = {
    analyze: {
      ...service,
      queryLatest: async (request) => ({ ...(await service.queryLatest(request)), samples: [] }),
      async queryRange(request) {
        const { metric } = request;
        const series = [{ hostId: 'web-1', metric, labels: {}, timesMs, values: timesMs.map(() => 1) }];
        return { ...request, series: metric === 'cpu.usage' ? series : [], warnings: [] };
      },
    },
    warn: { listHistory: async () => ({ entries: [] }) },
  };
  const { stdout } = await run(HostsHistory, ['web-1', '-o', 'csv'], scene);
  assert.match(stdout, /state,reporting,silent/);
});

test('hosts history has the return of a host that was away when the range began, and no silence by a clock that is ahead', async () => {
  const minutes = (...some: readonly number[]) => some.map((minute) => NOW - minute * 60_000);
  const { service } = analyzeInMemory();
  const manage = manageInMemory().service;
  const scene: Scene = {
    manage: { ...manage, getHost: async (id) => ({ ...(await manage.getHost(id)), firstSeenMs: 1_000 }) },
    analyze: {
      ...service,
      queryLatest: async (request) => ({ ...(await service.queryLatest(request)), nowMs: NOW - 10 * 60_000 }),
      async queryRange(request) {
        const { startMs, stopMs } = request;
        // Its two file systems are read in turns.
        const series = [
          minutes(90, 25, 23, 21, 19, 17, 15, 13, 11),
          minutes(80, 24, 22, 20, 18, 16, 14, 12, 10),
        ].map((all, i) => {
          const timesMs = all.filter((ms) => ms >= startMs && ms < stopMs);
          const labels = { mount: `/${i}` };
          return { hostId: 'web-1', metric: 'cpu.usage', labels, timesMs, values: timesMs.map(() => 1) };
        });
        return { ...request, series, warnings: [] };
      },
    },
    warn: { listHistory: async () => ({ entries: [] }) },
  };
  const { stdout } = await run(HostsHistory, ['web-1', '--since', '40m', '-o', 'csv'], scene);
  assert.deepEqual(
    lines(stdout)
      .slice(1)
      .filter((line) => line.includes('state')),
    [',2026-11-25T13:35:05.000Z,state,silent,reporting,after 55m,,,'],
  );
});
