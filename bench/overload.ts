// What greedy clients do to `minimon up`: `node bench/overload.ts [trial ...]`. Memory, its main loop, and how long reports
// wait meanwhile; what was answered and what was refused. Asserts the limits that docs/reliability.md promises.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createReportClient } from '../src/api/grpc/report-client.ts';
import { createStaticDiscovery } from '../src/discovery/discovery.ts';
import { PORTS } from '../src/domain/address.ts';
import { delay } from '../src/runtime/clock.ts';
import { encodeRequest, encodeTick } from '../src/wire/tick-writer.ts';
import { MINIMON } from '../test/cluster/cluster.ts';
import { createServerProcess, type ServerProcess } from '../test/servers/server-process.ts';

const PORT_OFFSET = 3_330;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const HOSTS = 2_000;
const WIDE_SERIES = 20_000;
const TICKS_A_REQUEST = 500;
const REPORTS_A_SECOND = 100;
const MAX_RSS_MB = 1_500;
const MAX_ACK_MS = 100;

/** First argument of the process that only asks; then the trial and the end of the data. */
const GREEDY = 'greedy';
const isGreedy = process.argv[2] === GREEDY;
const stopMs = isGreedy ? Number(process.argv[4]) : Math.floor(Date.now() / MINUTE) * MINUTE;
const at = (port: number) => `127.0.0.1:${port + PORT_OFFSET}`;
const directory = isGreedy ? '' : mkdtempSync(join(tmpdir(), 'minimon-overload-'));
const [node, launcher] = MINIMON;
const startable = () =>
  createServerProcess({
    name: 'up',
    command: [
      ...[node, '--import', join(import.meta.dirname, 'loop-delay.ts'), launcher, 'up'],
      ...['--data', join(directory, 'data'), '--port-offset', String(PORT_OFFSET)],
    ],
    directory,
    env: { XDG_CONFIG_HOME: '/nonexistent' },
    ready: async () => (await fetch(`http://${at(PORTS.manageHttp)}/readyz`)).ok,
  });
/** Of the process that measures. */
const server = (isGreedy ? undefined : startable()) as ServerProcess;
const about = { machineId: 'm', bootId: 'b', agentVersion: 'bench', intervalMs: MINUTE };

async function fill(): Promise<number> {
  const report = createReportClient({ discovery: createStaticDiscovery([at(PORTS.reportGrpc)]) });
  let refused = 0;
  let ticks: Uint8Array[] = [];
  const flush = async () => {
    refused += (await report.report(encodeRequest(ticks, false))).refusedSamples;
    ticks = [];
  };
  for (let timeMs = stopMs - HOUR; timeMs < stopMs; timeMs += MINUTE) {
    for (let host = 0; host < HOSTS; host++) {
      const samples = ['cpu.usage', 'mem.usage', 'load.1'].map((metric, i) => ({
        ...{ metric, labels: {} },
        value: ((host * 7 + timeMs / MINUTE + i) % 1_000) / 10,
      }));
      ticks.push(encodeTick({ hostId: `web-${host}`, timeMs, ...about, samples }));
      if (ticks.length === TICKS_A_REQUEST) await flush();
    }
  }
  for (let from = 0; from < WIDE_SERIES; from += 500) {
    const samples = Array.from({ length: 500 }, (_, i) => ({
      ...{ metric: 'app.queue', labels: { id: `queue-${from + i}` } },
      value: i,
    }));
    ticks.push(encodeTick({ hostId: 'wide', timeMs: stopMs - MINUTE + from, ...about, samples }));
    if (ticks.length === 5) await flush();
  }
  if (ticks.length > 0) await flush();
  await report.stop();
  return refused;
}

const instant = (ms: number) => new Date(ms).toISOString();
const records = (query: string, range: number, stepMs: number) =>
  `http://${at(PORTS.analyzeHttp)}/api/v1/records?${query}&start_at=${instant(stopMs - range)}&stop_at=${instant(stopMs)}&step_ms=${stepMs}`;
/** 360 windows of every host. */
const WIDE = records('metric=cpu.usage', HOUR, 10_000);

type Outcome = Record<string, number>;

/** The answer is thrown away as it comes. `leaveAfterMs`: the client does not wait for it. */
function ask(url: string, agent: Agent, leaveAfterMs?: number): Promise<string> {
  return new Promise((resolve) => {
    const request = httpRequest(url, { agent }, (response) => {
      response.on('data', () => {});
      response.on('end', () => resolve(String(response.statusCode)));
      response.on('error', () => resolve('cut'));
    });
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    request.end();
    if (leaveAfterMs !== undefined)
      setTimeout(() => {
        request.destroy();
        resolve('left');
      }, leaveAfterMs);
  });
}

async function askAll(urls: readonly string[], leaveAfterMs?: number): Promise<Outcome> {
  const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });
  const outcome: Outcome = {};
  const answers = await Promise.all(urls.map((url) => ask(url, agent, leaveAfterMs)));
  for (const answer of answers) outcome[answer] = (outcome[answer] ?? 0) + 1;
  agent.destroy();
  return outcome;
}

/** Whoever is told to come again does, as long as the trial lasts. */
async function askUntil(url: string, until: () => boolean): Promise<Outcome> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const outcome: Outcome = {};
  while (!until()) {
    const answer = await ask(url, agent);
    outcome[answer] = (outcome[answer] ?? 0) + 1;
    if (answer !== '200') await delay(1_000);
  }
  agent.destroy();
  return outcome;
}

