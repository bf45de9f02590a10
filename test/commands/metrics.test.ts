// minimon metrics against services in memory: every form, what is asked for, and how wrong questions end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import Metrics from '../../src/commands/metrics.ts';
import { NOW } from '../terminal/screens.ts';
import { runCommand, type Scene } from './run-in-process.ts';
import { analyzeInMemory, manageInMemory } from './services-in-memory.ts';

async function run(argv: readonly string[], scene: Scene = {}) {
  const [manage, analyze] = [manageInMemory(), analyzeInMemory({ interrupts: !scene.answers })];
  const outcome = await runCommand(Metrics, ['--utc', ...argv], {
    manage: manage.service,
    analyze: analyze.service,
    ...scene,
  });
  return {
    ...outcome,
    asked: analyze.calls,
    range: analyze.calls.find(([name]) => name === 'queryRange')?.[1],
  };
}

const HOUR = 3_600_000;

test('on a terminal: the resolved range, a table with ages, and a chart', async () => {
  const { stdout, stderr, range } = await run(['--location', '725'], { terminal: true });
  assert.match(stdout, /^location 725 {2}2026-11-25 13:00:05 to 14:00:05 UTC, 1m steps\n/);
  assert.match(stdout, /\nweb-1 +59\.0 +41\.5 .* 5s ago\s*\n/);
  assert.match(stdout, /\ncpu\.usage \(CPU_Rate\)/);
  assert.match(stdout, /┤/);
  assert.equal(stderr, '');
  for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
  assert.deepEqual(range, {
    metric: 'cpu.usage',
    location: '725',
    startMs: NOW - HOUR,
    stopMs: NOW,
    stepMs: 60_000,
  });
});

test('on a pipe: the table alone with instants, and raw points are asked for', async () => {
  const { stdout, range } = await run(['--host', 'web-*', '-m', 'CPU_Rate']);
  const [head, ...rows] = stdout.trimEnd().split('\n');
  assert.match(head!, /^HOST +STATE .* LAST SAMPLE *$/);
  assert.match(rows.find((row) => row.startsWith('web-1'))!, / 2026-11-25T14:00:00\.000Z$/);
  assert.doesNotMatch(stdout, /┤/);
  assert.deepEqual(range, {
    metric: 'cpu.usage',
    hosts: ['web-1', 'web-2'],
    startMs: NOW - HOUR,
    stopMs: NOW,
  });
});

test('json, yaml and csv carry the same points; name the hosts; wide the statistics', async () => {
  const argv = ['-H', 'web-1', '--since', '1h', '--step', '20m', '--agg', 'max'];
  const { stdout: jsonText, range } = await run([...argv, '--json']);
  const json = JSON.parse(jsonText);
  assert.deepEqual(json.series[0].values, [20, 40, 0]);
  assert.equal(json.start_at, '2026-11-25T13:00:05.000Z');
  assert.equal((range as { aggregate?: string }).aggregate, 'max');
  assert.deepEqual(parse((await run([...argv, '-o', 'yaml'])).stdout), json);
  assert.equal(
    (await run([...argv, '-o', 'csv'])).stdout,
    [
      'host_id,metric,time_at,value',
      'web-1,cpu.usage,2026-11-25T13:20:00.000Z,20',
      'web-1,cpu.usage,2026-11-25T13:40:00.000Z,40',
      'web-1,cpu.usage,2026-11-25T14:00:00.000Z,0',
      '',
    ].join('\r\n'),
  );
  assert.equal((await run([...argv, '-o', 'name'])).stdout, 'web-1\n');
  assert.match((await run([...argv, '-o', 'wide'])).stdout, /MIN +MEAN +MAX +P95/);
});

test('--since and --until take durations, times of day, dates and RFC 3339', async () => {
  const cases: readonly (readonly [readonly string[], string, string])[] = [
    [['--since', '90m'], '2026-11-25T12:30:05.000Z', '2026-11-25T14:00:05.000Z'],
    [['--since', '13:30'], '2026-11-25T13:30:00.000Z', '2026-11-25T14:00:05.000Z'],
    [['--since', '15:00'], '2026-11-24T15:00:00.000Z', '2026-11-25T14:00:05.000Z'],
    [['--since', '23:30', '--until', '00:05'], '2026-11-24T23:30:00.000Z', '2026-11-25T00:05:00.000Z'],
    [['--since', 'yesterday', '--until', 'today'], '2026-11-24T00:00:00.000Z', '2026-11-25T00:00:00.000Z'],
    [['--since', '2026-11-25T14:00+01:00'], '2026-11-25T13:00:00.000Z', '2026-11-25T14:00:05.000Z'],
  ];
  for (const [argv, start, stop] of cases) {
    const json = JSON.parse((await run([...argv, '--json'])).stdout);
    assert.deepEqual([json.start_at, json.stop_at], [start, stop], argv.join(' '));
  }
});

