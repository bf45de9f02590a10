// Statistics of samples: the same whatever windows are drawn, exact over several reads, and cheap where there are many hosts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RangeAnswer, RangeRequest } from '../../src/api/analyze.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { combine } from '../../src/terminal/host-metric-rows.ts';
import { readStatistics } from '../../src/terminal/sample-statistics.ts';
import { NOW } from './screens.ts';

const MINUTE = 60_000;
const STOP = Math.floor(NOW / MINUTE) * MINUTE;

/** A sample a minute: its number; at most `most` points a series. */
function analyze(most: number) {
  const asked: RangeRequest[] = [];
  return {
    asked,
    async queryRange(request: RangeRequest): Promise<RangeAnswer> {
      asked.push(request);
      if (asked.length > 1_000) throw new Error('it asks without end');
      const { startMs, stopMs, hosts = [], metric } = request;
      const timesMs: number[] = [];
      for (let t = Math.ceil(startMs / MINUTE) * MINUTE; t < stopMs; t += MINUTE) timesMs.push(t);
      if (timesMs.length > most) throw new ExpectedError('BAD_RANGE', 'too many points');
      const values = timesMs.map((t) => (STOP - t) / MINUTE);
      const series = hosts.flatMap((hostId) =>
        ['/', '/var'].map((mount) => ({ hostId, metric, labels: { mount }, timesMs, values })),
      );
      return { startMs, stopMs, series, warnings: [] };
    },
  };
}

const drawn = (hosts: readonly string[], minutes: number): RangeAnswer => ({
  startMs: STOP - minutes * MINUTE,
  stopMs: STOP,
  stepMs: 30 * MINUTE,
  series: hosts.map((hostId) => ({ hostId, metric: 'disk.usage', labels: {}, timesMs: [], values: [] })),
  warnings: [],
});
const read = (service: ReturnType<typeof analyze>, range: RangeAnswer, most: readonly string[] | 'all') =>
  readStatistics(service, {
    ...{ metric: 'disk.usage', range, most },
    combine: (series) => combine('disk.usage', series),
  });

test('a range with more points than one answer may have is read in parts, with the same result', async () => {
  const expected = { last: 1, min: 1, mean: 50.5, max: 100, p95: 95 };
  for (const most of [1_000, 30, 7]) {
    const statistics = await read(analyze(most), drawn(['web-1'], 100), 'all');
    assert.deepEqual(statistics.host('web-1'), expected);
    assert.deepEqual(statistics.series('web-1', { mount: '/var' }), expected);
    assert.equal(statistics.host('web-2'), undefined);
  }
});

test('few samples are read of every host, many only of those that are named, unless all are asked for', async () => {
  const hosts = Array.from({ length: 31 }, (_, i) => `web-${i}`);
  const readOf = async (minutes: number, most: readonly string[] | 'all') => {
    const service = analyze(20_000);
    await read(service, drawn(hosts, minutes), most);
    return service.asked.map(({ hosts }) => hosts?.length);
  };
  assert.deepEqual(await readOf(100, ['web-3']), [31]);
  assert.deepEqual(await readOf(10_000, ['web-3', 'web-4']), [2]);
  // 30 hosts of 10,000 samples are 300,000.
  const service = analyze(20_000);
  await read(service, drawn(hosts.slice(1), 10_000), ['web-3']);
  assert.equal(service.asked.flatMap((request) => request.hosts ?? []).length, 30);
  assert.deepEqual(await readOf(10_000, 'all'), [15, 15, 1]);
});

test('a range that has too many points however short it is fails with what the server says', {
  timeout: 20_000,
}, async () => {
  await assert.rejects(
    read(analyze(0), { ...drawn(['web-1'], 1), startMs: STOP - 1, stopMs: STOP + 1 }, 'all'),
    {
      code: 'BAD_RANGE',
    },
  );
});
