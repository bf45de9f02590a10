// Who follows the configuration of alerts has it at once, again after each change, and only then.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INVENTORY_PAGE } from '../../src/daemons/manage/inventory-entries.ts';
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
  await manage.assignHosts({ new: true, assignments: [{ hostId: 'web-1', location: '725' }] });
  await clock.advanceTo(NOW + 1_000);
  assert.deepEqual((await later).value.assignments, [{ hostId: 'web-1', location: '725' }]);
  const none = sent.next();
  await manage.setRuleEnabled({ name: 'hot', enabled: true });
  await clock.advanceTo(NOW + 10_000);
  ending.abort(new Error('over'));
  assert.equal((await none).done, true, 'nothing changed, so nothing is sent');
});

test('an inventory comes in parts; later its changes alone, and the rules alone', async () => {
  const clock = createVirtualClock(NOW);
  const { catalog, manage } = await alertBackends(undefined, clock, clock);
  const hosts = Array.from({ length: 2 * INVENTORY_PAGE }, (_, i) => ({ hostId: `h-${i}`, location: '725' }));
  await catalog.inventory.assign(hosts, 'test');
  const ending = new AbortController();
  const sent = manage.watchAlertConfiguration({}, ending.signal)[Symbol.asyncIterator]();
  const read = async () => {
    const parts = [];
    do parts.push((await sent.next()).value);
    while (parts.at(-1)!.more);
    return parts;
  };
  const parts = await read();
  // Pages that are full to the last host are followed by an empty one.
  const sizes = parts.map(({ part, assignments }) => [part, assignments.length]);
  assert.deepEqual(sizes, [
    ['all', INVENTORY_PAGE],
    ['assignments', INVENTORY_PAGE],
    ['assignments', 0],
  ]);
  const next = read();
  await catalog.inventory.assign([{ hostId: 'h-7', location: '726' }], 'another manage');
  await catalog.inventory.unassign(['h-8'], 'another manage');
  await catalog.inventory.remove(['h-9'], 'another manage');
  await clock.advanceTo(NOW + 1_000);
  const [change, ...none] = await next;
  assert.deepEqual(none, []);
  assert.deepEqual(
    [change!.part, change!.assignments, [...change!.unassigned].sort()],
    ['assignments', [{ hostId: 'h-7', location: '726' }], ['h-8', 'h-9']],
  );
  const rules = read();
  await manage.putRule({ name: 'hot', expression: 'cpu.usage > 90' });
  const [configuration] = await rules;
  assert.deepEqual([configuration!.part, configuration!.assignments], ['configuration', []]);
  assert.ok(configuration!.rules.some(({ name }: { name: string }) => name === 'hot'));
  ending.abort(new Error('over'));
});
