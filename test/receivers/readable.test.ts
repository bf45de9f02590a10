// What somebody reads at night: values with units, thresholds that differ, the time left, the side of a clock, zones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTimeZone } from '../../src/domain/alerting/active-times.ts';
import type { MetricUnit } from '../../src/domain/metric-table.ts';
import type { Moments, Reading, Threshold } from '../../src/receivers/message.ts';
import { readableReading, readableSpan, readableTime, readableValue } from '../../src/receivers/readable.ts';

const GIB = 2 ** 30;
const value = (
  metric: string,
  unit: MetricUnit,
  threshold: Threshold,
  values: Moments,
  expression?: string,
) =>
  readableReading(
    { kind: 'value', metric, unit, threshold, values, ...(expression ? { expression } : {}) },
    'UTC',
  );

test('case 8: a disk: 3.9 GiB against 5 GiB, the worst, and 75.4 GiB at recovery', () => {
  const threshold: Threshold = { op: '<', value: 5 * GIB };
  assert.equal(value('disk.free', 'bytes', threshold, { atFiring: 4.2e9 }), 'disk.free 3.9 GiB (< 5 GiB)');
  assert.equal(
    value('disk.free', 'bytes', threshold, { atFiring: 4.2e9, worst: 1e9, now: 2e9 }),
    'disk.free 3.9 GiB (< 5 GiB), worst 954 MiB, now 1.9 GiB',
  );
  assert.equal(
    value('disk.free', 'bytes', threshold, { atFiring: 4.2e9, worst: 1e9, atRecovery: 8.1e10 }),
    'disk.free 75.4 GiB at recovery (fired at 3.9 GiB, < 5 GiB), worst 954 MiB',
  );
  assert.equal(
    value('disk.free', 'bytes', threshold, { atFiring: 1e9, worst: 1e9, now: 1e9 }),
    'disk.free 954 MiB (< 5 GiB)',
  );
  assert.equal(value('disk.free', 'bytes', threshold, {}), 'disk.free - (< 5 GiB)');
});

test('case 8: a value never reads as its threshold unless it is equal', () => {
  const over = (now: number, op: Threshold['op'] = '>') =>
    value('mem.usage', 'percent', { op, value: 90 }, { atFiring: now });
  assert.equal(over(90.004), 'mem.usage 90.004 % (> 90 %)');
  assert.equal(over(90.000_000_1), 'mem.usage just over 90 % (> 90 %)');
  assert.equal(over(89.999, '<'), 'mem.usage 89.999 % (< 90 %)');
  assert.equal(over(90, '>='), 'mem.usage 90 % (>= 90 %)');
  assert.equal(
    value('disk.free', 'bytes', { op: '<', value: 5 * GIB }, { atFiring: 5 * GIB - 1 }),
    'disk.free just under 5 GiB (< 5 GiB)',
  );
  assert.equal(
    value('uptime', 'seconds', { op: '<', value: 600 }, { atFiring: 599.9 }),
    'uptime 599.9 s (< 10m)',
  );
});

test('values of every unit', () => {
  const shown: readonly (readonly [number | undefined, MetricUnit, string])[] = [
    [97.25, 'percent', '97.3 %'],
    [100, 'percent', '100 %'],
    [0, 'percent', '0 %'],
    [-0.000_000_01, 'percent', '-1e-8 %'],
    [12.5e6, 'bytes_per_second', '12.5 MB/s'],
    [0.25, 'per_second', '0.25/s'],
    [545, 'seconds', '9m 5s'],
    [0.0025, 'seconds', '2.5 ms'],
    [1_234_567, 'count', '1.2 M'],
    [-3.1e11, 'bytes', '-289 GiB'],
    [1e30, 'count', '1e30'],
    [Number.NaN, 'count', '-'],
    [Number.POSITIVE_INFINITY, 'count', '-'],
    [undefined, 'bytes', '-'],
  ];
  for (const [number, unit, text] of shown) assert.equal(readableValue(number, unit), text);
});

