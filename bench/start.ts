// Start-up of client commands: `node bench/start.ts` times the built package against an empty node, in turns.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

const RUNS = 15;
const OFFSET = 21_000;
const HOSTS = 10_000;

if (!existsSync('dist/main.js')) throw new Error('not built: npm run build');

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

function wallMs(args: readonly string[], env = process.env): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    env,
  });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - start;
}

/** Pairs, so that the machine's mood falls on both. */
function compare(name: string, args: readonly string[], goal: number): void {
  const pairs = Array.from({ length: RUNS + 2 }, () => ({
    empty: wallMs(['-e', '0']),
    ours: wallMs(args),
  })).slice(2);
  const ratio = median(pairs.map(({ empty, ours }) => ours / empty));
  const [ours, empty] = [median(pairs.map((pair) => pair.ours)), median(pairs.map((pair) => pair.empty))];
  console.log(
    `${name.padEnd(34)} ${ours.toFixed(0).padStart(6)} ms  node -e 0 ${empty.toFixed(0).padStart(4)} ms  ratio ${ratio.toFixed(2)} (goal ${goal})`,
  );
}

/** The same command with a profile that names a token file, in turn with one without. */
function profileAgainstNone(args: readonly string[], offset: readonly string[]): void {
  const home = mkdtempSync(join(tmpdir(), 'minimon-bench-home-'));
  mkdirSync(join(home, 'minimon', 'profiles'), { recursive: true });
  writeFileSync(
    join(home, 'minimon', 'profiles', 'bench.yaml'),
    `port_offset: ${OFFSET}\ntoken_file: token\n`,
  );
  const created = ['bin/minimon.js', 'tokens', 'create', 'bench', '--scope', 'read', ...offset];
  const token = spawnSync(process.execPath, created, { encoding: 'utf8' }).stdout;
  writeFileSync(join(home, 'minimon', 'profiles', 'token'), token, { mode: 0o600 });
  // A configuration file either way: reading YAML is not what is compared.
  writeFileSync(join(home, 'minimon', 'config.yaml'), 'server: 127.0.0.1\n');
  const env = { ...process.env, XDG_CONFIG_HOME: home };
  const pairs = Array.from({ length: RUNS + 2 }, () => ({
    without: wallMs([...args, ...offset], env),
    with: wallMs([...args, '--profile', 'bench'], env),
  })).slice(2);
  const ratio = median(pairs.map((pair) => pair.with / pair.without));
  console.log(`minimon hosts list, profile and token   ratio ${ratio.toFixed(2)} (goal 1.1)`);
}

const data = mkdtempSync(join(tmpdir(), 'minimon-bench-'));
const server = spawn(
  process.execPath,
  ['bin/minimon.js', 'up', '--data', data, '--port-offset', String(OFFSET)],
  {
    stdio: ['ignore', 'pipe', 'ignore'],
  },
);
try {
  for await (const chunk of server.stdout) if (String(chunk).includes('ready')) break;
  console.log(
    `${cpus()[0]?.model}, ${cpus().length} cores, node ${process.version}; medians of ${RUNS} pairs`,
  );
  const minimon = (...args: string[]) => ['bin/minimon.js', ...args];
  const offset = ['--port-offset', String(OFFSET)];
  compare('minimon --version', minimon('--version'), 2.9);
  compare('minimon hosts list', minimon('hosts', 'list', ...offset), 3.5);
  profileAgainstNone(minimon('hosts', 'list'), offset);

  const assignments = Array.from({ length: HOSTS }, (_, i) => ({
    host_id: `host-${String(i).padStart(5, '0')}`,
    location: String(700 + (i % 50)),
  }));
  const answer = await fetch(`http://127.0.0.1:${8040 + OFFSET}/api/v1/hosts/assign`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ assignments, new: true }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  const times = Array.from({ length: 5 }, () => wallMs(minimon('hosts', 'list', ...offset)));
  console.log(
    `minimon hosts list of ${HOSTS} hosts    ${median(times).toFixed(0).padStart(6)} ms  (goal 1,000)`,
  );
} finally {
  server.kill('SIGTERM');
  await once(server, 'exit');
}
