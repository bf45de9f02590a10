// node bench/pipeline.ts [--seconds N] [--tls] [--victoria-metrics BINARY]: reports through real gRPC alone, until they
// are acknowledged, and until they are stored; CPU of the server's process with all its threads, the load in this one.
// With --tls each in turn with TLS, client certificates and a token that report checks, too; with --runs N only until they are
// acknowledged, N times in turn with plain text, for the least and the median of each.
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createReportClient } from '../src/api/grpc/report-client.ts';
import { initTls } from '../src/assembly/tls-directory.ts';
import { createStaticDiscovery } from '../src/discovery/discovery.ts';
import type { Sample, Tick } from '../src/domain/tick.ts';
import { makeToken } from '../src/runtime/token.ts';
import { encodeRequest, encodeTick } from '../src/wire/tick-writer.ts';
import type { MeasuredPath, ServerFigures } from './pipeline-server.ts';
import { tlsOf } from './tls-files.ts';

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    tls: { type: 'boolean', default: false },
    runs: { type: 'string', default: '1' },
    'victoria-metrics': { type: 'string' },
  },
});
const SECONDS = Number(flags.seconds);
const HOSTS = 200;
const LANES = 64;
const STEP_MS = 1_000;

type Shape = { readonly name: string; readonly samples: number; readonly ticks: number };
const SHAPES: readonly Shape[] = [
  { name: '10 samples a report', samples: 10, ticks: 1 },
  { name: '200 samples a report', samples: 200, ticks: 1 },
  { name: '500 ticks of 10 a report', samples: 10, ticks: 500 },
];

type Load = {
  /** One report's worth, by whatever wire. */
  send(ticks: readonly Tick[]): Promise<void>;
  begin(): Promise<void>;
  end(): Promise<ServerFigures>;
  stop(): Promise<void>;
};

/** Ticks of a fleet in turn, each host on its own grid; values walk and are rounded, as an agent's are. */
function fleet(samples: number): () => Tick {
  const names = [
    'cpu.usage',
    'mem.usage',
    'load.1',
    'load.5',
    'swap.usage',
    'procs.total',
    'uptime',
    'cpu.iowait',
  ];
  const series = Array.from({ length: samples }, (_, i) =>
    i < names.length
      ? { metric: names[i]!, labels: {} }
      : { metric: 'disk.usage', labels: { mount: `/data/volume-${i}` } },
  );
  const walks = Array.from({ length: HOSTS }, () => Float64Array.from(series, () => Math.random() * 100));
  const begin = Math.floor(Date.now() / STEP_MS) * STEP_MS - 20 * 3_600_000;
  let turn = 0;
  return () => {
    const host = turn % HOSTS;
    const timeMs = begin + Math.floor(turn / HOSTS) * STEP_MS;
    turn++;
    const walk = walks[host]!;
    const taken: Sample[] = series.map((one, i) => {
      walk[i] = Math.abs(walk[i]! + Math.random() - 0.5);
      return { ...one, value: Math.round(walk[i]! * 100) / 100 };
    });
    return {
      hostId: `host-${host}`,
      timeMs,
      intervalMs: STEP_MS,
      machineId: `machine-${host}`,
      bootId: 'boot',
      agentVersion: '0.1.0',
      samples: taken,
    };
  };
}

async function measure(shape: Shape, load: Load): Promise<Record<string, string>> {
  const next = fleet(shape.samples);
  const run = async (ms: number) => {
    const until = performance.now() + ms;
    let reports = 0;
    await Promise.all(
      Array.from({ length: shape.ticks > 1 ? 8 : LANES }, async () => {
        while (performance.now() < until) {
          await load.send(Array.from({ length: shape.ticks }, next));
          reports++;
        }
      }),
    );
    return reports;
  };
  await run(1_500);
  await load.begin();
  const began = performance.now();
  const reports = await run(SECONDS * 1_000);
  const { cpuMs, loopP99Ms, rssMb } = await load.end();
  const seconds = (performance.now() - began) / 1_000;
  const samples = reports * shape.samples * shape.ticks;
  return {
    'reports/s': (reports / seconds).toFixed(0),
    'samples/s': (samples / seconds).toFixed(0),
    'CPU us/report': ((cpuMs * 1_000) / reports).toFixed(1),
    'CPU s/M samples': ((cpuMs * 1_000) / samples).toFixed(2),
    'loop delay p99 ms': Number.isNaN(loopP99Ms) ? '-' : loopP99Ms.toFixed(1),
    'RSS MB': rssMb.toFixed(0),
  };
}

const told = <T>(child: ChildProcess) =>
  new Promise<T>((resolve) => child.once('message', (m) => resolve(m as T)));