/** Reports of one tick at a steady rate, until told: milliseconds until each was acknowledged. */
async function reportUntil(until: () => boolean): Promise<number[]> {
  const report = createReportClient({ discovery: createStaticDiscovery([at(PORTS.reportGrpc)]) });
  const took: number[] = [];
  const underWay = new Set<Promise<void>>();
  for (let i = 0; !until(); i++) {
    const samples = [{ metric: 'cpu.usage', labels: {}, value: i % 100 }];
    const tick = encodeTick({ hostId: `live-${i % 500}`, timeMs: Date.now(), ...about, samples });
    const began = performance.now();
    const sending: Promise<void> = report
      .report(encodeRequest([tick], false))
      .then(() => void took.push(performance.now() - began))
      .finally(() => underWay.delete(sending));
    underWay.add(sending);
    await delay(1_000 / REPORTS_A_SECOND);
  }
  await Promise.all(underWay);
  await report.stop();
  return took.sort((a, b) => a - b);
}

const rssMb = (field: 'VmRSS' | 'VmHWM') => {
  const status = readFileSync(`/proc/${server.pid()}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)![1]) / 1_024;
};

async function loopDelay(): Promise<string> {
  const said = () => server.log().match(/loop delay .*/g)?.length ?? 0;
  const before = said();
  process.kill(server.pid()!, 'SIGUSR2');
  while (said() === before) await delay(10);
  return server
    .log()
    .match(/loop delay .*/g)!
    .at(-1)!;
}

/** Milliseconds that the main thread had a core, and that it waited for one while it could run. */
function scheduled(): readonly [ran: number, waited: number] {
  const [ran, waited] = readFileSync(`/proc/${server.pid()}/task/${server.pid()}/schedstat`, 'utf8').split(
    ' ',
  );
  return [Number(ran) / 1e6, Number(waited) / 1e6];
}

async function queriesEnded(): Promise<number> {
  const began = performance.now();
  const metrics = async () => (await fetch(`http://${at(PORTS.analyzeHttp)}/metrics`)).text();
  while (!/queries\{state="running",[^}]*\} 0\n/.test(await metrics())) await delay(20);
  return performance.now() - began;
}

/** The trial beside a steady stream of reports. */
async function measure(name: string, trial: () => Promise<Outcome>): Promise<void> {
  await loopDelay();
  const before = scheduled();
  let isOver = false;
  const reporting = reportUntil(() => isOver);
  const began = performance.now();
  const outcome = await trial();
  const seconds = (performance.now() - began) / 1_000;
  isOver = true;
  const took = await reporting;
  const p = (share: number) => took[Math.floor(share * (took.length - 1))]!;
  const [ran, waited] = scheduled().map((ms, i) => ms - before[i]!);
  const endedMs = await queriesEnded();
  console.log(`${name}: ${seconds.toFixed(1)} s, ${JSON.stringify(outcome)}`);
  console.log(
    `  ${took.length} reports acknowledged, p50 ${p(0.5).toFixed(0)}, p99 ${p(0.99).toFixed(0)} ms; ` +
      `main thread: ${await loopDelay()}; ran ${ran!.toFixed(0)} ms, waited ${waited!.toFixed(0)} ms for a core; resident ${rssMb('VmRSS').toFixed(0)} MB, ` +
      `at most ${rssMb('VmHWM').toFixed(0)}; queries ended ${endedMs.toFixed(0)} ms after`,
  );
  assert.ok(rssMb('VmHWM') < MAX_RSS_MB, `resident ${rssMb('VmHWM')} MB`);
  if (p(0.99) >= MAX_ACK_MS) console.log(`  MISSED: reports at p99 within ${MAX_ACK_MS} ms`);
}

const many = (count: number, url: string): string[] => new Array(count).fill(url);
const TRIALS: Readonly<Record<string, () => Promise<Outcome>>> = {
  'nothing, for comparison': async () => {
    await delay(10_000);
    return {};
  },
  '300 clients with wide queries for 20 s': async () => {
    const end = performance.now() + 20_000;
    const all = await Promise.all(many(300, WIDE).map((url) => askUntil(url, () => performance.now() > end)));
    const sum: Outcome = {};
    for (const one of all) for (const [key, n] of Object.entries(one)) sum[key] = (sum[key] ?? 0) + n;
    return sum;
  },
  '10,000 wide queries at once': () => askAll(many(10_000, WIDE)),
  '300 wide queries whose clients leave after 1 s': () => askAll(many(300, WIDE), 1_000),
  'all series of one host, 30 h at 10 s, three at once': () =>
    askAll(many(3, records('metric=app.queue&host=wide', 30 * HOUR, 10_000))),
  'the newest samples of everything, 300 at once': () =>
    askAll(many(300, `http://${at(PORTS.analyzeHttp)}/api/v1/latest`)),
  'reporting hosts, 300 pages at once': () =>
    askAll(many(300, `http://${at(PORTS.analyzeHttp)}/api/v1/hosts/reporting?limit=10000`)),
};

/** In a process of its own: what the greedy client does to itself is not the reports' delay. */
async function runTrial(name: string): Promise<Outcome> {
  const child = fork(import.meta.filename, [GREEDY, name, String(stopMs)], { stdio: 'inherit' });
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  child.once('message', (outcome) => resolve(outcome as Outcome));
  child.once('exit', () => resolve({ 'the client failed': 1 }));
  return promise;
}

async function main(wanted: readonly string[]): Promise<void> {
  await server.start();
  try {
    const refused = await fill();
    console.log(`Node ${process.version}; ${HOSTS} hosts and one of many series; ${refused} samples refused`);
    await delay(5_000);
    for (const name of Object.keys(TRIALS))
      if (wanted.length === 0 || wanted.some((word) => name.includes(word)))
        await measure(name, () => runTrial(name));
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true });
  }
}

const [first, trial] = process.argv.slice(2);
if (first === GREEDY) process.send!(await TRIALS[trial!]!(), () => process.exit());
else await main(process.argv.slice(2));
