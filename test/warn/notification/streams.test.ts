// From ticks to messages, the evaluator and the notifier together: timelines and cases about restarts, cuts and backlogs.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { AlertState, Change } from '../../../src/domain/alerting/alert.ts';
import { createEvaluator, type Evaluator } from '../../../src/domain/alerting/evaluator.ts';
import type { RuleDefinition } from '../../../src/domain/alerting/rule-set.ts';
import { at, rule } from '../../domain/alerting/timeline.ts';
import { ruleOf, stage } from './stage.ts';

const MINUTE = 60_000;

/** Warn as far as this is about: states are kept as warn stores them, ticks wait while it is down. */
async function warn(
  t: TestContext,
  rules: readonly RuleDefinition[],
  hosts: Readonly<Record<string, string>>,
) {
  let evaluator: Evaluator | undefined;
  let changes: Change[] = [];
  const s = await stage(t, {
    rules: rules.map(({ name }) => ruleOf(name)),
    parts: { stateOf: (id): AlertState | undefined => evaluator?.stateOf(id) },
  });
  const create = () => {
    const made = createEvaluator((change) => {
      changes.push(change);
      s.tell(change);
    });
    made.setRules(rules, s.clock.nowMs());
    for (const [host, location] of Object.entries(hosts)) made.setHost(host, location, s.clock.nowMs());
    return made;
  };
  evaluator = create();
  const beat = () => {
    evaluator?.heartbeat(0, s.clock.nowMs());
    evaluator?.advance(s.clock.nowMs());
  };
  return {
    ...s,
    changes: () => changes,
    async tick(time: string, host: string, value: number, receivedMs = at(time)) {
      const timeMs = at(time);
      if (receivedMs > s.clock.nowMs()) {
        await s.until(new Date(receivedMs).toISOString().slice(11, 19));
      }
      const samples = [{ metric: 'cpu.usage', labels: {}, value }];
      evaluator?.tick({ hostId: host, timeMs, intervalMs: MINUTE, receivedMs, partition: 0, samples });
      await s.turn();
    },
    /** Time passes with heartbeats every 10 s. */
    async pass(time: string) {
      for (let ms = s.clock.nowMs(); ms <= at(time); ms += 10_000) {
        await s.clock.advanceTo(ms);
        beat();
        await s.turn();
      }
    },
    /** kill -9: what was evaluated is stored; the next one goes on from there. */
    async restartFrom(time: string) {
      const stored = evaluator!.open();
      evaluator = undefined;
      await s.until(time);
      await s.notifier().stop();
      changes = [];
      const next = create();
      next.restore(stored, s.clock.nowMs());
      evaluator = next;
      await s.restartWith(next.open());
    },
  };
}

test('30: warn down while it becomes due: told once at the start, with its true time', async (t) => {
  const s = await warn(t, [rule('cpu > 90 for 4m', { name: 'high' })], { a: '725' });
  for (const time of ['10:00', '10:01', '10:02']) await s.tick(time, 'a', 95);
  await s.restartFrom('10:05');
  for (const time of ['10:03', '10:04', '10:05']) await s.tick(time, 'a', 95, at('10:05'));
  await s.until('11:00');
  assert.deepEqual(s.lines(), ['10:05 first F a*']);
  const [alert] = s.got[0]!.message.alerts;
  assert.equal(alert!.sinceMs, at('10:00'));
  assert.equal(s.changes().find(({ kind }) => kind === 'firing')!.alert.firedMs, at('10:04'));
});

test('18: kill -9, b recovers meanwhile: one message, b resolved at its good tick; the rest as before', async (t) => {
  const s = await warn(t, [rule('cpu > 90 for 2m', { name: 'high' })], { a: '725', b: '725', c: '725' });
  for (const time of ['10:00', '10:01', '10:02'])
    for (const host of ['a', 'b', 'c']) await s.tick(time, host, 95);
  await s.until('10:03');
  assert.deepEqual(s.lines().at(-1), '10:02:30 new F b* F c* F a');
  await s.restartFrom('10:10');
  for (const host of ['a', 'c']) await s.tick('10:04', host, 95, at('10:10'));
  await s.tick('10:04', 'b', 30, at('10:10'));
  await s.until('13:00');
  assert.deepEqual(s.lines().slice(2), ['10:10 some_resolved F a F c R b']);
  const told = s.got[2]!.message.alerts;
  assert.equal(told.find(({ state }) => state === 'resolved')!.endedMs, at('10:04'));
  assert.deepEqual(
    s.changes().map(({ kind }) => kind),
    ['resolved'],
    'no pending phase',
  );
});

test('17: a backlog behind a newer tick tells nothing; a newer good one resolves once', async (t) => {
  for (const [value, end] of [
    [96, []],
    [20, ['10:20 all_resolved R a']],
  ] as const) {
    const s = await warn(t, [rule('cpu > 90 for 3m', { name: 'high' })], { a: '725' });
    for (const time of ['10:00', '10:01', '10:02', '10:03', '10:04']) await s.tick(time, 'a', 95);
    await s.tick('10:20', 'a', value);
    for (let minute = 5; minute < 20; minute++) {
      const time = `10:${String(minute).padStart(2, '0')}`;
      await s.tick(time, 'a', minute === 10 ? 20 : 95, at('10:20'));
    }
    await s.until('10:40');
    assert.deepEqual(s.lines(), ['10:03 first F a*', ...end]);
  }
});

test('14: no repeat while no data', async (t) => {
  const s = await warn(t, [rule('cpu > 90', { name: 'high' })], { a: '725' });
  await s.tick('10:00', 'a', 95);
  await s.pass('15:00');
  assert.deepEqual(s.lines(), ['10:00 first F a*']);
});

test('19 b, c: a room of ten, four stop: back in time is nothing, what stays away is told', async (t) => {
  const rules = [
    rule('share(silent) > 20% min 2 for 2m', { name: 'room-dark' }),
    rule('silent for 1m', { name: 'host-silent' }),
  ];
  const hosts = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`h-${i}`, '725']));
  for (const away of [0, 2]) {
    const s = await warn(t, rules, hosts);
    const stopped = new Set(['h-0', 'h-1', 'h-2', 'h-3']);
    await s.pass('10:00:50');
    for (let minute = 1; minute <= 20; minute++) {
      const time = `10:${String(minute).padStart(2, '0')}`;
      for (const host of Object.keys(hosts)) {
        const isBack = minute >= 7 && !(Number(host.slice(2)) < away);
        if (stopped.has(host) && minute > 3 && !isBack) continue;
        await s.tick(time, host, 10);
      }
      await s.pass(`${time}:50`);
    }
    const told = new Set(s.lines().flatMap((line) => line.match(/F h-\d/g) ?? []));
    assert.deepEqual([...told].sort(), away === 0 ? [] : ['F h-0', 'F h-1']);
  }
});
