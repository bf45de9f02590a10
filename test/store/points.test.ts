// Points of a series summed up in windows against the definition, and runs of points added short and long.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addRun, createPoints, stepGrid, sumUp } from '../../src/store/points.ts';
import { AGGREGATES, type Aggregate } from '../../src/store/store.ts';

const DEFINITIONS: Readonly<Record<Aggregate, (values: readonly number[]) => number>> = {
  mean: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  min: (values) => values.toSorted((a, b) => a - b)[0]!,
  max: (values) => values.toSorted((a, b) => b - a)[0]!,
  last: (values) => values.at(-1)!,
  count: (values) => values.length,
  p95: (values) => Float64Array.from(values).sort()[Math.ceil((values.length * 95) / 100) - 1]!,
};

const anyTimes = fc.uniqueArray(fc.integer({ min: 1_000, max: 1_999 }), { minLength: 1, maxLength: 60 });
const anyValue = fc.oneof(fc.constantFrom(-0, 0, 7), fc.double({ noNaN: true, min: -1e6, max: 1e6 }));

test('each window has what its aggregate says of its points, and NaN without any', () => {
  fc.assert(
    fc.property(
      anyTimes,
      fc.array(anyValue, { minLength: 60, maxLength: 60 }),
      fc.integer({ min: 1, max: 400 }),
      (anyOrder, values, stepMs) => {
        const times = anyOrder.toSorted((a, b) => a - b);
        const points = createPoints(1);
        addRun(points, { ms: Float64Array.from(times), values: Float64Array.from(values) }, 0, times.length);
        const grid = stepGrid(times[0]!, 2_000, stepMs);
        for (const aggregate of AGGREGATES) {
          const out = new Float64Array(grid.count);
          sumUp(points, { from: 0, to: times.length }, { grid, aggregate, out, at: 0 });
          for (let window = 0; window < grid.count; window++) {
            const own = values.filter(
              (_, i) => i < times.length && Math.floor((times[i]! - grid.firstMs) / stepMs) === window,
            );
            const expected = own.length === 0 ? Number.NaN : DEFINITIONS[aggregate](own);
            assert.ok(Object.is(out[window], expected), `${aggregate} of ${own}: ${out[window]}`);
          }
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('runs are added behind what is there, of any length', () => {
  for (const count of [0, 1, 299, 300, 301, 5_000]) {
    const ms = Float64Array.from({ length: count + 3 }, (_, i) => i);
    const points = createPoints(1);
    addRun(points, { ms: Float64Array.of(9), values: Float64Array.of(8) });
    addRun(points, { ms, values: ms.map((one) => -one) }, 2, 2 + count);
    assert.equal(points.count, 1 + count);
    assert.deepEqual([...points.ms.subarray(0, points.count)], [9, ...ms.subarray(2, 2 + count)]);
    const values = [8, ...ms.subarray(2, 2 + count)].map((one, i) => (i === 0 ? one : -one));
    assert.deepEqual([...points.values.subarray(0, points.count)], values);
  }
});

test('a mean of values whose sum is no number any more is their mean', () => {
  const points = createPoints();
  const most = Number.MAX_VALUE;
  addRun(points, {
    ms: Float64Array.of(1, 2, 3, 4),
    values: Float64Array.of(most, most, most / 2, most / 2),
  });
  const out = new Float64Array(1);
  const grid = stepGrid(0, 10, 10);
  sumUp(points, { from: 0, to: 4 }, { grid, aggregate: 'mean', out, at: 0 });
  assert.equal(out[0], most * 0.75);
});
