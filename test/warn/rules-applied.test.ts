// Rules of files while they fire: what is applied again, moved or changed, and what the receivers are told of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { owned } from '../report/ticks.ts';
import { MINUTE, play, START, settle, setup, startWarn, webhook } from './alert-line.ts';

const HOT = 'cpu.usage > 90';

async function firing() {
  const at = await setup();
  const { told, url } = await webhook();
  const { warn, manage } = await startWarn(at);
  owned(warn);
  const options = JSON.stringify({ url });
  await manage.putReceiver({ name: 'ops', kind: 'webhook', options, isDefault: true });
  await manage.assignHosts({ new: true, assignments: [{ hostId: 'web-1', location: '725' }] });
  const apply = (source: string, expressions: readonly string[], more = {}) =>
    manage.applyRules({
      rules: expressions.map((expression) => ({ name: 'hot', expression, source })),
      sources: [source],
      prune: true,
      ...more,
    });
  await apply('a', [HOT]);
  await settle(at, () => at.clock.nowMs() >= START + 3_000, 'the configuration is followed');
  await play(at, warn, { from: 1, values: [95] });
  await settle(at, () => told.length === 1, 'the first message');
  const open = async () => (await warn.listAlerts({})).alerts.map(({ sinceMs }) => sinceMs);
  return { at, told, warn, manage, apply, open };
}

test('applied again, moved to another source and given a milder threshold, an alert goes on and nobody is told', async () => {
  const { at, told, warn, apply, open } = await firing();
  await apply('a', [HOT]);
  await play(at, warn, { from: 2, values: [95] });
  await apply('b', [HOT], { adopt: true });
  await apply('a', []);
  await play(at, warn, { from: 3, values: [95] });
  await apply('b', ['cpu.usage > 85']);
  // Long past the time in which a change would have been told.
  await play(at, warn, { from: 4, values: [95, 95, 95, 95, 95, 95, 95] });
  assert.equal(told.length, 1);
  assert.deepEqual(await open(), [START + MINUTE]);
});

test('a stricter threshold ends it once as changed, and pruning ends it once as deleted', async () => {
  const changed = await firing();
  await changed.apply('a', ['cpu.usage > 97']);
  await play(changed.at, changed.warn, { from: 2, values: [95, 95, 95, 95, 95, 95, 95] });
  const end = JSON.stringify(changed.told[1]);
  assert.match(end, /rule changed/);
  assert.match(end, /cpu\.usage 95 % \(> 90 %\)/, 'the threshold it fired at');
  assert.doesNotMatch(end, /at recovery/);
  assert.deepEqual([changed.told.length, await changed.open()], [2, []]);

  const pruned = await firing();
  await pruned.apply('a', []);
  await settle(pruned.at, () => pruned.told.length === 2, 'the end');
  assert.match(JSON.stringify(pruned.told[1]), /rule deleted/);
});

test('a renamed rule keeps its alerts, over a restart too, and a rule of the old name is another one', async () => {
  const { at, told, warn, manage, open } = await firing();
  await manage.renameRule({ name: 'hot', newName: 'hotter' });
  await play(at, warn, { from: 2, values: [95] });
  const [renamed] = (await warn.listAlerts({ rule: 'hotter' })).alerts;
  assert.deepEqual([renamed?.rule, renamed?.sinceMs], ['hotter', START + MINUTE]);
  await manage.putRule({ name: 'hot', expression: 'cpu.usage > 94' });
  await play(at, warn, { from: 3, values: [95, 95, 95, 95, 95, 95] });
  assert.deepEqual(await open(), [START + MINUTE, START + 3 * MINUTE]);
  const texts = told.map((one) => JSON.stringify(one)).join();
  assert.doesNotMatch(texts, /"state":"(resolved|ended)"|rule deleted|rule changed/);
  assert.match(texts, /"hotter"/, 'messages have its new name');
  await manage.renameRule({ name: 'hotter', newName: 'hottest' });
  await warn.stop();

  const second = await startWarn(at);
  owned(second.warn);
  await settle(at, () => at.clock.nowMs() >= START + 8 * MINUTE + 40_000, 'the restart');
  const before = (await second.warn.listAlerts({})).alerts.map(({ rule, sinceMs }) => [rule, sinceMs]);
  assert.deepEqual(before, [
    ['hottest', START + MINUTE],
    ['hot', START + 3 * MINUTE],
  ]);
  const count = told.length;
  await play(at, second.warn, { from: 9, values: [20] });
  await play(at, second.warn, { from: 10, values: [20, 20, 20, 20, 20, 20] });
  const ends = told.slice(count).map((one) => JSON.stringify(one));
  assert.match(ends.join(), /hottest/);
  assert.deepEqual((await second.warn.listAlerts({})).alerts, []);
});
