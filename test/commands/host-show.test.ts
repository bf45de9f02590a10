// minimon hosts show: facts, last values with a trend, alerts and what happened, of the services that answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
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
