// What other agents push, until it is stored, beside VictoriaMetrics in the same run: `node bench/push.ts [million samples]
// [rounds]`. The same bytes go to both: remote write of node_exporters, line protocol of Telegrafs. CPU of the server alone.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import snappy from 'snappyjs';
import { createProtoWriter } from '../src/wire/protobuf.ts';
import { ensureVictoriaMetrics } from '../test/clients/builds.ts';
import { freePorts } from '../test/servers/ports.ts';
import { createServerProcess } from '../test/servers/server-process.ts';
import { cpuOf } from './cpu.ts';
import type { MeasuredPath, ServerFigures } from './pipeline-server.ts';

const [millions = 2, rounds = 3] = process.argv.slice(2).map(Number);
const WANTED = millions * 1e6;
const HOSTS = 40;
const STEP_MS = 10_000;
/** As Prometheus sends at most (max_samples_per_send), and Telegraf (metric_batch_size). */
const SAMPLES_A_REQUEST = 2_000;
const LINES_A_REQUEST = 1_000;
const LANES = 4;

type Push = { readonly path: string; readonly headers: Record<string, string>; readonly body: Buffer };
type Load = { readonly pushes: readonly Push[]; readonly samples: number };

type Series = { readonly name: string; readonly labels: readonly (readonly [string, string])[] };

/** Some 500 series, as a node_exporter of 8 CPUs has them: most are counters of CPUs, disks and interfaces. */
function nodeExporterSeries(): Series[] {
  const series: Series[] = [];
  const add = (name: string, ...labels: (readonly [string, string])[]) =>
    series.push({ name: `node_${name}`, labels });
  for (let cpu = 0; cpu < 8; cpu++) {
    for (const mode of ['idle', 'iowait', 'irq', 'nice', 'softirq', 'steal', 'system', 'user'])
      add('cpu_seconds_total', ['cpu', `${cpu}`], ['mode', mode]);
  }
  for (let i = 0; i < 5; i++) {
    for (const what of [
      'read_bytes',
      'written_bytes',
      'io_time_seconds',
      'reads_completed',
      'writes_completed',
    ])
      add(`disk_${what}_total`, ['device', `sd${i}`]);
    for (const what of ['size_bytes', 'free_bytes', 'avail_bytes', 'files', 'files_free'])
      add(`filesystem_${what}`, ['device', `/dev/sd${i}`], ['fstype', 'ext4'], ['mountpoint', `/data/${i}`]);
    for (const what of ['bytes', 'packets', 'errs', 'drop', 'fifo', 'frame']) {
      for (const way of ['receive', 'transmit']) add(`network_${way}_${what}_total`, ['device', `eth${i}`]);
    }
  }
  for (const what of ['MemTotal', 'MemAvailable', 'MemFree', 'SwapTotal', 'SwapFree', 'Cached', 'Buffers'])
    add(`memory_${what}_bytes`);
  for (const what of ['load1', 'load5', 'load15', 'procs_blocked', 'time_seconds', 'boot_time_seconds'])
    add(what);
  for (let i = series.length; i < 500; i++) add(`vmstat_of_kernel_${i}`);
  return series;
}

function remoteWrite(): Load {
  const series = nodeExporterSeries();
  const pushes: Push[] = [];
  const beginMs = startMs();
  const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };
  const next = walks();
  let samples = 0;
  let held = 0;
  let writer = createProtoWriter();
  const flush = () => {
    if (held === 0) return;
    pushes.push({ path: '/api/v1/write', headers, body: Buffer.from(snappy.compress(writer.finish())) });
    samples += held;
    held = 0;
    writer = createProtoWriter();
  };
  const label = (name: string, text: string) =>
    writer.message(1, () => {
      writer.string(1, name);
      writer.string(2, text);
    });
  for (let round = 0; samples + held < WANTED; round++) {
    for (let host = 0; host < HOSTS; host++) {
      for (const [i, { name, labels }] of series.entries()) {
        writer.message(1, () => {
          for (const [key, text] of [
            ['__name__', name],
            ['instance', `web-${host}:9100`],
            ['job', 'node'],
            ...labels,
          ] as const)
            label(key, text);
          writer.message(2, () => {
            writer.double(1, next(host * series.length + i));
            writer.varint(2, beginMs + round * STEP_MS);
          });
        });
        if (++held === SAMPLES_A_REQUEST) flush();
      }
    }
  }
  flush();
  return { pushes, samples };
}

