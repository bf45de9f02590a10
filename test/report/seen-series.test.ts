// The table of a host's series against two sets: those of this generation, and those of the one before.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createSeenSeries } from '../../src/daemons/report/seen-series.ts';

/** Few hashes, in few slots, and 0 among them: nearly all meet. */
const hash = fc.oneof(
  fc.constantFrom(0, 1, 8, 16, 0x3fffffff, 0x3ffffff8),
  fc.integer({ min: 0, max: 0x3fffffff }),
);

test('it knows what was seen in this generation or the one before, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof({ weight: 12, arbitrary: hash }, fc.constant('age' as const))), (steps) => {
      const table = createSeenSeries();
      let [now, before] = [new Set<number>(), new Set<number>()];
      for (const one of steps) {
        if (one === 'age') {
          table.age();
          [now, before] = [new Set(), now];
        } else {
          const isThere = now.has(one) || before.delete(one);
          assert.equal(table.see(one), isThere);
          if (!isThere) table.add(one);
          now.add(one);
        }
        assert.equal(table.size(), now.size + before.size);
      }
    }),
    { numRuns: 500 },
  );
});
