// The chunk codec keeps every double and every millisecond bit for bit, and lifelike series small.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createChunkCodec, isWhole } from '../../src/store/embedded/codec/chunk.ts';
import { hostIdentity, seriesIdentity } from '../../src/store/embedded/codec/identity.ts';
import { WINDOW_MS } from '../../src/store/embedded/windows.ts';
import { createPoints } from '../../src/store/points.ts';

const START = 1_764_028_800_000;
const PLACE = { series: seriesIdentity(hostIdentity('web-1'), 'cpu.usage'), startMs: START };
const codec = createChunkCodec();

function encoded(ms: readonly number[], values: readonly number[]): Uint8Array {
  return codec.encode(
    { ms: Float64Array.from(ms), values: Float64Array.from(values), count: ms.length },
    PLACE,
  );
}

function assertKept(ms: readonly number[], values: readonly number[]): void {
  const points = createPoints(1);
  codec.decode(encoded(ms, values), PLACE, points);
  assert.equal(points.count, ms.length);
  for (let i = 0; i < ms.length; i++) {
    assert.equal(points.ms[i], ms[i]);
    assert.ok(Object.is(points.values[i], values[i]), `${values[i]} came back as ${points.values[i]}`);
  }
}

const grid = (count: number, stepMs = 60_000) => Array.from({ length: count }, (_, i) => START + i * stepMs);

/** A gauge that wanders, from a fixed seed. */
function walk(count: number, shape: (value: number) => number): number[] {
  let seed = 42;
  let value = 40;
  return Array.from({ length: count }, () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    value = Math.min(100, Math.max(0, value + (seed / 2 ** 32 - 0.5) * 2));
    return shape(value);
  });
}

test('any finite doubles at any times come back bit for bit', () => {
  const anyPoint = fc.record({
    ms: fc.integer({ min: 0, max: WINDOW_MS - 1 }),
    value: fc.double({ noNaN: true, noDefaultInfinity: true }),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(anyPoint, { minLength: 1, maxLength: 70, selector: (p) => p.ms }),
      (points) => {
        points.sort((a, b) => a.ms - b.ms);
        assertKept(
          points.map((p) => START + p.ms),
          points.map((p) => p.value),
        );
      },
    ),
    { numRuns: 500 },
  );
});

test('any decimals, integers and floats come back bit for bit', () => {
  const kinds = [
    fc.integer().map((n) => n / 100),
    fc.maxSafeInteger(),
    fc.float({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(-0, 0, 5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 0.1 + 0.2, 9007199254740994, 1e21),
    fc.tuple(fc.integer(), fc.integer({ min: 0, max: 15 })).map(([n, scale]) => n / 10 ** scale),
  ];
  const oneKind = fc.oneof(...kinds.map((kind) => fc.array(kind, { minLength: 1, maxLength: 70 })));
  const mixed = fc.array(fc.oneof(...kinds), { minLength: 1, maxLength: 70 });
  fc.assert(
    fc.property(fc.oneof(oneKind, mixed), (values) => assertKept(grid(values.length), values)),
    { numRuns: 1_000 },
  );
});

test('grids with holes, slips and single points keep their times', () => {
  const holes = grid(120).filter((_, i) => i % 7 !== 3);
  const slips = grid(120).map((ms, i) => ms + ((i * i) % 11));
  for (const ms of [holes, slips, [START], [START + WINDOW_MS - 1], [START, START + 1], grid(720, 10_000)]) {
    assertKept(
      ms,
      ms.map((_, i) => i * 0.5),
    );
  }
});

test('a grid costs next to nothing and a gap a bit a point', () => {
  const flat = (ms: readonly number[]) =>
    encoded(
      ms,
      ms.map(() => 5),
    ).length;
  assert.ok(flat(grid(120)) <= 12, `a flat hour-pair takes ${flat(grid(120))} bytes`);
  assert.ok(flat(grid(120).filter((_, i) => i !== 60)) <= 20);
});

test('values rounded to 0.01 take about a byte, floats under three, counters next to nothing', () => {
  const bytesPerPoint = (values: readonly number[]) =>
    encoded(grid(values.length), values).length / values.length;
  assert.ok(bytesPerPoint(walk(120, (v) => Math.round(v * 100) / 100)) <= 1.1);
  assert.ok(bytesPerPoint(walk(120, Math.fround)) <= 2.9);
  assert.ok(bytesPerPoint(Array.from({ length: 120 }, (_, i) => 1_000_000 + i * 60)) <= 0.2);
});

test('a damaged chunk is refused and adds nothing', () => {
  const bytes = encoded(
    grid(120),
    walk(120, (v) => v),
  );
  const into = createPoints(1);
  for (let i = 0; i < bytes.length; i++) {
    const damaged = Uint8Array.from(bytes, (byte, k) => (k === i ? byte ^ 0x10 : byte));
    assert.throws(() => codec.decode(damaged, PLACE, into), RangeError);
  }
  assert.throws(() => codec.decode(bytes.subarray(0, 1), PLACE, into), RangeError);
  assert.equal(into.count, 0);
});

test('whole bytes in another place are refused: of another host, series, window or week', () => {
  const bytes = encoded(
    grid(120),
    walk(120, (v) => v),
  );
  const into = createPoints(1);
  const others = [
    { ...PLACE, series: seriesIdentity(hostIdentity('web-2'), 'cpu.usage') },
    { ...PLACE, series: seriesIdentity(hostIdentity('web-1'), 'mem.usage') },
    // The same characters, cut elsewhere.
    { ...PLACE, series: seriesIdentity(hostIdentity('web-1c'), 'pu.usage') },
    { ...PLACE, startMs: START + WINDOW_MS },
    { ...PLACE, startMs: START + 300_000 },
    { ...PLACE, startMs: START + 84 * WINDOW_MS },
  ];
  for (const place of others) {
    assert.throws(() => codec.decode(bytes, place, into), RangeError);
    assert.throws(() => codec.decode(bytes, place, into, true), RangeError);
    assert.equal(isWhole(bytes, place), false);
  }
  assert.equal(isWhole(bytes, PLACE), true);
  assert.equal(into.count, 0);
});
