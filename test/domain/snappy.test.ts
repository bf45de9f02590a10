// Snappy blocks read into memory that is used again, against another implementation: right ones, cut ones, changed ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import snappy from 'snappyjs';
import { DecodeError } from '../../src/wire/protobuf.ts';
import { createUnsnappy } from '../../src/wire/snappy.ts';

const MAX = 4_000_000;

/** Literals, repeats of any distance, and all of it once more. */
const plain = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 90 }),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.nat(80))
        .map(([bytes, times]) => Buffer.concat(Array.from({ length: times }, () => bytes))),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat([...parts, ...parts]));

test('what was compressed comes back, whatever was read before', () => {
  const unsnappy = createUnsnappy();
  fc.assert(
    fc.property(plain, (bytes) => {
      assert.deepEqual(Buffer.from(unsnappy(snappy.compress(bytes), MAX)), bytes);
    }),
    { numRuns: 2_000 },
  );
});

test('long literals, far repeats and more than is kept', () => {
  const unsnappy = createUnsnappy();
  const random = Uint8Array.from({ length: 70_000 }, (_, i) => (Math.imul(i, 2_654_435_761) >>> 13) & 255);
  for (const times of [1, 2, 40, 1]) {
    const bytes = Buffer.concat(Array.from({ length: times }, () => random));
    assert.ok(bytes.equals(unsnappy(snappy.compress(bytes), MAX)), `${times} times`);
  }
  // A copy with four bytes of distance, as the format allows and few write.
  const far = Buffer.from([8, 3 << 2, 1, 2, 3, 4, ((4 - 1) << 2) | 3, 4, 0, 0, 0]);
  assert.deepEqual([...unsnappy(far, MAX)], [1, 2, 3, 4, 1, 2, 3, 4]);
});

test('a block that is cut or changed is read as the other reads it, or is none', () => {
  const unsnappy = createUnsnappy();
  fc.assert(
    fc.property(plain, fc.nat(), fc.nat(255), fc.boolean(), (bytes, at, byte, isCut) => {
      const block = Buffer.from(snappy.compress(bytes));
      const changed = isCut ? block.subarray(0, at % (block.length + 1)) : Buffer.from(block);
      if (!isCut) changed[at % changed.length] = byte;
      let found: Buffer;
      try {
        found = Buffer.from(unsnappy(changed, MAX));
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error));
        return;
      }
      // Only of what is a block: the other one never ends with a literal whose length is negative.
      assert.ok(found.equals(snappy.uncompress(changed, MAX)));
    }),
    { numRuns: 3_000 },
  );
  for (const none of [
    [],
    [5],
    [5, 0],
    [0x80],
    [4, 1, 0],
    [4, 12 << 2],
    [4, 63 << 2, 250, 255, 255, 255, 0],
    [255, 255, 255, 255, 15],
  ])
    assert.throws(() => unsnappy(Uint8Array.from(none), MAX), DecodeError, String(none));
  assert.throws(() => unsnappy(snappy.compress(Buffer.alloc(2_000)), 1_999), /the limit is 1999/);
});

test('a block of exactly as many bytes as are allowed is read', () => {
  const unsnappy = createUnsnappy();
  const block = snappy.compress(Buffer.alloc(100, 'x'));
  assert.equal(unsnappy(block, 100).length, 100);
  assert.throws(() => unsnappy(block, 99), /it declares 100 bytes; the limit is 99/);
});
