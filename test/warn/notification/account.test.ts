// What one recipient was told and is owed, and how much of it outlives a restart and a clock that is set.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  accountOf,
  createAccount,
  isIdle,
  noteFiring,
  noteOver,
  noteTold,
  recordOf,
} from '../../../src/daemons/warn/notification/account.ts';
import { createTidying } from '../../../src/daemons/warn/notification/account-tidying.ts';
import { createVirtualClock } from '../../../src/runtime/clock.ts';
import { stateOf } from './stage.ts';

const WALL = Date.UTC(2026, 10, 28, 10);
const HOUR = 3_600_000;
const OWED = {
  id: 'm',
  tries: 2,
  sinceMs: 0,
  nextMs: 0,
  mayHaveArrived: false,
  alerts: [],
  why: 'no answer',
};

test('it is kept for as long as the time of its last message matters: five minutes and a half', () => {
  const account = createAccount('725', 'ops', '');
  assert.equal(isIdle(account, 0), true);
  account.lastMs = 0;
  assert.deepEqual([isIdle(account, 330_000), isIdle(account, 330_001)], [false, true]);
});

test('of what came and went between two messages the last hundred are named', () => {
  const account = createAccount('725', 'ops', '');
  for (let i = 0; i < 130; i++) {
    const alert = stateOf(`web-${i}`);
    noteOver(account, { alert, atMs: i, kind: 'resolved' }, { wasForIt: true, silenced: false });
  }
  const hosts = account.passed.map(({ subject }) => subject.host);
  assert.deepEqual([hosts.length, hosts[0], hosts.at(-1)], [100, 'web-30', 'web-129']);
});

test('an alert that goes to another receiver now is over for this one, however often it fires', () => {
  const [left, back] = [stateOf('web-1'), stateOf('web-2')];
  const account = createAccount('725', 'ops', '');
  for (const alert of [left, back]) account.told.set(alert.id, alert);
  const over = { atMs: 0, kind: 'ended' } as const;
  const how = { wasForIt: true, silenced: false };
  noteOver(account, { ...over, alert: left, reason: 'receiver changed' }, how);
  noteOver(account, { ...over, alert: back, reason: 'rule changed' }, how);
  assert.deepEqual([noteFiring(account, left), noteFiring(account, back)], [false, true]);
  assert.deepEqual([...account.over.keys()], [left.id]);
  assert.deepEqual([...account.cameBack], [[back.id, 1]]);
});

test('an end that came again while the message of the one before was on its way is still to be told', () => {
  const alert = stateOf('web-1');
  const account = createAccount('725', 'ops', '');
  account.told.set(alert.id, alert);
  const how = { wasForIt: true, silenced: false };
  noteOver(account, { alert, atMs: 1, kind: 'resolved' }, how);
  const said = { id: 'm', firing: [], over: [...account.over.values()], passed: [] };
  noteFiring(account, alert);
  noteOver(account, { alert, atMs: 2, kind: 'resolved' }, how);
  noteTold(account, said, false);
  assert.deepEqual(
    [...account.over.values()].map(({ atMs }) => atMs),
    [2],
  );
});

test('times are those of the next process: of a clock that was set back meanwhile none is further ahead than may be', () => {
  const account = createAccount('725', 'ops', '');
  Object.assign(account, { lastMs: 1_000, gatherUntilMs: 31_000, owed: { ...OWED, nextMs: 61_000 } });
  const before = createVirtualClock(WALL);
  const record = recordOf(account, before);
  const after = accountOf(record, createVirtualClock(WALL + 500));
  assert.deepEqual([after.lastMs, after.gatherUntilMs, after.owed?.nextMs], [0, 30_500, 60_500]);
  const setBack = accountOf(record, createVirtualClock(WALL - 5 * HOUR));
  assert.deepEqual([setBack.lastMs, setBack.owed?.sinceMs, setBack.owed?.nextMs], [0, 0, HOUR]);
});

test('a silenced alert that is gone is forgotten when its silence is over', async () => {
  const clock = createVirtualClock(WALL);
  const account = createAccount('725', 'ops', '');
  account.silenced.set('a', WALL + 1_000);
  const tidy = createTidying({ clock, judgements: { ruleOf: () => undefined }, onChanged() {} });
  await clock.advanceTo(WALL + 999);
  tidy(account, new Map());
  assert.equal(account.silenced.size, 1);
  await clock.advanceTo(WALL + 1_000);
  tidy(account, new Map([['a', stateOf('web-1')]]));
  assert.equal(account.silenced.size, 1, 'it fires');
  tidy(account, new Map());
  assert.equal(account.silenced.size, 0);
});