test('what cannot be meant is refused before a server is asked', async () => {
  for (const [argv, code] of [
    [['--since', '5x'], 'BAD_TIME'],
    [['--since', '60'], 'BAD_TIME'],
    [['--since', '1h', '--until', '2h'], 'BAD_RANGE'],
    [['--since', '2027-01-01'], 'BAD_RANGE'],
    [['--agg', 'max'], 'USAGE'],
    [['--metric', 'Not A Metric'], 'BAD_METRIC'],
    [['--watch', '--until', '1m'], 'USAGE'],
    [['--watch', '-o', 'csv'], 'USAGE'],
  ] as const) {
    const { error, exit, asked } = await run(argv);
    assert.deepEqual([error?.code, exit, asked.length], [code, 2, 0], argv.join(' '));
    assert.ok(error?.message);
  }
});

test('an unknown metric, location or host ends with 3 and the nearest name', async () => {
  for (const [argv, hint] of [
    [['-m', 'cpu.usge'], 'Did you mean cpu.usage?'],
    [['-l', '752'], 'Did you mean 725?'],
    [['-H', 'web-l'], 'Did you mean web-1?'],
  ] as const) {
    const { error, exit, stdout } = await run(argv);
    assert.deepEqual([exit, error?.hint, stdout], [3, hint, ''], argv.join(' '));
  }
});

test('--watch --json writes one object a line', async () => {
  const { stdout, exit, asked } = await run(['--watch', '--json', '--since', '10m', '-l', '725']);
  const objects = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    objects.map((object) => object.now_at),
    ['2026-11-25T14:00:05.000Z', '2026-11-25T14:00:06.000Z'],
  );
  assert.equal(objects[0].latest[0].value, 59);
  assert.equal(exit, 130);
  const [, request] = asked[0]! as [string, { location: string; sinceMs: number }];
  assert.deepEqual([request.location, request.sinceMs], ['725', NOW - 600_000]);
});

test('--watch on a terminal takes keys, and gives the terminal back', async () => {
  const { stdout, exit } = await run(['--watch'], {
    terminal: true,
    answers: [
      [/web-1 +725 +59\.0/, 'j'],
      [/> web-1/, 'q'],
    ],
  });
  assert.equal(exit, 0);
  assert.ok(stdout.endsWith('\u001b[?1049l') && stdout.includes('\u001b[?25h'));
});

test('statistics are of the samples at every width and on a pipe; --chart draws on a pipe', async () => {
  const statisticsAt = async (argv: readonly string[], scene: Scene) => {
    const { stdout } = await run(['-H', 'web-1', '--since', '6h', '--chart', ...argv], scene);
    return stdout
      .match(/web-1 +\S+ %.*/)?.[0]
      .replace(/ +/g, ' ')
      .trim();
  };
  const expected = 'web-1 0 % 0 % 29.5 % 59.0 %';
  for (const columns of ['60', '80', '200']) {
    const environment = { COLUMNS: columns };
    assert.equal(await statisticsAt([], { terminal: true, environment }), expected, columns);
    assert.equal(await statisticsAt([], { environment }), expected, columns);
  }
  assert.equal(await statisticsAt(['--step', '1h', '--agg', 'min'], { terminal: true }), expected);
  const { stdout } = await run(['-H', 'web-1', '--step', '1h', '--since', '6h', '--json']);
  assert.deepEqual(JSON.parse(stdout).hosts[0].stats, { last: 0, min: 0, mean: 29.5, max: 59, p95: 56 });
});

test('several metrics by name, comma and glob: columns, and the series of all of them as data', async () => {
  const listed = async () => ({
    nowMs: NOW,
    metrics: ['cpu.usage', 'mem.usage', 'mem.total'].map((metric) => ({
      ...{ metric, known: true, labels: [], hosts: metric === 'mem.total' ? 0 : 1 },
    })),
    warnings: [],
  });
  const analyze = analyzeInMemory();
  const asked: string[] = [];
  const service = {
    ...analyze.service,
    listMetrics: listed as unknown as typeof analyze.service.listMetrics,
    queryRange: async (request: Parameters<typeof analyze.service.queryRange>[0]) => {
      asked.push(request.metric);
      const answer = await analyze.service.queryRange({ ...request, metric: 'cpu.usage' });
      return { ...answer, series: answer.series.map((one) => ({ ...one, metric: request.metric })) };
    },
  };
  const csv = await run(['-H', 'web-1', '-m', '*', '--since', '2m', '-o', 'csv'], { analyze: service });
  assert.deepEqual(asked, ['cpu.usage', 'mem.usage']);
  assert.deepEqual(csv.stdout.match(/(cpu|mem)\.usage/g)?.length, 4);
  const table = await run(['-H', 'web-1', '-m', 'mem.usage,cpu.usage'], { analyze: service });
  assert.match(table.stdout, /^HOST +STATE +MEM% +CPU% +TREND /);
  const json = JSON.parse(
    (await run(['-H', 'web-1', '-m', 'mem.*', '-m', 'cpu.usage', '--json'], { analyze: service })).stdout,
  );
  assert.deepEqual([json.metric, json.hosts[0].location], ['mem.usage', '725']);
  const none = await run(['-m', 'memm.*'], { analyze: service });
  assert.deepEqual([none.error?.code, none.exit], ['METRIC_UNKNOWN', 3]);
});

