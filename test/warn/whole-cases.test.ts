// Cases from the field from manage to the webhook: a rule that fires everywhere and is taken back, and a receiver that is removed
// while rules name it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
import { owned, tick } from '../report/ticks.ts';
import { MINUTE, play, START, settle, setup, startWarn, webhook } from './alert-line.ts';

async function line() {
  const at = await setup();
  const hook = await webhook();
  const parts = await startWarn(at);
  owned(parts.warn);
  const options = JSON.stringify({ url: hook.url });
  await parts.manage.putReceiver({ name: 'ops', kind: 'webhook', options, isDefault: true });
  const reach = (minutes: number) =>
    settle(at, () => at.clock.nowMs() >= START + minutes * MINUTE, `minute ${minutes}`);
  return { at, ...parts, told: hook.told, reach };
}

test('case 5: a threshold that fires everywhere is taken back: the ten that were true stay, messages are few, nothing else waits', async () => {
  const s = await line();
  const { at, manage, warn, told, reach } = s;
  const fleet = Array.from({ length: 1_200 }, (_, i) => ({ hostId: `h-${i}`, location: `room-${i % 30}` }));
  await manage.assignHosts({ new: true, assignments: fleet });
  await manage.putRule({ name: 'high', expression: 'cpu.usage > 90' });
  await manage.putRule({ name: 'full', expression: 'disk.usage > 90' });
  const minute = async (number: number, diskOfLast = 20) => {
    await reach(number);
    const ticks = fleet.map(({ hostId }, i) => {
      const samples = [
        { metric: 'cpu.usage', labels: {}, value: i < 10 ? 95 : 20 },
        { metric: 'disk.usage', labels: { mount: '/' }, value: hostId === 'h-1199' ? diskOfLast : 20 },
      ];
      return encodeTick(tick({ hostId, timeMs: START + number * MINUTE, samples }));
    });
    const receivedMs = START + number * MINUTE + 50;
    await at.bus.publish([{ partition: 0, receivedMs, bytes: encodeBatch(ticks) }]);
    await at.inFlight.idle();
  };
  await reach(0.05);
  await minute(1);
  await minute(2);
  await reach(2.5);
  assert.equal(told.length, 10, 'a room each');
  await manage.putRule({ name: 'high', expression: 'cpu.usage > 1 for 1m', replace: true, force: true });
  await minute(3);
  await minute(4);
  await minute(5, 99);
  await reach(5.5);
  const [mass, other] = [told.slice(10), told.filter(({ title }) => /full/.test(title))];
  assert.equal(other.length, 1, 'the other rule is told in its own time');
  assert.ok(mass.length <= 3, mass.map(({ title }) => title).join('\n'));
  assert.match(JSON.stringify(mass), /1,?200/);
  assert.equal((await warn.listAlerts({ rule: 'high' })).alerts.length, 1_200);
  await manage.putRule({ name: 'high', expression: 'cpu.usage > 90', replace: true });
  for (const number of [6, 7, 8]) await minute(number, 99);
  const open = (await warn.listAlerts({ rule: 'high' })).alerts;
  assert.deepEqual(
    open.map(({ host }) => host).sort(),
    fleet.slice(0, 10).map(({ hostId }) => hostId),
  );
  assert.ok(
    open.every(({ sinceMs }) => sinceMs === START + MINUTE),
    'open throughout',
  );
  await reach(10);
  assert.ok(told.length <= 16, told.map(({ title }) => title).join('\n'));
  assert.ok(
    told.slice(10).every(({ title }) => !/resolved/i.test(title)),
    'nothing recovered',
  );
});

test('case 16: a receiver that is removed by force while rules name it: new alerts go to the default, which is said', async () => {
  const s = await line();
  const { at, manage, warn, told, reach } = s;
  const second = await webhook();
  const options = JSON.stringify({ url: second.url });
  await manage.putReceiver({ name: 'team', kind: 'webhook', options });
  await manage.assignHosts({
    new: true,
    assignments: ['web-1', 'web-2'].map((hostId) => ({ hostId, location: hostId })),
  });
  await manage.putRule({ name: 'hot', expression: 'cpu.usage > 90', notify: ['team'] });
  await reach(0.05);
  await play(at, warn, { from: 1, values: [95] });
  await settle(at, () => second.told.length === 1, 'the first message');
  await assert.rejects(manage.removeReceiver({ name: 'team' }), {
    code: 'RECEIVER_IN_USE',
    message: 'receiver team is used by hot',
  });
  await manage.removeReceiver({ name: 'team', force: true });
  await reach(1.5);
  const { receivers } = await warn.routeOf(['rule=hot', 'host=web-2']);
  assert.deepEqual(
    receivers.filter((one) => one.told).map(({ name }) => name),
    ['ops'],
  );
  await play(at, warn, { from: 2, values: [95], hosts: ['web-1', 'web-2'] });
  await reach(3);
  assert.match(told.map(({ title }) => title).join(), /web-2/);
  assert.equal(second.told.length, 1, 'whom nobody reaches any more is not tried');
});
