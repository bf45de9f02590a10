// minimon's metrics of a scrape: one object each while they come again, and never more of them than the bound has room for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMappedSeries } from '../../src/daemons/report/ingest/mapped-series.ts';

const of = { hostId: 'web-1', source: 'prometheus/node' };

test('a series is the same object each time, and another one for another source', () => {
  const series = createMappedSeries();
  const first = series(of, 'disk.usage', { mount: '/' });
  assert.equal(series(of, 'disk.usage', { mount: '/' }), first);
  assert.notEqual(series(of, 'disk.free', { mount: '/' }), first);
  assert.notEqual(series({ ...of }, 'disk.usage', { mount: '/' }), first);
  assert.deepEqual(first.labels, { mount: '/', source: 'prometheus/node' });
});

test('mounts that come and go are forgotten, of one source and of many', () => {
  for (const many of [false, true]) {
    const series = createMappedSeries(100_000);
    const at = (i: number) =>
      series(many ? { ...of, hostId: `web-${i}` } : of, 'disk.usage', { mount: `/m${i}` });
    const first = series(of, 'disk.usage', { mount: '/' });
    for (let i = 0; i < 50; i++) at(i);
    assert.equal(series(of, 'disk.usage', { mount: '/' }), first);
    for (let i = 50; i < 200; i++) at(i);
    assert.notEqual(series(of, 'disk.usage', { mount: '/' }), first);
  }
});

test('long names take more of the bound', () => {
  const series = createMappedSeries(100_000);
  const first = series(of, 'disk.usage', { mount: '/' });
  for (let i = 0; i < 20; i++) series(of, 'disk.usage', { mount: `/${'x'.repeat(2_000)}${i}` });
  assert.notEqual(series(of, 'disk.usage', { mount: '/' }), first);
});
