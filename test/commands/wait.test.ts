// minimon wait over real daemons: until it holds, on all or any, or gives up and says what it waits for.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { AnalyzeService } from '../../src/api/analyze.ts';
import type { ManageClient } from '../../src/api/manage.ts';
import type { WarnClient } from '../../src/api/warn.ts';
import Wait from '../../src/commands/wait.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { tickOf } from '../analyze/ticks.ts';
import { openTwoDaemons, type TwoDaemons } from '../analyze/two-daemons.ts';
import { NOW } from '../terminal/screens.ts';
import { runCommand, type Scene } from './run-in-process.ts';

const MINUTE = 60_000;
let system: TwoDaemons;

before(async () => {
  system = await openTwoDaemons(NOW);
  for (const host of ['web-1', 'web-2', 'later', 'dead'])
    await system.grpc.manage.insertHost({ hostId: host, location: host === 'dead' ? '726' : '725' });
  const ticks = [5, 4, 3, 2, 1].flatMap((minute) => {
    const at = NOW - minute * MINUTE + 55_000;
    return [
      tickOf('web-1', at, { 'cpu.usage': 40, 'disk.usage{mount=/}': 40, 'disk.usage{mount=/data}': 80 }),
      tickOf('web-2', at, { 'cpu.usage': 90 }),
      ...(minute > 1 ? [tickOf('later', at, { 'cpu.usage': 90 })] : []),
    ];
  });
  await system.put(ticks);
});
after(() => system.stop());

const wait = (argv: readonly string[], scene: Scene = {}) =>
  runCommand(Wait, argv, {
    manage: system.grpc.manage as unknown as ManageClient,
    analyze: system.grpc.analyze as unknown as AnalyzeService,
    ...scene,
  });

test('ends at once where the condition holds, with what it saw', async () => {
  const { stdout, exit, stderr } = await wait(['--until', 'cpu.usage < 50 for 3m', '--host', 'web-1']);
  assert.deepEqual([exit, stdout, stderr], [0, 'web-1 cpu.usage 40.0 %\n', '']);
  assert.equal((await wait(['--until', 'cpu.usage < 50', '--location', '725', '--any'])).exit, 0);
});

test('a timeout has to last, as those of other commands', async () => {
  for (const timeout of ['0s', '-5s']) {
    const { error } = await wait(['--until', 'cpu.usage < 50', '--host', 'web-1', `--timeout=${timeout}`]);
    assert.match(error?.message ?? '', /--timeout is -?\ds, which is not above 0/);
  }
});

test('gives up after the timeout with exit 6 and names what it waits for', async () => {
  for (const [argv, message] of [
    [
      ['--until', 'cpu.usage < 50', '--location', '725'],
      /cpu\.usage < 50 does not hold on 2 of 3: later cpu\.usage 90\.0 %; web-2 cpu\.usage 90\.0 %, after 1s/,
    ],
    [['--until', 'cpu.usage < 50', '--host', 'dead', '--any'], /dead: it never reported, after 1s/],
    // Each disk of a host has to be as the condition says.
    [['--until', 'disk.usage < 50', '--host', 'web-1'], /disk\.usage \/ 40\.0 %, disk\.usage \/data 80\.0 %/],
    [['--until', 'cpu.usage < 50 for 10m', '--host', 'web-1'], /not for long enough yet/],
  ] as const) {
    const { exit, error, stdout } = await wait([...argv, '--timeout', '1s']);
    assert.equal(exit, 6, String(argv));
    assert.equal(stdout, '');
    assert.match(error!.message, message);
  }
});

test('ends when the sample that is waited for comes', async () => {
  const waiting = wait([
    '--until',
    'cpu.usage < 50',
    '--host',
    'web-*',
    '--host',
    'later',
    '--any',
    '--timeout',
    '1m',
  ]);
  assert.equal((await waiting).exit, 0);
  let looked = 0;
  const { queryRange, queryLatest } = system.grpc.analyze;
  const analyze = {
    queryRange,
    async queryLatest(request: Parameters<typeof queryLatest>[0]) {
      if (looked++ === 1) await system.put([tickOf('later', NOW - 5_000, { 'cpu.usage': 12 })]);
      return queryLatest(request);
    },
  } as unknown as AnalyzeService;
  const argv = ['--until', 'cpu.usage < 50', '--host', 'later', '--timeout', '1m'];
  const { stdout, exit, stderr } = await wait(argv, { analyze, terminal: true });
  assert.match(stderr, /cpu\.usage < 50 does not hold on 1 of 1: later cpu\.usage 90\.0 % \(\d+m?s\)/);
  assert.deepEqual([exit, stdout], [0, 'later cpu.usage 12.0 %\n']);
});

