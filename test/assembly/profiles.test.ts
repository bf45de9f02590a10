// Profiles: which one counts, what it hides, and that its token goes to its own servers alone and is never shown.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { type ClientFlags, clientSettings } from '../../src/assembly/client-settings.ts';
import ConfigProfiles from '../../src/commands/config/profiles.ts';
import ConfigShow from '../../src/commands/config/show.ts';
import ConfigUse from '../../src/commands/config/use.ts';
import HostsList from '../../src/commands/hosts/list.ts';
import Up from '../../src/commands/up.ts';
import { runCommand } from '../commands/run-in-process.ts';

const root = mkdtempSync(join(tmpdir(), 'minimon-profiles-'));
after(() => rmSync(root, { recursive: true }));
const home = join(root, 'minimon');
const environment = { HOME: '/nonexistent', XDG_CONFIG_HOME: root };
const SECRET = 'mm_s3cr3t-of-prod';

beforeEach(() => {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(join(home, 'profiles'), { recursive: true });
  writeFileSync(
    join(home, 'config.yaml'),
    'server: local.example\ntoken: of-local\nclient:\n  timeout: 3s\n',
  );
  writeFileSync(
    join(home, 'profiles', 'prod.yaml'),
    'server: prod.example\nport_offset: 100\ntoken_file: prod.token\ninsecure: true\n',
  );
  writeFileSync(join(home, 'profiles', 'prod.token'), `${SECRET}\n`);
  writeFileSync(join(home, 'profiles', 'bare.yaml'), 'server: bare.example\n');
});

const use = (...argv: string[]) => runCommand(ConfigUse, argv, { environment });
const chosen = async (flags: ClientFlags = {}, more: Record<string, string> = {}) => {
  const { manageHttp, token } = await clientSettings(flags, { ...environment, ...more });
  return [manageHttp, token];
};

test('flag over variable over the one in use over the configuration file', async () => {
  assert.deepEqual(await chosen(), ['local.example:8040', 'of-local']);
  const { stderr } = await use('prod');
  assert.match(stderr, /use the profile prod/);
  assert.equal(statSync(join(home, 'profile')).mode & 0o777, 0o600);
  assert.deepEqual(await chosen(), ['prod.example:8140', SECRET]);
  const bare = ['bare.example:8040', undefined];
  assert.deepEqual(await chosen({}, { MINIMON_PROFILE: 'bare' }), bare);
  assert.deepEqual(await chosen({ profile: 'bare' }, { MINIMON_PROFILE: 'prod' }), bare);
  assert.deepEqual(await chosen({ profile: 'prod', server: 'x', portOffset: 0 }), ['x:8040', SECRET]);
  assert.deepEqual(await chosen({}, { MINIMON_PROFILE: 'prod', MINIMON_TOKEN: 'of-env' }), [
    'prod.example:8140',
    'of-env',
  ]);
  await use('--none');
  assert.deepEqual(await chosen(), ['local.example:8040', 'of-local']);
});

test('a profile takes no setting of the client from the configuration file', async () => {
  const settings = await clientSettings({ profile: 'bare' }, environment);
  assert.deepEqual([settings.token, settings.insecure, settings.timeoutMs], [undefined, false, 10_000]);
});

test('whoever names a server or a file means that, and not the profile in use', async () => {
  await use('prod');
  assert.deepEqual(await chosen({ server: 'x' }), ['x:8040', 'of-local']);
  assert.deepEqual(await chosen({}, { MINIMON_SERVER: 'x' }), ['x:8040', 'of-local']);
  assert.deepEqual(await chosen({ config: '/dev/null' }), ['127.0.0.1:8040', undefined]);
});

test('an unknown profile is named with the nearest; one in use that is gone says how to get away', async () => {
  for (const flags of [['prd'], ['../profiles/prod']] as const) {
    const { error, exit } = await use(...flags);
    assert.deepEqual([exit, error?.code], [3, 'PROFILE_UNKNOWN']);
  }
  assert.equal((await use('prd')).error?.hint, 'Did you mean prod?');
  assert.equal((await use()).exit, 2);
  assert.equal((await use('prod', '--none')).exit, 2);
  await use('prod');
  rmSync(join(home, 'profiles', 'prod.yaml'));
  await assert.rejects(chosen(), { code: 'PROFILE_UNKNOWN', hint: /config use --none/ });
  assert.equal((await use('--none')).exit, 0);
});

test('a profile holds settings of the client alone', async () => {
  writeFileSync(join(home, 'profiles', 'odd.yaml'), 'server: x\nbus:\n  kind: kafka\n');
  await assert.rejects(chosen({ profile: 'odd' }), {
    code: 'BAD_CONFIG',
    message: /odd\.yaml:2: unknown key bus/,
  });
  const { stdout } = await runCommand(ConfigProfiles, ['--json'], { environment });
  const rows = JSON.parse(stdout).map((row: Record<string, unknown>) => [
    row['name'],
    row['server'],
    row['token'],
  ]);
  assert.deepEqual(rows, [
    ['bare', 'bare.example', false],
    ['odd', null, null],
    ['prod', 'prod.example', true],
  ]);
});

test('config show says which profile a value is from, and no form of it shows a token', async () => {
  chmodSync(join(home, 'profiles', 'prod.token'), 0o644);
  const open = await runCommand(ConfigShow, ['--profile', 'prod'], { environment });
  assert.match(open.stderr, /prod\.token holds token and can be read by every user.*chmod 600/);
  for (const format of ['table', 'wide', 'json', 'yaml', 'csv', 'name']) {
    const shown = [
      await runCommand(ConfigShow, ['--profile', 'prod', '--origin', '-o', format], { environment }),
      await runCommand(ConfigProfiles, ['-o', format], { environment }),
    ];
    for (const { stdout, stderr, error } of shown) {
      assert.equal(error, undefined);
      assert.doesNotMatch(stdout + stderr, /s3cr3t|of-local/, format);
    }
    if (format !== 'name') assert.match(shown[0]!.stdout, /prod\.token \(.*profiles\/prod\.yaml:3\)/, format);
  }
});

test('a token on a command line is refused, and not repeated', async () => {
  for (const [command, argv] of [
    [Up, ['--set', `token=${SECRET}`]],
    [HostsList, [`--token=${SECRET}`]],
    [HostsList, ['--token', SECRET]],
  ] as const) {
    const { exit, stdout, stderr, error } = await runCommand(command, [...argv], { environment });
    assert.equal(exit, 2);
    if (command === Up) assert.match(error?.hint ?? '', /token_file/);
    if (command === Up) assert.doesNotMatch(`${stdout}${stderr}${error?.message}${error?.hint}`, /s3cr3t/);
  }
});

test('what is no token is BAD_CONFIG, named by its origin and not shown', async () => {
  for (const text of ['', 'two words', 'line\r\nx: y', 'ключ', 'x'.repeat(4_097)]) {
    writeFileSync(join(home, 'profiles', 'prod.token'), text);
    await assert.rejects(chosen({ profile: 'prod' }), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'BAD_CONFIG');
      assert.match(error.message, /prod\.token .* holds no token$/);
      return true;
    });
  }
});
