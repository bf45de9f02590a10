// Silences from manage to the receiver: nobody is told while one lasts, one recap at its end, and silenced hosts make no room dark.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { owned } from '../report/ticks.ts';
import { MINUTE, play, START, settle, setup, startWarn, webhook } from './alert-line.ts';

async function room(hosts: readonly string[]) {
  const at = await setup();
  const hook = await webhook();
  const parts = await startWarn(at);
  owned(parts.warn);
  const { manage } = parts;
  const options = JSON.stringify({ url: hook.url });
  await manage.putReceiver({ name: 'ops', kind: 'webhook', options, isDefault: true });
  await manage.assignHosts({ assignments: hosts.map((hostId) => ({ hostId, location: '725' })) });
  const at_ = (ms: number, what: string) => settle(at, () => at.clock.nowMs() >= START + ms, what);
  return { ...at, ...parts, told: hook.told, reach: at_, at };
}

test('a silence keeps alerts from being told, is shown with them, and one recap at its end says what still fires', async () => {
  const { at, warn, manage, told, reach, clock } = await room(['web-1', 'web-2', 'db-1']);
  await manage.putRule({ name: 'hot', expression: 'cpu.usage > 90', severity: 'critical' });
  await reach(3_000, 'the configuration is followed');
  await play(at, warn, { from: 1, values: [95], hosts: ['web-1'] });
  await settle(at, () => told.length === 1, 'the first message');
  const preview = await warn.listAlerts({ matchers: ['host~web-*'] });
  assert.equal(preview.alerts.length, 1);
  assert.equal((await warn.listAlerts({ matchers: ['host~web'] })).alerts.length, 0);
  await assert.rejects(warn.listAlerts({ matchers: ['hots~web'] }), { code: 'BAD_EXPRESSION' });

  const silence = await manage.putSilence({
    matchers: ['host~web-*'],
    reason: 'disk swap',
    author: 'ann',
    endsMs: START + 12 * MINUTE,
  });
  await reach(MINUTE + 5_000, 'the silence is known');
  const { id, endsMs } = silence;
  const [shown] = (await warn.listAlerts({})).alerts;
  assert.deepEqual(shown!.silence, { id, author: 'ann', reason: 'disk swap', endsMs });
  await play(at, warn, { from: 2, values: [96], hosts: ['web-1', 'web-2'] });
  assert.equal((await warn.listAlerts({})).alerts.filter((alert) => alert.silence !== undefined).length, 2);
  // Another silence goes on longer over the same alerts, and is ended by hand.
  const second = await manage.putSilence({ matchers: ['location=725'], reason: 'more', forMs: 3_600_000 });
  await reach(13 * MINUTE, 'the end of the first silence');
  assert.equal(told.length, 1);
  await manage.expireSilence({ id: second.id });
  await settle(at, () => told.length === 2, 'the recap');
  assert.ok(clock.nowMs() < START + 13 * MINUTE + 15_000);
  assert.equal(told[1]!.reason, 'recap');
  assert.match(JSON.stringify(told[1]), /web-2/);
  await reach(20 * MINUTE, 'time enough for more');
  assert.equal(told.length, 2);
  assert.equal((await warn.listAlerts({})).alerts[0]!.silence, undefined);
});

test('hosts under a silence do not count in shares; a silence of one rule leaves them in', async () => {
  const hosts = ['a', 'b', 'c', 'd', 'e', 'f'];
  const { at, warn, manage, reach } = await room(hosts);
  const dark = async () => (await warn.listAlerts({ rule: 'room-dark' })).alerts.length;
  await manage.putSilence({ matchers: ['host~[abc]'], reason: 'moved', endsMs: START + 12 * MINUTE });
  await manage.putSilence({ matchers: ['host~[def]', 'rule=cpu'], reason: 'build', forMs: 3_600_000 });
  await reach(3_000, 'the configuration is followed');
  await play(at, warn, { from: 1, values: [20], hosts });
  const alive = { values: Array(10).fill(20), hosts: ['d', 'e', 'f'] };
  await play(at, warn, { from: 2, ...alive });
  assert.equal(await dark(), 0);
  await play(at, warn, { from: 12, ...alive, values: [20, 20, 20, 20] });
  assert.equal(await dark(), 1);
});
