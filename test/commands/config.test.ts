// The commands that need no server: config, simulate's flags, and daemons that cannot run alone on embedded backends.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import ConfigShow from '../../src/commands/config/show.ts';
import ConfigValidate from '../../src/commands/config/validate.ts';
import DaemonAgent from '../../src/commands/daemon/agent.ts';
import DaemonAnalyze from '../../src/commands/daemon/analyze.ts';
import DaemonPersist from '../../src/commands/daemon/persist.ts';
import DaemonReport from '../../src/commands/daemon/report.ts';
import DaemonWarn from '../../src/commands/daemon/warn.ts';
import Simulate from '../../src/commands/simulate.ts';
import Up from '../../src/commands/up.ts';
import { makeToken } from '../../src/runtime/token.ts';
import { runCommand } from './run-in-process.ts';
import { manageInMemory } from './services-in-memory.ts';

const directory = mkdtempSync(join(tmpdir(), 'minimon-config-'));
after(() => rmSync(directory, { recursive: true }));

function file(text: string): string {
  const path = join(directory, 'config.yaml');
  writeFileSync(path, text);
  return path;
}

const influx = 'store:\n  kind: influxdb\n  url: http://db.example:8086\n  org: ops\n  token: s3cr3t-token\n';

test('config show shows what was written, not what it comes to, and where it was', async () => {
  const path = file('agent:\n  interval: 90s\nbus:\n  max_size: 500MB\n');
  const environment = { MINIMON_STORE_RETENTION: '14d' };
  const { stdout } = await runCommand(ConfigShow, ['--config', path, '--origin', '--json'], { environment });
  const rows = new Map(JSON.parse(stdout).map((row: { key: string }) => [row.key, row])) as Map<
    string,
    { value: unknown; origin: string }
  >;
  const shown = (key: string) => [rows.get(key)?.value, rows.get(key)?.origin];
  assert.deepEqual(shown('agent.interval'), ['90s', `${path}:2`]);
  assert.deepEqual(shown('bus.max_size'), ['500MB', `${path}:4`]);
  assert.deepEqual(shown('store.retention'), ['14d', 'environment MINIMON_STORE_RETENTION']);
  assert.deepEqual(shown('agent.spool_max_size'), ['64MiB', 'default']);
});

test('config show of one section on a terminal of 80 columns', async () => {
  const { stdout } = await runCommand(ConfigShow, ['log'], { terminal: true });
  assert.deepEqual(stdout.split('\n'), [
    'KEY         VALUE  ENVIRONMENT         MEANING                                  ',
    'log.level   info   MINIMON_LOG_LEVEL   Minimum level                            ',
    'log.format  auto   MINIMON_LOG_FORMAT  auto: readable on a terminal, else JSON …',
    '',
  ]);
  const wrong = await runCommand(ConfigShow, ['agnet']);
  assert.deepEqual([wrong.exit, wrong.error?.hint], [2, 'Did you mean agent?']);
});

test('config show masks secrets in every form', async () => {
  const path = file(influx);
  for (const format of ['table', 'wide', 'json', 'yaml', 'csv']) {
    const { stdout } = await runCommand(ConfigShow, ['--config', path, '-o', format]);
    assert.match(stdout, /\*{8}/, format);
    assert.doesNotMatch(stdout, /s3cr3t/, format);
  }
});

test('config validate says what is good and names the line of what is not', async () => {
  const good = await runCommand(ConfigValidate, ['--config', file(influx)]);
  assert.deepEqual([good.exit, good.stdout], [0, '']);
  assert.match(good.stderr, /^The configuration is valid \(.*config\.yaml; 4 settings given\)\.\n$/);
  const cases: readonly (readonly [string, RegExp, RegExp])[] = [
    ['agent:\n  intervall: 5s\n', /config\.yaml:2: unknown key agent\.intervall/, /Did you mean interval\?/],
    ['store:\n  retention: 5x\n', /config\.yaml:2: store\.retention: is not a duration/, /./],
    ['bus:\n  max_size: 12\n', /config\.yaml:2: bus\.max_size: /, /./],
    ['report:\n  grpc: 0.0.0.0:8000\n', /report\.grpc would listen on 0\.0\.0\.0:8000/, /--insecure/],
    ['a: [\n', /config\.yaml:\d: /, /^/],
    ['- 1\n', /must be a map of settings/, /^/],
  ];
  for (const [text, message, hint] of cases) {
    const { error, exit } = await runCommand(ConfigValidate, ['--config', file(text)]);
    assert.match(error?.message ?? '', message, text);
    assert.match(error?.hint ?? '', hint, text);
    assert.ok(exit === 2 || exit === 5, text);
  }
  const unknown = await runCommand(ConfigValidate, [], { environment: { MINIMON_AGENT_INTERVALL: '5s' } });
  assert.deepEqual([unknown.exit, unknown.error?.hint], [2, 'Did you mean MINIMON_AGENT_INTERVAL?']);
});

