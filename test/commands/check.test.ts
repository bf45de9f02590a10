// minimon check over real daemons: states, texts, performance data, and never OK about what nobody knows.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { AnalyzeService } from '../../src/api/analyze.ts';
import type { ManageClient } from '../../src/api/manage.ts';
import type { AlertView, WarnClient } from '../../src/api/warn.ts';
import { judgeHosts } from '../../src/assembly/judge-hosts.ts';
import Check from '../../src/commands/check.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { readExpression } from '../../src/domain/expression/check.ts';
import { unknownLine } from '../../src/terminal/check-line.ts';
import { tickOf } from '../analyze/ticks.ts';
import { openTwoDaemons, type TwoDaemons } from '../analyze/two-daemons.ts';
import { directory } from '../report/ticks.ts';
import { NOW } from '../terminal/screens.ts';
import { runCommand, type Scene } from './run-in-process.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
let system: TwoDaemons;

/** Ticks a minute up to now; the last one five seconds ago. */
const minutes = (
  host: string,
  count: number,
  samples: (minute: number) => Record<string, number>,
  agoMs = 5_000,
) =>
  Array.from({ length: count }, (_, i) => tickOf(host, NOW - agoMs - (count - 1 - i) * MINUTE, samples(i)));

before(async () => {
  system = await openTwoDaemons(NOW);
  const { put, grpc } = system;
  for (const [host, location] of [
    ['web-1', '725'],
    ['web-2', '725'],
    ['web-3', '725'],
    ['dead', '725'],
    ['never', '726'],
    ['young', '727'],
    ['unmounted', '728'],
    ['ended', '729'],
  ] as const)
    await grpc.manage.insertHost({ hostId: host, location });
  await put(
    minutes('web-1', 20, (i) => ({
      'cpu.usage': 80,
      "disk.usage{mount=/data a=b'c|d}": 85,
      'clock.offset': -3,
      uptime: i,
    })),
  );
  await put(minutes('web-2', 20, (i) => ({ 'cpu.usage': i < 16 ? 20 : 96.5, uptime: i })));
  await put(
    minutes('web-3', 20, (i) => ({
      'cpu.usage': 10,
      ...(i < 5 && { 'swap.usage': 1 }),
      'mem.available': 1.5e12,
    })),
  );
  await put(minutes('dead', 5, () => ({ 'disk.usage{mount=/}': 40 }), 3 * HOUR));
  await put(minutes('young', 2, () => ({ 'cpu.usage': 99 })));
  await put(minutes('unmounted', 20, (i) => ({ uptime: i, ...(i < 16 && { 'disk.usage{mount=/}': 10 }) })));
  const data = { metric: 'disk.usage', labels: { mount: '/data' } };
  const ended = minutes('ended', 20, (i) => ({
    ...{ uptime: i, 'disk.usage{mount=/}': 10 },
    ...(i < 18 && { 'disk.usage{mount=/data}': 95 }),
  }));
  await put(ended.map((tick, i) => (i === 18 ? { ...tick, ended: [data] } : tick)));
  await put(minutes('stray', 5, () => ({ 'cpu.usage': 1 })));
});
after(() => system.stop());

const check = (argv: readonly string[], scene: Scene = {}) =>
  runCommand(Check, argv, {
    manage: system.grpc.manage as unknown as ManageClient,
    analyze: system.grpc.analyze as unknown as AnalyzeService,
    ...scene,
  });
const line = async (argv: readonly string[], scene?: Scene) => {
  const { stdout, exit, error } = await check(argv, scene);
  assert.equal(error, undefined, String(argv));
  assert.equal(stdout.split('\n').length, 2, 'one line');
  return [exit, stdout.trimEnd()] as const;
};

test('case 23 e: one host: OK, warning, critical, with values and thresholds; a bound without a severity is critical', async () => {
  assert.deepEqual(await line(['--host', 'web-1', 'cpu.usage > 80 warning, > 95 critical']), [
    0,
    "OK - web-1 cpu.usage 80.0 % (cpu.usage > 80 warning, > 95 critical) | 'cpu.usage'=80%;80;95;0;100",
  ]);
  assert.deepEqual(await line(['--host', 'web-1', 'cpu.usage >= 80 warning, > 95 critical']), [
    1,
    "WARNING - web-1 cpu.usage 80.0 % (cpu.usage >= 80 warning, > 95 critical) | 'cpu.usage'=80%;80;95;0;100",
  ]);
  assert.equal((await line(['--host', 'web-2', 'cpu.usage > 80 warning, > 95 critical']))[0], 2);
  assert.equal((await line(['--host', 'web-2', 'cpu.usage', '>', '90']))[0], 2);
});

