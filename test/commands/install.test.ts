// minimon install and uninstall as commands: what they print, what a dry run shows, and how they end.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Install from '../../src/commands/install.ts';
import Uninstall from '../../src/commands/uninstall.ts';
import { makeToken } from '../../src/runtime/token.ts';
import { temporary } from '../assembly/installed-program.ts';
import { runCommand as run } from './run-in-process.ts';

test('a dry run shows the steps and the files, and writes nothing', async () => {
  const root = temporary('image');
  const { stdout, stderr, exit } = await run(Install, [
    'agent',
    '--root',
    root,
    '--dry-run',
    '--report',
    '10.0.0.6:8000',
  ]);
  assert.equal(exit, 0);
  assert.match(stdout, /^OUTCOME +WHAT *\n/);
  assert.match(stdout, /created +\S+\/etc\/systemd\/system\/minimon-agent\.service/);
  assert.match(
    stdout,
    /==> \S+\/config\.yaml <==\n.*10\.0\.0\.6:8000.*==> \S+\.service <==\n.*ExecStart=\/.* daemon agent/s,
  );
  assert.match(stderr, /nothing was changed/);
  assert.equal(existsSync(join(root, 'etc')), false);
});

test('a run writes them, says what is next, and a second one says unchanged; as JSON with the texts', async () => {
  const root = temporary('image');
  const first = await run(Install, ['persist', '--root', root, '--json']);
  const steps = JSON.parse(first.stdout);
  assert.deepEqual(new Set(steps.map(({ outcome }: { outcome: string }) => outcome)), new Set(['created']));
  const unit = steps.at(-1);
  assert.equal(unit.text, readFileSync(unit.what, 'utf8'));
  assert.match(first.stderr, /systemctl enable --now minimon-persist\.service/);
  const second = await run(Install, ['persist', '--root', root, '-o', 'csv', '--no-headers']);
  assert.match(second.stdout, /^(unchanged,.*\r\n){4}$/);
});

test('settings that do not get into a configuration that is there end with 7', async () => {
  const root = temporary('image');
  mkdirSync(join(root, 'etc/minimon'), { recursive: true });
  writeFileSync(join(root, 'etc/minimon/config.yaml'), 'server: here\n');
  assert.equal((await run(Install, ['agent', '--root', root])).exit, 0);
  const { exit, error, stdout } = await run(Install, ['agent', '--root', root, '--location', '725']);
  assert.equal(exit, 7);
  assert.match(stdout, /left +\S+config\.yaml/);
  assert.match(error?.message ?? '', /not written, because the file has other content.*config\.yaml/);
});

test('what cannot be is refused before anything is written: a service, a setting, a secret', async () => {
  const root = temporary('image');
  for (const [argv, exit] of [
    [['nginx', '--root', root], 2],
    [['agent', '--root', root, '--set', 'agent.locatoin=7'], 2],
    [['up', '--root', root, '--set', 'store.token=x'], 2],
    [['up', '--root', root, '--now'], 2],
  ] as const)
    assert.equal((await run(Install, [...argv])).exit, exit, argv.join(' '));
  assert.equal(existsSync(join(root, 'etc')), false);
});

test('what hosts enroll printed becomes credentials of the agent, for root alone, and is shown nowhere', async () => {
  const root = temporary('image');
  const { text: token } = makeToken();
  const ca = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  const argv = ['agent', '--root', root, '--report', 'monitor.example:8000', '--join', '-'];
  for (const more of [['--dry-run'], ['--json']]) {
    const done = await run(Install, [...argv, ...more], { input: `${token}\n${ca}` });
    assert.equal(done.exit, 0);
    assert.match(done.stdout, /credentials\/agent\/agent\.join_token.*credentials\/agent\/tls\.ca/s);
    assert.doesNotMatch(done.stdout + done.stderr, new RegExp(token.slice(16)));
  }
  const files = ['agent.join_token', 'tls.ca'].map((name) =>
    join(root, 'etc/minimon/credentials/agent', name),
  );
  assert.deepEqual(
    files.map((file) => [readFileSync(file, 'utf8'), statSync(file).mode & 0o777]),
    [
      [`${token}\n`, 0o600],
      [ca, 0o600],
    ],
  );
  // A later join token takes the place of the one before; whom the host trusts is left alone.
  const { text: later } = makeToken();
  const again = await run(Install, argv, { input: `${later}\n${ca.replace('AAAA', 'BBBB')}` });
  assert.equal(again.exit, 7);
  assert.deepEqual(
    files.map((file) => readFileSync(file, 'utf8')),
    [`${later}\n`, ca],
  );
  for (const input of ['', 'mm_1234', `${token}\nnonsense\n`])
    assert.equal((await run(Install, argv, { input })).exit, 2, input);
  assert.equal((await run(Install, ['warn', '--root', root, '--join', '-'], { input: token })).exit, 2);
});

test('uninstall keeps the data and says where; --purge-data asks, and takes --yes', async () => {
  const root = temporary('image');
  await run(Install, ['agent', '--root', root]);
  const data = join(root, 'var/lib/minimon/agent');
  mkdirSync(data, { recursive: true });
  const first = await run(Uninstall, ['agent', '--root', root]);
  assert.equal(first.exit, 0);
  assert.match(first.stdout, /removed +\S+minimon-agent\.service/);
  assert.match(first.stderr, /data is left in \S+\/var\/lib\/minimon\/agent/);
  const unasked = await run(Uninstall, ['agent', '--root', root, '--purge-data']);
  assert.deepEqual([unasked.error?.code, existsSync(data)], ['NEEDS_CONFIRMATION', true]);
  assert.equal((await run(Uninstall, ['agent', '--root', root, '--purge-data', '--yes'])).exit, 0);
  assert.equal(existsSync(data), false);
});
