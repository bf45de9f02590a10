// What messages say of an alert's values, from ticks to the line that is read: forecasts, shares, silence, recovery.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageAlert } from '../../../src/daemons/warn/notification/alert-message.ts';
import type { AlertState, Change } from '../../../src/domain/alerting/alert.ts';
import { createEvaluator } from '../../../src/domain/alerting/evaluator.ts';
import type { Sample } from '../../../src/domain/tick.ts';
import { readableReading } from '../../../src/receivers/readable.ts';
import { at, rule } from '../../domain/alerting/timeline.ts';

const MINUTE = 60_000;
const GIB = 2 ** 30;

function watch(expression: string, hosts: number) {
  const changes: Change[] = [];
  const evaluator = createEvaluator((change) => changes.push(change));
  evaluator.setRules([rule(expression, { name: 'r' })], at('00:00'));
  for (let i = 0; i < hosts; i++) evaluator.setHost(`h-${i}`, '725', at('00:00'));
  return {
    changes,
    evaluator,
    tick(hostId: string, timeMs: number, samples: readonly Sample[]) {
      evaluator.tick({ hostId, timeMs, intervalMs: MINUTE, receivedMs: timeMs, partition: 0, samples });
    },
    advance(timeMs: number) {
      evaluator.heartbeat(0, timeMs);
      evaluator.advance(timeMs);
    },
    lines(kind: Change['kind'], text?: string) {
      const change = changes.findLast((one) => one.kind === kind)!;
      // As the catalog gives it back.
      const alert = JSON.parse(JSON.stringify(change.alert)) as AlertState;
      const told = messageAlert(
        alert,
        { labels: {}, ...(text !== undefined && { text }) },
        { state: kind === 'resolved' ? 'resolved' : 'firing', isNew: true, cameBack: 0 },
        {
          timeZone: 'UTC',
          lastTickMs: (host) => evaluator.hosts.get(host)!.sources[0]!.lastTickMs,
        },
      );
      const lines = told.readings.map((reading) => readableReading(reading, 'UTC'));
      return told.text === undefined ? lines : [...lines, told.text];
    },
  };
}

test('a forecast is told as the time that is left, with what is free now, not with what the line says for tomorrow', () => {
  const w = watch('forecast(disk.free, 24h) < 0 and disk.usage > 60', 1);
  // 10 GiB an hour; 70 GiB at 10:00.
  for (let minute = 0; minute <= 120; minute++) {
    const free = (90 - minute / 6) * GIB;
    w.tick('h-0', at('08:00') + minute * MINUTE, [
      { metric: 'disk.free', labels: { mount: '/' }, value: free },
      { metric: 'disk.usage', labels: { mount: '/' }, value: 75 },
    ]);
  }
  const last = w.evaluator.open()[0]!;
  w.changes.push({ kind: 'level', atMs: at('10:00'), alert: last });
  assert.deepEqual(w.lines('level', '{value} left'), [
    'disk.free 70 GiB, full in about 6h 59m',
    'disk.usage 75 % (> 60 %)',
    '70 GiB left',
  ]);
});

test('a share is told with the hosts that were counted', () => {
  const w = watch('share(cpu.usage > 90) > 20%', 5);
  for (const minute of [0, 1]) {
    for (let i = 0; i < 4; i++) {
      w.tick(`h-${i}`, at('10:00') + minute * MINUTE, [
        { metric: 'cpu.usage', labels: {}, value: i === 0 ? 95 : 10 },
      ]);
    }
    w.advance(at('10:00') + minute * MINUTE + 1_000);
  }
  assert.deepEqual(
    w.lines('firing', 'now {value}'),
    ['cpu.usage > 90 on 1 of 4 hosts: 25 % (> 20 %)', 'now 25 %'],
    'h-4 never reported and does not count',
  );
  for (let i = 0; i < 4; i++) {
    w.tick(`h-${i}`, at('10:02'), [{ metric: 'cpu.usage', labels: {}, value: 10 }]);
  }
  w.advance(at('10:02:01'));
  assert.deepEqual(w.lines('resolved'), ['cpu.usage > 90 on 0 of 4 hosts: 0 % at recovery (> 20 % fires)']);
});

test('a silent host is told with its last tick, and that it reports again', () => {
  const w = watch('silent for 1m', 1);
  const tick = (time: string) => w.tick('h-0', at(time), [{ metric: 'cpu.usage', labels: {}, value: 1 }]);
  tick('10:00');
  tick('10:01');
  for (let s = 0; s <= 300; s += 10) w.advance(at('10:01') + s * 1_000);
  assert.deepEqual(w.lines('firing'), ['silent: last tick 2026-11-28 10:01:00 UTC']);
  tick('10:07');
  w.advance(at('10:07:01'));
  assert.deepEqual(w.lines('resolved'), ['reports again: last tick 2026-11-28 10:07:00 UTC']);
});

test('at recovery: the value then, the one at firing and the worst; a value that nobody knows is left out', () => {
  const w = watch('disk.free < 5GiB', 1);
  for (const [minute, gib] of [
    [0, 3.9],
    [1, 0.9],
    [2, 75.4],
  ] as const) {
    w.tick('h-0', at('10:00') + minute * MINUTE, [
      { metric: 'disk.free', labels: { mount: '/' }, value: gib * GIB },
    ]);
  }
  assert.deepEqual(w.lines('resolved'), [
    'disk.free 75.4 GiB at recovery (fired at 3.9 GiB, < 5 GiB), worst 922 MiB',
  ]);
  w.changes.push({
    kind: 'level',
    atMs: at('10:02'),
    alert: { ...w.changes.at(-1)!.alert, values: [Number.NaN], firedValue: 4 * GIB, worstValue: 4 * GIB },
  });
  assert.deepEqual(w.lines('level'), ['disk.free 4 GiB (< 5 GiB)']);
});
