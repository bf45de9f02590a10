// Ranges over HTTP: minimon's own call, the same in PromQL and, where its binary is given, VictoriaMetrics with the same data on
// the same machine: `node bench/query.ts [rounds] [VICTORIA_METRICS]`. 100 series x 60 points of a location: the last hour, and an
// hour that is sealed. They take turns of some rounds, so that CPU is known of each although two share a process.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createReportClient } from '../src/api/grpc/report-client.ts';
import { createHttpClient } from '../src/api/http/client.ts';
import { manageApi } from '../src/api/manage.ts';
import { createStaticDiscovery } from '../src/discovery/discovery.ts';
import { PORTS } from '../src/domain/address.ts';
import { delay } from '../src/runtime/clock.ts';
import { encodeRequest, encodeTick } from '../src/wire/tick-writer.ts';
import { MINIMON } from '../test/cluster/cluster.ts';
import { freePorts } from '../test/servers/ports.ts';
import { createServerProcess } from '../test/servers/server-process.ts';
import { cpuOf } from './cpu.ts';

const [rounds = '300', binary] = process.argv.slice(2);
const ROUNDS = Number(rounds);
const WARM_UP = 60;
const ROUNDS_A_TURN = 20;
const PORT_OFFSET = 3_340;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const HOSTS = 500;
const LOCATIONS = 5;
const METRICS = ['cpu.usage', 'mem.usage', 'load.1', 'load.5', 'procs.total', 'uptime'] as const;
const TICKS_A_REQUEST = 400;
/** Windows that were over when they came are merged within some seconds. */
const MERGED_AFTER_MS = 15_000;

const stopMs = Math.floor(Date.now() / MINUTE) * MINUTE;
const startMs = stopMs - 6 * HOUR;
const hostId = (host: number) => `web-${String(host).padStart(4, '0')}`;
const location = (host: number) => String(701 + (host % LOCATIONS));
const times = Array.from({ length: (stopMs - startMs) / MINUTE }, (_, i) => startMs + i * MINUTE);

/** Percentages with two decimals that walk, as an agent's do. */
const values = Array.from({ length: HOSTS }, () =>
  METRICS.map(() => {
    let walk = Math.random() * 80;
    return times.map(() => {
      walk = Math.min(100, Math.max(0, walk + Math.random() * 4 - 2));
      return Math.round(walk * 100) / 100;
    });
  }),
);

type Subject = {
  readonly name: string;
  readonly pid: () => number | undefined;
  readonly fill: () => Promise<void>;
  /** Where a range of one location is asked for. */
  readonly url: (range: { readonly startMs: number; readonly stopMs: number }) => string;
  /** `host time value` for each point of an answer. */
  readonly points: (answer: unknown) => string[];
  readonly stop: () => Promise<void>;
};

async function minimon(directory: string): Promise<Subject[]> {
  const at = (port: number) => `127.0.0.1:${port + PORT_OFFSET}`;
  const server = createServerProcess({
    name: 'up',
    command: [...MINIMON, 'up', '--data', join(directory, 'data'), '--port-offset', String(PORT_OFFSET)],
    directory,
    env: { XDG_CONFIG_HOME: '/nonexistent' },
    ready: async () => (await fetch(`http://${at(PORTS.manageHttp)}/readyz`)).ok,
  });
  await server.start();
  const own: Subject = {
    name: 'minimon',
    pid: server.pid,
    async fill() {
      const manage = createHttpClient(manageApi, { baseUrl: `http://${at(PORTS.manageHttp)}` });
      const report = createReportClient({ discovery: createStaticDiscovery([at(PORTS.reportGrpc)]) });
      const hosts = Array.from({ length: HOSTS }, (_, host) => host);
      const about = { machineId: 'm', bootId: 'b', agentVersion: 'bench', intervalMs: MINUTE };
      const ticks = times.flatMap((timeMs, t) => hosts.map((host) => ({ timeMs, t, host })));
      for (let from = 0; from < ticks.length; from += TICKS_A_REQUEST) {
        const encoded = ticks.slice(from, from + TICKS_A_REQUEST).map(({ timeMs, t, host }) => {
          const samples = METRICS.map((metric, m) => ({ metric, labels: {}, value: values[host]![m]![t]! }));
          return encodeTick({ hostId: hostId(host), timeMs, ...about, samples });
        });
        const { refusals } = await report.report(encodeRequest(encoded, false));
        assert.deepEqual(refusals, []);
      }
      await delay(MERGED_AFTER_MS);
      await manage.assignHosts({
        new: true,
        assignments: hosts.map((host) => ({ hostId: hostId(host), location: location(host) })),
      });
      await Promise.all([manage.stop(), report.stop()]);
    },
    url: (range) => {
      const [start, stop] = [range.startMs, range.stopMs].map((ms) => new Date(ms).toISOString());
      const query = `metric=cpu.usage&location=701&start_at=${start}&stop_at=${stop}&step_ms=${MINUTE}`;
      return `http://${at(PORTS.analyzeHttp)}/api/v1/records?${query}`;
    },
    points: (answer) =>
      (answer as { series: { host_id: string; times_ms: number[]; values: number[] }[] }).series.flatMap(
        (one) => one.times_ms.map((ms, i) => `${one.host_id} ${ms} ${one.values[i]}`),
      ),
    stop: () => server.stop(),
  };
  const inPromql = promqlSubject(`http://${at(PORTS.analyzeHttp)}`);
  return [own, { ...inPromql, name: 'minimon, PromQL', pid: server.pid }];
}

