// The metrics screen: values, trends, ages, lost hosts, every output form.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { Host } from '../../src/api/manage.ts';
import type { HostState } from '../../src/domain/host.ts';
import type { LatestSample, Series } from '../../src/store/store.ts';
import { statsOf } from '../../src/terminal/chart/points.ts';
import { hostMetrics } from '../../src/terminal/host-metric-rows.ts';
import { type MetricsRequest, renderMetrics } from '../../src/terminal/metrics-view.ts';
import { loadYaml } from '../../src/terminal/output.ts';
import { block, NOW, pipe, terminal } from './screens.ts';

const MINUTE = 60_000;
const STOP = Math.floor(NOW / MINUTE) * MINUTE;
const START = STOP - 10 * MINUTE;
const times = (count: number) => Array.from({ length: count }, (_, i) => START + i * MINUTE);

const series = (hostId: string, values: readonly (number | null)[], labels = {}): Series => ({
  hostId,
  metric: 'cpu.usage',
  labels,
  timesMs: times(values.length),
  values,
});
const sample = (
  hostId: string,
  metric: string,
  value: number,
  over: Partial<LatestSample> = {},
): LatestSample => ({
  hostId,
  metric,
  labels: {},
  timeMs: STOP,
  value,
  ...over,
});
const host = (hostId: string, state: HostState): Host => ({ hostId, managed: true, state, facts: {} });