test('--top passes over hosts whose last value is an old one', async () => {
  const analyze = analyzeInMemory();
  const old = { hostId: 'db-1', metric: 'cpu.usage', labels: {}, timeMs: NOW - HOUR, value: 99 };
  const queryLatest: typeof analyze.service.queryLatest = async (request) => {
    const answer = await analyze.service.queryLatest(request);
    return { ...answer, samples: [old, ...answer.samples] };
  };
  const { stdout } = await run(['--top', '5', '-o', 'name'], {
    analyze: { ...analyze.service, queryLatest },
  });
  assert.equal(stdout, 'web-1\n');
});

test('several locations and hosts with globs are asked for together', async () => {
  const hostsOf = async (...argv: string[]) =>
    ((await run([...argv, '-o', 'csv'])).range as { hosts?: string[] })?.hosts;
  assert.deepEqual(await hostsOf('-l', '725', '-l', '726'), ['db-1', 'web-1', 'web-2']);
  assert.deepEqual(await hostsOf('-l', '72*', '-H', 'web-*'), ['web-1', 'web-2']);
  assert.deepEqual(await hostsOf('-l', '726', '-H', '*'), ['db-1']);
  const typo = await run(['-l', '725', '-l', '776', '-o', 'csv']);
  assert.deepEqual([typo.error?.code, typo.error?.hint], ['LOCATION_UNKNOWN', 'Did you mean 726?']);
});

test('--top shows the worst first, --where those over a threshold, --by location a mean a room', async () => {
  const top = await run(['--top', '1']);
  assert.deepEqual(
    top.stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ')[0]),
    ['HOST', 'web-1'],
  );
  const where = await run(['--where', 'cpu.usage > 90', '-o', 'name']);
  assert.equal(where.stdout, '');
  const by = await run(['--by', 'location', '--since', '10m']);
  assert.match(by.stdout, /^LOCATION +WORST +CPU% +MEM% .*TREND /);
  assert.match(by.stdout, /\n725 +web-1 +59 +41\.5 /);
  const json = JSON.parse((await run(['--by', 'location', '--since', '10m', '--json'])).stdout);
  assert.deepEqual(
    json.locations.map((one: { location: string; worst_host_id: string }) => [
      one.location,
      one.worst_host_id,
    ]),
    [
      ['725', 'web-1'],
      ['726', null],
    ],
  );
  assert.equal(json.series[0].location, '725');
  const csv = await run(['--by', 'location', '--since', '10m', '-o', 'csv']);
  assert.match(csv.stdout, /^location,metric,time_at,value\r\n725,cpu\.usage,/);
});

test('--compare draws the same range before beside it, with statistics of its own samples', async () => {
  const { stdout, asked } = await run(['-H', 'web-1', '--compare', '1d', '--since', '30m'], {
    terminal: true,
  });
  assert.match(stdout, /\na {2}web-1 +0 % [\s\S]*\nb {2}web-1 1d ago .* 0 % /);
  const ranges = asked.flatMap(([name, request]) =>
    name === 'queryRange' ? [(request as { startMs: number }).startMs] : [],
  );
  const start = NOW - HOUR / 2;
  assert.deepEqual(new Set(ranges), new Set([start, start - 24 * HOUR]));
});

test('--heatmap is a line a host, on a terminal and on a pipe', async () => {
  for (const terminal of [true, false]) {
    const { stdout } = await run(['-H', 'web-1', '--heatmap'], { terminal });
    assert.match(stdout, /\nweb-1 ▁+░+▒+█* *.* 0 %\n/);
    assert.match(stdout, /\n0 ▁▁ 20 ░░ 40 ▒▒ 60 ▓▓ 80 ██ 100 %/);
    assert.doesNotMatch(stdout, /┤/);
  }
});

