// When a warn takes over and what it knows then: how long it waits for the log, and which ends it kept meanwhile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStoredAlerts } from '../../src/daemons/warn/evaluation/stored-alerts.ts';
import { createProgress } from '../../src/daemons/warn/progress.ts';
import { createTelling, type TellingParts } from '../../src/daemons/warn/telling.ts';
import type { Change } from '../../src/domain/alerting/alert.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { stateOf } from './notification/stage.ts';

const HOUR = 3_600_000;

function telling() {
  const clock = createVirtualClock(0);
  const said: string[] = [];
  const caughtUp: string[] = [];
  const now = { hasRead: true, isCurrent: true };
  const one = createTelling({
    alertStates: {
      load: async () => ({ states: [], offsets: new Map(), readFrom: new Map() }),
      save: async () => {},
    },
    notifier: {
      change: ({ kind }) => void said.push(kind),
      start: async (_, ends) => void said.push(`start ${ends?.size}`),
      resume: (_, ends) => void said.push(`resume ${ends.size}`),
      hold: async () => void said.push('hold'),
      settled: async () => {},
    },
    lease: { fence: () => 1 } as TellingParts['lease'],
    progress: {
      ...createProgress(clock),
      hasRead: () => now.hasRead,
      isCurrent: () => now.isCurrent,
      isStale: () => false,
    },
    evaluation: () => ({ open: () => [], adopt() {}, alerts: new Map(), stateOf: () => undefined }),
    reached: () => ({ offsets: new Map(), readFrom: new Map() }),
    takeHistory: () => ({ entries: [], stored() {} }),
    onCaughtUp: ({ kind, alert }) => void caughtUp.push(`${kind} ${alert.id}`),
    signal: new AbortController().signal,
    clock,
    logger: silentLogger,
  });
  const change = (kind: Change['kind'], host: string) =>
    one.change({ kind, alert: stateOf(host), atMs: clock.nowMs() });
  return { one, clock, said, caughtUp, now, change };
}

test('it takes over once it has read what the former one had, or after ten seconds, as a log may begin anew', async () => {
  const { one, clock, said, now } = telling();
  now.hasRead = false;
  await one.step();
  await clock.advanceTo(9_999);
  await one.step();
  assert.deepEqual(said, []);
  await clock.advanceTo(10_000);
  await one.step();
  assert.deepEqual(said, ['start 0']);
  assert.equal(one.isTelling(), true);
});

test('ends of the last hour are known to whoever takes over, of 20,000 alerts at most', async () => {
  for (const [laterMs, kept] of [
    [HOUR - 1, 2],
    [HOUR, 1],
  ] as const) {
    const { one, clock, said, change } = telling();
    change('resolved', 'web-1');
    await clock.advanceTo(laterMs);
    change('ended', 'web-2');
    await one.step();
    assert.deepEqual(said, [`start ${kept}`]);
  }
  const { one, said, change } = telling();
  for (let i = 0; i < 20_010; i++) change('resolved', `web-${i}`);
  // One that fires again has not ended.
  change('firing', 'web-20009');
  await one.step();
  assert.deepEqual(said, ['start 19999']);
});

test('what was over, and came and went again while nothing was told, is not said to be over twice', async () => {
  const { one, said, caughtUp, now, change } = telling();
  await one.step();
  for (const host of ['web-1', 'web-2']) change('firing', host);
  change('resolved', 'web-1');
  now.isCurrent = false;
  await one.step();
  for (const kind of ['firing', 'resolved'] as const) change(kind, 'web-1');
  change('resolved', 'web-2');
  now.isCurrent = true;
  await one.step();
  assert.deepEqual(said, ['start 0', 'firing', 'firing', 'resolved', 'hold', 'resume 2']);
  assert.deepEqual(caughtUp, [`resolved ${stateOf('web-2').id}`]);
});

test('what receivers are owed is stored before the states that say it was told, and is with the last save too', async () => {
  const done: string[] = [];
  let settle = () => {};
  const stored = createStoredAlerts({
    alertStates: {
      load: async () => ({ states: [], offsets: new Map(), readFrom: new Map() }),
      save: async ({ changed }) => void done.push(`saved ${changed.length}`),
    },
    evaluation: () => ({
      alerts: new Map([['a', { revision: 1 }]]),
      stateOf: () => stateOf('web-1'),
    }),
    reached: () => ({ offsets: new Map(), readFrom: new Map() }),
    settled: () =>
      new Promise((resolve) => {
        settle = () => {
          done.push('settled');
          resolve();
        };
      }),
    takeHistory: () => ({ entries: [], stored() {} }),
    clock: createVirtualClock(0),
  });
  const saving = stored.save(1);
  await new Promise(setImmediate);
  assert.deepEqual(done, []);
  settle();
  await saving;
  assert.deepEqual(done, ['settled', 'saved 1']);
});
