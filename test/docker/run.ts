// The compose files on a real engine: `node test/docker/run.ts [agent] [one] [cluster] [kraft]`, as root; 10 to 25 minutes in all.
// Brings each up, waits for health, follows a sample, kills a part of each kind, takes all down. Not part of npm test.
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../../src/domain/errors.ts';
import { cacheDirectory } from '../servers/cache.ts';
import { checkAgentViews } from './agent-views.ts';
import { type Engine, type EngineOptions, startEngine } from './engine.ts';
import { makeImages, PROJECT } from './images.ts';
import { type Access, freshSamples, insertHost, missingTimes } from './questions.ts';
import { createSystem, type System } from './system.ts';

const INTERVAL_S = 10;
const HEALTHY_WITHIN_MS = 600_000;
/** One of each kind. */
const KILLED = [
  ...[
    'agent01',
    'report_service02',
    'persistent_service',
    'data_analyze_service',
    'manage_service',
    'warning_service',
  ],
  ...['nginx', 'etcd', 'mysql', 'influxdb', 'kafka2', 'zoo2'],
];

type Variant = {
  readonly file: string;
  readonly containers: number;
  check(engine: Engine, system: System): Promise<void>;
};

const VARIANTS: Readonly<Record<string, Variant>> = {
  one: { file: 'compose.yaml', containers: 1, check: checkOne },
  cluster: { file: 'compose.cluster.yaml', containers: 19, check: checkCluster },
  kraft: { file: 'compose.kraft.yaml', containers: 16, check: checkCluster },
};

/** Needs none of the servers' images. */
const AGENT = 'agent';

const say = (text: string) => process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);

async function checkOne(engine: Engine, system: System): Promise<void> {
  const [{ name } = { name: '' }] = await system.containers();
  const access = await accessTo(engine, { name, ca: '/var/lib/minimon/tls/ca.crt' });
  await insertHost(engine, { hostId: 'minimon', location: '725' }, access);
  await assert.rejects(insertHost(engine, { hostId: 'other', location: '725' }), /./, 'without a token');
  const asked = { location: '725', withinMs: 120_000, access };
  const first = await freshSamples(engine, { ...asked, afterMs: 0 });
  say(`${first.hostId} at ${first.times.at(-1)}: ${first.values.at(-1)} %`);
  const [before] = await system.containers();
  await system.crash(before!.name);
  await system.recovered(before!.name, before!);
  await system.down({ keepVolumes: true });
  await system.up();
  await system.healthy(HEALTHY_WITHIN_MS);
  const after = await freshSamples(engine, { ...asked, afterMs: Date.now() });
  assert.ok(after.times.includes(first.times.at(-1)!), 'what was stored before the kill is there after it');
  say(`killed, taken down and up again: ${after.times.length} samples, the first ones among them`);
}

/** With a token that the container's own user makes, and the authority of its certificate. */
async function accessTo(
  engine: Engine,
  at: { readonly name: string; readonly ca: string },
): Promise<Access & { readonly env: readonly string[] }> {
  const inside = (...command: string[]) => engine.docker('exec', at.name, ...command);
  const token = (await inside('minimon', 'tokens', 'create', 'test', '--scope', 'write')).trim();
  const directory = mkdtempSync(join(tmpdir(), 'minimon-compose-'));
  const [ca, file] = [join(directory, 'ca.crt'), join(directory, 'token')];
  writeFileSync(ca, await inside('cat', at.ca));
  writeFileSync(file, token, { mode: 0o600 });
  return {
    scheme: 'https',
    curl: ['--cacert', ca, '-H', `authorization: Bearer ${token}`],
    env: [`MINIMON_TOKEN_FILE=${file}`, `MINIMON_CLIENT_TLS_CA_FILE=${ca}`],
  };
}

