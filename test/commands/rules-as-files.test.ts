// alerts apply, plan, validate and export over a real manage service: sources, pruning, faults with their places, round trip.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import AlertsAdd from '../../src/commands/alerts/add.ts';
import AlertsApply from '../../src/commands/alerts/apply.ts';
import AlertsDisable from '../../src/commands/alerts/disable.ts';
import AlertsExport from '../../src/commands/alerts/export.ts';
import AlertsPlan from '../../src/commands/alerts/plan.ts';
import AlertsValidate from '../../src/commands/alerts/validate.ts';
import ReceiversAdd from '../../src/commands/receivers/add.ts';
import { STOCK_RULES } from '../../src/domain/alerting/stock-rules.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { memoryWarn } from '../api/memory-warn.ts';
import { directory } from '../report/ticks.ts';
import { NOW } from '../terminal/screens.ts';
import { alertBackends } from '../warn/alert-parts.ts';
import { analyzeWith } from './backtests-in-memory.ts';
import { runCommand, type Scene } from './run-in-process.ts';

/** What analyze and warn would say is for a test of its own. */
const QUIET = new Map<unknown, readonly string[]>([
  [AlertsAdd, ['--no-backtest']],
  [AlertsApply, ['--no-preview']],
  [AlertsPlan, ['--no-preview']],
]);

async function operator() {
  const { manage, catalog } = await alertBackends();
  const folder = directory();
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const run = (command: unknown, argv: readonly string[], scene: Scene = {}) =>
    runCommand(command, [...argv, ...(QUIET.get(command) ?? [])], { manage, warn: memoryWarn(), ...scene });
  const version = async () => (await catalog.alertConfiguration.read()).version;
  const rules = async () => new Map((await manage.listRules()).map((rule) => [rule.name, rule]));
  const names = async () =>
    [...(await rules()).keys()].filter((name) => !/^(room-dark|host-silent)$/.test(name));
  return { run, manage, catalog, folder, file, version, rules, names };
}

const rule = (name: string, expr = 'cpu.usage > 90 for 5m') => `  - {name: ${name}, expr: '${expr}'}\n`;
const file = (...names: string[]) =>
  names.length === 0 ? 'rules: []\n' : `rules:\n${names.map((one) => rule(one)).join('')}`;

test('two files and a rule by hand: pruning takes what the same source created, and nothing else', async () => {
  const { run, file: write, names, rules } = await operator();
  await run(AlertsAdd, ['by-hand', 'mem.usage > 90']);
  const a = write('a.yaml', file('a1', 'a2', 'a3'));
  const b = write('b.yaml', file('b1', 'b2'));
  assert.match((await run(AlertsApply, ['-f', a, '--prune'])).stderr, /3 added, 0 unchanged/);
  await run(AlertsApply, ['-f', b, '--prune']);
  assert.deepEqual(await names(), ['a1', 'a2', 'a3', 'b1', 'b2', 'by-hand']);
  assert.equal((await rules()).get('a1')!.source, a);

  write('a.yaml', file('a1', 'a2'));
  const kept = await run(AlertsApply, ['-f', a]);
  assert.match(kept.stderr, /no longer in .*a\.yaml, but kept: a3 .*--prune/);
  const pruned = await run(AlertsApply, ['-f', a, '--prune']);
  assert.match(pruned.stderr, /No longer in .*a\.yaml: a3\n1 removed, 2 unchanged/);
  write('a.yaml', file());
  await run(AlertsApply, ['-f', a, '--prune']);
  assert.deepEqual(await names(), ['b1', 'b2', 'by-hand']);
});

test('0 bytes are an error and prune nothing', async () => {
  const { run, file: write, names, version } = await operator();
  const a = write('a.yaml', file('a1'));
  await run(AlertsApply, ['-f', a]);
  for (const text of ['', '# nothing\n', '---\n']) {
    write('a.yaml', text);
    const { exit, error } = await run(AlertsApply, ['-f', a, '--prune']);
    assert.equal(exit, 2, JSON.stringify(text));
    assert.match(error!.message, /a\.yaml:1:1: the file is empty: write `rules: \[\]`/);
  }
  assert.deepEqual([await names(), await version()], [['a1'], 1]);
});