const idle = series('idle', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const busy = series('机房-网关', [50, 60, 70, 80, 90, 90, 80, 70, 60, 55.5]);
const lost = series('lost', [40, 40, 40, 40]);
const request: MetricsRequest = {
  scope: 'location 725',
  metric: 'cpu.usage',
  hosts: [host('idle', 'reporting'), host('lost', 'silent'), host('机房-网关', 'reporting')],
  latest: {
    nowMs: NOW,
    samples: [
      sample('idle', 'cpu.usage', 0),
      sample('idle', 'mem.usage', 12.5),
      sample('idle', 'load.1', 0.04),
      sample('idle', 'disk.usage', 40, { labels: { mount: '/' } }),
      sample('idle', 'disk.usage', 95.5, { labels: { mount: '/var' } }),
      sample('idle', 'disk.usage', 99, { labels: { mount: '/gone' }, timeMs: STOP - 600_000 }),
      sample('idle', 'net.received', 1_200, { labels: { interface: 'eth0' } }),
      sample('idle', 'net.received', 300, { labels: { interface: 'eth1' } }),
      sample('lost', 'cpu.usage', 40, { timeMs: START + 3 * MINUTE }),
      sample('机房-网关', 'cpu.usage', 55.5),
    ],
    warnings: [],
  },
  range: {
    startMs: START,
    stopMs: STOP,
    series: [idle, lost, busy],
    warnings: ['manage is down; locations as of 13:50'],
  },
};

test('hosts of several locations have theirs beside them, and the worst disk its mount', () => {
  const [first, ...others] = request.hosts!;
  const hosts = [{ ...first!, location: '725' }, ...others.map((one) => ({ ...one, location: '726' }))];
  for (const screen of [terminal({ columns: 120 }), pipe()]) {
    const several = renderMetrics({ ...request, hosts }, { format: 'table', screen });
    assert.match(several, /HOST +LOCATION [\s\S]*\nidle +725 [\s\S]*\n机房-网关 +726 /);
    assert.doesNotMatch(several, /MOUNT/);
    const disks = renderMetrics({ ...request, metric: 'disk.usage' }, { format: 'table', screen });
    assert.match(disks, /DISK% +MOUNT [\s\S]*\nidle [^\n]* 95\.5 +\/var /);
    assert.doesNotMatch(disks, /LOCATION/);
  }
});

test('the screen on a terminal: table, trends, ages, chart and legend', () => {
  assert.equal(
    renderMetrics(request, { format: 'table', screen: terminal({ rows: 28 }) }),
    block([
      'location 725  2026-11-25 13:50:00 to 14:00:00 UTC',
      'manage is down; locations as of 13:50',
      'HOST        CPU%  MEM%  LOAD  DISK%  NET IN/s  NET OUT/s  CPU 10m     AGE      ',
      'idle           0  12.5  0.04   95.5   1.50 kB          -  ▁▁▁▁▁▁▁▁▁▁  5s ago   ',
      'lost       40.0?     -     -      -         -          -  ▄▄▄▄······  silent 7m',
      '机房-网关   55.5     -     -      -         -          -  ▅▅▆▇██▇▆▅▅  5s ago   ',
      '',
      'cpu.usage (CPU_Rate): CPU time not idle and not waiting for I/O',
      '100 % ┤',
      ' 90 % ┤                             ╭────────a────╮',
      ' 80 % ┤                     ╭───────╯             ╰───────╮',
      ' 70 % ┤              ╭─────a╯                             ╰────a─╮',
      ' 60 % ┤       ╭──────╯                                           ╰─────────────a',
      ' 50 % ┤──a────╯',
      ' 40 % ┤─────b─────────────────b─────b',
      ' 30 % ┤',
      ' 20 % ┤',
      ' 10 % ┤',
      '  0 % ┤────────c─────────────────c─────────────────c─────────────────c─────────c',
      '      └┬─────────────┬──────────────┬─────────────┬──────────────┬──────────────',
      '       13:50       13:52          13:54         13:56          13:58',
      '',
      '   LINE         LAST     MIN    MEAN     MAX',
      'a  机房-网关  55.5 %  50.0 %  70.5 %  90.0 %',
      'b  lost       40.0 %  40.0 %  40.0 %  40.0 %',
      'c  idle          0 %     0 %     0 %     0 %',
    ]),
  );
});

test('on a pipe a plain table: numbers, instants, states, nothing dimmed or cut', () => {
  assert.equal(
    renderMetrics(request, { format: 'table', screen: pipe({ columns: 20 }) }),
    block([
      'HOST       STATE      CPU%  MEM%  LOAD  DISK%  NET IN/s  NET OUT/s  TREND                 LAST SAMPLE             ',
      'idle       reporting     0  12.5  0.04   95.5      1500          -  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁  2026-11-25T14:00:00.000Z',
      'lost       silent       40     -     -      -         -          -  ▄▄▄▄▄▄▄▄············  2026-11-25T13:53:00.000Z',
      '机房-网关  reporting  55.5     -     -      -         -          -  ▅▅▅▅▆▆▇▇████▇▇▆▆▅▅▅▅  2026-11-25T14:00:00.000Z',
    ]),
  );
});

test('wide adds the statistics of the chosen metric', () => {
  const wide = renderMetrics(request, { format: 'wide', screen: terminal({ columns: 140 }) });
  assert.match(wide, /MIN +MEAN +MAX +P95 +AGE/);
  assert.match(wide, /机房-网关 .* 50\.0 % {2}70\.5 % {2}90\.0 % {2}90\.0 % {2}5s ago/);
});

test('json and yaml hold the resolved range, the latest samples and every point', async () => {
  const json = JSON.parse(renderMetrics(request, { format: 'json', screen: terminal({ color: true }) }));
  assert.equal(json.start_at, '2026-11-25T13:50:00.000Z');
  assert.equal(json.stop_at, '2026-11-25T14:00:00.000Z');
  assert.deepEqual(json.series[1], {
    host_id: 'lost',
    metric: 'cpu.usage',
    labels: {},
    times_ms: times(4),
    values: [40, 40, 40, 40],
  });
  assert.equal(json.hosts[1].state, 'silent');
  assert.deepEqual(json.hosts[2].stats, { last: 55.5, min: 50, mean: 70.55, max: 90, p95: 90 });
  assert.deepEqual(json.warnings, ['manage is down; locations as of 13:50']);
  assert.deepEqual(
    parse(renderMetrics(request, { format: 'yaml', screen: pipe(), yaml: await loadYaml() })),
    json,
  );
});

test('csv has a line a point and a column a label; an empty window has no value', () => {
  const range = {
    ...request.range,
    series: [series('a', [1, null], { mount: '/' }), series('b', [0.1 + 0.2])],
  };
  assert.equal(
    renderMetrics({ ...request, range }, { format: 'csv', screen: pipe() }),
    [
      'host_id,metric,mount,time_at,value',
      'a,cpu.usage,/,2026-11-25T13:50:00.000Z,1',
      'a,cpu.usage,/,2026-11-25T13:51:00.000Z,',
      'b,cpu.usage,,2026-11-25T13:50:00.000Z,0.30000000000000004',
      '',
    ].join('\r\n'),
  );
});

test('a watched screen fits its window and shows the worst first', () => {
  const hosts = Array.from({ length: 100 }, (_, i) => host(`web-${i}`, 'reporting'));
  const many: MetricsRequest = {
    ...request,
    hosts,
    latest: {
      nowMs: NOW,
      samples: hosts.map(({ hostId }, i) => sample(hostId, 'cpu.usage', i)),
      warnings: [],
    },
    range: { ...request.range, series: hosts.map(({ hostId }, i) => series(hostId, [i, i, i])) },
  };
  const narrow = renderMetrics(many, { format: 'table', screen: terminal({ columns: 40 }) });
  assert.match(narrow, /\nand \d\d more hosts: -o wide\n/);
  for (const rows of [24, 30, 50]) {
    const picture = renderMetrics(many, { format: 'table', screen: terminal({ rows }), fit: true });
    const lines = picture.split('\n').slice(0, -1);
    assert.ok(lines.length <= rows, `${lines.length} of ${rows}`);
    assert.match(picture, /CPU%[^\n]*\nweb-99 {2,}99\.0/);
    assert.match(picture, /\nand \d+ more hosts\n/);
  }
});

test('without manage the state follows from the age of the last sample, silent past two intervals and 10 s', () => {
  const ages = {
    fresh: 70_000,
    late: 70_001,
    later: 130_000,
    silent: 130_001,
    old: 30 * 3_600_000,
  };
  const samples = Object.entries(ages).map(([id, age]) => sample(id, 'cpu.usage', 1, { timeMs: NOW - age }));
  const rows = hostMetrics({
    metric: 'cpu.usage',
    latest: { ...request.latest, samples },
    range: { ...request.range, series: [] },
  });
  assert.deepEqual(
    rows.map((row) => [row.hostId, row.state]),
    [
      ['fresh', 'reporting'],
      ['late', 'late'],
      ['later', 'late'],
      ['old', 'silent'],
      ['silent', 'silent'],
    ],
  );
});

test('of several disks the worst is shown, rates of several interfaces are added, a disk that is gone does not count', () => {
  const [first] = hostMetrics(request);
  assert.deepEqual(first?.latest.get('disk.usage'), { value: 95.5, timeMs: STOP, label: '/var' });
  assert.equal(first?.latest.get('net.received')?.value, 1_500);
});

test('what a host sums is what its agent calls physical; an agent that says nothing has all added', () => {
  const facts = { physical_interfaces: 'eth0, eth1' };
  const series = ['eth0', 'eth1', 'bond0', 'br0'].map((name) => ({
    hostId: 'web-1',
    metric: 'net.received',
    labels: { interface: name },
    timesMs: [STOP],
    values: [100],
  }));
  const samples = series.map(({ labels }) => sample('web-1', 'net.received', 100, { labels }));
  const sumOf = (said: Readonly<Record<string, string>>) => {
    const hosts = [{ ...host('web-1', 'reporting'), facts: said }];
    const [row] = hostMetrics({
      metric: 'net.received',
      latest: { ...request.latest, samples },
      range: { ...request.range, series },
      hosts,
    });
    return [row?.latest.get('net.received')?.value, row?.points.values[0]];
  };
  assert.deepEqual(sumOf(facts), [200, 200]);
  assert.deepEqual(sumOf({}), [400, 400]);
  assert.deepEqual(sumOf({ physical_interfaces: 'gone0' }), [400, 400]);
  assert.deepEqual(sumOf({ physical_devices: 'sda' }), [400, 400]);
});

test('a reading counts until it is two intervals and 10 s older than the newest of its host', () => {
  const readingAt = (age: number) => {
    const samples = [
      sample('idle', 'cpu.usage', 1),
      sample('idle', 'disk.usage', 7, { labels: { mount: '/' }, timeMs: STOP - age }),
    ];
    const [row] = hostMetrics({ ...request, latest: { ...request.latest, samples } });
    return row?.latest.get('disk.usage')?.value;
  };
  assert.deepEqual([readingAt(130_000), readingAt(130_001)], [7, undefined]);
});

test('p95 is the nearest rank', () => {
  const upTo = (n: number) => statsOf({ values: Array.from({ length: n }, (_, i) => n - i) })?.p95;
  assert.deepEqual([upTo(1), upTo(20), upTo(21), upTo(100)], [1, 19, 20, 95]);
});

test('one host alone has a line a disk', () => {
  const disks = ['/', '/var'].map((mount, i) => ({
    ...series('db-1', [i, i]),
    metric: 'disk.usage',
    labels: { mount },
  }));
  const one = {
    ...request,
    metric: 'disk.usage',
    hosts: [host('db-1', 'reporting')],
    range: { ...request.range, series: disks },
  };
  const latest = { ...request.latest, samples: [] };
  assert.match(
    renderMetrics({ ...one, latest }, { format: 'table', screen: terminal() }),
    /\na {2}\/var .*\nb {2}\/ /,
  );
});

test('no hosts and no samples are said in words', () => {
  const none = {
    ...request,
    hosts: [],
    latest: { ...request.latest, samples: [] },
    range: { ...request.range, series: [] },
  };
  assert.match(
    renderMetrics(none, { format: 'table', screen: terminal() }),
    /\nNo hosts report here\. List all known hosts: minimon hosts list --all\n$/,
  );
  const never = { ...none, hosts: [host('new-1', 'never')] };
  assert.match(
    renderMetrics(never, { format: 'table', screen: terminal() }),
    /\nnew-1 .* never *\n\n.*\nno data in this range\n$/,
  );
});

const hundred: MetricsRequest = (() => {
  const hosts = Array.from({ length: 100 }, (_, i) => host(`web-${i}`, 'reporting'));
  const samples = hosts.map(({ hostId }, i) => sample(hostId, 'cpu.usage', i));
  const range = { ...request.range, series: hosts.map(({ hostId }, i) => series(hostId, [i, i, i])) };
  return { ...request, hosts, latest: { nowMs: NOW, samples, warnings: [] }, range };
})();

test('what does not fit is said: the worst hosts and how many more; wide lists them all', () => {
  const picture = renderMetrics(hundred, { format: 'table', screen: terminal() });
  assert.ok(picture.split('\n').length <= 24, picture);
  assert.match(picture, /\nweb-99 .*\nweb-98 .*[\s\S]*\nand 9\d more hosts; -o wide lists them all\n/);
  const wide = renderMetrics(hundred, { format: 'wide', screen: terminal() });
  assert.equal(wide.match(/^web-\d+ +\d/gm)?.length, 100);
});

test('the chart is as tall as the window allows; in a low one the legend goes first, then the chart', () => {
  const one = { ...request, hosts: [host('idle', 'reporting')], range: { ...request.range, series: [idle] } };
  const alone = { ...one, latest: { ...one.latest, samples: [sample('idle', 'cpu.usage', 0)] } };
  const rowsAt = (rows: number) => {
    const picture = renderMetrics(alone, { format: 'table', screen: terminal({ rows }), fit: true });
    assert.ok(picture.split('\n').length - 1 <= rows, `${rows}\n${picture}`);
    return [picture.match(/[┤]/g)?.length ?? 0, /LAST/.test(picture)] as const;
  };
  assert.deepEqual([50, 24, 14, 8].map(rowsAt), [
    [39, true],
    [13, true],
    [6, false],
    [0, false],
  ]);
});

test('ages go on while no answer comes', () => {
  const aged = renderMetrics(request, { format: 'table', screen: terminal(), elapsedMs: 7_000 });
  assert.match(aged, /\nidle .* 12s ago/);
});

test('a count of samples is a number, whatever the metric is', () => {
  const range = { ...request.range, stepMs: MINUTE, series: [series('idle', [1, 2, 1])] };
  const counted = { ...request, range, aggregate: 'count' as const };
  const picture = renderMetrics(counted, { format: 'table', screen: terminal({ rows: 30 }) });
  assert.match(picture, /\ncpu\.usage: samples in each 1m/);
  assert.match(picture, /idle +1\.00 +1\.00 +1\.33 +2\.00\n/);
  assert.doesNotMatch(picture.split('samples in each')[1]!, /%/);
});

test('a title that does not fit loses words, not its end', () => {
  const titleAt = (columns: number) =>
    renderMetrics(request, { format: 'table', screen: terminal({ columns }) }).split('\n')[0];
  assert.equal(titleAt(40), 'location 725  11-25 13:50 to 14:00 UTC');
  assert.equal(titleAt(30), 'location 725  13:50 to 14:00');
  assert.equal(titleAt(12), 'location 725');
});