test('a daemon alone on an embedded backend that others need says both ways out', async () => {
  for (const [command, backend] of [
    [DaemonReport, 'bus'],
    [DaemonPersist, 'bus'],
    [DaemonAnalyze, 'store'],
    [DaemonWarn, 'bus'],
  ] as const) {
    const { error, exit } = await runCommand(command, ['--data', directory]);
    assert.deepEqual([error?.code, exit], ['EMBEDDED_NOT_SHARED', 2]);
    assert.match(error?.hint ?? '', new RegExp(`minimon up.*${backend}\\.kind: `));
  }
});

test('daemon agent --once prints one tick of this host, as a table and as JSON', async () => {
  const { stdout, error } = await runCommand(DaemonAgent, [
    '--once',
    '--json',
    '--host-id',
    'one',
    '--data',
    directory,
  ]);
  assert.equal(error, undefined);
  const tick = JSON.parse(stdout);
  assert.equal(tick.host_id, 'one');
  assert.ok(tick.samples.some((sample: { metric: string }) => sample.metric === 'mem.usage'));
});

test('simulate and up refuse flags that cannot be meant, and say which', async () => {
  const { service: manage } = manageInMemory();
  const cases: readonly (readonly [unknown, readonly string[], RegExp])[] = [
    [Simulate, ['--since', '5x'], /"5x"/],
    [Simulate, ['--since', '2027-01-01'], /^--since 2027-01-01 is in the future$/],
    [Simulate, ['--interval', '1ms'], /^--interval: must be from 1s to 24h/],
    [Simulate, ['--hosts', '1000000'], /^--hosts: /],
    [Simulate, ['--seed', '4294967296'], /^--seed: /],
    [Simulate, ['--server', 'http://x'], /^--server takes a host name/],
    [Simulate, ['--port-offset', '-1'], /port offset/],
    [Up, ['--simulate', '3', '--since', 'long'], /^"long" is not a time$/],
    [Up, ['--simulate', '3', '--since', '2027-01-01'], /^--since 2027-01-01 is in the future$/],
    [Up, ['--set', 'agent.interval'], /^--set agent\.interval: expected KEY=VALUE/],
    [Up, ['--set', 'agent.intervall=5s'], /unknown setting agent\.intervall/],
    [Up, ['--interval', 'soon'], /^--interval: agent\.interval: is not a duration/],
  ];
  for (const [command, argv, message] of cases) {
    const { error, exit } = await runCommand(command, [...argv], { manage });
    assert.match(error?.message ?? '', message, argv.join(' '));
    assert.equal(exit, 2, argv.join(' '));
  }
});

test('config validate says that a join token is not there, and is well all the same: its host may have what it was for', async () => {
  const path = file('agent:\n  join_token_file: gone.token\n');
  const { stderr, exit } = await runCommand(ConfigValidate, ['--config', path]);
  assert.equal(exit, 0);
  assert.match(stderr, /^Note: an agent that has no credential yet could not join here: .*gone\.token/);
  assert.match(stderr, /The configuration is valid/);
  writeFileSync(join(directory, 'gone.token'), 'no token\n');
  assert.match(
    (await runCommand(ConfigValidate, ['--config', path])).stderr,
    /is not the output of minimon hosts enroll/,
  );
  writeFileSync(join(directory, 'gone.token'), `${makeToken().text}\n`);
  assert.match((await runCommand(ConfigValidate, ['--config', path])).stderr, /^The configuration is valid/);
});
