// Active times as text and back, what is no such text, and which instants they cover, through both changes of the clock.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  coversInstant,
  parseActiveTimes,
  printActiveTimes,
  readActiveTimes,
} from '../../../src/domain/alerting/active-times.ts';

const parse = (text: string) => parseActiveTimes(text, 'UTC');

test('days, times and zone, each optional', () => {
  assert.deepEqual(parse('mon-fri 08:00-18:00 Europe/Berlin'), {
    timeZone: 'Europe/Berlin',
    days: [1, 2, 3, 4, 5],
    from: '08:00',
    to: '18:00',
  });
  assert.deepEqual(parse(' 22:00-06:00 '), { timeZone: 'UTC', days: [], from: '22:00', to: '06:00' });
  assert.deepEqual(parse('sat,SUN'), { timeZone: 'UTC', days: [6, 7], from: '00:00', to: '24:00' });
  assert.deepEqual(parse('fri-mon,wed').days, [1, 3, 5, 6, 7]);
});

test('what is no time is refused with the word at fault', () => {
  for (const [text, why] of [
    ['', /they are empty/],
    ['08:00-08:00', /end when they start; leave the times out/],
    ['8:00-18:00', /8:00 is not a time of day/],
    ['08:00-25:00', /25:00 is not a time of day/],
    ['24:00-25:00', /24:00 is not a time of day/],
    ['mon-fir 08:00-18:00', /mon-fir is not a day/],
    ['08:00-12:00 13:00-18:00', /13:00-18:00 is not a day, a time span or a known time zone/],
    ['08:00-12:00 mon', /mon is not a day/],
    ['08:00-12:00 Europe/Berlni', /Europe\/Berlni is not a day/],
    ['mon tue', /tue is not a day/],
  ] as const) {
    assert.throws(() => parse(text), { code: 'BAD_TIME', message: why }, text);
  }
});

test('printed and parsed back it is the same', () => {
  const time = fc
    .tuple(fc.nat(23), fc.nat(59))
    .map(([h, m]) => `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`);
  const times = fc
    .record({
      timeZone: fc.constantFrom('UTC', 'Asia/Shanghai', 'America/Argentina/Buenos_Aires'),
      days: fc.subarray([1, 2, 3, 4, 5, 6, 7]),
      from: time,
      to: fc.oneof(time, fc.constant('24:00')),
    })
    .filter(({ from, to }) => from !== to);
  fc.assert(
    fc.property(times, (one) =>
      assert.deepEqual(parseActiveTimes(printActiveTimes(one), 'Asia/Tokyo'), { ...one }),
    ),
  );
});

const covered = (text: string, iso: string) => coversInstant(parse(text), Date.parse(iso));

test('the night on which the clock goes forward: 02:30 does not exist, and what spans it is shorter', () => {
  const night = '02:00-03:00 Europe/Berlin';
  assert.equal(covered(night, '2026-03-29T00:59:59Z'), false, '01:59:59');
  assert.equal(covered(night, '2026-03-29T01:00:00Z'), false, '03:00 follows');
  const over = '22:00-06:00 Europe/Berlin';
  assert.equal(covered(over, '2026-03-29T03:59:59Z'), true);
  assert.equal(covered(over, '2026-03-29T04:00:00Z'), false);
});

test('the night on which it goes back: both 02:30 are covered', () => {
  const night = '02:00-03:00 Europe/Berlin';
  for (const iso of ['2026-10-25T00:00:00Z', '2026-10-25T00:59:59Z', '2026-10-25T01:30:00Z']) {
    assert.equal(covered(night, iso), true, iso);
  }
  assert.equal(covered(night, '2026-10-25T02:00:00Z'), false);
});

test('24:00 ends the day, and a day without times is whole', () => {
  assert.equal(covered('18:00-24:00', '2026-11-28T23:59:59Z'), true);
  assert.equal(covered('18:00-24:00', '2026-11-29T00:00:00Z'), false);
  assert.equal(covered('sat', '2026-11-28T00:00:00Z'), true);
  assert.equal(covered('sat', '2026-11-28T23:59:59Z'), true);
  assert.equal(covered('sat', '2026-11-29T00:00:00Z'), false);
});

test('saved ones that cannot be read here are left out', () => {
  assert.deepEqual(readActiveTimes(['sat', 'never'], 'UTC').length, 1);
});
