// Analyze and manage whose own clock is wrong, at the start and while they run: what reports is listed all the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tickOf } from './ticks.ts';
import { openTwoDaemons, type TwoDaemons } from './two-daemons.ts';

const NOW_MS = Date.parse('2026-11-25T10:00:00.000Z');
const HOUR = 3_600_000;
const OFF_HOURS = [-5, -3, 3, 40 * 24];

/** The hosts of each list that has a time of its own where none is named. */
async function listed({ get, grpc }: TwoDaemons) {
  const over = async (daemon: 'analyze' | 'manage', path: string, name: string) => {
    const { status, body } = await get(daemon, path);
    assert.equal(status, 200, JSON.stringify(body));
    return (body as Record<string, unknown>)[name] as Record<string, unknown>[];
  };
  const ids = (entries: readonly Record<string, unknown>[]) => entries.map((one) => one['host_id']);
  const metrics = await over('analyze', '/api/v1/metrics', 'metrics');
  return {
    latest: ids(await over('analyze', '/api/v1/latest', 'samples')),
    reporting: ids(await over('analyze', '/api/v1/hosts/reporting', 'hosts')),
    overGrpc: (await grpc.analyze.queryLatest({})).samples.map(({ hostId }) => hostId),
    metrics: metrics.filter(({ hosts }) => (hosts as number) > 0).map(({ metric }) => metric),
    all: ids(await over('manage', '/api/v1/hosts?all=true', 'hosts')),
    unmanaged: ids(await over('manage', '/api/v1/hosts/unmanaged', 'hosts')),
  };
}

const EVERYWHERE = {
  ...{ latest: ['web-1'], reporting: ['web-1'], overGrpc: ['web-1'], metrics: ['cpu.usage'] },
  ...{ all: ['web-1'], unmanaged: ['web-1'] },
};

for (const offHours of OFF_HOURS) {
  test(`a clock that is set by ${offHours} h while they run hides no host`, async (t) => {
    const system = await openTwoDaemons(NOW_MS);
    t.after(system.stop);
    await system.put([tickOf('web-1', NOW_MS, { 'cpu.usage': 1 })], NOW_MS);
    assert.deepEqual(await listed(system), EVERYWHERE);
    await system.clock.stepBy(offHours * HOUR);
    assert.deepEqual(await listed(system), EVERYWHERE);
  });

  test(`a clock that is off by ${offHours} h at the start hides no host`, async (t) => {
    const system = await openTwoDaemons(NOW_MS + offHours * HOUR);
    t.after(system.stop);
    await system.put([tickOf('web-1', NOW_MS, { 'cpu.usage': 1 })], NOW_MS);
    assert.deepEqual(await listed(system), EVERYWHERE);
  });
}

test('a host that stopped a day before the others is none of those that report', async (t) => {
  const system = await openTwoDaemons(NOW_MS + 40 * 24 * HOUR);
  t.after(system.stop);
  await system.put([tickOf('old', NOW_MS - 25 * HOUR, { 'cpu.usage': 1 })], NOW_MS - 25 * HOUR);
  await system.put([tickOf('web-1', NOW_MS, { 'cpu.usage': 1 })], NOW_MS);
  assert.deepEqual(await listed(system), EVERYWHERE);
});
