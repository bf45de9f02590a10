// Values with their units.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricUnit } from '../../src/domain/metric-table.ts';
import { formatUnder, formatValue } from '../../src/domain/units.ts';
import { timeAxis } from '../../src/terminal/chart/axes.ts';
import { dateTimeText, relativeTime, timeCell, zoneName } from '../../src/terminal/relative-time.ts';
import { NOW, pipe, terminal } from '../terminal/screens.ts';

test('values read with the unit of their metric', () => {
  const cases: readonly (readonly [number, MetricUnit, string])[] = [
    [16.5, 'percent', '16.5 %'],
    [0, 'percent', '0 %'],
    [99.96, 'percent', '100 %'],
    [1_288_490_189, 'bytes', '1.20 GiB'],
    [1_023.99 * 1_024, 'bytes', '1.00 MiB'],
    [512, 'bytes', '512 B'],
    [3_400_000, 'bytes_per_second', '3.40 MB/s'],
    [0.25, 'per_second', '0.25/s'],
    [12_500, 'per_second', '12.5 k/s'],
    [1_047_600, 'seconds', '12d 3h'],
    [-0.0015, 'seconds', '-1.50 ms'],
    [0.42, 'count', '0.42'],
    [312, 'count', '312'],
    [-0, 'count', '0'],
    [1e21, 'count', '1e21'],
    [4.0265318e9, 'count', '4.03 G'],
    [5e-324, 'count', '4.94e-324'],
  ];
  for (const [value, unit, text] of cases) assert.equal(formatValue(value, unit), text, `${value} ${unit}`);
  for (const none of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY])
    assert.equal(formatValue(none, 'count'), '-');
});

test('under a title that has the unit the value stands alone', () => {
  assert.equal(formatUnder(16.5, 'percent'), '16.5');
  assert.equal(formatUnder(3_400_000, 'bytes_per_second'), '3.40 MB');
  assert.equal(formatUnder(2_000_000, 'bytes'), '1.91 MiB');
});

const DAY = 86_400_000;

test('ages are short on a terminal and instants on a pipe', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, 'now'],
    [1_999, 'now'],
    [2_000, '2s ago'],
    [12_000, '12s ago'],
    [119_000, '119s ago'],
    [120_000, '2m ago'],
    [7_199_999, '119m ago'],
    [7_200_000, '2h ago'],
    [2 * DAY - 1, '47h ago'],
    [2 * DAY, '2d ago'],
    [729 * DAY, '729d ago'],
    [730 * DAY, '2y ago'],
    [3 * 3_600_000, '3h ago'],
    [50 * 3_600_000, '2d ago'],
    [-90_000, 'in 90s'],
  ];
  for (const [age, text] of cases) assert.equal(relativeTime(NOW - age, NOW), text);
  assert.equal(timeCell(NOW - 12_000, terminal()), '12s ago');
  assert.equal(timeCell(NOW - 12_000, pipe()), '2026-11-25T13:59:53.000Z');
  assert.equal(timeCell(undefined, terminal()), '-');
});

test('times are shown in the zone of the process, or in UTC, and the zone is named', () => {
  const zone = process.env['TZ'];
  try {
    process.env['TZ'] = 'Asia/Kolkata';
    assert.equal(
      `${dateTimeText(NOW, { utc: false })} ${zoneName(NOW, { utc: false })}`,
      '2026-11-25 19:30:05 UTC+5:30',
    );
    assert.equal(
      `${dateTimeText(NOW, { utc: true })} ${zoneName(NOW, { utc: true })}`,
      '2026-11-25 14:00:05 UTC',
    );
    const { labels } = timeAxis(
      { startMs: NOW - 7_200_000, stopMs: NOW, columns: 40 },
      terminal({ utc: false }),
    );
    assert.match(labels, /18:00 +18:30 +19:00/);
  } finally {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  }
});
