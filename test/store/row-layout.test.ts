// Names of series as one text: read back as they were, and one object for the same names.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRowLayouts } from '../../src/store/embedded/row-layout.ts';
import { layoutOf } from '../../src/wire/tick-layout.ts';

const wire = (...metrics: readonly string[]) =>
  layoutOf(metrics.map((metric) => ({ metric, labels: { mount: '/' }, value: 1 })));
const keys = (...metrics: readonly string[]) => metrics.map((metric) => `${metric}\u0000mount\u0001/`);

test('ticks with the same names have one layout, whatever object they came with', () => {
  const layoutOfTick = createRowLayouts();
  const first = layoutOfTick(wire('disk.usage', 'disk.free'));
  assert.deepEqual(first.keys(), keys('disk.usage', 'disk.free'));
  assert.equal(first.width, 2);
  const again = wire('disk.usage', 'disk.free');
  assert.equal(layoutOfTick(again), first);
  assert.equal(layoutOfTick(again), first);
  assert.deepEqual(first.keys(), keys('disk.usage', 'disk.free'));
  assert.notEqual(layoutOfTick(wire('disk.free', 'disk.usage')), first);
});

test('names that came once take less than those that come again', () => {
  const layoutOfTick = createRowLayouts();
  const layout = layoutOfTick(wire('disk.usage', 'disk.free'));
  const once = layout.bytes();
  layoutOfTick(wire('disk.usage', 'disk.free'));
  assert.ok(once < layout.bytes());
});

test('a name with the separator in it is not taken for two', () => {
  const layoutOfTick = createRowLayouts();
  const [one, two] = [wire('a\u0002b'), wire('a', 'b')].map(layoutOfTick);
  assert.notEqual(one, two);
  assert.deepEqual(one!.keys(), keys('a\u0002b'));
  assert.deepEqual(two!.keys(), keys('a', 'b'));
});