test('case 8: a forecast is told as the time that is left', () => {
  const reading = (
    measured: number,
    atFiring: number,
    given: Partial<Extract<Reading, { kind: 'forecast' }>> = {},
  ) =>
    readableReading(
      {
        kind: 'forecast',
        metric: 'disk.free',
        unit: 'bytes',
        threshold: { op: '<', value: 0 },
        horizonMs: 86_400_000,
        measured,
        values: { atFiring },
        ...given,
      },
      'UTC',
    );
  assert.equal(reading(5e10, -3.1e11), 'disk.free 46.6 GiB, full in about 3h 20m');
  assert.equal(reading(1e6, -3.1e11), 'disk.free 977 KiB, full in about 1m');
  assert.equal(reading(0, -3.1e11), 'disk.free 0 B, full now');
  assert.equal(reading(5e10, 1e10), 'disk.free 46.6 GiB, full in more than 1d');
  assert.equal(reading(5e10, 0, { values: {} }), 'disk.free 46.6 GiB, full within 1d');
  assert.equal(
    reading(5e10, -1, { values: { atFiring: -1, atRecovery: 4e10 } }),
    'disk.free 46.6 GiB, no longer full within 1d',
  );
  assert.equal(
    reading(80, 100, { metric: 'disk.usage', unit: 'percent', threshold: { op: '>', value: 95 } }),
    'disk.usage 80 %, > 95 % in about 18h',
  );
});

test('case 8: a clock is ahead or behind', () => {
  const offset = (seconds: number, expression?: string) =>
    value('clock.offset', 'seconds', { op: '>', value: 2 }, { atFiring: seconds }, expression);
  assert.equal(offset(-2.5, 'abs(clock.offset)'), 'abs(clock.offset) 2.5 s ahead (> 2 s)');
  assert.equal(offset(2.5, 'abs(clock.offset)'), 'abs(clock.offset) 2.5 s behind (> 2 s)');
  assert.equal(offset(7_200), 'clock.offset 2h behind (> 2 s behind)');
  assert.equal(offset(2.5, 'delta(clock.offset, 1h)'), 'delta(clock.offset, 1h) 2.5 s (> 2 s)');
});

test('silence and shares', () => {
  const lastTickMs = Date.parse('2026-11-28T02:00:00Z');
  assert.equal(
    readableReading({ kind: 'silent', lastTickMs }, 'Asia/Shanghai'),
    'silent: last tick 2026-11-28 10:00:00 +08:00',
  );
  assert.equal(readableReading({ kind: 'no_series', before: 412 }, 'UTC'), 'matches nothing, 412 before');
  assert.equal(readableReading({ kind: 'silent' }, 'UTC'), 'silent: no tick since warn started');
  assert.equal(
    readableReading(
      {
        kind: 'share',
        condition: 'silent',
        threshold: { op: '>', value: 20 },
        count: 4,
        total: 10,
        values: { atFiring: 40 },
      },
      'UTC',
    ),
    'silent on 4 of 10 hosts: 40 % (> 20 %)',
  );
});

test('case 8: times carry their offset, so that the two 02:30 of an autumn night differ', () => {
  const from = Date.parse('2026-10-25T00:30:00Z');
  const to = Date.parse('2026-10-25T01:30:00Z');
  assert.equal(readableTime(from, 'Europe/Berlin'), '2026-10-25 02:30:00 +02:00');
  assert.equal(readableTime(to, 'Europe/Berlin'), '2026-10-25 02:30:00 +01:00');
  assert.equal(readableSpan(from, to, 'Europe/Berlin'), '2026-10-25 02:30:00 +02:00 to 02:30:00 +01:00');
  assert.equal(readableTime(from, 'UTC'), '2026-10-25 00:30:00 UTC');
  assert.equal(readableTime(from, 'Asia/Kolkata'), '2026-10-25 06:00:00 +05:30');
  assert.equal(
    readableSpan(from, from + 86_400_000, 'Asia/Shanghai'),
    '2026-10-25 08:30:00 +08:00 to 2026-10-26 08:30:00 +08:00',
  );
  assert.equal(readableTime(Date.parse('2026-01-01T00:00:00Z'), 'UTC'), '2026-01-01 00:00:00 UTC');
  assert.equal(readableTime(from, 'Mars/Base'), '2026-10-25 00:30:00 UTC');
  assert.ok(isTimeZone('Asia/Shanghai') && !isTimeZone('Asia/Shangahi'));
});
