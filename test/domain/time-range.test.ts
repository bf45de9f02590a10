// What --since and --until mean, over midnight and when clocks change, and the step of a chart.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chartStep, resolveRange, resolveTime } from '../../src/domain/time-range.ts';

const zone = process.env['TZ'];
before(() => {
  process.env['TZ'] = 'Europe/Berlin';
});
after(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

/** Berlin's wall clock at an instant that is written with its offset. */
const at = (text: string) => Date.parse(text);
const range = (now: string, since?: string, until?: string) => {
  const { startMs, stopMs } = resolveRange({ since, until, nowMs: at(now) });
  return [new Date(startMs).toISOString(), new Date(stopMs).toISOString()];
};

test('a time of day that is yet to come means yesterday, by the calendar and not 24 hours back', () => {
  assert.deepEqual(range('2026-03-29T13:00:00+02:00', '14:00'), [
    '2026-03-28T13:00:00.000Z',
    '2026-03-29T11:00:00.000Z',
  ]);
});

test('a time of day that clocks skip is refused and names the instant that is there', () => {
  assert.throws(() => range('2026-03-29T08:00:00+02:00', '02:30'), {
    code: 'BAD_TIME',
    message: '02:30 does not exist on 2026-03-29: clocks skip it',
    hint: /03:30.*2026-03-29T01:30:00\.000Z/,
  });
});

test('of a time of day that comes twice the earlier is taken', () => {
  assert.equal(range('2026-10-25T08:00:00+01:00', '02:30')[0], '2026-10-25T00:30:00.000Z');
  assert.equal(range('2026-10-25T02:45:00+02:00', '02:30')[0], '2026-10-25T00:30:00.000Z');
});

test('durations are plain seconds across both changes of the clocks', () => {
  assert.equal(range('2026-03-29T13:00:00+02:00', '24h')[0], '2026-03-28T11:00:00.000Z');
  assert.equal(range('2026-10-25T13:00:00+01:00', '1d')[0], '2026-10-24T12:00:00.000Z');
});

test('an until after a since crosses midnight', () => {
  assert.deepEqual(range('2026-06-02T00:10:00+02:00', '23:30', '00:05'), [
    '2026-06-01T21:30:00.000Z',
    '2026-06-01T22:05:00.000Z',
  ]);
  assert.deepEqual(range('2026-06-02T10:00:00+02:00', '14:00', '15:00'), [
    '2026-06-01T12:00:00.000Z',
    '2026-06-01T13:00:00.000Z',
  ]);
});

test('an until that is yet to come ends now', () => {
  assert.deepEqual(range('2026-06-02T14:30:00+02:00', '14:00', '15:00'), [
    '2026-06-02T12:00:00.000Z',
    '2026-06-02T12:30:00.000Z',
  ]);
});

test('without since the range is an hour, ending at until', () => {
  assert.deepEqual(range('2026-06-02T14:30:00+02:00', undefined, '14:00'), [
    '2026-06-02T11:00:00.000Z',
    '2026-06-02T12:00:00.000Z',
  ]);
});

test('dates, day words and RFC 3339 are read, local unless they say otherwise', () => {
  const cases = {
    '2026-03-28': '2026-03-27T23:00:00.000Z',
    '2026-03-28 14:00': '2026-03-28T13:00:00.000Z',
    '2026-03-28T14:00:30': '2026-03-28T13:00:30.000Z',
    '2026-03-28T14:00:00Z': '2026-03-28T14:00:00.000Z',
    '2026-03-28t14:00:00.250z': '2026-03-28T14:00:00.250Z',
    '2026-03-28T14:00:00.1239-05:30': '2026-03-28T19:30:00.123Z',
    yesterday: '2026-05-31T22:00:00.000Z',
    'yesterday 14:00': '2026-06-01T12:00:00.000Z',
    'today 09:00': '2026-06-02T07:00:00.000Z',
    now: '2026-06-02T12:30:00.000Z',
    '14:29:59': '2026-06-02T12:29:59.000Z',
  };
  const nowMs = at('2026-06-02T14:30:00+02:00');
  for (const [text, iso] of Object.entries(cases)) {
    assert.equal(new Date(resolveTime(text, { nowMs })).toISOString(), iso, text);
  }
  assert.equal(resolveTime('14:00', { nowMs, utc: true }), at('2026-06-01T14:00:00Z'));
});

test('what is no time is refused with the ways to write one', () => {
  const nowMs = at('2026-06-02T14:30:00+02:00');
  for (const text of [
    '2026-02-30',
    '25:00',
    '14:60',
    'noon',
    '',
    '2026-13-01',
    '2026-03-28T14',
    'yesterday 9',
  ]) {
    assert.throws(() => resolveTime(text, { nowMs }), { code: 'BAD_TIME', hint: /14:00/ }, text);
  }
  assert.throws(() => resolveTime('5x', { nowMs }), { code: 'BAD_TIME', message: /unknown unit "x"/ });
});

test('a bare number is refused and its likely reading offered', () => {
  const nowMs = at('2026-06-02T14:30:00+02:00');
  const readings = {
    '1764032400': /seconds since 1970, write 2025-11-25T01:00:00\.000Z/,
    '1764032400000': /milliseconds since 1970, write 2025-11-25T01:00:00\.000Z/,
    '1764032400000000000': /nanoseconds since 1970, write 2025-11-25T01:00:00\.000Z/,
  };
  for (const [text, hint] of Object.entries(readings)) {
    assert.throws(() => resolveTime(text, { nowMs }), { code: 'BAD_TIME', hint });
  }
});

test('a range in the future and a reversed one are refused', () => {
  const now = '2026-06-02T14:30:00+02:00';
  assert.throws(() => range(now, '2026-07-01'), { code: 'BAD_RANGE', message: /is in the future/ });
  assert.throws(() => range(now, '1h', '2h'), { code: 'BAD_RANGE', message: /empty or reversed/ });
  assert.throws(() => range(now, '1h', '1h'), { code: 'BAD_RANGE' });
});

test('a day whose midnight clocks skip begins with its first instant', () => {
  process.env['TZ'] = 'America/Santiago';
  try {
    const nowMs = at('2026-09-06T12:00:00-03:00');
    for (const text of ['2026-09-06', 'today']) {
      assert.equal(new Date(resolveTime(text, { nowMs })).toISOString(), '2026-09-06T04:00:00.000Z', text);
    }
    assert.throws(() => resolveTime('2026-09-06 00:30', { nowMs }), {
      code: 'BAD_TIME',
      message: /does not exist/,
    });
  } finally {
    process.env['TZ'] = 'Europe/Berlin';
  }
});

test('at most as many steps as columns, on round numbers', () => {
  assert.equal(chartStep(60 * 60_000, 80), 60_000);
  assert.equal(chartStep(60 * 60_000, 200), 30_000);
  assert.equal(chartStep(7 * 24 * 60 * 60_000, 100), 2 * 60 * 60_000);
  assert.equal(chartStep(400 * 24 * 60 * 60_000, 100), 4 * 24 * 60 * 60_000);
});

test('no step is shorter than the longest interval, which would draw gaps where there are none', () => {
  assert.equal(chartStep(60 * 60_000, 200, 60_000), 60_000);
  assert.equal(chartStep(60 * 60_000, 200, 10_000), 30_000);
});
