// What warn says of each rule: what it matches, what is open of it, when something was evaluated last.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { owned } from '../report/ticks.ts';
import { MINUTE, play, START, settle, setup, startWarn } from './alert-line.ts';

test('a rule is counted at once when it is new, and an error is named', async () => {
  const at = await setup();
  const { warn, manage } = await startWarn(at);
  owned(warn);
  const hosts = ['web-1', 'web-2', 'web-3'];
  await manage.assignHosts({ new: true, assignments: hosts.map((hostId) => ({ hostId, location: '725' })) });
  await manage.putRule({ name: 'hot', expression: 'cpu.usage > 90' });
  await manage.putRule({ name: 'warm', expression: 'cpu.usage > 50 for 10m', hosts: ['web-1'] });
  await manage.putRule({ name: 'elsewhere', expression: 'cpu.usage > 50', locations: ['726'] });
  await settle(at, () => at.clock.nowMs() >= START + 3_000, 'the configuration is followed');
  assert.equal((await warn.listRuleHealth()).evaluatedMs, undefined);
  await play(at, warn, { from: 1, values: [95], hosts });
  const { rules, evaluatedMs } = await warn.listRuleHealth();
  assert.ok(evaluatedMs! >= START + MINUTE);
  assert.deepEqual(rules, [
    { name: 'elsewhere', firing: 0, pending: 0, matches: 0 },
    { name: 'host-silent', firing: 0, pending: 0 },
    { name: 'hot', firing: 3, pending: 0, matches: 3 },
    { name: 'room-dark', firing: 0, pending: 0 },
    { name: 'warm', firing: 0, pending: 1, matches: 1 },
  ]);
  // Of a scope that fits no host it is known at once, also of silence; of series once the ticks are there that could match.
  await manage.putRule({ name: 'disks', expression: 'disk.usage > 50' });
  await manage.putRule({ name: 'quiet', expression: 'silent for 5m', hosts: ['db-*'] });
  const matchesOf = async (rule: string) =>
    (await warn.listRuleHealth()).rules.find(({ name }) => name === rule)?.matches;
  await settle(at, async () => (await matchesOf('quiet')) !== undefined, 'the rule without hosts is known');
  assert.deepEqual([await matchesOf('quiet'), await matchesOf('disks')], [0, undefined]);
  await play(at, warn, { from: 2, values: [95, 95, 95], hosts });
  assert.deepEqual([await matchesOf('disks'), await matchesOf('host-silent')], [0, undefined]);
});
