// Real processes of daemons, and what befalls them: signals, nohup, and a stdout and stderr that are closed, full or left.
import assert from 'node:assert/strict';
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isUnderNohup } from '../../src/assembly/environment.ts';
import { until } from '../until.ts';
import { installProgram } from './installed-program.ts';

const { script, home } = installProgram();

type Process = {
  readonly child: ChildProcess;
  /** The exit code, or the signal it died of. */
  readonly ended: Promise<number | string>;
  readonly lives: () => Promise<boolean>;
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path: '/livez' }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on('error', () => resolve(false));
  });

/** A daemon that answers; `argv` gets its own data directory and the port it listens on. */
async function run(
  t: TestContext,
  what: 'agent' | 'up',
  options: SpawnOptions & { nohup?: boolean } = {},
): Promise<Process> {
  const port = await freePort();
  const name = what === 'up' ? ['up'] : ['daemon', 'agent', '--report', '127.0.0.1:9'];
  const anyPort = [
    'report.grpc',
    'report.push',
    'report.admin',
    'persist.admin',
    'analyze.grpc',
    'analyze.http',
    'manage.grpc',
  ];
  const others = [...anyPort, 'manage.http', 'warn.grpc', 'warn.http'].flatMap((key) => [
    '--set',
    `${key}=127.0.0.1:0`,
  ]);
  const flags = ['--data', mkdtempSync(join(home, 'data-')), '--set', `agent.admin=127.0.0.1:${port}`];
  const argv = [script, ...name, ...flags, ...(what === 'up' ? others : [])];
  const { nohup = false, ...spawned } = options;
  const env = { PATH: process.env['PATH'], HOME: home, ...spawned.env };
  const command = nohup ? 'nohup' : process.execPath;
  const child = spawn(command, nohup ? [process.execPath, ...argv] : argv, {
    stdio: 'ignore',
    ...spawned,
    env,
  });
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  await until(`${what} answers`, async () => child.exitCode !== null || answers(port));
  assert.equal(child.exitCode, null, `${what} ended`);
  return { child, ended, lives: () => answers(port) };
}

test('nohup is told by its name from the shell, or by the standard input it leaves', () => {
  assert.equal(isUnderNohup({ _: '/usr/bin/nohup' }, '/nothing'), true);
  assert.equal(isUnderNohup({ _: '/usr/bin/node' }, '/nothing'), false);
  assert.equal(isUnderNohup({}, `/proc/self/fdinfo/${openSync('/dev/null', 'w')}`), true);
  for (const flags of ['r', 'r+']) {
    assert.equal(isUnderNohup({}, `/proc/self/fdinfo/${openSync('/dev/null', flags)}`), false, flags);
  }
});

type Case = {
  readonly what?: 'agent' | 'up';
  readonly options?: Parameters<typeof run>[2];
  readonly befalls?: (process: Process) => void | Promise<void>;
  readonly signal?: NodeJS.Signals;
};

const CASES: Readonly<Record<string, Case>> = {
  SIGTERM: {},
  SIGINT: { signal: 'SIGINT' },
  SIGHUP: { signal: 'SIGHUP' },
  'SIGHUP under nohup': {
    options: { nohup: true, env: { _: '/usr/bin/nohup' } },
    async befalls({ child, lives }) {
      child.kill('SIGHUP');
      assert.ok(await lives());
    },
  },
  'stdout and stderr full': {
    options: { stdio: ['ignore', openSync('/dev/full', 'w'), openSync('/dev/full', 'w')] },
  },
  'a log reader that stands still': {
    options: { stdio: ['ignore', 'pipe', 'pipe'] },
    befalls: ({ child }) => void child.stderr!.pause(),
  },
  'a log reader that goes away': {
    options: { stdio: ['ignore', 'pipe', 'pipe'] },
    befalls: leave,
  },
  'a log reader of up that goes away, and its terminal with it': {
    what: 'up',
    options: { stdio: ['ignore', 'pipe', 'pipe'] },
    befalls: leave,
    signal: 'SIGHUP',
  },
};

async function leave({ child, lives }: Process): Promise<void> {
  child.stdout!.destroy();
  child.stderr!.destroy();
  assert.ok(await lives());
}

test('daemons end with a signal alone, orderly, whatever became of their streams', async (t) => {
  for (const [name, { what = 'agent', options, befalls, signal = 'SIGTERM' }] of Object.entries(CASES)) {
    const started = await run(t, what, options);
    await befalls?.(started);
    started.child.kill(signal);
    assert.equal(await started.ended, 0, name);
  }
});
