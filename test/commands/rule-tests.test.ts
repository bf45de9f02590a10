// minimon alerts test: files of tests, what fails and how it is shown, and every fault with its place.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import AlertsTest from '../../src/commands/alerts/test.ts';
import { runCommand } from './run-in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'minimon-rule-tests-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, lines: readonly string[]): string => {
  const path = join(folder, name);
  writeFileSync(path, lines.join('\n'));
  return path;
};

file('rules.yaml', [
  'rules:',
  '  - {name: hot, expr: cpu.usage > 90 for 5m, severity: critical, labels: {team: web}}',
  '  - name: disk',
  '    expr: disk.usage > 80 warning, > 90 critical',
  '    notify: ops',
  "    text: '{label.mount} on {host} is at {value}'",
  '  - {name: many, expr: share(cpu.usage > 90) > 40% min 2}',
]);

const run = (path: string, ...argv: readonly string[]) => runCommand(AlertsTest, ['-f', path, ...argv]);
/** A file with one test: its series, and lines of what is expected. */
const tests = (
  name: string,
  series: readonly string[],
  expect: readonly string[],
  more: readonly string[] = [],
) =>
  file(name, [
    'rule_files: rules.yaml',
    'tests:',
    '  - name: one',
    ...more.map((line) => `    ${line}`),
    '    series:',
    ...series.map((line) => `      - ${line}`),
    '    expect:',
    ...expect.map((line) => `      - ${line}`),
  ]);

const CPU = `{series: 'cpu.usage{host="web-1"}', values: 20 95x10 20}`;

test('states at their times: nothing, pending, firing with its since, over', async () => {
  const path = tests(
    'good.yaml',
    [CPU],
    [
      '{at: 0, rule: hot, firing: [], pending: []}',
      '{at: 5m, rule: hot, firing: [], pending: [{host: web-1, since: 1m}]}',
      '{at: 6m, rule: hot, firing: [{host: web-1, severity: critical, since: 1m, value: 95%}]}',
      '{at: 12m, rule: hot, firing: []}',
      '{at: 11m59s, rule: hot, firing: [{}]}',
    ],
  );
  const { stdout, exit, error } = await run(path);
  assert.equal(error, undefined);
  assert.equal(stdout, '5 of 5 expectations hold\n');
  assert.equal(exit, 0);
});

test('what fails is shown with its place, what was expected and what came', async () => {
  const path = tests(
    'bad.yaml',
    [CPU],
    [
      '{at: 5m, rule: hot, firing: [{host: web-1}]}',
      '{at: 6m, rule: hot, firing: [{host: web-2, since: 1m}]}',
      '{at: 12m, rule: hot, firing: []}',
    ],
  );
  const { stdout, exit } = await run(path);
  assert.equal(
    stdout,
    [
      `${path}:7:9: one: hot at 5m`,
      '  firing',
      '    - expected  web-1',
      '      got       nothing else',
      '',
      `${path}:8:9: one: hot at 6m`,
      '  firing',
      '    - expected  web-2  since 1m',
      '    + got       web-1  location=location  critical  value 95  since 1m  told nobody',
      '',
      '1 of 3 expectations hold',
      '',
    ].join('\n'),
  );
  assert.equal(exit, 1);
  const { ok, expectations } = JSON.parse((await run(path, '--json')).stdout);
  assert.equal(ok, false);
  assert.deepEqual(
    expectations.map((one: { ok: boolean; at_ms: number; line: number }) => [one.ok, one.at_ms, one.line]),
    [
      [false, 300_000, 7],
      [false, 360_000, 8],
      [true, 720_000, 9],
    ],
  );
  assert.deepEqual(expectations[1].differences[0].missing, [{ host: 'web-2', since_ms: 60_000 }]);
});

test('who is told and what: receivers that the rule names, else by route, else the default; the text filled in', async () => {
  const disk = `{series: 'disk.usage{host="web-1", location="725", mount="/"}', values: 85 95}`;
  const receivers = [
    'receivers:',
    "  - {name: pager, route: ['severity=critical']}",
    '  - {name: mail, default: true}',
    '  - {name: ops}',
  ];
  const path = tests(
    'told.yaml',
    [disk, CPU, `{series: 'mem.usage{host="web-1", location="725"}', values: 1}`],
    [
      '{at: 1m, rule: disk, firing: [{labels: {mount: /}, location: 725, severity: critical, told: ops, text: / on web-1 is at 95 %}]}',
      '{at: 6m, rule: hot, firing: [{told: [pager]}]}',
    ],
    receivers,
  );
  // web-1 stands in two locations: that is a fault of its own.
  const { error } = await run(path);
  assert.match(error!.message, /told\.yaml:\d+:\d+: web-1 is in 725 and in location/);
  const fixed = tests(
    'told-fixed.yaml',
    [disk, CPU.replace('web-1', 'web-2')],
    [
      '{at: 1m, rule: disk, firing: [{labels: {mount: /}, location: 725, severity: critical, told: ops, text: / on web-1 is at 95 %}]}',
      '{at: 6m, rule: hot, firing: [{told: [pager]}]}',
      '{at: 0, rule: disk, firing: [{severity: warning, told: [ops]}]}',
    ],
    receivers,
  );
  assert.equal((await run(fixed)).stdout, '3 of 3 expectations hold\n');
});

