// minimon metrics list against services in memory: the table, the data formats, and which hosts are asked about.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import MetricsList from '../../src/commands/metrics/list.ts';
import { runCommand, type Scene } from './run-in-process.ts';
import { analyzeInMemory, manageInMemory } from './services-in-memory.ts';

async function run(argv: readonly string[], scene: Scene = {}) {
  const analyze = analyzeInMemory();
  const services = { manage: manageInMemory().service, analyze: analyze.service };
  return { ...(await runCommand(MetricsList, argv, { ...services, ...scene })), asked: analyze.calls };
}

test('on a terminal: labels with the name, units as they are written, locations, own metrics', async () => {
  const { stdout, asked } = await run([], { terminal: true });
  assert.match(stdout, /^METRIC +UNIT +.*HOSTS/);
  assert.match(stdout, /\ncpu\.usage +% +.* 3 /);
  assert.match(stdout, /\nshop\.orders\{kind\} +- /);
  for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
  assert.deepEqual(asked, [['listMetrics', {}]]);
});

test('wide has all, json the keys of the API, name the metrics; --reported leaves out what nobody reports', async () => {
  const { stdout: wide } = await run(['-o', 'wide']);
  assert.match(wide, /share .*725: 2, \(none\): 1 +CPU time in use +\/proc\/stat +CPU_Rate/);
  const [first, , own] = JSON.parse((await run(['--json'])).stdout);
  assert.deepEqual(first.locations, [{ location: '725', hosts: 2 }, { hosts: 1 }]);
  assert.deepEqual([first.kind, own.known, own.labels], ['ratio', false, ['kind']]);
  assert.equal((await run(['-o', 'name', '--reported'])).stdout, 'cpu.usage\nshop.orders\n');
  assert.match((await run(['-o', 'csv'])).stdout, /^metric,unit,kind,hosts,series,locations,means,/);
});

test('a location or hosts are asked about alone', async () => {
  const { asked } = await run(['--location', '725']);
  assert.deepEqual(asked[0]![1], { location: '725' });
  const hosts = await run(['--host', 'web-*']);
  assert.deepEqual(hosts.asked[0]![1], { hosts: ['web-1', 'web-2'] });
});
