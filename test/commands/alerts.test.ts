// The alerts and receivers commands over a real manage service with a catalog on disk.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertView, HistoryView, WhyStep } from '../../src/api/warn.ts';
import AlertsAck from '../../src/commands/alerts/ack.ts';
import AlertsAdd from '../../src/commands/alerts/add.ts';
import AlertsDisable from '../../src/commands/alerts/disable.ts';
import AlertsEnable from '../../src/commands/alerts/enable.ts';
import AlertsFiring from '../../src/commands/alerts/firing.ts';
import AlertsHistory from '../../src/commands/alerts/history.ts';
import AlertsList from '../../src/commands/alerts/list.ts';
import AlertsRemove from '../../src/commands/alerts/remove.ts';
import AlertsWhy from '../../src/commands/alerts/why.ts';
import ReceiversAdd from '../../src/commands/receivers/add.ts';
import ReceiversList from '../../src/commands/receivers/list.ts';
import ReceiversRemove from '../../src/commands/receivers/remove.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { memoryWarn } from '../api/memory-warn.ts';
import { auditEntries } from '../catalog/audit-entries.ts';
import { NOW } from '../terminal/screens.ts';
import { alertBackends } from '../warn/alert-parts.ts';
import { runCommand, type Scene } from './run-in-process.ts';
import { manageInMemory, UNMANAGED } from './services-in-memory.ts';

async function operator() {
  const { manage, catalog } = await alertBackends();
  const run = (command: unknown, argv: readonly string[], scene: Scene = {}) =>
    runCommand(command, command === AlertsAdd ? [...argv, '--no-backtest'] : argv, {
      manage,
      warn: memoryWarn(),
      ...scene,
    });
  return { run, manage, catalog };
}
const names = (text: string) => text.trim().split('\n');
const SECRET = 'T0000-very-secret-725';
const HOOK = JSON.stringify({ url: `https://hooks.example.org/services/${SECRET}` });

test('a rule is added, listed, switched off and on, and removed; every change has its audit entry', async () => {
  const { run, catalog } = await operator();
  const added = await run(AlertsAdd, [
    'hot',
    'CPU_Rate>90 for 5m',
    '--location',
    '72*',
    '--severity',
    'critical',
  ]);
  assert.equal(added.stderr, 'hot: cpu.usage > 90 for 5m\n');
  assert.deepEqual(names((await run(AlertsList, ['-o', 'name'])).stdout), [
    'host-silent',
    'hot',
    'room-dark',
  ]);
  const listed = JSON.parse((await run(AlertsList, ['--json'])).stdout)[1];
  assert.deepEqual(
    [listed.locations, listed.hosts, listed.notify, listed.enabled, listed.built_in],
    [['72*'], [], [], true, false],
  );
  const onPipe = (await run(AlertsList, [])).stdout;
  assert.match(onPipe, /^hot +critical +cpu\.usage > 90 for 5m +location 72\* +- +yes/m);
  await run(AlertsAdd, ['hot', 'CPU_Rate>90 for 5m', '--location', '72*', '--replace', '--severity', 'info']);
  const change = (await auditEntries(catalog.audit)).at(-1);
  assert.deepEqual(change?.detail, {
    ...{ from: 'cpu.usage > 90 for 5m', to: 'cpu.usage > 90 for 5m' },
    severity: 'critical -> info',
  });
  await run(AlertsDisable, ['hot']);
  await run(AlertsDisable, ['hot']);
  assert.match((await run(AlertsList, [])).stdout, /^hot .* no +- +off *$/m);
  await run(AlertsEnable, ['hot']);
  await run(AlertsRemove, ['hot', '--yes']);
  assert.equal((await run(AlertsRemove, ['hott'])).exit, 3);
  const entries = await auditEntries(catalog.audit);
  assert.deepEqual(
    entries.map(({ action }) => action),
    ['rule.add', 'rule.change', 'rule.disable', 'rule.enable', 'rule.remove'],
  );
  assert.deepEqual([...new Set(entries.map(({ actor }) => actor))], ['ann']);

  assert.equal((await catalog.alertConfiguration.read()).version, 5);
});

