// What comes of a try, to the millisecond: how long a receiver is left alone, what is gathered, and what a crash leaves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountRecord, createAccount } from '../../../src/daemons/warn/notification/account.ts';
import { createLimiter } from '../../../src/daemons/warn/notification/limiter.ts';
import { type Sending, settle } from '../../../src/daemons/warn/notification/outcomes.ts';
import type { Outcome } from '../../../src/receivers/receiver.ts';
import { createVirtualClock } from '../../../src/runtime/clock.ts';
import { silentLogger } from '../../../src/runtime/logging.ts';
import { receiver, stage, stateOf } from './stage.ts';

function trying() {
  const clock = createVirtualClock(0);
  const account = createAccount('725', 'ops', '');
  const open = { setup: receiver('ops'), limiter: createLimiter([]), waitUntilMs: 0, merge: false };
  const tried = (outcome: Outcome): void => {
    account.owed = {
      ...{ id: 'm', tries: 0, sinceMs: 0, nextMs: 0, mayHaveArrived: true, alerts: [], why: '' },
    };
    const due = { account, reason: 'first', firing: [], over: [] };
    const said = { id: 'm', firing: [stateOf('web-1')], over: [], passed: [] };
    const one = {
      ...{ open, dues: [due], message: { id: 'm', reason: 'first', group: '725' } },
      ...{ said: new Map([[account, said]]), mayHaveArrived: new Map([[account, false]]) },
    };
    settle(one as unknown as Sending, outcome, {
      ...{ clock, logger: silentLogger, onTry() {}, onDelivery() {} },
    });
  };
  return { clock, account, open, tried };
}

test('what gathers while a receiver asks to wait for over half a minute is one message', () => {
  for (const [afterMs, merge] of [
    [30_000, false],
    [30_001, true],
  ] as const) {
    const { open, tried } = trying();
    tried({ kind: 'retry', reason: 'too fast', afterMs });
    assert.deepEqual([open.waitUntilMs, open.merge], [afterMs, merge]);
  }
});

test('of two messages that a receiver asks to wait for the longer time counts', () => {
  const { open, account, tried } = trying();
  tried({ kind: 'retry', reason: 'too fast', afterMs: 60_000 });
  tried({ kind: 'retry', reason: 'too fast', afterMs: 10_000 });
  assert.deepEqual([open.waitUntilMs, open.merge, account.owed?.nextMs], [60_000, true, 10_000]);
});

test('what follows is gathered after a first message, and after one that comes when nothing was sent for so long', async () => {
  for (const [atMs, isGathered] of [
    [330_000, false],
    [330_001, true],
  ] as const) {
    const { clock, account, tried } = trying();
    account.lastMs = 0;
    await clock.advanceTo(atMs);
    tried({ kind: 'sent' });
    assert.equal(account.gatherUntilMs, isGathered ? atMs + 30_000 : undefined);
    assert.equal(account.lastMs, atMs);
  }
});

test('while a message is on its way the catalog says that it may have arrived: the process may die now', async (t) => {
  const s = await stage(t);
  const stored: (boolean | undefined)[] = [];
  const look = async (): Promise<Outcome> => {
    const records = (await s.catalog.notifications.list()).map(({ record }) => record as AccountRecord);
    stored.push(records.find(({ receiver: name }) => name === 'ops')?.owed?.mayHaveArrived);
    return stored.length === 1 ? { kind: 'retry', reason: 'ECONNREFUSED' } : { kind: 'sent' };
  };
  s.answers.set('ops', look);
  await s.fire('10:00', 'web-1');
  for (let i = 0; i < 100 && stored.length < 1; i++) await s.turn();
  await s.until('10:01');
  for (let i = 0; i < 100 && stored.length < 2; i++) await s.turn();
  assert.deepEqual(stored, [true, true]);
});
