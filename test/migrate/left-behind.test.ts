// What a migration says of tokens and enrolments, which it does not copy: how many, and what to do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countLeftBehind } from '../../src/daemons/migrate/left-behind.ts';
import { servedTo } from '../../src/runtime/caller.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { makeToken } from '../../src/runtime/token.ts';
import { migrationSummary } from '../../src/terminal/migration-view.ts';
import { directory } from '../report/ticks.ts';
import { NOW } from '../terminal/screens.ts';
import { alertBackends } from '../warn/alert-parts.ts';

const nothing = { inventory: undefined, alerts: undefined, alertHistory: undefined, history: undefined };

test('tokens that may still be used and hosts with a credential are counted, and said where there are any', async () => {
  const clock = createVirtualClock(NOW);
  const { manage, catalog } = await alertBackends(directory(), clock, clock);
  assert.equal(migrationSummary({ ...nothing, leftBehind: await countLeftBehind(catalog, NOW) }).trim(), '');
  for (const name of ['grafana', 'gone']) await manage.createToken({ name, scopes: ['read'] });
  await manage.createToken({ name: 'agent *', scopes: ['report:*'] });
  await manage.revokeToken({ name: 'gone' });
  const { info } = await manage.createJoinToken({ name: 'rack', hosts: 9, endsMs: NOW + 3_600_000 });
  for (const hostId of ['web-1', 'web-2']) {
    const { id, hash } = makeToken();
    await servedTo({ name: 'rack', address: '10.0.0.7', tokenId: info.id }, () =>
      manage.joinHost({ hostId, machineId: '1'.repeat(32), id, hash: hash.toString('hex') }),
    );
  }
  const leftBehind = await countLeftBehind(catalog, NOW);
  assert.deepEqual(leftBehind, { tokens: 3, enrolledHosts: 2 });
  assert.deepEqual(
    migrationSummary({ ...nothing, leftBehind })
      .trim()
      .split('\n'),
    [
      'not copied: 3 tokens; create them in the target (minimon tokens create)',
      'not copied: the enrolments of 2 hosts; give them a join token of the target (minimon hosts enroll)',
    ],
  );
});
