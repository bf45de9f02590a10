// Runs a Docker engine of the test's own, in a network namespace of its own, and leaves nothing of it behind.
import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { delay } from '../../src/runtime/clock.ts';
import { requireTools, run } from '../servers/command.ts';

export type EngineOptions = {
  /** Images stay there from run to run. */
  readonly dataRoot: string;
  /**
   * own: a namespace in which the compose files' addresses and ports exist, and nothing else.
   * host: this machine's network without any of the engine's own, for builds that fetch packages.
   */
  readonly network: 'own' | 'host';
  /** For what the compose files leave open. */
  readonly env?: Readonly<Record<string, string>>;
};

export type Engine = {
  /** What DOCKER_HOST is. */
  readonly host: string;
  /** Runs docker; resolves with its standard output. */
  docker(...args: string[]): Promise<string>;
  compose(...args: string[]): Promise<string>;
  /** Runs a program where the published ports are. */
  inside(...command: string[]): Promise<string>;
  stop(): Promise<void>;
};

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 60_000;

export async function startEngine({ dataRoot, network, env: given }: EngineOptions): Promise<Engine> {
  await requireTools('A Docker engine', ['dockerd', 'docker', 'iptables', 'ip', 'nsenter', 'setpriv']);
  mkdirSync(dataRoot, { recursive: true });
  // Short: a socket's path may have 107 bytes.
  const directory = mkdtempSync('/tmp/minimon-docker-');
  const host = `unix://${directory}/docker.sock`;
  const namespace = network === 'own' ? `minimon-${process.pid}` : undefined;
  const env = { DOCKER_HOST: host, DOCKER_BUILDKIT: '0', COMPOSE_DOCKER_CLI_BUILD: '0', ...given };
  const logFile = join(dataRoot, 'dockerd.log');
  const inside = namespace ? ['nsenter', `--net=/run/netns/${namespace}`] : [];

  await removeAbandoned();
  if (namespace) {
    await run(['ip', 'netns', 'add', namespace]);
    await run(['ip', '-n', namespace, 'link', 'set', 'lo', 'up']);
  }
  const output = openSync(logFile, 'w');
  const quiet = [
    '--bridge=none',
    ...(namespace ? [] : ['--iptables=false', '--ip6tables=false', '--ip-forward=false']),
  ];
  const command = [
    ...['setpriv', '--pdeathsig', 'TERM', '--', ...inside],
    ...['dockerd', '-H', host, '--data-root', dataRoot, '--exec-root', join(directory, 'exec')],
    ...['--pidfile', join(directory, 'docker.pid'), '--storage-driver', 'overlay2', ...quiet],
  ];
  const daemon = spawn(command[0]!, command.slice(1), { stdio: ['ignore', output, output] });
  closeSync(output);
  let running = true;
  const ended = new Promise<void>((resolve) => {
    const onEnd = () => {
      running = false;
      resolve();
    };
    daemon.once('exit', onEnd);
    daemon.once('error', onEnd);
  });

  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= end());
  async function end() {
    daemon.kill('SIGTERM');
    const force = setTimeout(() => daemon.kill('SIGKILL'), STOP_WITHIN_MS);
    await ended;
    clearTimeout(force);
    for (const mount of mountsBelow([directory, dataRoot])) await run(['umount', '-l', mount]);
    if (namespace) await run(['ip', 'netns', 'delete', namespace]);
    rmSync(directory, { recursive: true, force: true });
  }

  const until = Date.now() + READY_WITHIN_MS;
  for (;;) {
    if (existsSync(join(directory, 'docker.sock'))) {
      const answered = await run(['docker', 'info', '--format', '{{.ServerVersion}}'], { env }).catch(
        () => '',
      );
      if (answered.trim() !== '') break;
    }
    if (!running || Date.now() > until) {
      await stop();
      throw new Error(`dockerd did not start:\n${readFileSync(logFile, 'utf8').slice(-3_000)}`);
    }
    await delay(200);
  }
  const composer = await composeProgram();
  return {
    host,
    docker: (...args) => run(['docker', ...args], { env }),
    compose: (...args) => run([...composer, ...args], { env }),
    inside: (...args) => run([...inside, ...args]),
    stop,
  };
}

/** Namespaces of runs that were killed; their engines have ended with them. */
async function removeAbandoned(): Promise<void> {
  const names = existsSync('/run/netns') ? readdirSync('/run/netns') : [];
  for (const name of names) {
    const pid = /^minimon-(\d+)$/.exec(name)?.[1];
    if (pid && !existsSync(`/proc/${pid}`)) await run(['ip', 'netns', 'delete', name]);
  }
}

/** The plugin where it is there, else the older program. */
async function composeProgram(): Promise<readonly string[]> {
  const plugin = await run(['docker', 'compose', 'version']).catch(() => '');
  if (/v\d/.test(plugin)) return ['docker', 'compose'];
  await requireTools('Bringing the compose files up', ['docker-compose']);
  return ['docker-compose'];
}

/** Deepest first. */
const mountsBelow = (roots: readonly string[]): string[] =>
  readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => roots.some((root) => path.startsWith(`${root}/`)))
    .reverse();