const nothing = async () => {};

/** Of what speaks Prometheus' HTTP API. */
const promqlSubject = (base: string) => ({
  ...{ fill: nothing, stop: nothing },
  url(range: { readonly startMs: number; readonly stopMs: number }) {
    // These ranges include their end.
    const [start, end] = [range.startMs / 1_000, (range.stopMs - MINUTE) / 1_000];
    const query = encodeURIComponent('cpu_usage{location="701"}');
    return `${base}/api/v1/query_range?query=${query}&start=${start}&end=${end}&step=60`;
  },
  points: (answer: unknown) =>
    (
      answer as { data: { result: { metric: { host: string }; values: [number, string][] }[] } }
    ).data.result.flatMap(({ metric, values: pairs }) =>
      pairs.map(([seconds, value]) => `${metric.host} ${seconds * 1_000} ${Number(value)}`),
    ),
});

async function victoriaMetrics(binary: string, directory: string): Promise<Subject> {
  const [port] = await freePorts(1);
  const base = `http://127.0.0.1:${port}`;
  const server = createServerProcess({
    name: 'victoria-metrics',
    command: [
      binary,
      `-storageDataPath=${join(directory, 'vm')}`,
      `-httpListenAddr=127.0.0.1:${port}`,
      '-search.latencyOffset=0s',
    ],
    directory,
    ready: async () => (await fetch(`${base}/health`)).ok,
  });
  await server.start();
  return {
    ...promqlSubject(base),
    name: 'VictoriaMetrics',
    pid: server.pid,
    async fill() {
      for (let host = 0; host < HOSTS; host++) {
        const lines = METRICS.map((metric, m) => {
          const names = { __name__: metric.replace('.', '_'), host: hostId(host), location: location(host) };
          return JSON.stringify({ metric: names, values: values[host]![m], timestamps: times });
        });
        const { status } = await fetch(`${base}/api/v1/import`, { method: 'POST', body: lines.join('\n') });
        assert.equal(status, 204);
      }
      await fetch(`${base}/internal/force_flush`);
    },
    stop: () => server.stop(),
  };
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function ask(url: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const body = Buffer.concat(chunks);
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(`HTTP ${response.statusCode}: ${body}`));
      });
    });
    request.on('error', reject);
    request.end();
  });
}

async function measure(name: string, subjects: readonly Subject[], range: Parameters<Subject['url']>[0]) {
  const answers = await Promise.all(subjects.map((one) => ask(one.url(range))));
  const [ours, ...others] = subjects.map((one, i) => one.points(JSON.parse(String(answers[i]))).sort());
  assert.equal(ours!.length, 6_000);
  for (const other of others) assert.deepEqual(ours, other);
  const measured = subjects.map((subject, i) => ({
    subject,
    bytes: answers[i]!.length,
    ms: [] as number[],
    cpu: 0,
  }));
  for (let round = -WARM_UP; round < ROUNDS; round += ROUNDS_A_TURN) {
    for (const one of measured) {
      const before = cpuOf(one.subject.pid());
      for (let i = 0; i < ROUNDS_A_TURN; i++) {
        const began = performance.now();
        await ask(one.subject.url(range));
        if (round >= 0) one.ms.push(performance.now() - began);
      }
      if (round >= 0) one.cpu += cpuOf(one.subject.pid()) - before;
    }
  }
  const rows = measured.map(({ subject, bytes, ms, cpu }) => {
    ms.sort((a, b) => a - b);
    const at = (share: number) => ms[Math.floor(share * (ms.length - 1))]!;
    const cpuMs = (cpu * 1_000) / ms.length;
    return { subject, p50: at(0.5), p95: at(0.95), bytes, cpuMs };
  });
  console.table(
    rows.map(({ subject, p50, p95, bytes, cpuMs }) => ({
      range: name,
      of: subject.name,
      'p50 ms': p50.toFixed(2),
      'p95 ms': p95.toFixed(2),
      [`of ${rows[0]!.subject.name}`]: `${(p50 / rows[0]!.p50).toFixed(2)}x`,
      'CPU ms': cpuMs.toFixed(1),
      kB: (bytes / 1_000).toFixed(0),
    })),
  );
}

const directory = mkdtempSync(join(tmpdir(), 'minimon-query-'));
const subjects = await minimon(directory);
if (binary) subjects.push(await victoriaMetrics(binary, directory));
try {
  for (const subject of subjects) await subject.fill();
  console.log(`Node ${process.version}, ${HOSTS} hosts, ${ROUNDS} rounds`);
  await measure('last hour', subjects, { startMs: stopMs - HOUR, stopMs });
  await measure('sealed hour', subjects, { startMs: startMs + HOUR, stopMs: startMs + 2 * HOUR });
} finally {
  agent.destroy();
  for (const subject of subjects) await subject.stop();
  rmSync(directory, { recursive: true });
}
