// One compose file brought up on the test's engine: who is healthy, how to kill a part, what the services answer.
import { join } from 'node:path';
import { delay } from '../../src/runtime/clock.ts';
import type { Engine } from './engine.ts';
import { PROJECT } from './images.ts';

export type Container = {
  readonly name: string;
  readonly health: string;
  /** Of its first process, on this machine. */
  readonly pid: number;
  readonly restarts: number;
  readonly image: string;
};

export type System = {
  up(): Promise<void>;
  containers(): Promise<readonly Container[]>;
  /** Resolves when every container is healthy; rejects with the log of one that is not. */
  healthy(withinMs: number): Promise<readonly Container[]>;
  /** SIGKILL as a crash sends it: `docker kill` would count as asked for, and nothing would restart. */
  crash(name: string): Promise<void>;
  /** Resolves when the container has restarted on its own and is healthy. */
  recovered(name: string, before: Container): Promise<void>;
  /** Stops all as an operator would and resolves with the exit codes by name. */
  stopped(): Promise<ReadonlyMap<string, number>>;
  /** The end of what a container wrote. */
  log(name: string): Promise<string>;
  /** With its volumes, unless they are to be kept. */
  down(options?: { readonly keepVolumes: boolean }): Promise<void>;
};

const POLL_MS = 1_000;
const INSPECT = '{{.Name}} {{.State.Health.Status}} {{.State.Pid}} {{.RestartCount}} {{.Config.Image}}';

export function createSystem(engine: Engine, file: string): System {
  const compose = ['-p', 'minimon-test', '-f', join(PROJECT, 'docker', file)];

  async function containers(): Promise<readonly Container[]> {
    const all = (await engine.docker('ps', '-a', '--no-trunc', '--format', '{{.ID}} {{.Names}}')).split('\n');
    // What prepares a file's volumes has ended, and has no health.
    const ids = all.filter((line) => !line.includes('setup')).flatMap((line) => line.split(' ')[0] || []);
    if (ids.length === 0) return [];
    const lines = (await engine.docker('inspect', '-f', INSPECT, ...ids)).trim().split('\n');
    return lines
      .map((line) => {
        const [name = '', health = '', pid, restarts, image = ''] = line.split(' ');
        return { name: name.replace(/^\//, ''), health, pid: Number(pid), restarts: Number(restarts), image };
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async function healthy(withinMs: number): Promise<readonly Container[]> {
    const until = Date.now() + withinMs;
    for (;;) {
      const all = await containers();
      const sick = all.find(({ health }) => health !== 'healthy');
      if (all.length > 0 && !sick) return all;
      if (Date.now() > until) {
        const state = all.map(({ name, health }) => `${name} ${health}`).join(', ');
        throw new Error(
          `not healthy within ${withinMs / 1_000} s: ${state}\n${await logOf(engine, sick?.name)}`,
        );
      }
      await delay(POLL_MS);
    }
  }

  return {
    async up() {
      await engine.compose(...compose, 'up', '-d', '--no-build');
    },
    containers,
    healthy,
    async crash(name) {
      const container = (await containers()).find((each) => each.name === name);
      if (!container || container.pid === 0) throw new Error(`${name} does not run`);
      process.kill(container.pid, 'SIGKILL');
    },
    async recovered(name, before) {
      const until = Date.now() + 240_000;
      for (;;) {
        const now = (await containers()).find((each) => each.name === name);
        if (now && now.restarts > before.restarts && now.health === 'healthy') return;
        if (Date.now() > until)
          throw new Error(`${name} did not recover (${now?.health}):\n${await logOf(engine, name)}`);
        await delay(POLL_MS);
      }
    },
    async stopped() {
      const names = (await containers()).map(({ name }) => name);
      await engine.compose(...compose, 'stop', '-t', '40');
      const codes = (await engine.docker('inspect', '-f', '{{.State.ExitCode}}', ...names))
        .trim()
        .split('\n');
      return new Map(names.map((name, i) => [name, Number(codes[i])]));
    },
    log: (name) => logOf(engine, name),
    async down({ keepVolumes } = { keepVolumes: false }) {
      await engine.compose(...compose, 'down', '-t', '30', ...(keepVolumes ? [] : ['-v']));
    },
  };
}

const logOf = (engine: Engine, name: string | undefined): Promise<string> =>
  name === undefined
    ? Promise.resolve('')
    : engine.inside('sh', '-c', `docker -H "$0" logs --tail 40 "$1" 2>&1`, engine.host, name).catch(String);
