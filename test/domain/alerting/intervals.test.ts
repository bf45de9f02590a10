// Intervals of hosts that change, and first ticks that come late: what is a gap, who is silent, and what is judged.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newMachines, noteMachine } from '../../../src/domain/alerting/machines.ts';
import { at, clock, play, rule, START_MS, start, ticksOf, told } from './timeline.ts';

test('an interval that becomes shorter makes no gap of the longer one before it', () => {
  const run = start([rule('cpu > 90 for 2m')]);
  const ticks = [
    ...ticksOf({ 'cpu.usage': '95x2' }),
    ...ticksOf({ 'cpu.usage': '95' }, { startMs: at('10:02'), intervalMs: 10_000 }),
  ];
  play(run, ticks);
  assert.deepEqual(told(run.changes), ['F 10:02 since 10:00']);
});

test('an interval that becomes shorter makes a host silent as soon as the shorter one says', () => {
  const run = start([rule('silent')]);
  const slow = ticksOf({ 'cpu.usage': '1x3' }, { intervalMs: 300_000 });
  const fast = ticksOf({ 'cpu.usage': '1' }, { startMs: at('10:15'), intervalMs: 10_000 });
  play(run, [...slow, ...fast], at('10:16'));
  assert.deepEqual(told(run.changes), ['F 10:15:30']);
});

/** A tick with a value over the bound, received so long after it was taken and so long after the first one. */
const late = (lateMs: number, afterMs = 0) => {
  const [tick] = ticksOf({ 'cpu.usage': '95' });
  const receivedMs = START_MS + lateMs + afterMs;
  return { ...tick!, timeMs: receivedMs - lateMs, receivedMs };
};
const MINUTE = 60_000;

test('the first tick of a host is judged unless it is older than what counts as silent', () => {
  for (const [lateMs, wanted] of [
    [130_000, 1],
    [130_001, 0],
  ] as const) {
    const { evaluator, changes } = start([rule('cpu > 90')]);
    evaluator.tick(late(lateMs));
    assert.equal(told(changes).length, wanted, `${lateMs} ms late`);
  }
});

test('late ticks are judged once none has come in time for as long as one may be late', () => {
  for (const [afterMs, wanted] of [
    [70_000, 0],
    [70_001, 1],
  ] as const) {
    const { evaluator, changes } = start([rule('cpu > 90')]);
    evaluator.tick(late(20 * MINUTE));
    for (let ms = 10_000; ms < afterMs; ms += 10_000) evaluator.heartbeat(0, START_MS + 20 * MINUTE + ms);
    evaluator.tick(late(20 * MINUTE, afterMs));
    const fired = changes.filter(({ kind, alert }) => kind === 'firing' && alert.rule === 'r');
    assert.equal(fired.length, wanted, `${afterMs} ms after the first`);
  }
});

test('of late ticks those are told from a backlog that come half an interval apart: the clock is behind', () => {
  for (const [afterMs, wanted] of [
    [29_999, []],
    [30_000, ['10:20:30']],
  ] as const) {
    const { evaluator, changes } = start([rule('cpu > 90')]);
    evaluator.tick(late(20 * MINUTE));
    evaluator.tick(late(20 * MINUTE, afterMs));
    const faults = changes.filter(({ alert }) => alert.rule === 'clock-fault');
    assert.deepEqual(
      faults.map(({ atMs }) => clock(atMs)),
      wanted,
    );
  }
});

test('a host was heard when its newest tick came, also where the clock of another report is behind', () => {
  const run = start([rule('cpu > 90')]);
  const [first, second] = ticksOf({ 'cpu.usage': '95x2' });
  run.evaluator.tick(first!);
  run.evaluator.tick({ ...second!, receivedMs: at('9:00') });
  assert.equal(run.evaluator.explain('r', 'web-17')?.lastReceivedMs, at('10:00'));
});

test('of machines without end under one id some are kept', () => {
  const machines = newMachines();
  for (let i = 0; i < 1_000; i++) {
    noteMachine(machines, {
      machineId: `m-${i}`,
      receivedMs: START_MS + i,
      lastReceivedMs: START_MS + i - 1,
    });
    assert.ok((machines.others?.size ?? 0) <= 8);
  }
  assert.deepEqual([...machines.others!.keys()].at(-1), 'm-998');
});
