// Receivers as manage keeps them: what a route's active times are on the way to warn, and what is refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditEntries } from '../catalog/audit-entries.ts';
import { alertBackends } from '../warn/alert-parts.ts';

const hook = {
  name: 'night',
  kind: 'webhook',
  options: '{"url":"https://example.org/hook"}',
  matchers: ['severity=critical'],
};

test('active times are in the zone of the receiver, kept by a replacement, and reach warn', async () => {
  const { manage } = await alertBackends();
  const saved = await manage.putReceiver({
    ...hook,
    timeZone: 'Asia/Shanghai',
    activeTimes: ['mon-fri 18:00-08:00', 'sat,sun Europe/Berlin'],
  });
  const times = ['mon-fri 18:00-08:00 Asia/Shanghai', 'sat,sun 00:00-24:00 Europe/Berlin'];
  assert.deepEqual(saved.activeTimes, times);
  const replaced = await manage.putReceiver({ ...hook, replace: true });
  assert.deepEqual(replaced.activeTimes, times);
  const stop = new AbortController();
  for await (const { receivers } of manage.watchAlertConfiguration({}, stop.signal)) {
    assert.deepEqual(receivers[0]!.activeTimes, times);
    break;
  }
  stop.abort();
});

test('active times that say nothing are refused', async () => {
  const { manage } = await alertBackends();
  await assert.rejects(manage.putReceiver({ ...hook, activeTimes: ['9-17'] }), {
    code: 'BAD_TIME',
    message: 'active times "9-17": 9 is not a time of day',
  });
});

test('the default is moved in one call, and only where that is said', async () => {
  const { manage, catalog } = await alertBackends();
  await manage.putReceiver({ ...hook, name: 'ops', isDefault: true });
  await assert.rejects(manage.putReceiver({ ...hook, isDefault: true }), {
    code: 'RECEIVER_EXISTS',
    hint: /--replace/,
  });
  await manage.putReceiver({ ...hook, isDefault: true, replace: true, actor: 'ann' });
  const defaults = async () =>
    (await manage.listReceivers()).flatMap(({ name, isDefault }) => (isDefault ? [name] : []));
  assert.deepEqual(await defaults(), ['night']);
  const entries = (await auditEntries(catalog.audit)).slice(1);
  assert.deepEqual(entries.map(({ actor, action, subject }) => [actor, action, subject]).sort(), [
    ['ann', 'receiver.add', 'night'],
    ['ann', 'receiver.change', 'ops'],
  ]);
  await manage.putReceiver({ ...hook, replace: true });
  assert.deepEqual(await defaults(), ['night'], 'kept where nothing is said of it');
  await manage.putReceiver({ ...hook, replace: true, isDefault: false });
  assert.deepEqual(await defaults(), []);
});

test("a replacement keeps options that are not given; '' empties route and active times", async () => {
  const { manage } = await alertBackends();
  await assert.rejects(manage.putReceiver({ name: 'night', kind: 'webhook' }), { code: 'BAD_REQUEST' });
  await manage.putReceiver({ ...hook, activeTimes: ['sat'] });
  const { options: _, matchers: __, ...bare } = hook;
  const kept = await manage.putReceiver({ ...bare, replace: true });
  assert.deepEqual([kept.matchers, kept.activeTimes.length], [['severity=critical'], 1]);
  assert.match(kept.address, /example\.org/);
  const emptied = await manage.putReceiver({ ...bare, replace: true, matchers: [''], activeTimes: [''] });
  assert.deepEqual([emptied.matchers, emptied.activeTimes], [[], []]);
  await assert.rejects(manage.putReceiver({ name: 'night', kind: 'slack', replace: true }), {
    code: 'BAD_REQUEST',
    hint: 'Those it has are of webhook.',
  });
});