test('-q asks in PromQL: now as a table, with --since a range with a chart', async () => {
  const now = await run(['-q', 'avg by (location) (cpu_usage)'], { terminal: true });
  assert.deepEqual(now.asked, [
    ['queryPromql', { expression: 'avg by (location) (cpu_usage)', startMs: NOW, stopMs: NOW }],
  ]);
  assert.match(now.stdout, /^LOCATION +VALUE *\n725 +12\.3457 *\n- +NaN *\n$/);
  assert.match(now.stderr, /an old inventory/);
  const range = await run(['-q', 'x', '--since', '2h', '--step', '5m'], { terminal: true });
  assert.deepEqual(range.asked, [
    ['queryPromql', { expression: 'x', startMs: NOW - 7_200_000, stopMs: NOW, stepMs: 300_000 }],
  ]);
  assert.match(range.stdout, /\nx.*\n/);
});

test('-q in the data formats: numbers as numbers, what JSON has no number for as text', async () => {
  const { stdout } = await run(['-q', 'x', '--json']);
  assert.deepEqual(JSON.parse(stdout), [
    { location: '725', value: 12.3456789 },
    { location: null, value: 'NaN' },
  ]);
  const range = JSON.parse((await run(['-q', 'x', '--since', '1h', '--json'])).stdout);
  assert.deepEqual(
    range[0].points.map(({ value }: { value: number }) => value),
    [12.3456789, 13.3456789],
  );
  const csv = (await run(['-q', 'x', '--since', '1h', '-o', 'csv'])).stdout;
  assert.match(csv, /^location,time_at,value\r\n725,20.*Z,12\.3456789\r\n/);
});

test('-q stands alone', async () => {
  const { exit, error } = await run(['-q', 'x', '--location', '725']);
  assert.deepEqual([exit, error !== undefined], [2, true]);
});

test('openmetrics: the newest samples of the chosen hosts, with where they are', async () => {
  const { stdout, stderr, asked } = await run(['--location', '725', '-o', 'openmetrics']);
  assert.equal(stderr, '');
  const lines = stdout.split('\n');
  assert.deepEqual(lines.slice(-2), ['# EOF', '']);
  const at = lines.indexOf('# TYPE cpu_usage gauge');
  assert.equal(lines[at - 1], '# HELP cpu_usage CPU time not idle and not waiting for I/O');
  assert.match(lines[at + 1]!, /^cpu_usage\{host="web-1",location="725"\} 59 \d+$/);
  assert.deepEqual(asked.find(([name]) => name === 'queryLatest')?.[1], {
    location: '725',
    metrics: ['cpu.usage'],
  });
  assert.ok(!asked.some(([name]) => name === 'queryRange'));
});

test('openmetrics says what it cannot be used with', async () => {
  for (const flags of [['--top', '3'], ['-q', 'up'], ['--since', '1h'], ['--agg', 'max'], ['--watch']]) {
    const { error, exit } = await run(['-o', 'openmetrics', ...flags]);
    assert.equal(exit, 2);
    assert.match(error?.message ?? '', /cannot be used with -o openmetrics/);
  }
});

test('a host that is not in the location is an error that says where it is', async () => {
  const { exit, error, asked } = await run(['--host', 'web-1', '--location', '726']);
  assert.deepEqual([exit, error?.code], [3, 'HOST_UNKNOWN']);
  assert.equal(
    `${error?.message}. ${error?.hint}`,
    'no host matches web-1 in 726. A host must match both, but web-1 is in 725.',
  );
  assert.deepEqual(asked, []);
  assert.equal((await run(['--host', 'web-1', '--location', '725'])).exit, 0);
});

test('-q without an answer says so on a pipe too', async () => {
  const { service } = analyzeInMemory();
  const analyze = (warnings: readonly string[]) => ({
    ...service,
    queryPromql: async () => ({ series: [], warnings }),
  });
  const { stderr } = await run(['-q', 'cpu_usage > 100'], { analyze: analyze([]) });
  assert.equal(stderr, 'No series match. List the metrics: minimon metrics list\n');
  const told = await run(['-q', 'cpu_usge'], { analyze: analyze(['no host reports cpu_usge']) });
  assert.equal(told.stderr, 'Warning: no host reports cpu_usge\n');
});

test('the heatmap in place of the chart, and no word about the chart beside it', async () => {
  for (const [flag, hint] of [
    ['--chart', 'Leave out --chart.'],
    ['--no-chart', 'Leave out --no-chart, or --heatmap.'],
  ] as const) {
    const { exit, error, asked } = await run(['--heatmap', flag]);
    assert.deepEqual([exit, error?.code, error?.hint, asked], [2, 'USAGE', hint, []]);
  }
});
