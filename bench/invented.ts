// One client that makes up series, then hosts, at full speed against `minimon up` with a small heap, killed and started
// again in between: `node bench/invented.ts [seconds each] [heap in MB] [port offset]`. Wants `npm run build`.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createReportClient } from '../src/api/grpc/report-client.ts';
import { createStaticDiscovery } from '../src/discovery/discovery.ts';
import { encodeRequest, encodeTick } from '../src/wire/tick-writer.ts';

const [seconds = 30, heapMb = 256, offset = 3_600] = process.argv.slice(2).map(Number);
const data = mkdtempSync(join(tmpdir(), 'minimon-invented-'));
const program = join(import.meta.dirname, '..', 'bin', 'minimon.js');
const http = (port: number) => `http://127.0.0.1:${port + offset}`;
const report = createReportClient({
  discovery: createStaticDiscovery([`127.0.0.1:${8000 + offset}`]),
  timeoutMs: 10_000,
});
const GOOD = Array.from({ length: 20 }, (_, i) => `good-${i}`);
/** What was acknowledged of the good hosts: value by host and time. */
const ledger = new Map<string, Map<number, number>>();
let refusedGood = 0;
let running = true;
let number = 0;

async function start(): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${heapMb}`, program, 'up', '--data', data, '--port-offset', `${offset}`],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let tail = '';
  child.stderr!.on('data', (text) => {
    tail = (tail + String(text)).slice(-4_000);
  });
  child.on('exit', (code, signal) => {
    if (signal !== 'SIGKILL' && running) console.log(`up ended by itself: ${code} ${signal}\n${tail}`);
  });
  const began = performance.now();
  for (;;) {
    if (child.exitCode !== null) throw new Error('up did not start');
    const ports = [8100, 8110, 8020];
    const ready = await Promise.all(
      ports.map((port) =>
        fetch(`${http(port)}/readyz`).then(
          ({ ok }) => ok,
          () => false,
        ),
      ),
    );
    if (ready.every(Boolean)) break;
    if (performance.now() - began > 180_000) throw new Error(`not ready in 180 s\n${tail}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  console.log(`  ready after ${((performance.now() - began) / 1_000).toFixed(1)} s`);
  return child;
}

const tickOf = (hostId: string, timeMs: number, names: readonly string[], value: number) =>
  encodeTick({
    ...{ hostId, timeMs, intervalMs: 1_000, machineId: '', bootId: '', agentVersion: 'bench' },
    samples: names.map((name) => ({ metric: 'app.gauge', labels: name ? { name } : {}, value })),
  });

/** The good hosts: once a second, each tick until it is acknowledged. */
async function goodHosts(until: () => boolean): Promise<void> {
  while (!until()) {
    const timeMs = Math.floor(Date.now() / 1_000) * 1_000;
    const value = ++number;
    const request = encodeRequest(
      GOOD.map((hostId) => tickOf(hostId, timeMs, [''], value)),
      false,
    );
    const answer = await report.report(request).catch(() => undefined);
    if (answer) {
      refusedGood += answer.refusedSamples;
      for (const hostId of GOOD) {
        const points = ledger.get(hostId) ?? new Map<number, number>();
        if (!points.has(timeMs)) points.set(timeMs, value);
        ledger.set(hostId, points);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

async function invent(what: 'series' | 'hosts', until: () => boolean) {
  const sums = { sent: 0, refused: 0, failed: 0 };
  const one = async () => {
    while (!until()) {
      const timeMs = Math.floor(Date.now() / 1_000) * 1_000;
      const ticks = Array.from({ length: 10 }, () => {
        number++;
        if (what === 'hosts') return tickOf(`made-up-${number}`, timeMs, ['a', 'b'], 1);
        const names = Array.from({ length: 400 }, (_, i) => `made-up-${number}-${i}`);
        return tickOf(`greedy-${number % 3}`, timeMs - (number % 1_000), names, 1);
      });
      sums.sent += what === 'hosts' ? 20 : 4_000;
      const answer = await report.report(encodeRequest(ticks, false)).catch(() => undefined);
      if (answer) sums.refused += answer.refusedSamples;
      else sums.failed++;
    }
  };
  await Promise.all([one(), one(), one(), one()]);
  return sums;
}

const residentMb = ({ pid }: ChildProcess) =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1_024;

async function verify(): Promise<void> {
  const { min, max } = Math;
  const times = [...ledger.values()].flatMap((points) => [...points.keys()]);
  const query = new URLSearchParams({
    metric: 'app.gauge',
    start_at: new Date(min(...times)).toISOString(),
    stop_at: new Date(max(...times) + 1_000).toISOString(),
  });
  for (const hostId of GOOD) query.append('host', hostId);
  let missing = 0;
  for (let tries = 0; tries < 60; tries++) {
    const response = await fetch(`${http(8020)}/api/v1/records?${query}`);
    const answer = (await response.json()) as {
      series: { host_id: string; times_ms: number[]; values: number[] }[];
    };
    if (!response.ok) throw new Error(JSON.stringify(answer));
    missing = times.length;
    for (const { host_id: hostId, times_ms: timesMs, values } of answer.series) {
      for (const [i, ms] of timesMs.entries()) if (ledger.get(hostId)?.get(ms) === values[i]) missing--;
    }
    if (missing === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  console.log(`  good hosts: ${times.length} acknowledged, ${refusedGood} refused, ${missing} missing`);
  if (missing > 0 || refusedGood > 0) process.exitCode = 1;
}

let up = await start();
try {
  for (const what of ['series', 'hosts'] as const) {
    const endMs = Date.now() + seconds * 1_000;
    const until = () => Date.now() > endMs;
    const [, sums] = await Promise.all([goodHosts(until), invent(what, until)]);
    console.log(
      `${what}: ${sums.sent} samples made up in ${seconds} s, ${sums.refused} refused, ${sums.failed} requests failed; peak ${residentMb(up).toFixed(0)} MB`,
    );
    const listed = (await (await fetch(`${http(8040)}/api/v1/hosts?all=true&state=refused`)).json()) as {
      hosts: { host_id: string; note?: string }[];
    };
    console.log(
      `  ${listed.hosts?.length} hosts are shown as refused: ${listed.hosts?.[0]?.host_id}, ${listed.hosts?.[0]?.note}`,
    );
    await verify();
    up.kill('SIGKILL');
    await once(up, 'exit');
    up = await start();
    await verify();
  }
} finally {
  running = false;
  up.kill('SIGTERM');
  await once(up, 'exit');
  await report.stop();
  rmSync(data, { recursive: true, force: true });
}