test('shares, silence and the rules that are built in', async () => {
  const series = ['a', 'b', 'c'].map(
    (host, i) => `{series: 'cpu.usage{host="${host}"}', values: ${i < 2 ? '95x3' : '20x20'}}`,
  );
  const path = tests('shares.yaml', series, [
    '{at: 1m, rule: many, firing: [{location: location}]}',
    // Of one host that reports there is no share: what fires stays.
    '{at: 9m, rule: many, firing: [{since: 0}]}',
    // room-dark, two minutes after two of three are silent, holds back what host-silent would tell.
    '{at: 8m, rule: room-dark, firing: [{}]}',
    '{at: 9m, rule: host-silent, firing: [{host: b}, {host: a}]}',
  ]);
  const { stdout } = await run(path);
  assert.equal(stdout, '4 of 4 expectations hold\n');
});

test('where one alert fits several expectations, each gets one of its own', async () => {
  const series = ['a', 'b'].map((host) => `{series: 'cpu.usage{host="${host}"}', values: 95x9}`);
  const path = tests('several.yaml', series, [
    '{at: 9m, rule: hot, firing: [{severity: critical}, {host: a}]}',
  ]);
  assert.equal((await run(path)).stdout, '1 of 1 expectation holds\n');
});

test('every fault comes at once with file, line and column, and nothing is run', async () => {
  const path = file('faults.yaml', [
    'rule_files: rules.yaml',
    'tests:',
    '  - series:',
    `      - {series: 'cpu.usage{host="a"', values: 95}`,
    `      - {series: 'cpu.usage', values: 95 9o}`,
    '    expect:',
    '      - {at: 5, rule: hot, firing: []}',
    '      - {at: 5m, rule: hot, fireing: []}',
    '      - {at: 5m, rule: hot, firing: [{severity: critcal}]}',
    '      - {at: 5m, rule: hot, firing: [{value: 5gb}]}',
    '  - input_series: []',
    '    expect: []',
  ]);
  const { error, exit, stdout } = await run(path);
  assert.equal(exit, 2);
  assert.equal(stdout, '');
  const message = error!.message.replaceAll(path, 'f');
  for (const line of [
    /^f:4:\d+: /m,
    /^f:5:\d+: "9o" is not a value/m,
    /^f:7:14: .*without a unit.*5s or 5m/m,
    /^f:8:9: firing and pending are missing/m,
    /^f:8:29: unknown key fireing.*firing\?/m,
    /^f:9:49: unknown severity critcal.*critical\?/m,
    /^f:10:46: .*GB/m,
    /^f:11:5: unknown key input_series. Here it is series\./m,
    /^f:11:5: there is no series/m,
  ])
    assert.match(message, line);
  assert.match(error!.hint!, /nothing was run/);
});

test('a rule that is nowhere, a file that is nowhere, an empty file', async () => {
  const unknown = tests('unknown.yaml', [CPU], ['{at: 5m, rule: hott, firing: []}']);
  assert.match((await run(unknown)).error!.message, /unknown\.yaml:7:9: no rule hott\. Did you mean hot\?/);
  assert.equal((await run(join(folder, 'nowhere.yaml'))).exit, 3);
  assert.match((await run(file('empty.yaml', ['']))).error!.message, /empty\.yaml:1:1: the file is empty/);
  const lost = file('lost.yaml', ['rule_files: [gone.yaml]', 'tests: []']);
  assert.equal((await run(lost)).exit, 3);
});

test('the example of the documentation holds', async () => {
  const page = readFileSync('docs/alerts.md', 'utf8');
  const [, example = ''] = /## Tests of rules\n\n```yaml\n(.*?)```/s.exec(page) ?? [];
  file('disks.yaml', [
    'rules:',
    '  - name: disk-full',
    '    expr: disk.usage > 90 clear < 88 and disk.free < 20GiB for 10m',
    '    severity: critical',
    "    text: '{label.mount} is at {value}'",
  ]);
  const path = file('example.yaml', [example.replace('rule_files: rules.yaml', 'rule_files: disks.yaml')]);
  assert.equal((await run(path)).stdout, '2 of 2 expectations hold\n');
});
