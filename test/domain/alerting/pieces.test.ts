// Ticks of other agents are pieces of a round: what one lacks may be in another of the same time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seriesKey } from '../../../src/domain/tick.ts';
import { rule, START_MS, start, told } from './timeline.ts';

const piece = (second: number, metric: string, value: number, source = 'telegraf') => ({
  ...{ hostId: 'web-17', source, intervalMs: 60_000, samples: [{ metric, labels: {}, value }] },
  ...{ timeMs: START_MS + second * 1_000, receivedMs: START_MS + second * 1_000 },
});

test('a rule is judged by the piece that has its metric, whichever of the same time comes first', () => {
  const { evaluator, changes } = start([rule('mem.usage > 90 for 1m')]);
  for (const second of [0, 60]) {
    evaluator.tick(piece(second, 'load.1', 1));
    evaluator.tick(piece(second, 'mem.usage', 95));
  }
  assert.deepEqual(told(changes), ['F 10:01 since 10:00']);
  evaluator.tick(piece(120, 'mem.usage', 5));
  evaluator.tick(piece(120, 'load.1', 1));
  assert.deepEqual(told(changes).slice(1), ['R 10:02']);
});

test('pieces without its metric do not end an alert or count for it; without it for two intervals it is over', () => {
  const { evaluator, changes } = start([rule('mem.usage > 90 for 2m')]);
  evaluator.tick(piece(0, 'mem.usage', 95));
  for (const second of [20, 40, 60, 90, 119, 121]) evaluator.tick(piece(second, 'load.1', 1));
  assert.deepEqual(told(changes), []);
  evaluator.tick(piece(125, 'mem.usage', 95));
  assert.deepEqual(told(changes), ['F 10:02:05 since 10:00']);
  evaluator.tick(piece(180, 'load.1', 1));
  evaluator.tick(piece(240, 'load.1', 1));
  assert.equal(told(changes).length, 1);
  evaluator.tick(piece(300, 'load.1', 1));
  assert.deepEqual(told(changes).slice(1), ['ended 10:05 no longer reported']);
});

test('the sides of "and" may be in two pieces: the next round is judged by the newest of both', () => {
  const { evaluator, changes } = start([rule('mem.usage > 90 and load.1 > 5')]);
  for (const second of [0, 60]) {
    evaluator.tick(piece(second, 'mem.usage', 95));
    evaluator.tick(piece(second, 'load.1', 9));
  }
  assert.deepEqual(told(changes), ['F 10:01']);
});

test("a tick of minimon's own at the same time is the same again", () => {
  const { evaluator, changes } = start([rule('mem.usage > 90')]);
  evaluator.tick(piece(0, 'load.1', 1, ''));
  evaluator.tick(piece(0, 'mem.usage', 95, ''));
  assert.deepEqual(told(changes), []);
});

test('a series that its source says has ended is no longer reported at once, firing or not; others go on', () => {
  const { evaluator, changes } = start([
    rule('disk.usage > 90'),
    rule('disk.usage > 80 for 10m', { name: 'slow' }),
  ]);
  const disk = (second: number, mount: string) => {
    const { samples, ...tick } = piece(second, 'disk.usage', 95);
    return { ...tick, samples: [{ ...samples[0]!, labels: { mount } }] };
  };
  for (const mount of ['/', '/mnt/usb']) evaluator.tick(disk(0, mount));
  assert.equal(evaluator.open().length, 4);
  evaluator.tick({ ...disk(60, '/'), ended: [seriesKey('disk.usage', { mount: '/mnt/usb' })] });
  assert.deepEqual(told(changes).slice(2), ['ended 10:01 no longer reported /mnt/usb']);
  assert.deepEqual(
    evaluator.open().map(({ subject }) => subject.kind === 'host' && subject.labels['mount']),
    ['/', '/'],
  );
});

test('a piece without its series judges nothing by a value of two intervals before', () => {
  const { evaluator, changes } = start([rule('mem.usage > 90 for 2m')]);
  evaluator.tick(piece(0, 'mem.usage', 95));
  evaluator.tick(piece(130, 'load.1', 1));
  assert.deepEqual(told(changes), []);
});

test('without one side of "and" it is over after the time of two ticks, counted from when both counted', () => {
  for (const [second, wanted] of [
    [320, []],
    [320.001, ['ended 10:05:20 no longer reported']],
  ] as const) {
    const { evaluator, changes } = start([rule('mem.usage > 90 and load.1 > 5')]);
    evaluator.tick(piece(60, 'load.1', 9));
    for (const one of [60, 120, 190, second]) evaluator.tick(piece(one, 'mem.usage', 95));
    assert.deepEqual(told(changes), ['F 10:01', ...wanted]);
  }
});

/** Of two metrics, and what ended with it. */
const round = (second: number, values: Readonly<Record<string, number>>, ended: readonly string[] = []) => ({
  ...piece(second, '', 0),
  samples: Object.entries(values).map(([metric, value]) => ({ metric, labels: {}, value })),
  ended: ended.map((metric) => seriesKey(metric, {})),
});

test('what a series said before its end is judged no more beside another one, until it comes again', () => {
  const { evaluator, changes } = start([rule('mem.usage > 90 and load.1 > 5')]);
  evaluator.tick(round(0, { 'mem.usage': 95, 'load.1': 9 }));
  evaluator.tick(round(60, { 'mem.usage': 95 }, ['load.1']));
  evaluator.tick(round(120, { 'mem.usage': 95 }));
  assert.deepEqual(told(changes), ['F 10:00', 'ended 10:01 no longer reported']);
  // From before its end.
  evaluator.tick({ ...round(30, { 'load.1': 9 }), receivedMs: START_MS + 121_000 });
  evaluator.tick(round(121, { 'mem.usage': 95 }));
  assert.equal(told(changes).length, 2);
  evaluator.tick(round(180, { 'mem.usage': 95, 'load.1': 9 }));
  assert.deepEqual(told(changes).slice(2), ['F 10:03']);
});

test('a series that ends with the very tick in which another one crosses its bound fires nothing', () => {
  const { evaluator, changes } = start([rule('mem.usage > 90 and load.1 > 5')]);
  evaluator.tick(round(0, { 'mem.usage': 5, 'load.1': 9 }));
  evaluator.tick(round(60, { 'mem.usage': 95 }, ['load.1']));
  assert.deepEqual(told(changes), []);
});

test('a series that is there at the time of its end, in another piece or in the same, goes on', () => {
  const { evaluator, changes } = start([rule('mem.usage > 90')]);
  evaluator.tick(round(0, { 'mem.usage': 95 }));
  evaluator.tick(round(60, { 'mem.usage': 95 }));
  evaluator.tick(round(60, {}, ['mem.usage']));
  evaluator.tick(round(120, { 'mem.usage': 95 }, ['mem.usage']));
  evaluator.tick(round(180, { 'mem.usage': 95 }));
  assert.deepEqual(told(changes), ['F 10:00']);
});