test('a replacement keeps what it does not name', async () => {
  const { run, manage } = await operator();
  await run(AlertsAdd, [
    'hot',
    'cpu.usage > 90',
    '--location',
    '725',
    '--runbook',
    'https://wiki/hot',
    '--quiet-end',
  ]);
  await run(AlertsDisable, ['hot']);
  await run(AlertsAdd, ['hot', 'cpu.usage > 95', '--severity', 'critical', '--replace']);
  const hot = (await manage.listRules()).find(({ name }) => name === 'hot')!;
  const { expression, severity, locations, runbook, tellResolved, enabled } = hot;
  assert.deepEqual(
    [expression, severity, locations, runbook, tellResolved, enabled],
    ['cpu.usage > 95', 'critical', ['725'], 'https://wiki/hot', false, false],
  );
  assert.equal((await run(AlertsAdd, ['all', 'cpu.usage > 95', '--location', ''])).exit, 2);
  await run(ReceiversAdd, ['ops', 'slack', '--default', '--route', 'location=725'], { input: HOOK });
  await run(ReceiversAdd, ['ops', 'slack', '--replace'], { input: HOOK });
  assert.match((await run(ReceiversList, [])).stdout, /^ops .* location=725 +yes/m);
});

test('case 24: what is no rule, also where the shell took its `>`, is refused with a caret, and nothing is saved', async () => {
  const { run, catalog } = await operator();
  for (const [argv, exit, message] of [
    [['hot', 'cpu.usage > 90 fro 5m'], 2, /cpu\.usage > 90 fro 5m\n +\^{3}/],
    [['hot', 'cpu.usage', 'for', '5m'], 2, /cpu\.usage for 5m\n {12}\^{3}\n.*Quote the whole expression/s],
    [['hot', 'cpu.usage > 0.9'], 2, /0 to 100.*Did you mean 90\?.*--force/s],
    [['hot', 'cpu.usag > 90'], 2, /unknown metric.*Did you mean cpu\.usage\?/s],
    [['hot', 'cpu.usage > 90', '--notify', 'opps'], 3, /no receiver opps/],
    [['hot', 'cpu.usage > 90', '--text', '{hots} is hot'], 2, /unknown placeholder \{hots\}.*\{host\}|host/s],
    [['ho\u0007t', 'cpu.usage > 90'], 2, /cannot be printed/],
    [['room-dark', 'silent for 3m'], 4, /rule room-dark already exists/],
  ] as const) {
    const { error, exit: code } = await run(AlertsAdd, [...argv]);
    assert.equal(code, exit, String(argv));
    assert.match(`${error?.message}\n${error?.hint}`, message);
  }
  assert.equal((await catalog.alertConfiguration.read()).version, 0);
  const forced = await run(AlertsAdd, ['odd', 'cpu.usage > 0.9', '--force']);
  assert.equal(forced.exit, 0);
  assert.equal((await run(AlertsRemove, ['host-silent'])).exit, 2);
});

test('a receiver is added from stdin, shown without its secret, and kept while a rule names it', async () => {
  const { run, catalog } = await operator();
  const added = await run(ReceiversAdd, ['ops', 'slack', '--default'], { input: HOOK });
  assert.equal(added.stderr, 'ops: slack at https://hooks.example.org/...-725, the default receiver\n');
  const shown = [added.stderr, added.stdout];
  for (const format of ['table', 'json', 'csv']) {
    shown.push((await run(ReceiversList, ['-o', format])).stdout);
  }
  assert.equal(shown.join('').includes(SECRET), false);
  assert.equal(JSON.stringify(await auditEntries(catalog.audit)).includes(SECRET), false);
  await run(AlertsAdd, ['hot', 'cpu.usage > 90', '--notify', 'ops']);
  assert.match((await run(ReceiversRemove, ['ops', '-y'])).error?.message ?? '', /used by hot/);
  assert.equal((await run(ReceiversRemove, ['ops', '--force', '--yes'])).exit, 0);
  assert.match((await run(AlertsList, [])).stdout, /^hot .* no receiver ops *$/m);
});

