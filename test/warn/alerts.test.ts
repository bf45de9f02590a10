// A rule's way from manage through the stream to a webhook, in one process with real files; restarts, edits and ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { owned } from '../report/ticks.ts';
import { MINUTE, play, START, settle, setup, startWarn, webhook } from './alert-line.ts';

test('a rule fires, is told once over a kill, and its end is told', async () => {
  const at = await setup();
  const { told, url } = await webhook();
  const first = await startWarn(at);
  const { manage } = first;
  await manage.putReceiver({
    name: 'ops',
    kind: 'webhook',
    options: JSON.stringify({ url }),
    isDefault: true,
  });
  await manage.assignHosts({ new: true, assignments: [{ hostId: 'web-1', location: '725' }] });
  await manage.putRule({ name: 'hot', expression: 'cpu.usage > 90 for 1m', severity: 'critical' });
  await settle(at, () => at.clock.nowMs() >= START + 3_000, 'the configuration is followed');
  await play(at, first.warn, { from: 1, values: [95, 95] });
  await settle(at, () => told.length === 1, 'the first message');
  assert.match(told[0]!.title, /FIRING 1.*725.*hot.*web-1/);
  const { alerts } = await first.warn.listAlerts({});
  assert.deepEqual(
    alerts.map(({ rule, host, location, state, sinceMs }) => [rule, host, location, state, sinceMs]),
    [['hot', 'web-1', '725', 'firing', START + MINUTE]],
  );
  // Stored with the next commit; after that a process that is gone leaves everything behind.
  await settle(at, () => at.clock.nowMs() >= START + 2 * MINUTE + 5_000, 'a commit');
  await first.warn.stop();
  await first.notifier.stop();
  await first.catalog.stop();

  const second = await startWarn(at);
  owned(second.warn);
  await settle(at, () => at.clock.nowMs() >= START + 2 * MINUTE + 40_000, 'the restart');
  assert.equal((await second.warn.listAlerts({})).alerts.length, 1);
  await play(at, second.warn, { from: 3, values: [96, 20] });
  await settle(at, () => told.length === 2, 'the end');
  assert.equal(told[1]!.status, 'resolved');
  assert.notEqual(told[1]!.id, told[0]!.id);
  assert.deepEqual((await second.warn.listAlerts({})).alerts, []);
});

test('a rule that is removed ends its alerts, and a host that is not in the inventory raises none', async () => {
  const at = await setup();
  const { told, url } = await webhook();
  const { warn, manage } = await startWarn(at);
  owned(warn);
  await manage.putReceiver({
    name: 'ops',
    kind: 'webhook',
    options: JSON.stringify({ url }),
    isDefault: true,
  });
  await manage.putRule({ name: 'hot', expression: 'cpu.usage > 90' });
  await settle(at, () => at.clock.nowMs() >= START + 3_000, 'the configuration is followed');
  await play(at, warn, { from: 1, values: [95] });
  assert.deepEqual((await warn.listAlerts({})).alerts, []);
  await manage.assignHosts({ new: true, assignments: [{ hostId: 'web-1', location: '725' }] });
  await settle(at, () => at.clock.nowMs() >= START + MINUTE + 5_000, 'the host is known');
  await play(at, warn, { from: 2, values: [95] });
  await settle(at, () => told.length === 1, 'the first message');
  await manage.removeRule({ name: 'hot' });
  await settle(at, () => told.length === 2, 'the end');
  assert.match(told[1]!.title + JSON.stringify(told[1]), /rule deleted/);
});

test('what fires with a first alert follows in one message half a minute later, also where timers are late', async () => {
  const at = await setup({ lateMs: 3 });
  const { told, url } = await webhook();
  const { warn, manage } = await startWarn(at);
  owned(warn);
  await manage.putReceiver({
    name: 'ops',
    kind: 'webhook',
    options: JSON.stringify({ url }),
    isDefault: true,
  });
  const hosts = ['web-1', 'web-2', 'web-3'];
  await manage.assignHosts({ new: true, assignments: hosts.map((hostId) => ({ hostId, location: '725' })) });
  await manage.putRule({ name: 'hot', expression: 'cpu.usage > 90' });
  await settle(at, () => at.clock.nowMs() >= START + 3_000, 'the configuration is followed');
  await play(at, warn, { from: 1, values: [95] });
  await settle(at, () => told.length === 1, 'the first message');
  await play(at, warn, { from: 1 + 1 / 6, values: [95], hosts: ['web-2', 'web-3'] });
  await settle(at, () => at.clock.nowMs() >= START + MINUTE + 32_000, 'the time for gathering');
  assert.deepEqual(
    told.map(({ title }) => /FIRING (\d)/.exec(title)?.[1]),
    ['1', '3'],
  );
});
