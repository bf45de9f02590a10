// Readiness: every check is asked each time, a note never decides, and a daemon that shuts down is not ready.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHealth } from '../../src/runtime/health.ts';

test('it is ready while no check has a reason, and notes that say nothing are left out', () => {
  const health = createHealth();
  let reason: string | undefined;
  let note: string | undefined = '';
  health.check('bus', () => undefined);
  health.check('store', () => reason);
  health.note(() => note);
  health.note(() => undefined);
  const checks = (store: string | undefined) => [
    { name: 'bus', reason: undefined },
    { name: 'store', reason: store },
  ];
  assert.deepEqual(health.report(), { ready: true, checks: checks(undefined), notes: [] });
  [reason, note] = ['it is gone', 'two replicas'];
  assert.deepEqual(health.report(), { ready: false, checks: checks('it is gone'), notes: ['two replicas'] });
  reason = undefined;
  assert.equal(health.report().ready, true);
  health.drain();
  const { ready, checks: all } = health.report();
  assert.deepEqual([ready, all.at(-1)?.name], [false, 'shutdown']);
});
