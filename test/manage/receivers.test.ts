// Receivers as manage keeps them: what a route's active times are on the way to warn, and what is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
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
    message: 'active times "9-17": 9 is no time of day',
  });
});
