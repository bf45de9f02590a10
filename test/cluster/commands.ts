// Runs commands of minimon as a user does: processes of their own, told where the cluster is by --config.
import { spawn } from 'node:child_process';
import { MINIMON, MINIMON_ENV } from './cluster.ts';

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

export type Running = {
  /** What it said on stderr until now. */
  said(): string;
  interrupt(): void;
  /** With -9. */
  kill(): void;
  readonly ended: Promise<Ended>;
};

export function start(args: readonly string[]): Running {
  const [program, launcher] = MINIMON;
  const child = spawn(program, [launcher, ...args], {
    env: { ...process.env, ...MINIMON_ENV },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  return {
    said: () => stderr,
    interrupt: () => void child.kill('SIGINT'),
    kill: () => void child.kill('SIGKILL'),
    ended,
  };
}

/** Rejects unless it ends with code 0. */
export async function minimon(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await start(args).ended;
  if (code !== 0) throw new Error(`minimon ${args.join(' ')} ended with ${code}:\n${stderr}`);
  return stdout;
}
