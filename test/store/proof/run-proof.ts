// Kills a consuming process again and again, in the middle of whatever it does, and collects what each life reported.
import { fork } from 'node:child_process';
import type { ChildOptions, ChildReport } from './child.ts';
import type { FleetOptions } from './fleet.ts';

export type Life = {
  readonly replaySeconds: number | undefined;
  readonly replayCpuSeconds: number | undefined;
  readonly replaySamples: number;
  readonly openSeconds: number;
  readonly killedAt: number | undefined;
  readonly done: (ChildReport & { kind: 'done' }) | undefined;
};

export async function runProof(options: {
  readonly directory: string;
  readonly fleet: FleetOptions;
  readonly kills: number;
  readonly onLife?: (life: Life) => void;
}): Promise<readonly Life[]> {
  const lives: Life[] = [];
  for (let kill = 1; kill <= options.kills + 1; kill++) {
    // The last life is left alone: it finishes and reads everything back.
    const killAt = kill > options.kills ? undefined : kill / (options.kills + 1);
    const life = await live(options, killAt);
    options.onLife?.(life);
    lives.push(life);
  }
  return lives;
}

function live(
  { directory, fleet }: { readonly directory: string; readonly fleet: FleetOptions },
  killAt: number | undefined,
): Promise<Life> {
  const child = fork(new URL('./child.ts', import.meta.url), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.send({ directory, fleet, verify: killAt === undefined } satisfies ChildOptions);
  return new Promise((resolve, reject) => {
    let replayed: (ChildReport & { kind: 'replayed' }) | undefined;
    let done: (ChildReport & { kind: 'done' }) | undefined;
    let killedAt: number | undefined;
    child.on('message', (report: ChildReport) => {
      if (report.kind === 'replayed') replayed = report;
      else if (report.kind === 'done') done = report;
      else if (report.kind === 'wrong') {
        // Its store's threads would keep it alive.
        child.kill('SIGKILL');
        reject(new Error(report.message));
      } else if (killAt !== undefined && killedAt === undefined && report.share >= killAt) {
        killedAt = report.share;
        // Some milliseconds on, so that not every kill falls between two rounds.
        setTimeout(() => child.kill('SIGKILL'), (killAt * 7919) % 60);
      }
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (killAt === undefined ? code !== 0 || !done : signal !== 'SIGKILL') {
        reject(new Error(`the process ended by itself (code ${code}, signal ${signal})`));
      }
      resolve({
        replaySeconds: replayed?.seconds,
        replayCpuSeconds: replayed?.cpuSeconds,
        replaySamples: replayed?.samples ?? 0,
        openSeconds: replayed?.openSeconds ?? 0,
        killedAt,
        done,
      });
    });
  });
}
