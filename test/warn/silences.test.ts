// Silences from manage to the receiver: nobody is told while one lasts, one recap at its end, and silenced hosts make no room dark.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
import { owned, tick } from '../report/ticks.ts';
import { MINUTE, play, type Setup, START, settle, setup, startWarn, webhook } from './alert-line.ts';

async function room(hosts: readonly string[]) {
  const at = await setup();
  const hook = await webhook();
  const parts = await startWarn(at);
  owned(parts.warn);
  const { manage } = parts;
  const options = JSON.stringify({ url: hook.url });
  await manage.putReceiver({ name: 'ops', kind: 'webhook', options, isDefault: true });
  await manage.assignHosts({ new: true, assignments: hosts.map((hostId) => ({ hostId, location: '725' })) });
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
  const count = async (filter: { readonly rule?: string; readonly location?: string }) =>
    (await warn.listAlerts(filter)).alerts.length;
  assert.deepEqual([await count({ rule: 'h*' }), await count({ rule: 'h' })], [1, 0]);
  assert.deepEqual([await count({ location: '72?' }), await count({ location: '72' })], [1, 0]);
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

/** Ticks on the bus that nobody need have read. */
async function publish(at: Setup, minute: number, values: Readonly<Record<string, number>>): Promise<void> {
  const timeMs = START + minute * MINUTE;
  const ticks = Object.entries(values).map(([hostId, value]) =>
    encodeTick(tick({ hostId, timeMs, samples: [{ metric: 'cpu.usage', labels: {}, value }] })),
  );
  await at.bus.publish([{ partition: 0, receivedMs: timeMs + 50, bytes: encodeBatch(ticks) }]);
}

test('case 18: after a restart the silenced alert stays silenced, and only what recovered meanwhile is told', async () => {
  const hosts = ['a', 'b', 'c'];
  const { at, warn, manage, catalog, notifier, told, reach } = await room(hosts);
  await manage.putRule({ name: 'hot', expression: 'cpu.usage > 90', severity: 'critical' });
  await reach(3_000, 'the configuration is followed');
  await play(at, warn, { from: 1, values: [95], hosts });
  await reach(MINUTE + 40_000, 'all three are told');
  await manage.putSilence({ matchers: ['host=a'], reason: 'known', forMs: 86_400_000 });
  await reach(MINUTE + 45_000, 'the silence is known');
  const before = told.length;
  await warn.stop();
  await notifier.stop();
  await catalog.stop();
  await reach(3 * MINUTE, 'warn is down');
  await publish(at, 2, { a: 95, b: 30, c: 95 });
  await publish(at, 3, { a: 95, b: 30, c: 95 });
  const second = await startWarn(at);
  owned(second.warn);
  await reach(7 * MINUTE, 'time enough for messages');
  assert.equal(told.length, before + 1, JSON.stringify(told));
  assert.match(told.at(-1)!.title, /FIRING 1, 1 resolved.*hot c/);
  const { alerts } = await second.warn.listAlerts({ rule: 'hot' });
  assert.deepEqual(
    alerts.map(({ host, sinceMs, silence }) => [host, sinceMs - START, silence?.reason]).sort(),
    [
      ['a', MINUTE, 'known'],
      ['c', MINUTE, undefined],
    ],
  );
  const { entries } = await second.warn.listHistory({ rule: 'hot' });
  const kinds = entries.map(({ kind, subjects }) => `${kind} ${subjects[0]?.host}`);
  assert.ok(kinds.includes('resolved b'), kinds.join());
  assert.equal(kinds.filter((one) => one.startsWith('firing')).length, 3);
});

test('case 20: hosts that are removed while they fire: the silenced one is not told, stragglers raise nothing', async () => {
  const hosts = ['web-8', 'web-9'];
  const { at, warn, manage, told, reach } = await room(hosts);
  await manage.putRule({ name: 'hot', expression: 'cpu.usage > 90', severity: 'critical' });
  await manage.putSilence({ matchers: ['host=web-8'], reason: 'known', forMs: 86_400_000 });
  await reach(3_000, 'the configuration is followed');
  await play(at, warn, { from: 1, values: [95], hosts });
  await reach(MINUTE + 40_000, 'web-9 is told');
  assert.equal(told.length, 1);
  await manage.removeHosts({ hostIds: hosts });
  await settle(at, async () => (await warn.listAlerts({})).alerts.length === 0, 'the removal is known');
  for (const minute of [2, 3, 4]) {
    await reach(minute * MINUTE, 'the next tick');
    await publish(at, minute, { 'web-8': 96, 'web-9': 96 });
  }
  await reach(12 * MINUTE, 'time enough for messages');
  assert.equal(told.length, 2, JSON.stringify(told));
  assert.match(JSON.stringify(told[1]), /host removed/);
  assert.doesNotMatch(JSON.stringify(told), /web-8/);
  assert.deepEqual((await warn.listAlerts({ pending: true })).alerts, []);
  const { entries } = await warn.listHistory({ host: 'web-8' });
  assert.deepEqual(
    entries.map(({ kind }) => kind),
    ['ended', 'silenced', 'firing'],
  );
  // Assigned again it starts afresh, and both histories stay.
  await manage.assignHosts({ assignments: [{ hostId: 'web-9', location: '725' }], new: true });
  await reach(12 * MINUTE + 3_000, 'the assignment is known');
  await reach(13 * MINUTE, 'the next tick');
  await publish(at, 13, { 'web-8': 96, 'web-9': 96 });
  await reach(13 * MINUTE + 40_000, 'it is told');
  assert.deepEqual(
    (await warn.listAlerts({})).alerts.map(({ host, sinceMs }) => [host, sinceMs - START]),
    [['web-9', 13 * MINUTE]],
  );
  assert.equal(told.length, 3);
  assert.deepEqual(
    (await warn.listHistory({ host: 'web-9' })).entries
      .map(({ kind }) => kind)
      .filter((kind) => kind !== 'sent'),
    ['firing', 'ended', 'firing'],
  );
});