const LINES: readonly (readonly [string, readonly string[]])[] = [
  ...['cpu-total', ...Array.from({ length: 8 }, (_, i) => `cpu${i}`)].map(
    (cpu) =>
      [
        `cpu,cpu=${cpu}`,
        ['user', 'system', 'idle', 'nice', 'iowait', 'irq', 'softirq', 'steal', 'guest'].map(
          (mode) => `usage_${mode}`,
        ),
      ] as const,
  ),
  ['mem', ['available', 'available_percent', 'total', 'used', 'free', 'cached', 'swap_free', 'swap_total']],
  ['system', ['load1', 'load5', 'load15', 'n_cpus', 'uptime']],
  ['processes', ['total', 'running', 'sleeping', 'blocked', 'zombies']],
  ...Array.from({ length: 5 }, (_, i) => i).flatMap((i): [string, string[]][] => [
    [
      `disk,device=sd${i},fstype=ext4,path=/data/${i}`,
      ['total', 'free', 'used', 'used_percent', 'inodes_total', 'inodes_free', 'inodes_used'],
    ],
    [
      `diskio,name=sd${i}`,
      ['reads', 'writes', 'read_bytes', 'write_bytes', 'read_time', 'write_time', 'io_time'],
    ],
    [
      `net,interface=eth${i}`,
      [
        'bytes_sent',
        'bytes_recv',
        'packets_sent',
        'packets_recv',
        'err_in',
        'err_out',
        'drop_in',
        'drop_out',
      ],
    ],
  ]),
];

function lineProtocol(): Load {
  const pushes: Push[] = [];
  const beginMs = startMs();
  const headers = { 'content-encoding': 'gzip', 'user-agent': 'Telegraf/1.37.2' };
  const next = walks();
  let samples = 0;
  let lines: string[] = [];
  const flush = () => {
    if (lines.length === 0) return;
    pushes.push({ path: '/api/v2/write?org=-&bucket=-', headers, body: gzipSync(lines.join('\n')) });
    lines = [];
  };
  for (let round = 0; samples < WANTED; round++) {
    for (let host = 0; host < HOSTS; host++) {
      for (const [i, [head, fields]] of LINES.entries()) {
        const values = fields.map((field, j) => `${field}=${next((host * LINES.length + i) * 10 + j)}`);
        lines.push(`${head},host=web-${host} ${values.join()} ${beginMs + round * STEP_MS}000000`);
        samples += fields.length;
        if (lines.length === LINES_A_REQUEST) flush();
      }
    }
  }
  flush();
  return { pushes, samples };
}

/** Two hours before now, as agents send after an outage: both sides take it. */
const startMs = () => Math.floor(Date.now() / STEP_MS) * STEP_MS - 2 * 3_600_000;

/** A value of its own for each series, that goes up by a little more or less with each call. */
function walks(): (series: number) => number {
  const values = new Map<number, number>();
  return (series) => {
    const value = (values.get(series) ?? Math.round(Math.random() * 1e6)) + Math.round(Math.random() * 1_000);
    values.set(series, value);
    return value / 100;
  };
}

type Server = {
  /** `host:port` */
  readonly address: string;
  begin(): Promise<void>;
  /** CPU seconds since begin, until all that was taken is where it stays. */
  end(): Promise<number>;
  stop(): Promise<void>;
};

