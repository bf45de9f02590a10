// Limits that cannot be kept are refused before anything is started.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/assembly/config-load.ts';
import { checkLimits, headBytes, roomFor } from '../../src/assembly/memory-limits.ts';

const configOf = async (set: Readonly<Record<string, string>>) => {
  const flags = Object.entries(set).map(([key, value]) => ({ key, value, flag: '--set' }));
  return (await loadConfig({ environment: {}, file: '/dev/null', flags })).config;
};

test('more simulated hosts than report takes are refused with the setting that allows them', async () => {
  const few = await configOf({ 'report.max_hosts': '50' });
  checkLimits(few, 49);
  assert.throws(() => checkLimits(few, 50), {
    code: 'BAD_CONFIG',
    message:
      '50 simulated hosts are over the limit of 50 hosts (report.max_hosts): report would reject the rest',
    hint: /--set report\.max_hosts=51/,
  });
  const { maxHosts } = roomFor('embedded');
  assert.throws(() => checkLimits(few, maxHosts), { code: 'BAD_CONFIG' });
});

test('more series than a week of the embedded store has numbers for are refused', async () => {
  checkLimits(await configOf({ 'report.max_series': '1198372' }));
  const many = await configOf({ 'report.max_series': '1198373' });
  assert.throws(() => checkLimits(many), { code: 'BAD_CONFIG', message: /report\.max_series is 1198373/ });
});

test('a limit of series is refused for the embedded store and bus alone', async () => {
  const kafka = { 'bus.kind': 'kafka', 'bus.brokers': '127.0.0.1:9092' };
  checkLimits(await configOf({ ...kafka, 'report.max_series': '1198373' }));
});

test('there is room by the memory: a quarter of it for series, 32 of them a host, and a hundred hosts at least', () => {
  const GIB = 2 ** 30;
  assert.deepEqual(roomFor('embedded', GIB), { maxSeries: 131_072, maxHosts: 4_096 });
  assert.deepEqual(roomFor('embedded', 64 * GIB), { maxSeries: 500_000, maxHosts: 15_625 });
  assert.deepEqual(roomFor('embedded', 2 ** 22), { maxSeries: 512, maxHosts: 100 });
  assert.deepEqual(roomFor('remote', GIB), { maxSeries: 4_194_304, maxHosts: 131_072 });
  assert.deepEqual(roomFor('remote', 64 * GIB), { maxSeries: 50_000_000, maxHosts: 1_562_500 });
  assert.equal(headBytes(GIB), GIB / 8);
});
