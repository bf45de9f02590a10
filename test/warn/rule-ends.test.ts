// Case 6 from a rule to the webhook: disabled, deleted and enabled, with warn running and behind its back. One end each, with its
// reason, to whom was told; nothing from ticks that came meanwhile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
import { owned, tick } from '../report/ticks.ts';
import { MINUTE, play, START, settle, setup, startWarn, webhook } from './alert-line.ts';

const RULE = { name: 'hot', expression: 'cpu.usage > 90 for 2m', severity: 'critical' as const };

async function firing() {
  const at = await setup();
  const { told, url } = await webhook();
  const parts = await startWarn(at);
  owned(parts.warn);
  const { manage } = parts;
  const options = JSON.stringify({ url });
  await manage.putReceiver({ name: 'ops', kind: 'webhook', options, isDefault: true });
  await manage.assignHosts({ new: true, assignments: [{ hostId: 'web-1', location: '725' }] });
  await manage.putRule(RULE);
  const reach = (minutes: number) =>
    settle(at, () => at.clock.nowMs() >= START + minutes * MINUTE, `minute ${minutes}`);
  await reach(0.05);
  await play(at, parts.warn, { from: 1, values: [95, 95, 95] });
  await settle(at, () => told.length === 1, 'the first message');
  const ends = () => told.slice(1).map(({ status, title }) => `${status} ${title}`);
  return { at, ...parts, told, reach, ends, text: () => JSON.stringify(told.slice(1)) };
}

test('(a, e) disabled for ten minutes and enabled twice while the host is bad: one end, then a whole `for` again', async () => {
  const s = await firing();
  await s.reach(3.5);
  await s.manage.setRuleEnabled({ name: 'hot', enabled: false });
  await play(s.at, s.warn, { from: 4, values: Array(9).fill(95) });
  assert.equal(s.told.length, 2, s.ends().join());
  assert.match(s.text(), /rule disabled/);
  assert.deepEqual((await s.warn.listAlerts({ pending: true, rule: 'hot' })).alerts, []);
  await s.reach(13.5);
  for (const _ of [1, 2]) await s.manage.setRuleEnabled({ name: 'hot', enabled: true });
  await play(s.at, s.warn, { from: 14, values: [95, 95] });
  assert.equal(s.told.length, 2, 'two ticks are not two minutes');
  await play(s.at, s.warn, { from: 16, values: [95] });
  await settle(s.at, () => s.told.length === 3, 'it fires anew');
  const [alert] = (await s.warn.listAlerts({ rule: 'hot' })).alerts;
  assert.equal(alert!.sinceMs, START + 14 * MINUTE);
  await s.manage.setRuleEnabled({ name: 'hot', enabled: true });
  await play(s.at, s.warn, { from: 17, values: [95, 95, 95, 95, 95, 95, 95] });
  assert.equal(s.told.length, 3, 'to enable what is enabled is nothing');
});

for (const [what, expression, reason] of [
  ['(b) deleted', undefined, /rule deleted/],
  ['(c) deleted, and another one of its name added', 'cpu.usage > 99 for 2m', /rule (deleted|changed)/],
] as const) {
  test(`${what} while warn is stopped and bad ticks wait: one end at the start, nothing from the ticks`, async () => {
    const s = await firing();
    await s.reach(3.5);
    await s.warn.stop();
    await s.notifier.stop();
    await s.lease.stop();
    await s.manage.removeRule({ name: 'hot' });
    if (expression !== undefined) await s.manage.putRule({ ...RULE, expression });
    for (const minute of [4, 5, 6]) {
      await s.reach(minute);
      const bytes = encodeBatch([
        encodeTick(
          tick({
            timeMs: START + minute * MINUTE,
            samples: [{ metric: 'cpu.usage', labels: {}, value: 96 }],
          }),
        ),
      ]);
      await s.at.bus.publish([{ partition: 0, receivedMs: s.at.clock.nowMs(), bytes }]);
    }
    await s.catalog.stop();
    const next = await startWarn(s.at);
    owned(next.warn);
    await play(s.at, next.warn, { from: 7, values: Array(8).fill(96) });
    assert.equal(s.told.length, 2, s.ends().join());
    assert.match(s.text(), reason);
    assert.deepEqual((await next.warn.listAlerts({ pending: true, rule: 'hot' })).alerts, []);
  });
}

test('(d) the rule deleted and the host removed within a second: one message', async () => {
  const s = await firing();
  await s.reach(3.5);
  await s.manage.removeRule({ name: 'hot' });
  await s.manage.removeHosts({ hostIds: ['web-1'] });
  await s.reach(15);
  assert.equal(s.told.length, 2, s.ends().join());
  assert.match(s.text(), /rule deleted|host removed/);
});