async function minimon(data: string): Promise<Server> {
  const path: MeasuredPath = 'pushed';
  const child = fork(join(import.meta.dirname, 'pipeline-server.ts'), [data, path, '']);
  const told = <T>() => new Promise<T>((resolve) => child.once('message', (said) => resolve(said as T)));
  return {
    address: await told<string>(),
    async begin() {
      child.send('begin');
      await told();
    },
    async end() {
      child.send('end');
      return (await told<ServerFigures>()).cpuMs / 1_000;
    },
    async stop() {
      child.kill();
    },
  };
}

/** Its answer means "in memory": what the last second wrote may be lost. */
async function victoriaMetrics(data: string): Promise<Server> {
  const [port] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const server = createServerProcess({
    name: 'victoria-metrics',
    command: [await ensureVictoriaMetrics(), `-storageDataPath=${data}/vm`, `-httpListenAddr=${address}`],
    directory: data,
    ready: async () => (await fetch(`http://${address}/health`)).ok,
  });
  await server.start();
  let begun = 0;
  return {
    address,
    async begin() {
      begun = cpuOf(server.pid());
    },
    end: async () => cpuOf(server.pid()) - begun,
    stop: () => server.kill('SIGKILL'),
  };
}

async function measure({ pushes, samples }: Load, open: (data: string) => Promise<Server>) {
  const data = mkdtempSync(join(tmpdir(), 'minimon-push-'));
  const server = await open(data);
  const agent = new Agent({ keepAlive: true, maxSockets: LANES });
  const send = ({ path, headers, body }: Push) =>
    new Promise<void>((resolve, reject) => {
      const call = httpRequest(
        `http://${server.address}${path}`,
        { method: 'POST', agent, headers },
        (answer) => {
          if (answer.statusCode !== 204 || answer.headers['x-minimon-refused'])
            reject(new Error(`${answer.statusCode} ${answer.headers['x-minimon-refused']}`));
          answer.resume().on('end', resolve);
        },
      );
      call.on('error', reject).end(body);
    });
  try {
    // Compiled and with all series known before it is measured.
    const warm = Math.ceil(pushes.length / 5);
    const queue = [...pushes];
    const run = (count: number) =>
      Promise.all(
        Array.from({ length: LANES }, async (_, lane) => {
          for (let i = lane; i < count; i += LANES) await send(queue.shift()!);
        }),
      );
    await run(warm);
    await server.begin();
    const began = performance.now();
    await run(queue.length);
    const cpu = await server.end();
    const measured = (samples * (pushes.length - warm)) / pushes.length;
    return { cpu: (cpu / measured) * 1e6, perSecond: measured / ((performance.now() - began) / 1_000) };
  } finally {
    agent.destroy();
    await server.stop();
    rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  }
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

const rows: Record<string, Record<string, string>> = {};
for (const [name, load] of [
  ['remote write, 2,000 samples a request', remoteWrite()],
  ['line protocol, 1,000 lines a request, gzip', lineProtocol()],
] as const) {
  const sides = { minimon: [] as number[], VictoriaMetrics: [] as number[] };
  const speeds = { minimon: [] as number[], VictoriaMetrics: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    for (const [side, open] of [
      ['minimon', minimon],
      ['VictoriaMetrics', victoriaMetrics],
    ] as const) {
      const { cpu, perSecond } = await measure(load, open);
      sides[side].push(cpu);
      speeds[side].push(perSecond);
    }
  }
  const [own, other] = [median(sides.minimon), median(sides.VictoriaMetrics)];
  rows[name] = {
    'minimon, CPU s a million samples': own.toFixed(2),
    VictoriaMetrics: other.toFixed(2),
    ratio: (own / other).toFixed(2),
    'minimon, samples/s': median(speeds.minimon).toFixed(0),
    'VictoriaMetrics, samples/s': median(speeds.VictoriaMetrics).toFixed(0),
  };
}
console.log(`Node ${process.version}, ${millions} million samples, median of ${rounds}`);
console.table(rows);
