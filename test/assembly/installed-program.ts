// The built program in a folder of its own, as an installed package, and its real processes: `minimon up` and client commands.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after } from 'node:test';
import { until } from '../until.ts';

export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type RunOptions = {
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Standard output goes into this file; `stdout` is then empty. */
  readonly into?: string;
};

export type RunningUp = {
  readonly offset: number;
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves when the text is on stdout; rejects after 30 s, or when the process has ended. */
  wait(text: string | RegExp): Promise<void>;
  /** Sends the signal and resolves when the process has ended. */
  end(signal: NodeJS.Signals): Promise<Ended>;
};

/** A folder that goes with the test file. */
export function temporary(name: string): string {
  const made = mkdtempSync(join(tmpdir(), `minimon-${name}-`));
  after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Built if the sources are newer, and copied, so that no later build pulls it away from under a running process. */
export function installProgram() {
  const root = temporary('installed');
  build();
  cpSync('bin', join(root, 'bin'), { recursive: true });
  cpSync('dist', join(root, 'dist'), { recursive: true });
  // The one package that packages bring: all others are in the bundle.
  mkdirSync(join(root, 'node_modules'));
  symlinkSync(resolve('node_modules/better-sqlite3'), join(root, 'node_modules/better-sqlite3'));
  const home = join(root, 'home');
  mkdirSync(home);
  const script = join(root, 'bin/minimon.js');
  const started: ChildProcess[] = [];
  // Here and not at the start of each: within a test or a hook it would end with that.
  after(() => {
    for (const child of started) {
      child.kill('SIGKILL');
      // What it had started may hold them open.
      child.stdout?.destroy();
      child.stderr?.destroy();
    }
  });
  const base = { PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8', TZ: 'UTC', TERM: 'xterm' };

  async function run(argv: readonly string[], options: RunOptions = {}): Promise<Ended> {
    const child = spawn(process.execPath, [script, ...argv], {
      cwd: home,
      env: { ...base, ...options.environment },
      stdio: ['pipe', options.into === undefined ? 'pipe' : openSync(options.into, 'w'), 'pipe'],
    });
    child.stdin!.end(options.input);
    return ended(child, collect(child));
  }

  /** A line of sh, in which $MINIMON is the program. */
  async function shell(line: string, environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const minimon = `'${process.execPath}' '${script}'`;
    const child = spawn('bash', ['-c', line.replaceAll('$MINIMON', minimon)], {
      cwd: home,
      env: { ...base, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    started.push(child);
    return ended(child, collect(child));
  }

  /** `minimon up` on free ports; resolves at once, `wait` tells when it works. */
  async function startUp(
    data: string,
    flags: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<RunningUp> {
    let earlier = '';
    for (let tries = 0; ; tries++) {
      const up = spawnUp(data, flags, environment);
      const outcome = await Promise.race([
        up.wait('ready').then(() => 'works' as const),
        once(up.child, 'exit'),
      ]);
      if (outcome === 'works') return withEarlier(up, earlier);
      const taken = up.stderr().includes('the port is in use');
      if (!taken || tries > 10) throw new Error(`up ended: ${up.stderr()}`);
      earlier += up.stderr();
    }
  }

  /** What was said on the directory before another process took a port is said once. */
  const withEarlier = (up: RunningUp, earlier: string): RunningUp => ({
    ...up,
    stderr: () => earlier + up.stderr(),
    async end(signal) {
      const { stderr, ...rest } = await up.end(signal);
      return { ...rest, stderr: earlier + stderr };
    },
  });

  function spawnUp(
    data: string,
    flags: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): RunningUp {
    // Below the range that the kernel hands out for outgoing calls.
    const offset = 2_000 + 200 * Math.floor(Math.random() * 100);
    const child = spawn(
      process.execPath,
      [script, 'up', '--data', data, '--port-offset', String(offset), ...flags],
      {
        cwd: home,
        env: { ...base, ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    started.push(child);
    const text = collect(child);
    return {
      offset,
      child,
      ...text,
      wait: (wanted) =>
        until(`${wanted} on the output of up`, () => {
          const there =
            typeof wanted === 'string' ? text.stdout().includes(wanted) : wanted.test(text.stdout());
          if (!there && child.exitCode !== null)
            throw new Error(`up ended before ${wanted}: ${text.stderr()}`);
          return there;
        }),
      async end(signal) {
        const end = ended(child, text);
        child.kill(signal);
        return end;
      },
    };
  }

  /** A line of sh on a pseudo terminal; what is typed goes to its standard input. */
  function openTerminal(
    line: string,
    environment: Readonly<Record<string, string>> = {},
  ): { readonly child: ChildProcess; readonly screen: () => string } {
    const command = line.replaceAll('$MINIMON', `'${process.execPath}' '${script}'`);
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      cwd: home,
      env: { ...base, ...environment },
    });
    started.push(child);
    return { child, screen: collect(child).stdout };
  }

  return { script, home, run, shell, startUp, openTerminal };
}

function collect(child: ChildProcess) {
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk;
  });
  return { stdout: () => stdout, stderr: () => stderr };
}

async function ended(child: ChildProcess, text: ReturnType<typeof collect>): Promise<Ended> {
  const isOver = child.exitCode !== null || child.signalCode !== null;
  const [code, signal] = isOver ? [child.exitCode, child.signalCode] : await once(child, 'close');
  return { code: signal === null ? code : -1, stdout: text.stdout(), stderr: text.stderr() };
}

/** Another test file may be building at this moment: then there is nothing left to do for this one. */
export function build(): void {
  for (let tries = 0; ; tries++) {
    try {
      execFileSync(process.execPath, ['bin/build.js', '--if-stale'], { stdio: ['ignore', 'ignore', 'pipe'] });
      return;
    } catch (error) {
      if (tries > 2) throw error;
    }
  }
}
