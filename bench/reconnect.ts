// How long all agents take to come back after a restart of report, over TLS with client certificates and tokens: `node bench/reconnect.ts [--agents N]
// [--processes N] [--away SECONDS] [--plain]`. Real gRPC clients with an agent's own sender and its waits, each with a tick to
// send while report is away; the load and what is measured share the machine. Wants `ulimit -n` above the agents.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createReportClient } from '../src/api/grpc/report-client.ts';
import { initTls } from '../src/assembly/tls-directory.ts';
import { createSender } from '../src/daemons/agent/sender.ts';
import type { Spool } from '../src/daemons/agent/spool.ts';
import type { SpooledTick } from '../src/daemons/agent/spool-file.ts';
import { createStaticDiscovery } from '../src/discovery/discovery.ts';
import { delay, systemClock } from '../src/runtime/clock.ts';
import { silentLogger } from '../src/runtime/logging.ts';
import { makeToken } from '../src/runtime/token.ts';
import { encodeTick } from '../src/wire/tick-writer.ts';
import { cpuOf } from './cpu.ts';
import { tlsOf } from './tls-files.ts';

/** First argument of a process of agents. */
const AGENTS = 'agents';
const ADDRESS = '127.0.0.1:24580';
const INTERVAL_MS = 60_000;
/** One process of agents begins so many a second. */
const BEGUN_A_SECOND = 40;

type Told =
  | { readonly acknowledged: number; readonly refused: number; readonly lastAckMs: number }
  | { readonly failures: Readonly<Record<string, number>> };
type Command = 'tick' | 'failures';

/** In memory: an agent's disk is not what is measured. */
function memorySpool(): Spool {
  let ticks: SpooledTick[] = [];
  let next = 1;
  return {
    put: (tick) => void ticks.unshift({ ...tick, id: next++ }),
    newest: ({ except }) => ticks.filter(({ id }) => !except?.has(id)).slice(0, 20),
    remove(gone) {
      ticks = ticks.filter((tick) => !gone.includes(tick));
    },
    prune() {},
    queued: () => ({ ticks: ticks.length, samples: ticks.reduce((sum, { samples }) => sum + samples, 0) }),
    unhealthy: () => undefined,
    close() {},
  };
}

async function runAgents([from, to, token, certificates]: readonly string[]): Promise<void> {
  let acknowledged = 0;
  let refused = 0;
  let lastAckMs = 0;
  let failures: Record<string, number> = {};
  const tell = (told: Told) => process.send!(told);
  const tls = certificates ? tlsOf(certificates, 'client') : undefined;

  function begin(number: number): () => void {
    const hostId = `host-${number}`;
    const spool = memorySpool();
    const client = createReportClient({
      discovery: createStaticDiscovery([ADDRESS]),
      tls,
      bearer: { token: () => token, insecure: tls === undefined },
    });
    const report = {
      async report(request: Uint8Array) {
        try {
          return await client.report(request);
        } catch (error) {
          const { code = String(error) } = error as { code?: string };
          failures[code] = (failures[code] ?? 0) + 1;
          throw error;
        }
      },
    };
    const sender = createSender({
      ...{ hostId, intervalMs: INTERVAL_MS, spool, report, clock: systemClock, logger: silentLogger },
      onDelivered(delivered) {
        acknowledged++;
        refused += delivered.refused + delivered.invalid;
        lastAckMs = Date.now();
      },
    });
    client.onConnected(sender.connected);
    void sender.run(new AbortController().signal);
    return () => {
      const samples = Array.from({ length: 24 }, (_, i) => ({
        metric: 'load.1',
        labels: { cpu: `${i}` },
        value: i,
      }));
      const timeMs = Date.now();
      const about = {
        hostId,
        timeMs,
        intervalMs: INTERVAL_MS,
        machineId: hostId,
        bootId: 'b',
        agentVersion: 'bench',
      };
      spool.put({ timeMs, samples: samples.length, bytes: encodeTick({ ...about, samples }) });
      sender.wake();
    };
  }

  const agents: (() => void)[] = [];
  for (let number = Number(from); number < Number(to); number++) {
    const tick = begin(number);
    tick();
    agents.push(tick);
    await delay(1_000 / BEGUN_A_SECOND);
  }
  setInterval(() => tell({ acknowledged, refused, lastAckMs }), 100);
  process.on('message', (command: Command) => {
    if (command === 'tick') for (const tick of agents) tick();
    else {
      tell({ failures });
      failures = {};
    }
  });
  process.on('disconnect', () => process.exit());
}

