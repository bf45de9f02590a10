// Series of rule tests in promtool's notation.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSeries, readValues } from '../../../src/domain/alerting/series-notation.ts';

test('values as promtool expands them', () => {
  for (const [text, values] of [
    ['95', [95]],
    ['95x3', [95, 95, 95, 95]],
    ['0+10x3', [0, 10, 20, 30]],
    ['1-2x4', [1, -1, -3, -5, -7]],
    ['-2+4x3', [-2, 2, 6, 10]],
    ['95x0', [95]],
    ['_', [null]],
    ['_x3', [null, null, null]],
    ['1 _ 2x1  \n 3', [1, null, 2, 2, 3]],
    ['0+0.1x3', [0, 0.1, 0.2, 0.3]],
    ['1e3-1.5e2x1', [1000, 850]],
  ] as const)
    assert.deepEqual(readValues(text), values, text);
});

test('what is no value is shown with a caret', () => {
  for (const [text, place, message] of [
    ['95 stale', 4, /written _/],
    ['95 9o', 4, /not a value/],
    ['1+2', 1, /no repeat count/],
    ['_+1x3', 1, /no repeat count/],
    ['95x100001', 1, /over the limit/],
    ['1e308+1e308x9', 1, /not a finite number/],
    ['  ', 1, /no values/],
  ] as const) {
    assert.throws(
      () => readValues(text),
      (error: Error & { text: string; place: { column: number } }) => {
        assert.match(error.text, message);
        assert.match(error.text, /\^/);
        assert.equal(error.place.column, place, text);
        return true;
      },
    );
  }
});

test('a series names its host and location among its labels', () => {
  assert.deepEqual(readSeries('disk.usage{host="web-17", location="725", mount="/"}'), {
    metric: 'disk.usage',
    labels: { mount: '/' },
    host: 'web-17',
    location: '725',
  });
  assert.deepEqual(readSeries('CPU_Rate'), {
    metric: 'cpu.usage',
    labels: {},
    host: 'host',
    location: 'location',
  });
  for (const text of ['cpu.usage > 9', 'cpu.usage{host!="a"}', 'cpu usage', '', '{host="a"}'])
    assert.throws(() => readSeries(text), { code: 'BAD_EXPRESSION' }, text);
});