test('a rule of another source is refused by name, taken over with --adopt, and moves when both files are applied', async () => {
  const { run, file: write, names, rules } = await operator();
  const a = write('a.yaml', file('a1', 'moving'));
  await run(AlertsApply, ['-f', a]);
  const before = (await rules()).get('moving')!;
  const b = write('b.yaml', file('b1', 'moving'));
  const refused = await run(AlertsApply, ['-f', b]);
  assert.equal(refused.exit, 4);
  assert.match(refused.error!.message, /b\.yaml:3:12: rule moving already exists and belongs to .*a\.yaml/);
  assert.deepEqual(await names(), ['a1', 'moving'], 'nothing was applied');
  await run(AlertsApply, ['-f', b, '--adopt']);
  write('a.yaml', file('a1'));
  await run(AlertsApply, ['-f', a, '--prune']);
  const moved = (await rules()).get('moving')!;
  assert.deepEqual([moved.source, moved.createdMs], [b, before.createdMs]);

  write('a.yaml', file('a1', 'moving'));
  write('b.yaml', file('b1'));
  await run(AlertsApply, ['-f', a, '-f', b, '--prune']);
  assert.equal((await rules()).get('moving')!.source, a, 'both at once need no --adopt');
});

test('a rule made by hand is left alone where it says the same, and refused where it does not', async () => {
  const { run, file: write, version, rules } = await operator();
  await run(AlertsAdd, ['hot', 'cpu.usage > 90 for 5m']);
  const same = await run(AlertsApply, ['-f', write('a.yaml', file('hot')), '--prune']);
  assert.match(same.stderr, /hot has no source and is identical/);
  assert.deepEqual([await version(), (await rules()).get('hot')!.source], [1, '']);
  const other = await run(AlertsApply, ['-f', write('a.yaml', `rules:\n${rule('hot', 'cpu.usage > 95')}`)]);
  assert.deepEqual([other.exit, other.error!.message.includes('without a source')], [4, true]);
});