test('a wrong kind or option is named with the right ones, and never with its value', async () => {
  const { run } = await operator();
  for (const [argv, input, message] of [
    [['ops', 'slak'], HOOK, /unknown receiver kind.*slack/s],
    [['ops', 'slack'], JSON.stringify({ ulr: SECRET }), /Options of slack: url/],
    [['ops', 'slack'], SECRET, /not a JSON object\nOptions of slack: url/],
    [['ops', 'slack', '--zone', 'Mars/Base'], HOOK, /unknown time zone/],
    [['ops', 'slack', '--route', 'lcoation=725'], HOOK, /lcoation=725\n +\^+\nDid you mean location\?/],
    [['ops', 'slack', '--route', 'web-17'], HOOK, /has no operator/],
  ] as const) {
    const { error, exit } = await run(ReceiversAdd, [...argv], { input });
    assert.equal(exit, 2, String(argv));
    assert.match(`${error?.message}\n${error?.hint}`, message);
    assert.equal(`${error?.message}${error?.hint}`.includes(SECRET), false);
  }
  await run(ReceiversAdd, ['ops', 'slack', '--default'], { input: HOOK });
  assert.equal((await run(ReceiversAdd, ['more', 'slack', '--default'], { input: HOOK })).exit, 4);
});

test('alerts firing on a terminal has ages, on a pipe instants, and says so where nothing fires', async () => {
  const alert = {
    id: 'hot web-1',
    rule: 'hot',
    severity: 'critical',
    state: 'firing',
    location: '725',
    host: 'web-1',
    labels: {},
    expression: 'cpu.usage > 90',
    value: 95.5,
    sinceMs: NOW - 300_000,
    evaluatedMs: NOW,
  } as const;
  const warn = {
    status: () => assert.fail('not asked'),
    listAlerts: async () => ({ nowMs: NOW, alerts: [alert], warnings: ['manage is down'] }),
  };
  const onTerminal = await runCommand(AlertsFiring, [], { warn, terminal: true });
  assert.match(onTerminal.stdout, /critical +hot +725 +web-1 .*95\.5 .*5m ago/);
  assert.equal(onTerminal.stderr, 'Warning: manage is down\n');
  const onPipe = await runCommand(AlertsFiring, [], { warn });
  assert.match(
    onPipe.stdout,
    /critical +hot +725 +web-1 +- +95\.5 +cpu\.usage > 90 +2026-11-25T13:55:05\.000Z/,
  );
  const none = { ...warn, listAlerts: async () => ({ nowMs: NOW, alerts: [], warnings: [] }) };
  assert.match(
    (await runCommand(AlertsFiring, [], { warn: none, terminal: true })).stdout,
    /No firing alerts\./,
  );
});

test('alerts firing refuses a rule and a location that nothing has, with the nearest, and takes globs', async () => {
  const { run, manage } = await operator();
  await manage.putRule({ name: 'hot', expression: 'cpu.usage > 90' });
  await manage.assignHosts({ new: true, assignments: [{ hostId: 'web-1', location: '725' }] });
  const warn = { ...memoryWarn(), listAlerts: async () => ({ nowMs: NOW, alerts: [], warnings: [] }) };
  const firing = (...argv: readonly string[]) => run(AlertsFiring, argv, { warn, manage });
  const rule = await firing('--rule', 'hott');
  assert.equal(rule.exit, 3);
  assert.match(`${rule.error?.message} ${rule.error?.hint}`, /no rule hott Did you mean hot\?/);
  const location = await firing('--location', '752');
  assert.equal(location.exit, 3);
  assert.match(
    `${location.error?.message} ${location.error?.hint}`,
    /no host was ever assigned to location 752 Did you mean 725\?/,
  );
  for (const argv of [
    ['--rule', 'h*t'],
    ['--location', '9*'],
    ['--rule', 'hot', '--location', '725'],
    ['--rule', 'pipeline-stalled'],
  ])
    assert.equal((await firing(...argv)).exit, 0);
});

