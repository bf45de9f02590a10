// The timelines of states: what fires, resolves and ends, and with which tick.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, clock, outcome, play, rule, START_MS, sampleOf, start, ticksOf, told } from './timeline.ts';
import { CASE_2, COMBINATION_VALUES, COMBINATIONS, TIMELINES } from './timeline-cases.ts';

for (const [sentence, expression, values, wanted, intervalMs] of TIMELINES) {
  test(`timeline ${sentence}`, () => assert.deepEqual(outcome(expression, values, intervalMs), wanted));
}

test('timeline 14: no data is marked and its end unmarked', () => {
  const run = start([rule('cpu > 90 for 3m')]);
  const ticks = ticksOf({ 'cpu.usage': '95x4 _x16 96' });
  play(run, ticks.slice(0, 4), at('10:15'));
  assert.equal(clock(run.evaluator.open()[0]!.noDataSinceMs!), '10:03');
  play(run, ticks.slice(4));
  assert.equal(run.evaluator.open()[0]!.noDataSinceMs, undefined);
});

test('timeline 29: an apply of the same rule touches nothing, a changed one is judged on the last value', () => {
  const run = start([rule('cpu > 90')]);
  play(run, ticksOf({ 'cpu.usage': '95 95' }));
  run.evaluator.setRules([rule('CPU_Rate   > 90%')], at('10:01:20'));
  run.evaluator.setRules([rule('cpu > 85')], at('10:01:30'));
  run.evaluator.setRules([rule('cpu > 97')], at('10:01:40'));
  play(run, ticksOf({ 'cpu.usage': '95' }, { startMs: at('10:02') }));
  assert.deepEqual(told(run.changes), ['F 10:00', 'ended 10:01 rule changed']);
});

test('timeline 30: what waited while warn was down fires with its own time', () => {
  const before = start([rule('cpu > 90 for 4m')]);
  const ticks = ticksOf({ 'cpu.usage': '95x7' });
  play(before, ticks.slice(0, 2));
  const after = start([rule('cpu > 90 for 4m')]);
  after.evaluator.restore(JSON.parse(JSON.stringify(before.evaluator.open())), at('10:05'));
  play(after, ticks.slice(1));
  assert.deepEqual(told([...before.changes, ...after.changes]), ['F 10:04 since 10:00']);
});

for (const [expression, wanted] of Object.entries(COMBINATIONS)) {
  test(`case 1: ${expression} fires and recovers`, () => {
    const run = start([rule(expression)]);
    play(run, ticksOf({ 'cpu.usage': COMBINATION_VALUES }));
    const seen = run.changes
      .filter(({ kind }) => kind === 'firing' || kind === 'resolved')
      .map(({ kind, atMs }) => `${kind === 'firing' ? 'F' : 'R'}${(atMs - START_MS) / 60_000}`);
    assert.equal(seen.join(' '), wanted);
  });
}

for (const [sentence, expression, values, wanted] of CASE_2) {
  test(`case 2: ${sentence}`, () => assert.deepEqual(outcome(expression, values), wanted));
}

test('case 3: the stock clock rule fires on hosts behind and ahead', () => {
  const run = start([rule('abs(clock.offset) > 2s clear < 1s for 10m')], {
    behind: '725',
    ahead: '725',
    fine: '725',
  });
  const ticks = [
    ...ticksOf({ 'clock.offset': '3x12' }, { host: 'behind' }),
    ...ticksOf({ 'clock.offset': '-3x12' }, { host: 'ahead' }),
    ...ticksOf({ 'clock.offset': '0.5x12' }, { host: 'fine' }),
  ].sort((a, b) => a.receivedMs - b.receivedMs);
  play(run, ticks);
  assert.deepEqual(told(run.changes), ['F 10:10 since 10:00', 'F 10:10 since 10:00']);
  assert.deepEqual(
    run.evaluator.open().map((alert) => alert.firedValue),
    [3, -3],
  );
});

const tick = (time: string, value: number, receivedAt = time) => ({
  hostId: 'web-17',
  timeMs: at(time),
  intervalMs: 60_000,
  receivedMs: at(receivedAt),
  samples: [sampleOf('cpu.usage', value)],
});

