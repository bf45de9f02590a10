// What the agent costs its host: `node bench/agent.ts [seconds]`. CPU a tick at 1 s, memory against an idle node; asserts nothing.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { reportGrpcService } from '../src/api/grpc/report-server.ts';
import { createGrpcServer } from '../src/api/grpc/server.ts';
import { createCollection } from '../src/daemons/agent/collection.ts';
import { agentOptions } from '../src/daemons/agent/options.ts';
import { openReaders } from '../src/daemons/agent/platform.ts';
import { createHealth } from '../src/runtime/health.ts';
import { createTickReader } from '../src/wire/tick-reader.ts';

const seconds = Number(process.argv[2] ?? 30);
const WARM_UP_MS = 10_000;
const NODE_EXPORTER_PORT = 19_100;
const COLLECTORS = ['cpu', 'meminfo', 'loadavg', 'filesystem', 'netdev', 'diskstats'];

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const row = (...cells: readonly string[]) =>
  console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(44) : cell.padStart(14))).join(''));

/** CPU time of all threads of a process, in ms; the scheduler counts it in ns. */
function cpuMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce((sum, thread) => {
    const ns = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0];
    return sum + Number(ns) / 1e6;
  }, 0);
}

const residentMb = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;

async function withProcess<T>(child: ChildProcess, work: (pid: number) => Promise<T>): Promise<T> {
  const ended = new Promise<never>((_, reject) => {
    child.once('exit', (code) => reject(new Error(`${child.spawnfile} ended with ${code}`)));
  });
  try {
    return await Promise.race([work(child.pid!), ended]);
  } finally {
    ended.catch(() => {});
    const gone = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null) {
      child.kill();
      await gone;
    }
  }
}

async function measureCollectors(): Promise<void> {
  const readers = await openReaders(agentOptions.parse({}));
  let atMs = 0;
  // Time passes for each round, so that rates are made as they are at work; only those of the CPU are not believed then.
  const monotonicMs = () => {
    atMs += 1_000;
    return atMs;
  };
  const passing = { ...readers, readUptimeMs: () => atMs };
  const collection = createCollection({ readers: passing, monotonicMs, boundMs: 5_000 });
  const rounds = 2_000;
  for (let i = 0; i < 500; i++) await collection.take();
  const before = process.cpuUsage();
  let samples = 0;
  for (let i = 0; i < rounds; i++) samples = (await collection.take()).samples.length;
  const { user, system } = process.cpuUsage(before);
  collection.close();
  row(
    `collectors alone, hot (${samples} samples)`,
    `${((user + system) / 1e3 / rounds).toFixed(3)} ms`,
    '',
    '',
  );
}

async function measureAgent(): Promise<{ cpu: number; rss: number }> {
  const data = mkdtempSync(join(tmpdir(), 'minimon-bench-'));
  const reader = createTickReader();
  let ticks = 0;
  const server = createGrpcServer({
    address: '127.0.0.1:0',
    daemon: 'report',
    health: createHealth(),
    services: [
      reportGrpcService({
        async report(bytes) {
          let samples = 0;
          reader.readRequest(bytes, (view) => {
            ticks += 1;
            samples += view.layout.series.length;
          });
          const now = Date.now();
          return { acceptedSamples: samples, refusedSamples: 0, refusals: [], receivedMs: now, sentMs: now };
        },
      }),
    ],
  });
  const address = await server.start();
  const args = [
    'daemon',
    'agent',
    '--interval',
    '1s',
    '--report',
    address,
    '--data',
    data,
    '--host-id',
    'bench',
  ];
  const program = join(import.meta.dirname, '../bin/minimon.js');
  const child = spawn(process.execPath, [program, ...args, '--set', 'agent.admin=127.0.0.1:0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr!.on('data', (chunk) => {
    said += chunk;
  });
  try {
    return await withProcess(child, async (pid) => {
      await sleep(WARM_UP_MS);
      const before = { cpu: cpuMs(pid), ticks };
      await sleep(seconds * 1_000);
      return { cpu: (cpuMs(pid) - before.cpu) / Math.max(1, ticks - before.ticks), rss: residentMb(pid) };
    });
  } catch (error) {
    throw new Error(`the agent did not run: ${said.slice(0, 2_000)}`, { cause: error });
  } finally {
    await server.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

async function measureIdleNode(): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
  return withProcess(child, async (pid) => {
    await sleep(2_000);
    return residentMb(pid);
  });
}

const scrape = (): Promise<void> =>
  new Promise((resolve, reject) => {
    get(`http://127.0.0.1:${NODE_EXPORTER_PORT}/metrics`, (response) => {
      response.resume().on('end', resolve);
    }).on('error', reject);
  });

/** CPU of node_exporter for one scrape a second with six collectors; undefined where it is not installed. */
async function measureNodeExporter(): Promise<{ cpu: number; rss: number } | undefined> {
  const program = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((directory) => join(directory, 'node_exporter'))
    .find((path) => existsSync(path));
  if (!program) return undefined;
  const args = [`--web.listen-address=127.0.0.1:${NODE_EXPORTER_PORT}`, '--collector.disable-defaults'];
  const child = spawn(program, [...args, ...COLLECTORS.map((name) => `--collector.${name}`)], {
    stdio: 'ignore',
  });
  return withProcess(child, async (pid) => {
    await sleep(2_000);
    for (let i = 0; i < 5; i++) await scrape();
    const before = cpuMs(pid);
    for (let i = 0; i < seconds; i++) {
      await scrape();
      await sleep(1_000);
    }
    return { cpu: (cpuMs(pid) - before) / seconds, rss: residentMb(pid) };
  });
}

if (process.platform !== 'linux') throw new Error('this benchmark reads /proc and runs on Linux only');
execFileSync(process.execPath, [join(import.meta.dirname, '../bin/build.js'), '--if-stale'], {
  stdio: 'inherit',
});
console.log(`agent from the built package, one tick a second for ${seconds} s, Node ${process.version}`);
row('', 'measured', 'ratio', 'goal');
await measureCollectors();
const idle = await measureIdleNode();
const agent = await measureAgent();
row('agent: CPU a tick (spool, gRPC and all)', `${agent.cpu.toFixed(2)} ms`, '', '3.6 ms');
row('idle node: resident', `${idle.toFixed(0)} MB`, '1.0x', '');
row('agent: resident', `${agent.rss.toFixed(0)} MB`, `${(agent.rss / idle).toFixed(2)}x`, '1.5x');
const exporter = await measureNodeExporter();
if (exporter) {
  row('node_exporter, six collectors: CPU a scrape', `${exporter.cpu.toFixed(2)} ms`, '', '');
  row('agent against node_exporter: CPU', '', `${(agent.cpu / exporter.cpu).toFixed(2)}x`, '1.0x');
} else {
  console.log('node_exporter: skipped, there is none on the PATH (put a built one there to compare)');
}