async function minimon(data: string, path: MeasuredPath, secured = false): Promise<Load> {
  const certificates = secured ? join(data, 'tls') : undefined;
  if (certificates)
    await initTls({ directory: certificates, nowMs: Date.now(), days: 30, hosts: [], machine: 'bench' });
  const { id, hash, text } = makeToken();
  const known = { id, name: 'bench', hash: hash.toString('hex'), scopes: ['report:host-*'] };
  const given = certificates ? [certificates, JSON.stringify(known)] : [];
  const child = fork(join(import.meta.dirname, 'pipeline-server.ts'), [data, path, ...given]);
  const client = createReportClient({
    discovery: createStaticDiscovery([await told<string>(child)]),
    ...(certificates && {
      tls: tlsOf(certificates, 'client'),
      bearer: { token: () => text, insecure: false },
    }),
  });
  return {
    async send(ticks) {
      const answer = await client.report(encodeRequest(ticks.map(encodeTick), false));
      if (answer.refusedSamples > 0) throw new Error(answer.refusals[0]!.reason);
    },
    async begin() {
      child.send('begin');
      await told(child);
    },
    end() {
      child.send('end');
      return told<ServerFigures>(child);
    },
    async stop() {
      await client.stop();
      child.kill();
    },
  };
}

/** The same ticks as line protocol. Its answer means "in memory", not "on disk": it may lose the last seconds. */
async function victoriaMetrics(data: string, binary: string): Promise<Load> {
  const port = 18_428;
  const child = spawn(binary, [`-storageDataPath=${data}`, `-httpListenAddr=127.0.0.1:${port}`], {
    stdio: 'ignore',
  });
  const agent = new Agent({ keepAlive: true, maxSockets: LANES });
  const post = (path: string, body: string) =>
    new Promise<void>((resolve, reject) => {
      const call = httpRequest({ port, path, method: 'POST', agent }, (response) => {
        response.resume().on('end', resolve);
      });
      call.on('error', reject).end(body);
    });
  for (let ready = false; !ready; ) {
    ready = await post('/write', '').then(
      () => true,
      () => new Promise<boolean>((resolve) => setTimeout(resolve, 100, false)),
    );
  }
  // In clock ticks of 10 ms: utime and stime of the whole process.
  const cpuMs = () => {
    const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  };
  let begun = 0;
  return {
    send: (ticks) => post('/write?precision=ms', ticks.map(lineOf).join('\n')),
    async begin() {
      begun = cpuMs();
    },
    async end() {
      const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]);
      return { cpuMs: cpuMs() - begun, loopP99Ms: Number.NaN, rssMb: rss / 1e3 };
    },
    async stop() {
      agent.destroy();
      child.kill();
    },
  };
}

/** A measurement a line, as minimon's InfluxDB layout has it: samples without labels share one. */
function lineOf({ hostId, timeMs, samples }: Tick): string {
  const lines = new Map<string, string[]>();
  for (const { metric, labels, value } of samples) {
    const [measurement, ...field] = metric.split('.');
    const tags = Object.entries(labels).map(([name, text]) => `,${name}=${text}`);
    const key = `${measurement},host_id=${hostId}${tags.join('')}`;
    lines.set(key, [...(lines.get(key) ?? []), `${field.join('.') || 'value'}=${value}`]);
  }
  return [...lines].map(([key, fields]) => `${key} ${fields.join(',')} ${timeMs}`).join('\n');
}

const rows: Record<string, Record<string, string>> = {};
const binary = flags['victoria-metrics'];
const sides: readonly (readonly [string, (data: string) => Promise<Load>])[] = [
  ...(['grpc', 'acknowledged', 'whole'] as const).flatMap((path) =>
    [false, ...(flags.tls ? [true] : [])].map(
      (secured) =>
        [
          `${{ grpc: 'gRPC alone', acknowledged: 'until acknowledged', whole: 'until stored' }[path]}${secured ? ', TLS and token' : ''}`,
          (data: string) => minimon(data, path, secured),
        ] as const,
    ),
  ),
  ...(binary ? [['VictoriaMetrics', (data: string) => victoriaMetrics(data, binary)] as const] : []),
];
async function measureOnce(shape: Shape, start: (data: string) => Promise<Load>) {
  const data = mkdtempSync(join(tmpdir(), 'minimon-bench-'));
  const load = await start(data);
  try {
    return await measure(shape, load);
  } finally {
    await load.stop();
    rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** In turn, so that what else the machine does falls on both. */
async function compareSecured(runs: number): Promise<void> {
  for (const shape of SHAPES) {
    const us: readonly [plain: number[], secured: number[]] = [[], []];
    for (let run = 0; run < runs; run++)
      for (const secured of [false, true]) {
        const figures = await measureOnce(shape, (data) => minimon(data, 'acknowledged', secured));
        us[secured ? 1 : 0].push(Number(figures['CPU us/report']));
      }
    const [plain, secured] = us.map((all) => all.sort((a, b) => a - b));
    const show = (name: string, at: number) => ({
      [`plain, ${name}`]: plain![at]!.toFixed(0),
      [`TLS and token, ${name}`]: secured![at]!.toFixed(0),
      [`more, ${name}`]: `${((secured![at]! / plain![at]! - 1) * 100).toFixed(0)} %`,
    });
    rows[shape.name] = { ...show('least', 0), ...show('median', runs >> 1) };
  }
}

if (Number(flags.runs) > 1) await compareSecured(Number(flags.runs));
else
  for (const [side, start] of sides)
    for (const shape of SHAPES) rows[`${shape.name}, ${side}`] = await measureOnce(shape, start);
console.table(rows);
if (!binary) console.log('Not compared: give --victoria-metrics BINARY to run the same load against it.');