test('case 17: a backlog after a cut resolves and fires nothing', () => {
  for (const [newest, wanted] of [
    [96, ['F 10:03 since 10:00']],
    [20, ['F 10:03 since 10:00', 'R 10:20']],
  ] as const) {
    const run = start([rule('cpu > 90 for 3m')]);
    const backlog = Array.from({ length: 15 }, (_, i) =>
      tick(`10:${String(i + 5).padStart(2, '0')}`, i === 5 ? 20 : 95, '10:20:05'),
    );
    play(run, [
      ...ticksOf({ 'cpu.usage': '95x5' }),
      tick('10:20', newest),
      ...backlog,
      tick('10:21', newest),
    ]);
    assert.deepEqual(told(run.changes), wanted);
  }
});

test('late ticks fill windows', () => {
  const run = start([rule('avg(cpu, 10m) > 80')]);
  const late = Array.from({ length: 10 }, (_, i) => tick(`10:${String(i).padStart(2, '0')}`, 95, '10:10:05'));
  play(run, [tick('10:10', 95), ...late, tick('10:11', 95)]);
  assert.deepEqual(told(run.changes), ['F 10:11']);
});

test('timeline 7: a gap of 130 s is none, a longer one starts pending over', () => {
  for (const [third, wanted] of [
    ['10:03:10', ['F 10:03:10 since 10:00']],
    ['10:03:11', []],
  ] as const) {
    const run = start([rule('cpu > 90 for 3m')]);
    play(run, [tick('10:00', 95), tick('10:01', 95), tick(third, 95)]);
    assert.deepEqual(told(run.changes), wanted, third);
  }
});

test('a gap starts keep over: nobody saw that it was good in between', () => {
  assert.deepEqual(outcome('cpu > 90 keep 3m', '95 20 _x8 20x5'), ['F 10:00', 'R 10:13']);
});

test('a window with few of its samples says nothing, however far they span', () => {
  assert.deepEqual(outcome('avg(cpu, 10m) > 80', '95 _ 95 _ 95 _ 95'), []);
});

test('of several rules on a metric each one that is crossed fires', () => {
  const bounds = [95, 90, 97, 91];
  const run = start([
    ...bounds.map((bound) => rule(`cpu > ${bound}`, { name: `over ${bound}` })),
    ...bounds.map((bound) => rule(`cpu < ${bound}`, { name: `under ${bound}` })),
    rule('cpu >= 92', { name: 'at 92' }),
  ]);
  play(run, ticksOf({ 'cpu.usage': '92' }));
  const names = run.evaluator.open().map((alert) => alert.rule);
  assert.deepEqual(names.sort(), ['at 92', 'over 90', 'over 91', 'under 95', 'under 97']);
});

test('a forecast says nothing while the last half hour points away from the threshold', () => {
  const gib = 1024 ** 3;
  const falling = Array.from({ length: 30 }, (_, i) => (1_000 - 3 * i) * gib);
  const then = (perMinute: number) => Array.from({ length: 35 }, (_, i) => (910 + perMinute * i) * gib);
  const values = (perMinute: number) => ({ 'disk.free{/}': [...falling, ...then(perMinute)].join(' ') });
  assert.deepEqual(outcome('forecast(disk.free, 24h) < 0', values(0.5)), []);
  assert.deepEqual(outcome('forecast(disk.free, 24h) < 0', values(-0.5)), ['F 10:55 /']);
});

test('a mount that is missing from one tick now and then is there', () => {
  const values = { 'cpu.usage': '1x7', 'disk.usage{/var}': '95 _ 95 _ 95 _ 95' };
  assert.deepEqual(outcome('disk.usage > 90', values), ['F 10:00 /var']);
});

test('a tick that is delivered twice is one tick', () => {
  const run = start([rule('disk.usage > 90')]);
  const ticks = ticksOf({ 'disk.usage{/mnt/usb}': '95 _ 95', 'disk.usage{/}': '10 10 10' });
  play(run, [ticks[0]!, ticks[1]!, { ...ticks[1]!, receivedMs: ticks[1]!.receivedMs + 5_000 }, ticks[2]!]);
  assert.deepEqual(told(run.changes), ['F 10:00 /mnt/usb']);
});

test('an empty label is an absent one, and the order of labels says nothing', () => {
  const run = start([rule('x.y > 90 for 1m')]);
  const labelled = (minute: number, labels: Record<string, string>) => ({
    ...tick(`10:0${minute}`, 0),
    samples: [{ metric: 'x.y', labels, value: 95 }],
  });
  play(run, [labelled(0, { a: '1', b: '2', c: '' }), labelled(1, { b: '2', a: '1' })]);
  assert.deepEqual(told(run.changes), ['F 10:01 since 10:00']);
});
