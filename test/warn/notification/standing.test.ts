// How it stands with those who are told of an alert, as `alerts why` says it over the wire.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccount } from '../../../src/daemons/warn/notification/account.ts';
import { standingOf } from '../../../src/daemons/warn/notification/standing.ts';
import { createVirtualClock } from '../../../src/runtime/clock.ts';

const NOW = Date.parse('2026-11-28T10:00:00Z');

test('when a message may go and is tried again are instants, whatever fractions monotonic time has', () => {
  const clock = { ...createVirtualClock(NOW), monotonicMs: () => 7_654.321 };
  const account = createAccount('725', 'ops', '');
  account.slotMs = 12_654.733;
  account.owed = { ...{ tries: 1, sinceMs: 0, why: 'no answer' }, nextMs: 37_654.9 } as typeof account.owed;
  const { dueMs, owed } = standingOf({ id: 'x' }, account, clock);
  assert.deepEqual([dueMs, owed?.nextMs], [NOW + 5_000, NOW + 30_001]);
});