test('alerts ack says what it acknowledged; nothing fits: exit 1, and why', async () => {
  const asked: unknown[] = [];
  const alert: AlertView = {
    ...{ id: 'hot web-1', rule: 'disk-full', severity: 'critical', state: 'firing', location: '725' },
    ...{ host: 'web-1', labels: { mount: '/var' }, expression: 'disk.usage > 90' },
    ...{ sinceMs: NOW - 300_000, evaluatedMs: NOW },
    acknowledged: { by: 'ann', note: 'ordered', atMs: NOW - 60_000 },
  };
  const warn = {
    acknowledge: async (request: { readonly alert: string }) => {
      asked.push(request);
      return request.alert === 'disk-full'
        ? { alerts: [alert] }
        : { alerts: [], hint: 'Did you mean disk-full?' };
    },
    listAlerts: async () => ({ nowMs: NOW, alerts: [alert], warnings: [] }),
  };
  const argv = ['disk-full', '--host', 'web-*', '--note', 'ordered', '--author', 'ann'];
  const done = await runCommand(AlertsAck, argv, { warn });
  assert.equal(done.exit, 0);
  assert.equal(done.stderr, 'disk-full web-1 mount=/var (725)\n1 acknowledged\n');
  assert.deepEqual(asked, [{ alert: 'disk-full', by: 'ann', host: 'web-*', note: 'ordered' }]);
  const none = await runCommand(AlertsAck, ['dsk-full', '--note', 'x'], { warn });
  assert.equal(none.exit, 1);
  assert.equal(none.stderr, 'No firing alert matches: Did you mean disk-full?\n');
  for (const [flags, hint] of [
    [['--host', 'wbe-1'], 'Did you mean web-1?'],
    [['--location', '752'], 'Did you mean 725?'],
  ] as const) {
    const manage = manageInMemory().service;
    const absent = await runCommand(AlertsAck, ['cpu', ...flags, '--note', 'x'], { warn, manage });
    assert.deepEqual([absent.exit, absent.error?.hint], [3, hint]);
  }
  const shown = await runCommand(AlertsFiring, [], { warn });
  assert.match(shown.stdout, /ACKNOWLEDGED/);
  assert.match(shown.stdout, /by ann 2026-11-25T13:59:05\.000Z: ordered/);
});