test('a service that goes away while waiting is waited for; one that never answered is an error', async () => {
  const away = () => Promise.reject(new ExpectedError('UNREACHABLE', 'no analyze service answers'));
  const { queryLatest, queryRange } = system.grpc.analyze;
  let calls = 0;
  const analyze = {
    queryRange,
    queryLatest: (request: Parameters<typeof queryLatest>[0]) =>
      ++calls === 2 ? away() : queryLatest(request),
  } as unknown as AnalyzeService;
  const argv = ['--until', 'cpu.usage < 50', '--host', 'web-2', '--timeout', '2s'];
  const { error, exit } = await wait(argv, { analyze });
  assert.equal(exit, 6);
  assert.match(error!.message, /web-2 cpu\.usage 90\.0 %, after 2s/);
  assert.ok(calls >= 3);
  const never = { queryLatest: away, queryRange: away } as unknown as AnalyzeService;
  assert.match((await wait(argv, { analyze: never })).error!.message, /^no analyze service answers$/);
});

test('until an alert fires, and until it is over', async () => {
  await system.grpc.manage.putRule({ name: 'hot', expression: 'cpu.usage > 80' });
  const warn = (hosts: readonly string[], behindMs = 1_000): Partial<WarnClient> => ({
    listAlerts: async () =>
      ({
        nowMs: NOW,
        warnings: [],
        alerts: hosts.map((host) => ({ host, state: 'firing', labels: {} })),
      }) as never,
    status: async () =>
      ({ nowMs: NOW, partitions: [{ receivedMs: NOW - behindMs }], skippedRecords: 0 }) as never,
  });
  const once = (argv: readonly string[], scene: Scene) => wait([...argv, '--timeout', '1s'], scene);
  assert.equal((await once(['--firing', 'hot'], { warn: warn(['web-2']) })).stdout, 'hot web-2\n');
  assert.equal((await once(['--firing', 'hot', '--host', 'web-1'], { warn: warn(['web-2']) })).exit, 6);
  const still = await once(['--resolved', 'hot'], { warn: warn(['web-2']) });
  assert.match(still.error!.message, /hot still fires: hot web-2, after 1s/);
  assert.equal((await once(['--resolved', 'hot'], { warn: warn([]) })).exit, 0);
  // Nothing fires as far as a warn knows that is behind.
  assert.match(
    (await once(['--resolved', 'hot'], { warn: warn([], 90_000) })).error!.message,
    /warn is 1m 30s behind/,
  );
  assert.equal((await once(['--firing', 'hto'], { warn: warn([]) })).exit, 3);
});

test('a metric that no host reports and minimon does not know is doubted at once, and waited for', async () => {
  const odd = await wait(['--until', 'cpu.usag < 50', '--host', 'web-1', '--timeout', '100ms']);
  assert.equal(odd.exit, 6);
  assert.equal(odd.stderr, 'Warning: unknown metric cpu.usag: no host reports it. Did you mean cpu.usage?\n');
  const late = await wait(['--until', 'swap.usage < 50', '--host', 'web-1', '--timeout', '100ms']);
  assert.deepEqual([late.exit, late.stderr], [6, '']);
});

test('what cannot be waited for is refused', async () => {
  for (const argv of [
    ['--until', 'cpu.usage < 50'],
    ['--host', 'web-1'],
    ['--until', 'cpu.usage < 50', '--firing', 'hot', '--host', 'web-1'],
    ['--until', 'cpu.usage << 50', '--host', 'web-1'],
    ['--until', 'share(silent) > 20%', '--location', '725'],
    ['--until', 'cpu.usage < 50', '--host', 'web-1', '--timeout', '5'],
  ])
    assert.equal((await wait(argv)).exit, 2, String(argv));
  assert.equal((await wait(['--until', 'cpu.usage < 50', '--host', 'web-9'])).exit, 3);
});

test('labels of alerts are made safe before they are printed', async () => {
  await system.grpc.manage.putRule({ name: 'odd-label', expression: 'disk.usage > 90' });
  const warn = {
    listAlerts: async () => ({
      nowMs: NOW,
      alerts: [{ host: 'web-1', state: 'firing', labels: { mount: '/\u009b31m\u202egpj' } }],
      warnings: [],
    }),
    status: async () => ({ nowMs: NOW, partitions: [] }),
  } as unknown as WarnClient;
  const { stdout, exit } = await wait(['--firing', 'odd-label'], { warn });
  assert.equal(exit, 0);
  assert.match(stdout, /^odd-label web-1 \//);
  assert.doesNotMatch(stdout, /[\u0080-\u009f\u202e]/);
});
