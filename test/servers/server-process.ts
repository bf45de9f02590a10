// One real server as a child process: started, awaited until ready, killed, started again, and never left behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { delay } from '../../src/runtime/clock.ts';
import { requireTools } from './command.ts';

export type ServerProcess = {
  readonly name: string;
  /** Undefined while it does not run. */
  pid(): number | undefined;
  /** Sends a signal; for a signal that ends it (not STOP, CONT, HUP) resolves when it has ended. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it where it does not run and resolves when it is ready. */
  start(): Promise<void>;
  /** What it wrote since its last start. */
  log(): string;
  /** Ends it with its own polite signal, after `graceMs` with SIGKILL. Idempotent. */
  stop(): Promise<void>;
};

export type ServerProcessOptions = {
  readonly name: string;
  readonly command: readonly string[];
  /** Its log goes there. */
  readonly directory: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Asked every 50 ms; a rejection counts as "not yet". */
  ready(log: () => string): Promise<boolean> | boolean;
  readonly readyWithinMs?: number;
  /** When it ends while starting and its log says this, it is started again, as a supervisor would. */
  readonly passingFault?: RegExp;
  readonly stopSignal?: NodeJS.Signals;
  readonly graceMs?: number;
};

const POLL_MS = 50;

export function createServerProcess(options: ServerProcessOptions): ServerProcess {
  const { name, command, readyWithinMs = 90_000, stopSignal = 'SIGTERM', graceMs = 15_000 } = options;
  mkdirSync(options.directory, { recursive: true });
  const logFile = join(options.directory, `${name}.log`);
  writeFileSync(logFile, '');
  const log = () => readFileSync(logFile, 'utf8');
  let child: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();

  function launch() {
    // Emptied first: an old "started" line would pass for a new one.
    truncateSync(logFile);
    const output = openSync(logFile, 'a');
    // The kernel kills the server when this process ends, however it ends.
    const started = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...command], {
      cwd: options.directory,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    child = started;
    ended = new Promise((resolve) => {
      const end = () => {
        if (child === started) child = undefined;
        resolve();
      };
      started.once('exit', end);
      started.once('error', end);
    });
  }

  async function start() {
    if (!child) launch();
    const until = Date.now() + readyWithinMs;
    for (;;) {
      if (!child) {
        if (!options.passingFault?.test(log()) || Date.now() > until)
          throw new Error(`${name} ended while it started; its log:\n${tail(log())}`);
        await delay(10 * POLL_MS);
        launch();
      }
      if (await Promise.resolve(options.ready(log)).catch(() => false)) return;
      if (Date.now() > until) {
        throw new Error(`${name} was not ready within ${readyWithinMs / 1000} s; its log:\n${tail(log())}`);
      }
      await delay(POLL_MS);
    }
  }

  return {
    name,
    pid: () => child?.pid,
    async kill(signal) {
      child?.kill(signal);
      if (!['SIGSTOP', 'SIGCONT', 'SIGHUP'].includes(signal)) await ended;
    },
    async start() {
      await requireTools(`Starting ${name}`, ['setpriv']);
      await start();
    },
    log,
    async stop() {
      const running = child;
      if (!running) return;
      running.kill('SIGCONT');
      running.kill(stopSignal);
      const force = setTimeout(() => running.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(force);
    },
  };
}

const tail = (text: string) => text.split('\n').slice(-30).join('\n');

/** True when something accepts connections there. */
export const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
