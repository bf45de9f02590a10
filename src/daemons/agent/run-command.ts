// Runs a command within limits: of time, after which all of its process group is killed, and of output.
import { type ChildProcess, spawn } from 'node:child_process';
import { messageOf } from '../../domain/errors.ts';

export type CommandResult = {
  /** Of a command that ended by itself. */
  readonly exitCode?: number;
  /** Why it did not. */
  readonly why?: string;
  readonly stdout: string;
  /** Output over the limit was thrown away. */
  readonly cut: boolean;
};

export type CommandLimits = {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
};

/** The same for every agent, however it was started: no secrets of the agent's, and numbers with a point. */
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/nagios/plugins:/usr/lib64/nagios/plugins',
  LANG: 'C.UTF-8',
  LC_ALL: 'C.UTF-8',
  HOME: '/',
};
/** A process that the command left behind may hold its output open. */
const OUTPUT_AFTER_EXIT_MS = 200;

/** Never rejects. */
export function runCommand(
  argv: readonly string[],
  { timeoutMs, maxBytes, signal }: CommandLimits,
): Promise<CommandResult> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let cut = false;

  return new Promise((resolve) => {
    let why: string | undefined;
    const child = start(argv);
    if (typeof child === 'string') return resolve(resultOf({ why: child }));

    const kill = (reason: string) => {
      why ??= reason;
      killGroup(child);
    };
    const timer = setTimeout(() => kill(`it was killed after ${timeoutMs / 1_000} s`), timeoutMs);
    const onAbort = () => kill('the agent is stopping');
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    child.stdout!.on('data', (chunk: Buffer) => {
      const room = maxBytes - bytes;
      if (chunk.length > room) cut = true;
      if (room > 0) chunks.push(chunk.subarray(0, room));
      bytes += Math.min(chunk.length, Math.max(0, room));
    });
    let ended: Pick<CommandResult, 'exitCode' | 'why'> = {};
    let grace: NodeJS.Timeout | undefined;
    const finish = () => {
      clearTimeout(timer);
      clearTimeout(grace);
      signal.removeEventListener('abort', onAbort);
      child.stdout!.destroy();
      resolve(resultOf(ended));
    };
    child.on('error', (error) => {
      ended = { why: `it cannot be run: ${messageOf(error)}` };
      finish();
    });
    child.on('exit', (code, killedBy) => {
      clearTimeout(timer);
      if (why !== undefined || code === null) ended = { why: why ?? `it was ended by ${killedBy}` };
      else ended = { exitCode: code };
      grace = setTimeout(finish, OUTPUT_AFTER_EXIT_MS);
    });
    child.on('close', finish);
  });

  function resultOf(ended: Pick<CommandResult, 'exitCode' | 'why'>): CommandResult {
    const stdout = Buffer.concat(chunks).toString('utf8');
    return { ...ended, stdout, cut };
  }
}

function start(argv: readonly string[]): ChildProcess | string {
  try {
    return spawn(argv[0]!, argv.slice(1), {
      cwd: '/',
      // A group of its own, so that what it starts is killed with it.
      detached: process.platform !== 'win32',
      env: process.platform === 'win32' ? undefined : ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'ignore'],
      windowsHide: true,
    });
  } catch (error) {
    return `it cannot be run: ${messageOf(error)}`;
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended in this moment.
  }
}