test('a series that its source ended is not judged; one that only stopped is not known', async () => {
  assert.equal((await line(['--host', 'ended', 'disk.usage > 80']))[0], 0);
  assert.equal((await line(['--host', 'unmounted', 'disk.usage > 80']))[0], 3);
});

test('a window, `for` and abs; what does not hold long enough is OK and said', async () => {
  assert.equal((await line(['--host', 'web-2', 'avg(cpu.usage, 4m) > 90']))[0], 2);
  assert.equal((await line(['--host', 'web-2', 'cpu.usage > 90 for 3m']))[0], 2);
  const [exit, text] = await line(['--host', 'web-2', 'cpu.usage > 90 for 10m']);
  assert.equal(exit, 0);
  assert.match(text, /cpu\.usage 96\.5 %, not for long enough yet/);
  assert.match(
    (await line(['--host', 'web-1', 'abs(clock.offset) > 2s']))[1],
    /^CRITICAL - .*'clock.offset'=3s;;-2:2$/,
  );
  assert.match((await line(['--host', 'web-1', 'clock.offset > 2s']))[1], /^OK - .*'clock.offset'=-3s;;~:2$/);
  assert.match((await line(['--host', 'web-1', 'cpu.usage > 0']))[1], /'cpu.usage'=80%;;0;0;100$/);
});

test('a line has 1,000 characters at most, and says that it was cut', () => {
  const text = (length: number) => unknownLine('x'.repeat(length)).text.trimEnd();
  assert.equal(text(1_000), `UNKNOWN - ${'x'.repeat(1_000)}`);
  assert.equal(text(1_001), `UNKNOWN - ${'x'.repeat(997)}...`);
});

test('case 23: labels that would break the line do not', async () => {
  const [exit, text] = await line(['--host', 'web-1', 'disk.usage > 80 warning, > 90 critical']);
  assert.equal(exit, 1);
  assert.equal(
    text,
    "WARNING - web-1 disk.usage /data a=b'c/d 85.0 % (disk.usage > 80 warning, > 90 critical) | 'disk.usage /data a_b_c_d'=85%;80;90;0;100",
  );
});

test('case 23 b, c: what is silent, gone, too little, old, unmanaged or never seen is UNKNOWN, without performance data', async () => {
  for (const [argv, why] of [
    [['--host', 'dead', 'disk.usage > 80'], /dead: silent for 3h/],
    [['--host', 'never', 'cpu.usage > 80'], /never: it never reported/],
    [['--host', 'stray', 'cpu.usage > 80'], /stray: it is not assigned to a location/],
    [['--host', 'nobody', 'cpu.usage > 80'], /no host nobody/],
    [['--host', 'web-3', 'swap.usage > 80'], /reports no matching swap\.usage/],
    [['--host', 'web-1', 'disk.usage{mount="/var"} > 80'], /reports no matching disk\.usage/],
    [['--host', 'young', 'avg(cpu.usage, 10m) > 80'], /2 of 10 samples of cpu\.usage/],
    [['--location', '999', 'cpu.usage > 80'], /999/],
  ] as const) {
    const [exit, text] = await line(argv);
    assert.equal(exit, 3, String(argv));
    assert.match(text, /^UNKNOWN - /);
    assert.match(text, why);
    assert.doesNotMatch(text, /\|/);
  }
});

test('a value that stopped while its host goes on is old', async () => {
  const [exit, text] = await line(['--host', 'unmounted', 'disk.usage > 80 for 5m']);
  assert.equal(exit, 3);
  assert.match(text, /disk\.usage mount=\/ was last reported 4m 5s ago/);
});