test('one bad rule of eleven: nothing is applied, every fault has file, line and column', async () => {
  const { run, file: write, version } = await operator();
  await run(ReceiversAdd, ['ops', 'slack'], {
    input: JSON.stringify({ url: 'https://hooks.example.org/x' }),
  });
  const good = Array.from({ length: 10 }, (_, i) => rule(`good-${i}`)).join('');
  const bad = (lines: string) => write('a.yaml', `rules:\n${good}  - name: bad\n${lines}`);
  for (const [lines, message] of [
    ['    expr: cpu.usage > 90 fro 5m\n', /a\.yaml:13:26: .*\n.*cpu\.usage > 90 fro 5m\n +\^{3}/],
    [
      "    expr: 'cpu.usage > 90'\n    serverity: critical\n",
      /a\.yaml:14:5: unknown key serverity. Did you mean severity\?/,
    ],
    [
      "    expr: 'cpu.usage > 90'\n    severity: critcal\n",
      /a\.yaml:14:15: unknown severity critcal. Did you mean critical\?/,
    ],
    [
      "    expr: 'cpu.usage > 90'\n    location:\n",
      /a\.yaml:14:\d+: location is empty: omit it to match every location/,
    ],
    ["    expr: 'cpu.usage > 90'\n    location: []\n", /a\.yaml:14:15: location is empty/],
    ["    expr: 'cpu.usage > 90'\n    location: ['725', '']\n", /a\.yaml:14:23: location is empty/],
    ["    expr: 'cpu.usage > 90'\n    for: 30\n", /a\.yaml:14:5: unknown key for.*has a unit: 30s or 30m/],
    [
      "    expr: 'cpu.usage > 90'\n    notify: opps\n",
      /a\.yaml:14:13: no receiver opps\n +Did you mean ops\?/,
    ],
    [
      "    expr: 'cpu.usage > 90'\n    runbook: wiki\n",
      /a\.yaml:14:14: runbook "wiki" is not an http or https URL/,
    ],
    [
      "    expr: 'cpu.usage > 90'\n    labels: {host: x}\n",
      /a\.yaml:14:14: the label host is reserved: every alert has it/,
    ],
    ["    expr: 'cpu.usage > 90'\n    labels: {机房: x}\n", /a\.yaml:14:14: label name .*机房/],
    [
      "    expr: 'cpu.usage > 90'\n    text: '{lable.mount}'\n",
      /a\.yaml:14:12: unknown placeholder {lable.mount}.*Did you mean \{?label\.mount/s,
    ],
    ["    expr: 'cpu.usage > 90'\n    enabled: maybe\n", /a\.yaml:14:14: enabled must be true or false/],
    ["    expr: 'cpu.usage > 90'\n    name: bad2\n", /a\.yaml:14:5: Map keys must be unique/],
    ['    expr: "cpu.usage > 90\n', /a\.yaml:\d+:\d+: Missing closing/],
    ["    expr: 'cpu.usage > 0.9'\n", /a\.yaml:13:24: .*0 to 100.*--force/s],
    ["    expression: 'cpu.usage > 90'\n", /a\.yaml:13:5: unknown key expression. Did you mean expr\?/],
    ["    query: 'cpu.usage > 90'\n", /a\.yaml:13:5: unknown key query. Did you mean expr\?/],
    ['', /a\.yaml:12:5: the rule bad has no expr/],
    [
      "    expr: 'cpu.usage > 90'\n  - {name: good-3, expr: silent}\n",
      /a\.yaml:14:12: rule good-3 already exists at .*a\.yaml:5/,
    ],
  ] as const) {
    const { exit, error } = await run(AlertsApply, ['-f', bad(lines)]);
    assert.equal(exit, 2, lines);
    assert.match(`${error!.message}\n${error!.hint}`, message);
    assert.equal(error!.code, 'BAD_RULES');
  }
  assert.equal(await version(), 1, 'only the receiver was saved');
});

test('all faults come at once, and validate finds them without a server', async () => {
  const { file: write } = await operator();
  const text = `rules:\n${rule('ok')}  - {name: a, expr: cpu.usage, serverity: x}\n  - {name: b}\nruls: []\n`;
  const a = write('a.yaml', text);
  const { exit, error } = await runCommand(AlertsValidate, ['-f', a, '-f', write('b.yaml', '')]);
  assert.equal(exit, 2);
  assert.deepEqual(error!.message.match(/[ab]\.yaml:\d+:\d+: \S+ \S+/g)!, [
    'a.yaml:3:30: expected >,',
    'a.yaml:3:32: unknown key',
    'a.yaml:4:5: the rule',
    'a.yaml:5:1: unknown key',
    'b.yaml:1:1: the file',
  ]);
  assert.match(
    (await runCommand(AlertsValidate, ['-f', write('c.yaml', file('x')), '--port-offset', '100'])).stderr,
    /1 rule is valid/,
  );
});

test('faults that only manage finds come with the others, in the order of the lines', async () => {
  const { run, file: write, version } = await operator();
  const text = `rules:
  - {name: a, expr: cpu.usage > 90, notify: opps}
  - {name: b, expr: cpu.usage > 90, serverity: info}
  - {name: c, expr: cpu.usage > 90, notify: opps}
`;
  const { exit, error } = await run(AlertsApply, ['-f', write('a.yaml', text)]);
  const places = [':2:45: no receiver', ':3:37: unknown key', ':4:45: no receiver'];
  assert.deepEqual([exit, error!.message.match(/:\d+:\d+: \S+ \S+/g)], [2, places]);
  assert.equal(await version(), 0);
});

test('a plan names the text and runbook of a new rule, and is no empty table where nothing changes', async () => {
  const { run, file: write } = await operator();
  const a = write(
    'a.yaml',
    'rules:\n- {name: x, expr: cpu.usage > 90, text: on fire, runbook: "https://wiki/x"}\n',
  );
  const { stdout } = await run(AlertsPlan, ['-f', a]);
  assert.match(stdout, /add +x +cpu\.usage > 90; text: on fire; runbook: https:\/\/wiki\/x/);
  await run(AlertsApply, ['-f', a]);
  const again = await run(AlertsPlan, ['-f', a]);
  assert.deepEqual([again.stdout, again.exit], ['', 0]);
  assert.equal((await run(AlertsPlan, ['-f', a, '-o', 'json'])).stdout, '[]\n');
});

test('an apply that changes nothing touches nothing, however it is written', async () => {
  const { run, file: write, version } = await operator();
  const first =
    "rules:\n- name: x\n  expr: cpu.usage>90 for 300s\n  location: ['b', 'a']\n  labels: {a: 1, b: 2}\n";
  const second =
    '# the same\nrules:\n- labels: {b: 2, a: 1}\n  locations:\n  - a\n  - b\n  severity: warning\n  expr: |\n    cpu.usage > 90 for 5m\n  name: x\n  enabled: true\n';
  const a = write('a.yaml', first);
  await run(AlertsApply, ['-f', a]);
  write('a.yaml', second);
  const again = await run(AlertsApply, ['-f', a, '--prune']);
  assert.match(again.stderr, /No changes: 1 rule is up to date/);
  assert.equal(await version(), 1);
});

test('export | apply changes nothing; a folder is one source; stock is off until applied', async () => {
  const { run, folder, file: write, version, names } = await operator();
  assert.deepEqual(await names(), []);
  const stock = await run(AlertsApply, ['--stock']);
  assert.match(stock.stderr, new RegExp(`^${STOCK_RULES.length} added`, 'm'));
  await run(AlertsDisable, ['memory']);
  await run(AlertsDisable, ['host-silent']);
  await run(AlertsAdd, [
    'odd',
    'cpu.usage > 0.9',
    '--force',
    '--text',
    'a "b"\n{value}: #1\t',
    '--location',
    '0725',
  ]);
  mkdirSync(join(folder, 'team'));
  write('team/1.yaml', file('t1'));
  write('team/2.yml', `source: other\n${file('t2')}`);
  await run(AlertsApply, ['-f', join(folder, 'team')]);
  const before = await version();
  const exported = (await run(AlertsExport, [])).stdout;
  assert.match(exported, /name: host-silent\n.*\n.*\n +enabled: false/);
  assert.match(exported, /location: "0725"/);
  const back = await run(AlertsApply, ['-f', '-'], { input: exported });
  assert.deepEqual([back.error, back.stdout, await version()], [undefined, '', before]);
  const fromFile = await run(AlertsApply, ['-f', write('all.yaml', exported), '--prune']);
  assert.deepEqual([fromFile.error, fromFile.stdout, await version()], [undefined, '', before]);

  rmSync(join(folder, 'team/1.yaml'));
  write('team/3.yaml', file());
  await run(AlertsApply, ['-f', join(folder, 'team'), '--prune']);
  assert.equal((await names()).includes('t1'), false, 'what was in a file that is gone is pruned');
  const undo = await run(AlertsPlan, ['-f', '-', '--source', 'stock', '--prune'], { input: 'rules: []' });
  assert.match(undo.stdout, /^remove +memory/m);
});

test('plan says what apply then does, field by field, and --dry-run changes nothing', async () => {
  const { run, file: write, version } = await operator();
  const a = write('a.yaml', file('x', 'y'));
  await run(AlertsApply, ['-f', a]);
  write('a.yaml', `rules:\n${rule('x', 'cpu.usage > 97 for 5m')}${rule('z')}`);
  const plan = await run(AlertsPlan, ['-f', a, '--prune', '--json']);
  assert.equal(plan.exit, 1, 'as diff: something would change');
  const dry = await run(AlertsApply, ['-f', a, '--prune', '--json', '--dry-run']);
  assert.equal(await version(), 1);
  const apply = await run(AlertsApply, ['-f', a, '--prune', '--json']);
  assert.deepEqual([plan.stdout, dry.stdout], [apply.stdout, apply.stdout]);
  const [x, z, y] = JSON.parse(plan.stdout);
  assert.deepEqual(x.fields, [{ name: 'expr', from: 'cpu.usage > 90 for 5m', to: 'cpu.usage > 97 for 5m' }]);
  assert.deepEqual([z.action, z.rule, y.action, y.rule], ['add', 'z', 'remove', 'y']);
  assert.equal((await run(AlertsPlan, ['-f', a, '--prune'])).exit, 0);
});

test('an overwritten built-in rule is as minimon has it again when its source lets it go', async () => {
  const { run, file: write, rules } = await operator();
  const a = write('a.yaml', `rules:\n${rule('host-silent', 'silent for 10m')}`);
  await run(AlertsApply, ['-f', a]);
  assert.equal((await rules()).get('host-silent')!.expression, 'silent for 10m');
  write('a.yaml', file());
  assert.match((await run(AlertsApply, ['-f', a, '--prune'])).stdout, /^reset +host-silent/m);
  assert.equal((await rules()).get('host-silent')!.expression, 'silent for 3m');
});

test('what names nothing, or a source that is none, is said', async () => {
  const { run } = await operator();
  assert.match((await run(AlertsApply, [])).error!.hint!, /-f rules\.yaml/);
  assert.match(
    (await run(AlertsApply, ['-f', '-', '--prune'], { input: file('x') })).error!.hint!,
    /--source/,
  );
  assert.equal((await run(AlertsApply, ['-f', '/nonexistent.yaml'])).exit, 3);
});

test('plan says on what the rules would fire now, what starts, goes on and ends, and who is told instead', async () => {
  const { manage, file: write } = await operator();
  const [alert] = (await memoryWarn().listAlerts({})).alerts;
  const open = ['web-0', 'web-1', 'gone'].map((host) => ({ ...alert!, id: `x ${host}`, rule: 'x', host }));
  const labelled: (readonly string[])[] = [];
  const warn = {
    ...memoryWarn(),
    listAlerts: async () => ({ nowMs: NOW, alerts: open, warnings: [] }),
    routeOf: async (labels: readonly string[]) => {
      labelled.push(labels);
      return { receivers: [{ name: 'ops', kind: 'slack', told: true, why: '' }] };
    },
  };
  const run = (command: unknown, argv: readonly string[], firing: number, ofHosts: number) =>
    runCommand(command, argv, { manage, warn, analyze: analyzeWith(firing, ofHosts) });
  await manage.putReceiver({
    name: 'night',
    kind: 'slack',
    options: '{"url":"https://hooks.example.org/x"}',
  });
  await manage.applyRules({
    rules: [{ name: 'x', expression: 'cpu.usage > 90', source: 's' }],
    sources: ['s'],
  });
  const a = write('a.yaml', "source: s\nrules: [{name: x, expr: 'cpu.usage > 80', notify: night}]\n");
  const plan = await run(AlertsPlan, ['-f', a], 4, 40);
  assert.match(
    plan.stdout,
    /change +x .*fires on 4 of 40 hosts, 2 start, 2 open alerts go on, 1 open alert ends, notifies night instead of ops/,
  );
  const [object] = JSON.parse((await run(AlertsPlan, ['-f', a, '--json'], 4, 40)).stdout);
  assert.deepEqual(
    [object.starts, object.goes_on, object.ends],
    [['web-2', 'web-3'], ['x web-0', 'x web-1'], ['x gone']],
  );
  assert.deepEqual(labelled[0], ['rule=x', 'location=725', 'host=web-0']);

  const wide = await run(AlertsApply, ['-f', a], 2_390, 2_400);
  assert.deepEqual([wide.exit, wide.error!.code], [2, 'NEEDS_CONFIRMATION']);
  assert.match(wide.error!.message, /save x, which would fire on 2,390 of 2,400 hosts now/);
  assert.equal((await manage.listRules()).find(({ name }) => name === 'x')!.expression, 'cpu.usage > 90');
  assert.equal((await run(AlertsApply, ['-f', a, '--yes'], 2_390, 2_400)).exit, 0);
  write('a.yaml', 'source: s\nrules: []\n');
  assert.match((await run(AlertsPlan, ['-f', a, '--prune'], 0, 0)).stdout, /remove +x .*3 open alerts end/);
});

test('a plan says what it could not ask, and is a plan all the same', async () => {
  const { manage, file: write } = await operator();
  const refuse = () => {
    throw new ExpectedError('UNREACHABLE', 'nobody answers');
  };
  const scene = {
    manage,
    warn: { ...memoryWarn(), listAlerts: async () => refuse() },
    analyze: { ...analyzeWith(1), backtest: refuse },
  };
  const plan = await runCommand(AlertsPlan, ['-f', write('a.yaml', file('x'))], scene);
  assert.match(plan.stderr, /Open alerts are not available: nobody answers\nNo preview: nobody answers/);
  assert.match(plan.stdout, /^add +x/m);
});

test('a name or label with a comma is not taken for two', async () => {
  const { run, rules, file: write } = await operator();
  const path = (hosts: string, labels: string) =>
    write('a.yaml', `rules: [{name: odd, expr: cpu.usage > 90, hosts: ${hosts}, labels: ${labels}}]`);
  await run(AlertsApply, ['-f', path('[a, b]', '{x: "1", y: "2"}')]);
  const hosts = await run(AlertsApply, ['-f', path('["a, b"]', '{x: "1", y: "2"}')]);
  assert.match(hosts.stderr, /1 changed/);
  const labels = await run(AlertsApply, ['-f', path('["a, b"]', '{x: "1, y=2"}')]);
  assert.match(labels.stderr, /1 changed/);
  assert.deepEqual((await rules()).get('odd')!.labels, { x: '1, y=2' });
});

test('thousands of aliases are read in the time of what they stand for', async () => {
  const { run, file: write } = await operator();
  const first = "- {name: r0, expr: 'cpu.usage > 90', hosts: &h [web-*], labels: &l {team: a}}";
  const more = Array.from(
    { length: 2_000 },
    (_, i) => `- {name: r${i + 1}, expr: 'cpu.usage > 90', hosts: *h, labels: *l}`,
  );
  const path = write('many.yaml', `rules:\n${[first, ...more].join('\n')}\n`);
  const startedMs = performance.now();
  assert.match((await run(AlertsValidate, ['-f', path])).stderr, /2001 rules are valid/);
  assert.ok(performance.now() - startedMs < 10_000);
});