async function main(): Promise<void> {
  const { values: flags } = parseArgs({
    options: {
      agents: { type: 'string', default: '10000' },
      processes: { type: 'string', default: '4' },
      away: { type: 'string', default: '10' },
      plain: { type: 'boolean', default: false },
    },
  });
  const count = Number(flags.agents);
  const processes = Number(flags.processes);
  const data = mkdtempSync(join(tmpdir(), 'minimon-reconnect-'));
  const certificates = flags.plain ? '' : join(data, 'tls');
  if (certificates)
    await initTls({ directory: certificates, nowMs: Date.now(), days: 30, hosts: [], machine: 'bench' });
  const { id, hash, text } = makeToken();
  const known = JSON.stringify({ id, name: 'bench', hash: hash.toString('hex'), scopes: ['report:host-*'] });

  async function startReport(): Promise<ChildProcess> {
    const program = join(import.meta.dirname, 'pipeline-server.ts');
    const child = fork(program, [data, 'acknowledged', certificates, known, ADDRESS]);
    await once(child, 'message');
    return child;
  }

  let report = await startReport();
  const share = Math.ceil(count / processes);
  const clients = Array.from({ length: processes }, (_, i) =>
    fork(import.meta.filename, [
      ...[AGENTS, String(i * share), String(Math.min(count, (i + 1) * share)), text, certificates],
    ]),
  );
  const sums = clients.map(() => ({ acknowledged: 0, refused: 0, lastAckMs: 0 }));
  const failures: Record<string, number> = {};
  let failuresTold = 0;
  clients.forEach((client, i) => {
    client.on('message', (told: Told) => {
      if (!('failures' in told)) sums[i] = told;
      else {
        failuresTold++;
        for (const [code, n] of Object.entries(told.failures)) failures[code] = (failures[code] ?? 0) + n;
      }
    });
  });
  const sum = (what: 'acknowledged' | 'refused') => sums.reduce((all, one) => all + one[what], 0);
  const tell = (command: Command) => {
    for (const client of clients) client.send(command);
  };
  /** What calls failed with since the last time. */
  async function failed(): Promise<string> {
    failuresTold = 0;
    tell('failures');
    while (failuresTold < clients.length) await delay(20);
    const said = JSON.stringify(failures);
    for (const code of Object.keys(failures)) delete failures[code];
    return said;
  }
  const rssMb = (pid: number) =>
    Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1_024;
  const cpu = () => clients.reduce((all, { pid }) => all + cpuOf(pid), 0);
  try {
    while (sum('acknowledged') < count) await delay(100);
    const clientMb = clients.reduce((all, { pid }) => all + rssMb(pid!), 0);
    console.log(
      `${count} agents in ${processes} processes (${clientMb.toFixed(0)} MB), ${certificates ? 'TLS, client certificates and tokens' : 'plain text, tokens'}; ` +
        `each acknowledged once; report ${cpuOf(report.pid).toFixed(1)} CPU s, ${rssMb(report.pid!).toFixed(0)} MB; failed: ${await failed()}`,
    );
    report.kill('SIGKILL');
    await once(report, 'exit');
    tell('tick');
    await delay(Number(flags.away) * 1_000);
    const before = sum('acknowledged');
    console.log(`  report was away for ${flags.away} s, meanwhile failed: ${await failed()}`);
    const clientCpu = cpu();
    const startMs = Date.now();
    report = await startReport();
    const upMs = Date.now();
    let shown = 0;
    while (sum('acknowledged') - before < count) {
      await delay(100);
      const share = Math.floor((4 * (sum('acknowledged') - before)) / count);
      if (share > shown)
        console.log(`  ${(shown = share) * 25} % after ${((Date.now() - upMs) / 1_000).toFixed(1)} s`);
      if (Date.now() - upMs > 300_000)
        throw new Error(`${count - sum('acknowledged') + before} are not back after 5 min`);
    }
    const last = Math.max(...sums.map(({ lastAckMs }) => lastAckMs));
    console.log(
      `  all acknowledged ${((last - upMs) / 1_000).toFixed(1)} s after report listened (it took ${((upMs - startMs) / 1_000).toFixed(1)} s to start); ` +
        `${sum('refused')} samples refused, calls failed: ${await failed()}`,
    );
    console.log(
      `  CPU: report ${cpuOf(report.pid).toFixed(1)} s, its peak ${rssMb(report.pid!).toFixed(0)} MB; the agents ${(cpu() - clientCpu).toFixed(1)} s`,
    );
  } finally {
    for (const child of [...clients, report]) child.kill('SIGKILL');
    rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  }
}

const [first, ...rest] = process.argv.slice(2);
if (first === AGENTS) await runAgents(rest);
else await main();
