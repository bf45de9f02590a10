// How receivers are, as lists and notes say it: since the oldest message that is owed, and no more notes than anybody reads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccount } from '../../../src/daemons/warn/notification/account.ts';
import type { Groups } from '../../../src/daemons/warn/notification/groups.ts';
import type { OpenReceivers } from '../../../src/daemons/warn/notification/open-receivers.ts';
import { receiverHealth, receiverNotes } from '../../../src/daemons/warn/notification/receiver-health.ts';
import { createVirtualClock } from '../../../src/runtime/clock.ts';
import { receiver } from './stage.ts';

const NOW = Date.UTC(2026, 10, 28, 10);

test('a receiver is behind since the oldest message that it did not take, with what it said then', () => {
  const owed = (group: string, sinceMs: number, tries = 1) => {
    const account = createAccount(group, 'ops', '');
    account.owed = {
      ...{ id: group, tries, sinceMs, nextMs: 0, mayHaveArrived: false, alerts: [], why: `says ${group}` },
    };
    return account;
  };
  // One that was not tried yet is owed, and nobody is behind by it.
  const accounts = [owed('b', 2_000), owed('a', 1_000), owed('c', 3_000), owed('d', 0, 0)];
  const receivers = { all: () => [{ setup: receiver('ops') }] } as unknown as OpenReceivers;
  const groups = { accounts: new Map(accounts.map((one) => [one.key, one])) } as unknown as Groups;
  assert.deepEqual(receiverHealth(receivers, groups, createVirtualClock(NOW)), [
    { name: 'ops', state: 'behind', owed: 3, sinceMs: NOW + 1_000, lastError: 'says a' },
  ]);
});

test('twenty notes are said', () => {
  const health = Array.from({ length: 25 }, (_, i) => ({
    ...{ name: `r${i}`, state: i === 0 ? 'ok' : 'off', owed: 0, lastError: 'gone' },
  })) as Parameters<typeof receiverNotes>[0];
  const notes = receiverNotes(health);
  assert.equal(notes.length, 20);
  assert.match(notes[0]!, /^receiver r1 /);
});
