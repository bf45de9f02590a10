// Not in the suite: `npm pack`, a global install of what it packs for a user with an empty home, and what runs from there.
//   node test/packaging/npm-install.ts
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const work = mkdtempSync(join(tmpdir(), 'minimon-npm-'));
const home = join(work, 'home');
const prefix = join(work, 'prefix');
mkdirSync(home);
const PATH = `${join(prefix, 'bin')}:${dirname(process.execPath)}:${process.env['PATH']}`;
const environment = { ...process.env, HOME: home, PATH, TMPDIR: work };
/** Below the range that the kernel hands out for outgoing calls. */
const offset = String(10_000 + 100 * Math.floor(Math.random() * 100));
const npm = (...args: readonly string[]) =>
  execFileSync('npm', args, { env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const minimon = (...args: readonly string[]) =>
  execFileSync('minimon', args, {
    env: environment,
    cwd: home,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });

try {
  npm('pack', '--silent', '--pack-destination', work);
  const [packed = ''] = globSync(join(work, 'minimon-*.tgz'));
  npm('install', '--global', '--prefix', prefix, '--no-audit', '--no-fund', packed);
  assert.match(minimon('--version'), /^minimon\/\d/);
  assert.match(minimon('completion', 'zsh'), /#compdef minimon/);
  assert.match(minimon('daemon', 'agent', '--once', '--json'), /cpu\.usage/);
  assert.match(minimon('install', 'agent', '--user', '--dry-run'), /daemon agent/);

  const flags = [
    'up',
    '--data',
    join(work, 'data'),
    '--port-offset',
    offset,
    '--host-id',
    'here',
    '--interval',
    '1s',
  ];
  const up = spawn('minimon', flags, { env: environment, cwd: home, stdio: ['ignore', 'ignore', 'inherit'] });
  const exited = once(up, 'exit');
  try {
    for (const endMs = performance.now() + 30_000; ; await sleep(250)) {
      const listed = (() => {
        try {
          return minimon('hosts', 'unmanaged', '-o', 'name', '--port-offset', offset);
        } catch {
          return '';
        }
      })();
      if (listed === 'here\n') break;
      if (up.exitCode !== null || performance.now() > endMs)
        throw new Error('up ended, or did not report within 30 s');
    }
  } finally {
    up.kill('SIGTERM');
    const [code] = await exited;
    assert.equal(code, 0);
  }
  // Nothing of the user's home but what is kept for the next start.
  assert.deepEqual(readdirSync(home).sort(), ['.cache', '.npm']);
  process.stdout.write(`ok ${packed.split('/').at(-1)}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
