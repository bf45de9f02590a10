// `minimon metrics --location` of 1,000 hosts over 24 h, raw samples each minute: wall time and CPU of the command and of `up`.
//   node bench/metrics.ts [--hosts 1000] [--hours 24] [--rounds 5]
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createReportClient } from '../src/api/grpc/report-client.ts';
import { createHttpClient } from '../src/api/http/client.ts';
import { manageApi } from '../src/api/manage.ts';
import { createStaticDiscovery } from '../src/discovery/discovery.ts';
import { PORTS } from '../src/domain/address.ts';
import { delay } from '../src/runtime/clock.ts';
import { encodeRequest, encodeTick } from '../src/wire/tick-writer.ts';
import { MINIMON } from '../test/cluster/cluster.ts';
import { createServerProcess } from '../test/servers/server-process.ts';
import { cpuOf, cpuOfChildren } from './cpu.ts';

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '1000' },
    hours: { type: 'string', default: '24' },
    rounds: { type: 'string', default: '5' },
  },
});
const [HOSTS, HOURS, ROUNDS] = [Number(values.hosts), Number(values.hours), Number(values.rounds)];
const PORT_OFFSET = 3_360;
const MINUTE = 60_000;
const METRICS = ['cpu.usage', 'mem.usage', 'load.1'];
const TICKS_A_REQUEST = 400;
/** Windows that were over when they came are merged within some seconds. */
const MERGED_AFTER_MS = 15_000;
const LOCATION = '701';

const at = (port: number) => `127.0.0.1:${port + PORT_OFFSET}`;
const hostIds = Array.from({ length: HOSTS }, (_, host) => `web-${String(host).padStart(4, '0')}`);
const directory = mkdtempSync(join(tmpdir(), 'minimon-metrics-'));
const server = createServerProcess({
  name: 'up',
  command: [...MINIMON, 'up', '--data', join(directory, 'data'), '--port-offset', String(PORT_OFFSET)],
  directory,
  env: { XDG_CONFIG_HOME: '/nonexistent' },
  ready: async () => (await fetch(`http://${at(PORTS.manageHttp)}/readyz`)).ok,
});

async function fill(): Promise<void> {
  const report = createReportClient({ discovery: createStaticDiscovery([at(PORTS.reportGrpc)]) });
  const manage = createHttpClient(manageApi, { baseUrl: `http://${at(PORTS.manageHttp)}` });
  const stopMs = Math.floor(Date.now() / MINUTE) * MINUTE;
  const about = { machineId: 'm', bootId: 'b', agentVersion: 'bench', intervalMs: MINUTE };
  const walks = hostIds.map((_, host) => METRICS.map((__, m) => ((host * 31 + m * 7) % 80) + 10));
  let batch: Uint8Array[] = [];
  const send = async () => {
    const { refusals } = await report.report(encodeRequest(batch, false));
    assert.deepEqual(refusals, []);
    batch = [];
  };
  for (let timeMs = stopMs - HOURS * 60 * MINUTE; timeMs < stopMs; timeMs += MINUTE) {
    for (const [host, hostId] of hostIds.entries()) {
      const walk = walks[host]!;
      const samples = METRICS.map((metric, m) => {
        walk[m] = Math.min(100, Math.max(0, walk[m]! + Math.random() * 4 - 2));
        return { metric, labels: {}, value: Math.round(walk[m]! * 100) / 100 };
      });
      batch.push(encodeTick({ hostId, timeMs, ...about, samples }));
      if (batch.length === TICKS_A_REQUEST) await send();
    }
  }
  if (batch.length > 0) await send();
  await manage.assignHosts({
    new: true,
    assignments: hostIds.map((hostId) => ({ hostId, location: LOCATION })),
  });
  await delay(MERGED_AFTER_MS);
  await Promise.all([manage.stop(), report.stop()]);
}

/** A run of the command on a terminal of 200x50, as far as it can tell. */
async function run(args: readonly string[]) {
  const before = { server: cpuOf(server.pid()), own: cpuOfChildren() };
  const began = performance.now();
  const child = spawn(
    'script',
    ['-qec', `stty cols 200 rows 50; exec '${MINIMON.join("' '")}' ${args.join(' ')}`, '/dev/null'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let bytes = 0;
  for await (const chunk of child.stdout) bytes += chunk.length;
  if (child.exitCode === null) await once(child, 'exit');
  assert.equal(child.exitCode, 0);
  return {
    ms: performance.now() - began,
    serverMs: (cpuOf(server.pid()) - before.server) * 1_000,
    ownMs: (cpuOfChildren() - before.own) * 1_000,
    bytes,
  };
}

const median = (of: readonly number[]) => of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)]!;

try {
  await server.start();
  await fill();
  const place = ['--port-offset', String(PORT_OFFSET)];
  for (const args of [
    ['metrics', '--location', LOCATION, '--since', `${HOURS}h`],
    ['metrics', '--location', LOCATION, '--since', `${HOURS}h`, '-o', 'wide', '--no-pager'],
    ['metrics', '--location', LOCATION, '--since', `${HOURS}h`, '--heatmap'],
    ['metrics', '--by', 'location', '--since', `${HOURS}h`],
    ['metrics', '--location', LOCATION],
  ]) {
    await run([...args, ...place]);
    const runs: Awaited<ReturnType<typeof run>>[] = [];
    for (let round = 0; round < ROUNDS; round++) runs.push(await run([...args, ...place]));
    const of = (value: (one: (typeof runs)[number]) => number) => median(runs.map(value)).toFixed(0);
    const [ms, ownMs, serverMs] = [of((one) => one.ms), of((one) => one.ownMs), of((one) => one.serverMs)];
    console.log(
      `${args.join(' ').padEnd(58)} ${ms.padStart(6)} ms; CPU ms of the command ${ownMs}, of up ${serverMs}`,
    );
  }
} finally {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
}
