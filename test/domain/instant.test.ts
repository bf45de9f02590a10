// Instants as text: strict coming in, with milliseconds in UTC going out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatInstant, isInstant, parseInstant } from '../../src/domain/instant.ts';

test('RFC 3339 of any offset is read, and written in UTC with milliseconds', () => {
  const noon = Date.UTC(2026, 2, 1, 12);
  for (const text of ['2026-03-01T12:00:00Z', '2026-03-01t12:00:00.000z', '2026-03-01 14:00:00+02:00']) {
    assert.equal(parseInstant(text), noon, text);
  }
  assert.equal(parseInstant('2026-03-01T12:00:00.25Z'), noon + 250);
  assert.equal(formatInstant(noon), '2026-03-01T12:00:00.000Z');
  assert.equal(formatInstant(1e300), '1e+300');
});

test('what is no instant, or no day of the calendar, is not read', () => {
  for (const text of [
    '1772366400',
    '2026-03-01',
    '2026-03-01T12:00:00',
    '2026-03-01T12:00Z',
    '2026-02-29T12:00:00Z',
    '2026-04-31T12:00:00Z',
    '2026-13-01T12:00:00Z',
    '2026-03-00T12:00:00Z',
    '2026-03-01T24:00:00Z',
    '2026-03-01T12:60:00Z',
    '2026-03-01T12:00:00+25:00',
    'Sun, 01 Mar 2026 12:00:00 GMT',
  ]) {
    assert.equal(parseInstant(text), undefined, text);
  }
  assert.equal(parseInstant('2028-02-29T00:00:00Z'), Date.UTC(2028, 1, 29));
});

test('a date is whole milliseconds, 100 million days to either side of 1970', () => {
  for (const ms of [0, -1, 8.64e15, -8.64e15]) assert.equal(isInstant(ms), true, String(ms));
  for (const ms of [0.5, 8.64e15 + 1, Number.NaN, Number.POSITIVE_INFINITY])
    assert.equal(isInstant(ms), false, String(ms));
});