test('alerts history reads pages until it has enough, and says in words what happened', async () => {
  const asked: unknown[] = [];
  const entry = { atMs: NOW, location: '725', subjects: [{ rule: 'disk-full', host: 'web-1' }], count: 1 };
  const pages: readonly (readonly HistoryView[])[] = [
    [
      { ...entry, kind: 'resolved', severity: 'critical', sinceMs: NOW - 3_600_000 },
      {
        ...entry,
        kind: 'refused',
        count: 3,
        message: { id: 'n', receiver: 'mail', recipient: 'a@example.org', reason: 'some_resolved' },
        text: '550 \u001b[2Jno such user',
      },
    ],
    [],
    [
      { ...entry, kind: 'level', severity: 'critical', previousSeverity: 'warning' },
      { ...entry, kind: 'acknowledged', by: 'ann', text: 'ordered' },
      { ...entry, kind: 'firing', severity: 'warning', expression: 'disk.free < 5GiB', value: 4.2e9 },
    ],
  ];
  const warn = {
    async listHistory(request: object) {
      asked.push(request);
      const entries = pages[asked.length - 1]!;
      return { entries, ...(asked.length < 3 && { nextCursor: `c${asked.length}` }) };
    },
  };
  const argv = ['--rule', 'disk-*', '--since', '2h', '--limit', '10'];
  const { stdout, stderr } = await runCommand(AlertsHistory, argv, { warn });
  assert.deepEqual(asked, [
    { rule: 'disk-*', sinceMs: NOW - 7_200_000, limit: 10 },
    { rule: 'disk-*', sinceMs: NOW - 7_200_000, limit: 8, cursor: 'c1' },
    { rule: 'disk-*', sinceMs: NOW - 7_200_000, limit: 8, cursor: 'c2' },
  ]);
  assert.equal(stderr, '');
  assert.deepEqual(stdout.includes('\u001b'), false);
  for (const text of [
    /resolved +critical +disk-full +725 +web-1 .*after 1h/,
    /refused .*web-1 .*some resolved to mail \(a@example\.org\): 550 \\e\[2Jno such user/,
    /severity .*warning -> critical/,
    /acknowledged .*by ann: ordered/,
    /firing .*at 3\.91 GiB/,
  ])
    assert.match(stdout, text);
  asked.length = 0;
  const one = await runCommand(AlertsHistory, ['--limit', '2'], { warn });
  assert.match(one.stderr, /There may be more than 2/);
  const { manage } = await operator();
  const none = { manage, warn: { listHistory: async () => ({ entries: [] }) } };
  const slip = await runCommand(AlertsHistory, ['--rule', 'host-silnt'], none);
  assert.deepEqual([slip.exit, slip.error?.hint], [3, 'Did you mean host-silent?']);
  assert.equal((await runCommand(AlertsHistory, ['--rule', 'host-silent'], none)).exit, 0);
});

test('alerts why: the summary and a line a step; as data; a host that has no location', async () => {
  const steps: readonly WhyStep[] = [
    { topic: 'rule', verdict: 'ok', text: 'disk.usage > 90 (critical)' },
    { topic: 'value', verdict: 'ok', text: 'disk.usage is 95 %', atMs: NOW - 60_000, subject: 'mount=/var' },
    { topic: 'silence', verdict: 'stop', text: 'silenced by ann, until', atMs: NOW + 60_000 },
  ];
  const asked: unknown[] = [];
  const warn = {
    async explain(request: { readonly host?: string }) {
      asked.push(request);
      if (request.host !== 'app-1') return { nowMs: NOW, summary: 'disk fires', steps, warnings: ['w'] };
      throw new ExpectedError('HOST_UNKNOWN', 'no host "app-1" has a location');
    },
  };
  const onTerminal = await runCommand(AlertsWhy, ['disk', '--host', 'web-1'], { warn, terminal: true });
  assert.deepEqual(asked, [{ rule: 'disk', host: 'web-1' }]);
  assert.equal(onTerminal.stderr, 'Warning: w\n');
  assert.match(onTerminal.stdout, /^disk fires\n/);
  assert.match(onTerminal.stdout, /ok +value +mount=\/var +disk\.usage is 95 %, .*\(60s ago\)/);
  assert.match(onTerminal.stdout, /stop +silence .*until, .*\(in 60s\)/);
  const data = JSON.parse((await runCommand(AlertsWhy, ['disk', '--json'], { warn })).stdout);
  assert.deepEqual([data.rule, data.summary, data.steps[1].subject], ['disk', 'disk fires', 'mount=/var']);
  assert.equal(data.steps[2].at, '2026-11-25T14:01:05.000Z');
  const manage = manageInMemory({ hosts: UNMANAGED }).service;
  const loose = await runCommand(AlertsWhy, ['disk', '--host', 'app-1'], { warn, manage });
  assert.equal(loose.exit, 3);
  assert.match(`${loose.error?.message} ${loose.error?.hint}`, /app-1 has no location.*hosts assign app-1/);
});
