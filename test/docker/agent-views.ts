// What an agent in a container says it sees, on a real engine: its own limits, none, or the host under a prefix.
import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Engine } from './engine.ts';
import { PROJECT } from './images.ts';

const IMAGE = 'minimon:0.1.0';
const MIB = 1_048_576;

type Tick = {
  readonly host_id: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly samples: readonly {
    readonly metric: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
};

const sampled = ({ samples }: Tick, metric: string): number | undefined =>
  samples.find((sample) => sample.metric === metric)?.value;

const mountsOf = ({ samples }: Tick): readonly string[] =>
  samples.flatMap(({ metric, labels }) => (metric === 'disk.usage' ? [labels['mount']!] : [])).sort();

/** Runs the agent once in a container of these options, beside a loop that takes one CPU. */
async function sampleIn(engine: Engine, options: readonly string[], root?: string): Promise<Tick> {
  const once = `minimon daemon agent --once --json${root === undefined ? '' : ` --root ${root}`}`;
  const script = `while :; do :; done & exec ${once} 2>/dev/null`;
  const container = ['run', '--rm', '--network=none', ...options, '--entrypoint', 'sh', IMAGE, '-c', script];
  return JSON.parse(await engine.docker(...container)) as Tick;
}

async function sampleHere(engine: Engine): Promise<Tick> {
  const program = join(PROJECT, 'bin/minimon.js');
  return JSON.parse(
    await engine.inside(
      'sh',
      '-c',
      `"$0" "$1" daemon agent --once --json 2>/dev/null`,
      process.execPath,
      program,
    ),
  ) as Tick;
}

export async function checkAgentViews(engine: Engine, say: (text: string) => void): Promise<void> {
  const host = await sampleHere(engine);
  const hostMemory = Number(host.facts['memory_bytes']);
  const tell = (what: string, tick: Tick) =>
    say(
      `${what}: view ${tick.facts['view']} (${tick.facts['view_reason'] ?? '-'}), ${tick.host_id}, cpus ${tick.facts['cpus']}, ` +
        `memory ${tick.facts['memory_bytes']}, cpu.usage ${sampled(tick, 'cpu.usage')}, mem.usage ${sampled(tick, 'mem.usage')}, ` +
        `mem.available ${sampled(tick, 'mem.available')}, mounts ${mountsOf(tick).join(' ')}`,
    );
  tell('the host', host);

  const limited = await sampleIn(engine, ['-m', '256m', '--memory-swap', '256m', '--cpus', '0.5']);
  tell('-m 256m --cpus 0.5', limited);
  const available = sampled(limited, 'mem.available')!;
  assert.ok(available > 0 && available < 256 * MIB, `${available} of 256 MiB`);
  const usage = sampled(limited, 'mem.usage')!;
  assert.ok(usage > 0 && usage < 100);
  assert.ok(
    sampled(limited, 'cpu.usage')! > 90,
    'a loop uses all of half a CPU, on a machine that has it to give',
  );
  assert.equal(sampled(limited, 'swap.usage'), undefined, 'no swap is allowed');

  const unlimited = await sampleIn(engine, []);
  tell('without limits', unlimited);
  assert.ok(
    Math.abs(sampled(unlimited, 'mem.available')! - sampled(host, 'mem.available')!) < hostMemory / 10,
  );
  assert.equal(unlimited.facts['cpus'], host.facts['cpus']);

  for (const pid of [[], ['--pid=host']]) {
    const under = await sampleIn(
      engine,
      ['-v', '/:/host:ro', '-m', '256m', '--cpus', '0.5', ...pid],
      '/host',
    );
    tell(`--root /host ${pid.join(' ')}`, under);
    assert.deepEqual(mountsOf(under), mountsOf(await sampleHere(engine)));
    assert.equal(under.host_id, hostname());
    assert.equal(under.facts['memory_bytes'], host.facts['memory_bytes']);
    assert.equal(under.facts['cpus'], host.facts['cpus']);
    assert.ok(Math.abs(sampled(under, 'mem.available')! - sampled(host, 'mem.available')!) < hostMemory / 10);
  }
}
