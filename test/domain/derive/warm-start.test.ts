// Where a reader begins so that its first rates are those of one that never stopped.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWarmStart } from '../../../src/domain/derive/warm-start.ts';

/** A record every ten seconds; counters in those of `from` up to `to`. */
function recorded(count: number, from: number, to: number) {
  const warm = createWarmStart();
  for (let offset = 0; offset < count; offset++) {
    warm.record(0, offset, offset * 10_000);
    if (offset >= from && offset < to) warm.counters(0);
  }
  return warm;
}

test('it begins six minutes before the offset, at the first record with counters', () => {
  assert.equal(recorded(200, 0, 200).before(0, 100), 63);
  assert.equal(recorded(200, 80, 200).before(0, 100), 80);
  assert.equal(recorded(200, 150, 200).before(0, 100), 100, 'what comes after it is read anyway');
  assert.equal(recorded(200, 0, 60).before(0, 100), 100);
  assert.equal(recorded(200, 0, 0).before(0, 100), 100);
  assert.equal(recorded(200, 0, 200).before(1, 7), 7);
});

test('records between two marks belong to the first, and one that is read again does not count twice', () => {
  const warm = createWarmStart();
  for (const [offset, second] of [0, 1, 2, 11, 12, 400, 401].entries()) {
    warm.record(0, offset, second * 1_000);
    if (offset === 2) warm.counters(0);
  }
  assert.equal(warm.before(0, 4), 0);
  warm.record(0, 3, 11_000);
  assert.equal(warm.before(0, 3), 0);
  warm.record(0, 4, 400_000);
  assert.equal(warm.before(0, 5), 5);
});

test("report's clock set back holds nothing back for longer", () => {
  const warm = createWarmStart();
  for (let offset = 0; offset < 200; offset++) {
    warm.record(0, offset, offset * 10_000 + (offset < 100 ? 5 * 3_600_000 : 0));
    warm.counters(0);
  }
  assert.equal(warm.before(0, 190), 153);
});

test('of who is never asked it forgets the oldest', () => {
  assert.equal(recorded(5_000, 0, 1_000).before(0, 930), 904);
});

test('time counts once, however often records are read again', () => {
  const warm = createWarmStart();
  const read = (offset: number, second: number) => warm.record(0, offset, second * 1_000);
  read(0, 0);
  warm.counters(0);
  read(1, 10);
  for (let time = 0; time < 100; time++) {
    read(2, 20);
    read(3, 29);
  }
  read(4, 370);
  assert.equal(warm.before(0, 4), 0);
});
