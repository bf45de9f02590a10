// Sparklines: levels, gaps, ASCII.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sparkline } from '../../src/terminal/chart/sparkline.ts';

const spark = (
  values: readonly (number | null)[],
  over: { unit?: 'percent' | 'count'; unicode?: boolean } = {},
) =>
  sparkline(
    { timesMs: values.map((_, i) => i * 60_000), values },
    {
      startMs: 0,
      stopMs: 8 * 60_000,
      columns: 8,
      unit: over.unit ?? 'count',
      screen: { unicode: over.unicode ?? true },
    },
  );

test('a sparkline stands on zero and reaches its maximum', () => {
  assert.equal(spark([0, 1, 2, 3, 4, 5, 6, 7]), '▁▂▃▄▅▆▇█');
  assert.equal(spark([0, 1, 2, 3, 4, 5, 6, 7], { unicode: false }), '_-=+*#%@');
  assert.equal(spark([6, 7, 6, 7, 6, 7, 6, 7]), '▇█▇█▇█▇█');
});

test('shares are drawn on 0 to 100 %', () => {
  assert.equal(spark([0, 1, 2, 3, 2, 1, 0, 99], { unit: 'percent' }), '▁▁▁▁▁▁▁█');
});

test('idle is a low line and lost is dots', () => {
  assert.equal(spark([0, 0, 0, 0, 0, 0, 0, 0]), '▁▁▁▁▁▁▁▁');
  assert.equal(spark([0, 0, null, null, 0, 0]), '▁▁··▁▁··');
  assert.equal(spark([0, 0, null, null, 0, 0], { unicode: false }), '__..__..');
  assert.equal(spark([null, Number.NaN]), '');
});