test('case 23 f: a location: the worst that is certain, how many cannot be judged, counts as performance data', async () => {
  assert.deepEqual(await line(['--location', '725', 'cpu.usage > 90']), [
    2,
    'CRITICAL - 1 of 4 hosts: web-2 cpu.usage 96.5 %; 1 of 4 hosts cannot be judged: dead: silent for 3h (cpu.usage > 90) | ' +
      'ok=2;;;0;4 warning=0;;;0;4 critical=1;;;0;4 unknown=1;;;0;4',
  ]);
  const [exit, text] = await line(['--location', '725', 'cpu.usage > 99']);
  assert.equal(exit, 3);
  assert.match(text, /^UNKNOWN - 1 of 4 hosts cannot be judged: dead: silent/);
  assert.equal((await line(['--location', '727', 'cpu.usage > 99']))[0], 0);
});

test('a glob of several hosts counts as a location does', async () => {
  assert.deepEqual(await line(['--host', 'web-[12]', 'cpu.usage > 90']), [
    2,
    'CRITICAL - 1 of 2 hosts: web-2 cpu.usage 96.5 % (cpu.usage > 90) | ' +
      'ok=1;;;0;2 warning=0;;;0;2 critical=1;;;0;2 unknown=0;;;0;2',
  ]);
});

test('silence is checked as such: the silent host is critical, the others are OK', async () => {
  assert.match((await line(['--host', 'dead', 'silent for 3m']))[1], /^CRITICAL - dead fires/);
  assert.match((await line(['--host', 'web-1', 'silent for 3m']))[1], /^OK - web-1/);
  assert.match((await line(['--host', 'never', 'silent for 3m']))[1], /^UNKNOWN - /);
});

test('case 23 a, d: its own failures are one UNKNOWN line and exit 3, also where another command would exit 2', async () => {
  const down = new Proxy({} as ManageClient, {
    get: (_, key) =>
      key === 'then'
        ? undefined
        : () =>
            Promise.reject(
              new ExpectedError('UNREACHABLE', 'no manage service answers', { hint: 'Start it.' }),
            ),
  });
  for (const [argv, why, scene] of [
    [['--host', 'web-1', 'cpu.usage > 80'], /no manage service answers\. Start it\./, { manage: down }],
    [['--hots', 'web-1', 'cpu.usage > 80'], /no flag --hots\. Did you mean --host\?/, {}],
    [['--host', 'web-1'], /name an expression or a --rule/, {}],
    [['cpu.usage > 80'], /name a --host or a --location/, {}],
    [['--host', 'web-1', 'cpu.usage >> 80'], /expected a number.*: cpu\.usage >> 80/, {}],
    [
      ['--host', 'web-1', 'cpu.usage > 90 warning, > 80 critical'],
      /critical must be stricter than warning: cpu\.usage > 90 warning, > 80 critical$/,
      {},
    ],
    [
      ['--host', 'web-1', 'cpu.usag > 80'],
      /unknown metric cpu\.usag: no host can be judged\. Did you mean cpu\.usage\?/,
      {},
    ],
    [['--host', 'web-1', '--rule', 'nope'], /no rule nope/, {}],
    [['--host', 'web-1', '--config', '/nonexistent.yaml', 'cpu.usage > 1'], /nonexistent/, {}],
  ] as const) {
    const [exit, text] = await line(argv, scene);
    assert.equal(exit, 3, String(argv));
    assert.match(text, /^UNKNOWN - /);
    assert.match(text, why);
  }
});

test('case 23 d, g: a configuration that cannot be read, and a pipe that nobody reads, are UNKNOWN', async () => {
  const path = join(directory(), 'config.yaml');
  writeFileSync(path, 'report: {port: [}\n');
  const [exit, text] = await line(['--host', 'web-1', 'cpu.usage > 90', '--config', path]);
  assert.equal(exit, 3);
  assert.match(text, /^UNKNOWN - .*config\.yaml:1/);
  const unread = await check(['--host', 'web-1', 'cpu.usage > 90'], { readerGone: true });
  assert.deepEqual([unread.exit, unread.error], [3, undefined]);
});

const alert = (over: Partial<AlertView>): AlertView => ({
  id: 'a',
  rule: 'hot',
  severity: 'critical',
  state: 'firing',
  host: 'web-1',
  location: '725',
  labels: {},
  expression: 'cpu.usage > 95',
  sinceMs: NOW,
  evaluatedMs: NOW,
  ...over,
});

