// What --until, --starts and --for of a silence mean: the next such time where the reader is, also when clocks change.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resolveAhead, resolveSpan } from '../../src/domain/time-ahead.ts';

const zone = process.env['TZ'];
before(() => {
  process.env['TZ'] = 'Europe/Berlin';
});
after(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

const iso = (ms: number | undefined) => ms && new Date(ms).toISOString();
const ahead = (now: string, text: string, utc = false) => {
  const { atMs, note } = resolveAhead(text, { nowMs: Date.parse(now), utc });
  return note === undefined ? iso(atMs) : [iso(atMs), note];
};

test('case 15: 07:00 is the next 07:00 where it is typed', () => {
  process.env['TZ'] = 'Asia/Shanghai';
  assert.equal(ahead('2026-11-28T23:30:00+08:00', '07:00'), '2026-11-28T23:00:00.000Z');
  assert.equal(ahead('2026-11-28T06:59:00+08:00', '07:00'), '2026-11-27T23:00:00.000Z');
  assert.equal(ahead('2026-11-28T07:00:00+08:00', '07:00'), '2026-11-28T23:00:00.000Z');
  assert.equal(ahead('2026-11-28T23:30:00+08:00', '07:00', true), '2026-11-29T07:00:00.000Z');
  process.env['TZ'] = 'Europe/Berlin';
});

test('case 15: a time that clocks skip is as much later, one that comes twice is the first to come; both are said', () => {
  assert.deepEqual(ahead('2026-03-29T01:00:00+01:00', '02:30'), [
    '2026-03-29T01:30:00.000Z',
    '02:30 does not exist on that day, because clocks are set forward: using 2026-03-29T03:30:00+02:00',
  ]);
  assert.deepEqual(ahead('2026-10-25T01:00:00+02:00', '02:30'), [
    '2026-10-25T00:30:00.000Z',
    '02:30 comes twice on that day, as clocks are set back: the first, 2026-10-25T02:30:00+02:00, is used; for the other write 2026-10-25T02:30:00+01:00',
  ]);
  // Between the two the next 02:30 is the second one.
  assert.deepEqual(ahead('2026-10-25T02:45:00+02:00', '02:30'), [
    '2026-10-25T01:30:00.000Z',
    '02:30 comes twice on that day, as clocks are set back: the second, 2026-10-25T02:30:00+01:00, is used',
  ]);
  assert.equal(ahead('2026-10-25T02:45:00+01:00', '02:30'), '2026-10-26T01:30:00.000Z');
  assert.equal(ahead('2026-10-24T23:00:00+02:00', '2026-10-25T02:30:00+01:00'), '2026-10-25T01:30:00.000Z');
});

test('durations count from now; days and dates may be named', () => {
  const now = '2026-06-02T14:30:00+02:00';
  assert.equal(ahead(now, '2h'), '2026-06-02T14:30:00.000Z');
  assert.equal(ahead(now, 'tomorrow 07:00'), '2026-06-03T05:00:00.000Z');
  assert.equal(ahead(now, 'tomorrow'), '2026-06-02T22:00:00.000Z');
  assert.equal(ahead(now, '2026-06-05 08:15'), '2026-06-05T06:15:00.000Z');
  assert.equal(ahead(now, '2026-06-05T08:15:00Z'), '2026-06-05T08:15:00.000Z');
  assert.throws(() => ahead(now, '2026-02-30 08:15'), { code: 'BAD_TIME' });
  assert.throws(() => ahead(now, '25:00'), { code: 'BAD_TIME' });
  assert.throws(() => ahead(now, 'soon'), { code: 'BAD_TIME' });
});

const span = (now: string, request: { starts?: string; until?: string; for?: string }) => {
  const { startsMs, endsMs, forMs } = resolveSpan({ ...request, nowMs: Date.parse(now) });
  return [iso(startsMs), iso(endsMs), forMs];
};

test('case 24: a duration runs from the start, an end is the first such time after it; what is over is refused', () => {
  const now = '2026-06-02T14:30:00+02:00';
  assert.deepEqual(span(now, { starts: '9h', for: '30m' }), [
    '2026-06-02T21:30:00.000Z',
    undefined,
    1_800_000,
  ]);
  assert.deepEqual(span(now, { starts: '22:00', until: '07:00' }), [
    '2026-06-02T20:00:00.000Z',
    '2026-06-03T05:00:00.000Z',
    undefined,
  ]);
  assert.deepEqual(span(now, {}), [undefined, undefined, undefined]);
  assert.throws(() => span(now, { until: 'now' }), { code: 'BAD_RANGE', message: '--until now is now' });
  assert.throws(() => span(now, { until: '2026-06-02T14:30:00+02:00' }), { code: 'BAD_RANGE' });
  assert.throws(() => span(now, { until: 'yesterday 12:00' }), { code: 'BAD_RANGE', message: /in the past/ });
  assert.throws(() => span(now, { until: '2h', for: '2h' }), { code: 'USAGE' });
});
