// Makes the captures of docs/tour.md again: a simulated fleet of a fixed seed, each command of the page run in a
// terminal of its own (tmux), and what its screen then shows put below it. `npm run tour`; takes some five minutes,
// since alerts need their time. The words between the captures stay as they are.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = join(root, 'docs/tour.md');
const minimon = join(root, 'bin/minimon.js');
const offset = 20_000 + (process.pid % 10_000);
const folder = mkdtempSync(join(tmpdir(), 'minimon-tour-'));
const socket = join(folder, 'tmux');
const FLEET = ['--hosts', '40', '--locations', '3', '--seed', '725', '--since', '24h'];
const WAIT_MS = 60_000;
const ENDED = '~ ended ~';

const environment = {
  PATH: `${folder}:${process.env.PATH}`,
  HOME: folder,
  TERM: 'tmux-256color',
  LANG: 'C.UTF-8',
  TZ: 'UTC',
  PAGER: 'cat',
  MINIMON_PORT_OFFSET: String(offset),
};
writeFileSync(join(folder, 'minimon'), `#!/bin/sh\nexec '${process.execPath}' '${minimon}' "$@"\n`, {
  mode: 0o755,
});

const tmux = (...args) =>
  execFileSync('tmux', ['-S', socket, ...args], { env: environment, encoding: 'utf8' });
const screenOf = () =>
  tmux('capture-pane', '-p', '-t', 'tour')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd();

async function waitFor(what, isThere, withinMs = WAIT_MS) {
  for (const end = Date.now() + withinMs; Date.now() < end; await setTimeout(200)) {
    if (isThere()) return;
  }
  throw new Error(`${what} did not come in ${withinMs / 1_000} s; the screen:\n${screenOf()}`);
}

/**
 * ```console 100x30 keys=Enter wait=cpu.usage
 * `keys` are typed one after another once the screen has changed to the first picture; `wait`: text to wait for.
 */
async function capture(options, command) {
  const [, columns = 80, rows = 24] = /(\d+)x(\d+)/.exec(options) ?? [];
  const keys = /keys=(\S+)/.exec(options)?.[1].split(',') ?? [];
  const text = /wait=(\S+)/.exec(options)?.[1].replaceAll('_', ' ');
  const line = `${command}; printf '${ENDED}'; sleep 600`;
  tmux('new-session', '-d', '-s', 'tour', '-x', columns, '-y', rows, line);
  try {
    await waitFor(text ?? command, () => screenOf().includes(text ?? ENDED));
    for (const key of keys) {
      tmux('send-keys', '-t', 'tour', key);
      await setTimeout(1_500);
    }
    return screenOf().replace(ENDED, '').trimEnd();
  } finally {
    tmux('kill-session', '-t', 'tour');
  }
}

const run = (...args) =>
  execFileSync(process.execPath, [minimon, ...args], { env: environment, encoding: 'utf8', stdio: 'pipe' });

const up = spawn(
  process.execPath,
  [minimon, 'up', '--data', join(folder, 'data'), '--host-id', 'monitor', '--port-offset', String(offset)],
  { env: environment, stdio: 'ignore' },
);
let simulate;
const hook = createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1');
function optionsFile(url) {
  const file = join(folder, 'hook.json');
  writeFileSync(file, JSON.stringify({ url }));
  return file;
}

try {
  await waitFor('up', () => {
    try {
      return run('hosts', 'list', '--all', '-o', 'name').includes('monitor');
    } catch {
      return false;
    }
  });
  simulate = spawn(process.execPath, [minimon, 'simulate', ...FLEET], {
    env: environment,
    stdio: 'ignore',
  });
  await waitFor('the history', () => JSON.parse(run('hosts', 'list', '--json')).length >= 38, 180_000);
  const { port } = hook.address();
  run('receivers', 'add', 'ops', 'webhook', '--default', '-f', optionsFile(`http://127.0.0.1:${port}/hook`));
  run('alerts', 'apply', '--stock');
  await waitFor('the dark room', () => run('alerts', 'firing', '--json').includes('room-dark'), 360_000);
  // Keeps the server while one capture's session has ended and the next has not begun.
  tmux('new-session', '-d', '-s', 'idle', 'sleep 3600');
  const blocks = readFileSync(page, 'utf8').split(/^(```console .*\n\$ .*\n)[\s\S]*?(?=^```$)/m);
  const made = [];
  for (const [i, block] of blocks.entries()) {
    made.push(block);
    const [, options, command] = (i % 2 === 1 && /^```console (.*)\n\$ (.*)\n$/.exec(block)) || [];
    if (!command) continue;
    process.stderr.write(`${command}\n`);
    made.push(`${await capture(options, command)}\n`);
  }
  writeFileSync(page, made.join(''));
} finally {
  simulate?.kill();
  hook.close();
  up.kill();
  try {
    tmux('kill-server');
  } catch {
    // It ended with its last session.
  }
  await new Promise((done) => (up.exitCode === null ? up.once('exit', done) : done()));
  rmSync(folder, { recursive: true, force: true });
}
