// Limits that cannot be kept are refused before anything is started.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/assembly/config-load.ts';
import { checkLimits, roomFor } from '../../src/assembly/memory-limits.ts';

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
