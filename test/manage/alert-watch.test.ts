// Who follows the configuration of alerts has it at once, again after each change, and only then.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { NOW } from '../report/ticks.ts';
import { alertBackends } from '../warn/alert-parts.ts';

test('a change made here is sent at once, and one of the inventory with the next look', async () => {
  const clock = createVirtualClock(NOW);
  const { manage } = await alertBackends(undefined, clock, clock);
  const ending = new AbortController();
  const sent = manage.watchAlertConfiguration({}, ending.signal)[Symbol.asyncIterator]();
  const first = (await sent.next()).value;
  assert.equal(first.version, 0);
  assert.deepEqual(
    first.rules.map(({ name }: { name: string }) => name),
    ['host-silent', 'room-dark'],
  );
  const next = sent.next();
  await manage.putRule({ name: 'hot', expression: 'cpu.usage > 90' });
  // The clock was not moved.
  assert.equal((await next).value.version, 1);
  const later = sent.next();
  await manage.assignHosts({ assignments: [{ hostId: 'web-1', location: '725' }] });
  await clock.advanceTo(NOW + 1_000);
  assert.deepEqual((await later).value.assignments, [{ hostId: 'web-1', location: '725' }]);
  const none = sent.next();
  await manage.setRuleEnabled({ name: 'hot', enabled: true });
  await clock.advanceTo(NOW + 10_000);
  ending.abort(new Error('over'));
  assert.equal((await none).done, true, 'nothing changed, so nothing is sent');
});
