// A host that comes with ever other sets of series: of each series and time the first value, as with few sets, in the same time a tick.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { newBlock } from '../../src/store/embedded/block.ts';
import { createHead, type Head } from '../../src/store/embedded/head.ts';
import { createHeadVersions } from '../../src/store/embedded/head-versions.ts';
import { createRowLayouts } from '../../src/store/embedded/row-layout.ts';
import { createUnitIndex, INDEXED_FROM } from '../../src/store/embedded/unit-index.ts';
import { layoutOf } from '../../src/wire/tick-layout.ts';
import type { TickView } from '../../src/wire/tick-view.ts';

const T0 = Date.parse('2026-03-18T08:00:00Z');
const METRICS = ['a', 'b', 'c', 'd', 'e', 'f'];
const times = { wallMs: T0, monotonicMs: 0 };
const record = { pending: 0 } as Parameters<Head['add']>[1]['record'];

/** Key and time of each value that the head has, which has to be there once. */
function valuesIn(head: Head): Map<string, number> {
  const found = new Map<string, number>();
  for (const { blocks } of head.units())
    for (const { layout, times: rowTimes, rows, count } of blocks)
      for (let row = 0; row < count; row++)
        layout.keys().forEach((key, column) => {
          const name = `${key} ${rowTimes[row]! - T0}`;
          assert.ok(!found.has(name), `${name} is there twice`);
          found.set(name, rows[row * layout.width + column]!);
        });
  return found;
}

test('of different values under one key the first stays, with however many sets of series', () => {
  const tick = fc.record({
    second: fc.integer({ min: 0, max: 12 }),
    metrics: fc.shuffledSubarray(METRICS, { minLength: 1 }),
  });
  let most = 0;
  fc.assert(
    fc.property(fc.array(tick, { minLength: 60, maxLength: 200 }), (ticks) => {
      const head = createHead(new Int32Array(createHeadVersions()));
      const model = new Map<string, number>();
      ticks.forEach(({ second, metrics }, i) => {
        const layout = layoutOf(metrics.map((metric) => ({ metric, labels: {}, value: i })));
        const values = new Float64Array(metrics.length).fill(i);
        for (const metric of metrics) {
          const name = `${metric} ${second * 1_000}`;
          if (!model.has(name)) model.set(name, i);
        }
        const view = { hostId: 'h', timeMs: T0 + second * 1_000, layout, values };
        head.add(view as TickView, { record, times });
      });
      for (const { blocks, index } of head.units()) {
        most = Math.max(most, blocks.length);
        assert.equal(index !== undefined, blocks.length >= INDEXED_FROM);
        for (const { seen, times: rowTimes, count } of blocks) {
          const isSorted = [...rowTimes.subarray(0, count)].every(
            (ms, i, all) => i === 0 || ms > all[i - 1]!,
          );
          assert.ok(isSorted || seen, 'rows out of order are sorted when they are merged');
        }
      }
      assert.deepEqual([...valuesIn(head)].sort(), [...model].sort());
    }),
    { numRuns: 200 },
  );
  assert.ok(most > INDEXED_FROM + 8, `at most ${most} sets`);
});

test('the keys of a time are kept only where its pieces are many, and are counted then', () => {
  const layoutsOf = createRowLayouts();
  const blocks = Array.from({ length: INDEXED_FROM }, (_, i) =>
    newBlock(layoutsOf(layoutOf([{ metric: `m${i}`, labels: {} }]))),
  );
  let bytes = 0;
  const index = createUnitIndex([], (more) => {
    bytes += more;
  });
  for (const block of blocks.slice(1)) index.add(block, T0);
  const ofRows = bytes;
  const few = index.keysAt(T0)!;
  assert.equal(few.size, INDEXED_FROM - 1);
  assert.notEqual(index.keysAt(T0), few);
  assert.equal(bytes, ofRows);
  index.add(blocks[0]!, T0);
  const ofMore = bytes;
  const many = index.keysAt(T0)!;
  assert.equal(index.keysAt(T0), many);
  assert.ok(bytes > ofMore && ofMore > ofRows);
  const ofKeys = bytes;
  const other = newBlock(layoutsOf(layoutOf([{ metric: 'other', labels: {} }])));
  index.add(other, T0);
  assert.equal(many.size, INDEXED_FROM + 1);
  assert.ok(bytes - ofKeys > ofMore - ofRows, 'a row and a key');
});
