// Reports that somebody captured and sends again: no alert fires, ends or is told once more, and a silent host stays silent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEvaluator } from '../../../src/domain/alerting/evaluator.ts';
import { clock, rule, START_MS } from './timeline.ts';

const MINUTE = 60_000;
const INTERVAL = { intervalMs: MINUTE, machineId: 'M', bootId: 'boot-1' };

function world() {
  const changes: string[] = [];
  const evaluator = createEvaluator(({ atMs, kind, alert }) => {
    if (kind !== 'pending') changes.push(`${clock(atMs)} ${kind} ${alert.rule}`);
  });
  const rules = [rule('cpu.usage > 90 for 2m', { name: 'hot' }), rule('silent for 1m', { name: 'gone' })];
  evaluator.setRules(rules, START_MS);
  evaluator.setHost('web-1', '725', START_MS);
  let nowMs = START_MS;
  const ticks = [10, 10, 95, 95, 95, 95, 10, 10, 10, 10].map((value, minute) => ({
    ...{ ...INTERVAL, hostId: 'web-1', timeMs: START_MS + minute * MINUTE },
    samples: [{ metric: 'cpu.usage', labels: {}, value }],
  }));
  return {
    ticks,
    /** Heartbeats until then. */
    until(minute: number) {
      for (; nowMs < START_MS + minute * MINUTE; nowMs += 10_000) {
        evaluator.heartbeat(0, nowMs);
        evaluator.advance(nowMs);
      }
    },
    /** They arrive now, whenever they are from. */
    send: (...sent: typeof ticks) => {
      for (const tick of sent) evaluator.tick({ ...tick, receivedMs: nowMs });
    },
    takeChanges: () => changes.splice(0),
  };
}

test('a value alert: replayed while it is open, after it has ended, and hours later', () => {
  const { ticks, until, send, takeChanges } = world();
  const play = (from: number, to: number) => {
    for (let minute = from; minute < to; minute++) {
      until(minute);
      send(ticks[minute]!);
    }
  };
  play(0, 5);
  assert.deepEqual(takeChanges(), ['10:04 firing hot']);
  // Those below the threshold do not end it, those above do not fire it again.
  for (const again of [ticks[1]!, ticks[4]!, ticks[2]!, ticks[0]!]) send(again);
  assert.deepEqual(takeChanges(), []);
  play(5, 10);
  assert.deepEqual(takeChanges(), ['10:06 resolved hot']);
  send(...ticks, ...ticks.toReversed());
  until(11);
  for (let minute = 10; minute < 200; minute++) {
    until(minute);
    send({ ...ticks[9]!, timeMs: START_MS + minute * MINUTE });
    // One that fired it, and all of them.
    send(ticks[4]!, ticks[5]!, ...(minute % 60 === 0 ? ticks : []));
  }
  assert.deepEqual(takeChanges(), []);
});

test('a silent host stays silent, whoever sends its newest tick again', () => {
  const { ticks, until, send, takeChanges } = world();
  for (const [minute, tick] of ticks.entries()) {
    until(minute);
    send(tick);
  }
  takeChanges();
  for (let minute = 10; minute < 40; minute++) {
    until(minute);
    send(ticks[9]!);
  }
  assert.deepEqual(takeChanges(), ['10:12:10 firing gone']);
});

test("pieces of another agent's round have one time, and each is judged", () => {
  const { ticks, until, send, takeChanges } = world();
  for (let minute = 0; minute < 5; minute++) {
    until(minute);
    const about = { ...ticks[minute]!, source: 'telegraf' };
    send({ ...about, samples: [] }, about);
  }
  assert.deepEqual(takeChanges(), ['10:04 firing hot']);
});

test('older ones look like those of a clock that was set back: the host is heard, and its clock is said to be wrong', () => {
  const { ticks, until, send, takeChanges } = world();
  for (const [minute, tick] of ticks.entries()) {
    until(minute);
    send(tick);
  }
  until(30);
  takeChanges();
  send(ticks[3]!);
  until(31);
  assert.deepEqual(takeChanges().sort(), ['10:30 firing clock-fault', '10:30 resolved gone']);
  until(40);
  assert.deepEqual(takeChanges(), ['10:33:10 firing gone']);
});

test('an old stamp says that a clock was set back once nothing newer came for as long as makes a host silent', () => {
  const faults = (afterMs: number) => {
    const evaluator = createEvaluator(() => {});
    evaluator.setHost('web-1', '725', START_MS);
    const tick = (timeMs: number, receivedMs: number) =>
      evaluator.tick({ ...INTERVAL, hostId: 'web-1', timeMs, receivedMs, samples: [] });
    tick(START_MS, START_MS);
    for (let ms = 10_000; ms < afterMs; ms += 10_000) evaluator.heartbeat(0, START_MS + ms);
    tick(START_MS - 600_000, START_MS + afterMs);
    return evaluator.open().map(({ rule: name }) => name);
  };
  assert.deepEqual(faults(130_000), []);
  assert.deepEqual(faults(130_001), ['clock-fault']);
});