/** A warn that tells these alerts and has read up to `behindMs` ago. */
const warnWith = (alerts: readonly AlertView[], behindMs = 1_000): Partial<WarnClient> => ({
  listAlerts: async ({ rule }) => ({
    nowMs: NOW,
    alerts: alerts.filter((one) => one.rule === rule),
    warnings: [],
  }),
  status: async () => ({
    nowMs: NOW,
    partitions: [
      {
        partition: 0,
        end: 1,
        position: 1,
        committed: 1,
        unread: 0,
        uncommitted: 0,
        receivedMs: NOW - behindMs,
      },
    ],
    skippedRecords: 0,
    role: 'active' as const,
    telling: true,
    warnings: [],
  }),
});

test('a saved rule: what warn says fires, with the values of now; OK only while warn is up to date', async () => {
  const manage = system.grpc.manage;
  await manage.putRule({
    name: 'hot',
    expression: 'cpu.usage > 95 clear < 70',
    locations: ['725'],
    severity: 'warning',
  });
  await manage.putRule({ name: 'dark', expression: 'share(cpu.usage > 90) > 20%' });
  const rule = (argv: readonly string[], warn: Partial<WarnClient>) =>
    line([...argv, '--rule', 'hot'], { warn });
  // 80 is under the bound and over clear: warn knows that it fires still.
  const [exit, text] = await rule(['--host', 'web-1'], warnWith([alert({ severity: 'warning' })]));
  assert.equal(exit, 1);
  assert.match(text, /^WARNING - web-1 cpu\.usage 80\.0 % .*\| 'cpu.usage'=80%;95;;0;100$/);
  assert.equal((await rule(['--host', 'web-1'], warnWith([])))[0], 0);
  assert.match(
    (await rule(['--host', 'web-1'], warnWith([], 120_000)))[1],
    /^UNKNOWN - web-1: warn is 2m behind/,
  );
  assert.equal((await rule(['--host', 'web-1'], warnWith([alert({ state: 'pending' })])))[0], 0);
  assert.match(
    (await rule(['--host', 'young'], warnWith([])))[1],
    /^UNKNOWN - rule hot does not apply to young/,
  );
  assert.match((await rule(['--host', 'dead'], warnWith([])))[1], /^UNKNOWN - dead: silent/);
  const silent = await line(['--host', 'dead', '--rule', 'host-silent'], { warn: warnWith([]) });
  assert.match(silent[1], /^CRITICAL - dead fires/);
  const shares = await line(['--location', '725', '--rule', 'dark'], {
    warn: warnWith([alert({ rule: 'dark' })]),
  });
  assert.equal(shares[0], 2);
  assert.match(shares[1], /^CRITICAL - 1 of 1 location: 725/);
  const share = (argv: readonly string[]) => line([...argv, '--rule', 'dark'], { warn: warnWith([]) });
  const calm = await share(['--location', '725']);
  assert.equal(calm[0], 0);
  assert.match(calm[1], /^OK - location 725 \(share/);
  assert.equal((await share(['--host', 'web-1']))[0], 0);
  // Of fewer than three hosts warn tells nothing, whatever they report.
  const [few, why] = await share(['--location', '727']);
  assert.equal(few, 3);
  assert.match(why, /727: a share needs 3 hosts, but only 1 can be evaluated/);
  await manage.setRuleEnabled({ name: 'hot', enabled: false });
  assert.match((await rule(['--host', 'web-1'], warnWith([])))[1], /^UNKNOWN - rule hot is disabled/);
});

test('by a clock that is behind nothing is judged: what was well then may not be now', async () => {
  const { manage, analyze } = system.grpc;
  const hosts = [await manage.getHost('web-2')];
  const expression = readExpression('cpu.usage > 95');
  const at = (nowMs: number) => judgeHosts({ analyze }, hosts, { expression, severity: 'critical', nowMs });
  assert.equal((await at(NOW))[0]!.subjects[0]!.severity, 'critical');
  const [behind] = await at(NOW - 10 * MINUTE);
  assert.match(behind!.unknown!, /its last sample is 9m 55s ahead of the clock here/);
});