async function checkCluster(engine: Engine, system: System): Promise<void> {
  const access = await accessTo(engine, { name: 'manage_service', ca: '/etc/minimon/tls/ca.crt' });
  await insertHost(engine, { hostId: 'agent01', location: '725' }, access);
  await insertHost(engine, { hostId: 'agent02', location: '726' }, access);
  await assert.rejects(insertHost(engine, { hostId: 'other', location: '725' }), /./, 'without a token');
  for (const location of ['725', '726']) {
    const { hostId, times, values } = await freshSamples(engine, {
      location,
      afterMs: Date.now() - 60_000,
      ...{ withinMs: 120_000, access },
    });
    say(
      `${hostId} (${location === '725' ? 'through nginx' : 'through etcd'}) at ${times.at(-1)}: ${values.at(-1)} %`,
    );
  }
  say(`the command line, through the published ports:\n${await cli(engine, access.env, 'hosts', 'list')}`);
  say(`who is enrolled:\n${await engine.docker('exec', 'manage_service', 'minimon', 'hosts', 'enrolled')}`);

  const present = new Set((await system.containers()).map(({ name }) => name));
  for (const name of KILLED.filter((each) => present.has(each)))
    await killAndRecover(engine, system, { name, access });
  await system.healthy(HEALTHY_WITHIN_MS);

  // Nobody killed agent02: whatever else was, each of its ticks must have arrived.
  const last = Date.now();
  const untouched = await freshSamples(engine, { location: '726', afterMs: last, withinMs: 120_000, access });
  assert.deepEqual(missingTimes(untouched, INTERVAL_S), [], 'no tick of agent02 is missing');
  const killed = await freshSamples(engine, { location: '725', afterMs: last, withinMs: 120_000, access });
  const dead = missingTimes(killed, INTERVAL_S).length;
  say(`agent02: ${untouched.times.length} samples, none missing`);
  say(`agent01: ${killed.times.length} samples, ${dead} missing, of the time that it was dead itself`);
  say(`memory:\n${await engine.docker('stats', '--no-stream', '--format', '{{.Name}}\t{{.MemUsage}}')}`);
}

async function killAndRecover(
  engine: Engine,
  system: System,
  { name, access }: { readonly name: string; readonly access: Access },
): Promise<void> {
  const before = (await system.containers()).find((each) => each.name === name)!;
  const began = Date.now();
  await system.crash(name);
  const seconds = () => ((Date.now() - began) / 1_000).toFixed(0);
  const [, flowed] = await Promise.all([
    system.recovered(name, before),
    Promise.all(
      ['725', '726'].map((location) =>
        freshSamples(engine, { location, afterMs: began, withinMs: 240_000, access }),
      ),
    ).then(seconds),
  ]);
  say(
    `${name} killed: fresh samples of both agents readable after ${flowed} s, healthy again after ${seconds()} s`,
  );
}

const cli = (engine: Engine, env: readonly string[], ...args: string[]): Promise<string> =>
  engine.inside('env', ...env, process.execPath, join(PROJECT, 'bin/minimon.js'), ...args);

async function tryVariant(engine: Engine, name: string, { file, containers, check }: Variant): Promise<void> {
  const system = createSystem(engine, file);
  const began = performance.now();
  try {
    say(`${name}: docker/${file} is brought up`);
    // What an interrupted run has left.
    await system.down();
    await system.up();
    const all = await system.healthy(HEALTHY_WITHIN_MS);
    assert.equal(all.length, containers);
    say(
      `${name}: ${all.length} containers healthy after ${((performance.now() - began) / 1_000).toFixed(0)} s`,
    );
    await check(engine, system);
    const codes = await system.stopped();
    const ours = all.filter(({ image }) => image.startsWith('minimon:')).map((each) => each.name);
    for (const each of ours.filter((one) => codes.get(one) !== 0))
      throw new Error(`${each} did not drain: exit code ${codes.get(each)}\n${await system.log(each)}`);
    say(`${name}: stopped, ${ours.length} daemons with exit code 0`);
    say(`${name}: done`);
  } finally {
    await system.down().catch((error: unknown) => say(`${name} was not taken down: ${messageOf(error)}`));
  }
}

async function main(names: readonly string[]): Promise<number> {
  const chosen = names.length > 0 ? names : [AGENT, ...Object.keys(VARIANTS)];
  const unknown = chosen.filter((name) => name !== AGENT && !Object.hasOwn(VARIANTS, name));
  if (unknown.length > 0) {
    process.stderr.write(
      `There is no ${unknown.join(', ')}; there are ${[AGENT, ...Object.keys(VARIANTS)].join(', ')}.\n`,
    );
    return 2;
  }
  const dataRoot = join(cacheDirectory(), 'docker-engine');
  await withEngine({ dataRoot, network: 'host' }, (builder) =>
    makeImages(builder, {
      servers: chosen.some((name) => name !== AGENT && name !== 'one'),
      report: (image, seconds) => say(`image ${image} ready after ${seconds.toFixed(1)} s`),
    }),
  );
  await withEngine(
    { dataRoot, network: 'own', env: { AGENT_INTERVAL: `${INTERVAL_S}s` } },
    async (engine) => {
      for (const name of chosen) {
        if (name === AGENT) await checkAgentViews(engine, say);
        else await tryVariant(engine, name, VARIANTS[name]!);
      }
    },
  );
  return 0;
}

/** The engine ends with the work, however that ends; its containers end with it. */
async function withEngine(options: EngineOptions, work: (engine: Engine) => Promise<void>): Promise<void> {
  const engine = await startEngine(options);
  const interrupt = () => {
    say('interrupted: the engine is stopped');
    engine.stop().finally(() => process.exit(130));
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    await work(engine);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await engine.stop();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
    say(`failed: ${messageOf(error)}`);
    return 1;
  });
