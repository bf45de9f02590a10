// From a sample that was accepted to the webhook that tells its alert: `node bench/alert-latency.ts [up] [cluster]
// [prometheus] [alerts]`. p50 and p95 of `minimon up`, of a cluster over Kafka and InfluxDB, and of Prometheus (scrape and
// evaluation every second) with Alertmanager (group_wait 0). Each alert is of a location of its own. Asserts nothing.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createReportClient } from '../src/api/grpc/report-client.ts';
import { createHttpClient } from '../src/api/http/client.ts';
import { manageApi } from '../src/api/manage.ts';
import { createStaticDiscovery } from '../src/discovery/discovery.ts';
import { PORTS } from '../src/domain/address.ts';
import { delay } from '../src/runtime/clock.ts';
import { encodeRequest, encodeTick } from '../src/wire/tick-writer.ts';
import { MINIMON, MINIMON_ENV, startCluster } from '../test/cluster/cluster.ts';
import { ensureDebian } from '../test/servers/debian-package.ts';
import { freePorts } from '../test/servers/ports.ts';
import { createServerProcess } from '../test/servers/server-process.ts';

const KINDS = ['up', 'cluster', 'prometheus'] as const;
const asked = process.argv.slice(2);
const ALERTS = Number(asked.find((arg) => /^\d+$/.test(arg)) ?? 120);
const PORT_OFFSET = 3_500;
const WAIT_MS = 30_000;
/** Alerts come at any moment of the second, not in step with anything. */
const PAUSE_MS = 700;

const hostOf = (i: number): string => `latency-${String(i).padStart(4, '0')}`;
const HOSTS = Array.from({ length: ALERTS }, (_, i) => hostOf(i));

type Subject = {
  /** Makes the host's value cross; resolves when that is accepted. */
  cross(host: string): Promise<void>;
  stop(): Promise<void>;
};

/** When each host was first named in a message. */
async function webhook() {
  const told = new Map<string, number>();
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const atMs = performance.now();
      for (const [host] of body.matchAll(/latency-\d{4}/g)) if (!told.has(host)) told.set(host, atMs);
      response.end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { told, url: `http://127.0.0.1:${port}/hook`, stop: () => server.close() };
}

/** Gives minimon the rule, the receiver and the hosts, and each host's first tick. */
async function prepare(
  at: { readonly manage: string; readonly reports: readonly string[] },
  url: string,
): Promise<Subject> {
  const manage = createHttpClient(manageApi, { baseUrl: `http://${at.manage}`, timeoutMs: 10_000 });
  const report = createReportClient({ discovery: createStaticDiscovery(at.reports) });
  await manage.putReceiver({
    name: 'hook',
    kind: 'webhook',
    options: JSON.stringify({ url }),
    isDefault: true,
  });
  await manage.putRule({ name: 'hot', expression: 'cpu.usage > 90', severity: 'warning' });
  await manage.assignHosts({ new: true, assignments: HOSTS.map((hostId) => ({ hostId, location: hostId })) });
  const send = async (hostId: string, value: number) => {
    const about = { machineId: hostId, bootId: 'b', agentVersion: 'bench', intervalMs: 60_000 };
    const samples = [{ metric: 'cpu.usage', labels: {}, value }];
    await report.report(
      encodeRequest([encodeTick({ hostId, timeMs: Date.now(), ...about, samples })], false),
    );
  };
  await Promise.all(HOSTS.map((host) => send(host, 10)));
  // warn hears of new hosts within a second.
  await delay(3_000);
  return {
    cross: (host) => send(host, 95),
    async stop() {
      await Promise.all([manage.stop(), report.stop()]);
    },
  };
}

async function startUp(url: string): Promise<Subject> {
  const directory = mkdtempSync(join(tmpdir(), 'minimon-latency-'));
  const [data, manage] = [join(directory, 'data'), `127.0.0.1:${PORTS.manageHttp + PORT_OFFSET}`];
  const server = createServerProcess({
    name: 'up',
    command: [...MINIMON, 'up', '--data', data, '--port-offset', String(PORT_OFFSET)],
    directory,
    env: MINIMON_ENV,
    ready: async () => (await fetch(`http://${manage}/readyz`)).ok,
  });
  await server.start();
  const subject = await prepare({ manage, reports: [`127.0.0.1:${PORTS.reportGrpc + PORT_OFFSET}`] }, url);
  return {
    ...subject,
    async stop() {
      await subject.stop();
      await server.stop();
      rmSync(directory, { recursive: true });
    },
  };
}

async function startOverKafka(url: string): Promise<Subject> {
  const cluster = await startCluster();
  const subject = await prepare({ manage: cluster.manage.http, reports: cluster.reportAddresses }, url);
  return {
    ...subject,
    async stop() {
      await subject.stop();
      await cluster.stop();
    },
  };
}

/** A page of gauges, scraped every second: a value counts as accepted when it stands there. */
async function startPrometheus(url: string): Promise<Subject> {
  const { root, env } = await ensureDebian('debian-prometheus', ['prometheus', 'prometheus-alertmanager']);
  const directory = mkdtempSync(join(tmpdir(), 'minimon-latency-'));
  const [prometheusPort, alertmanagerPort] = await freePorts(2);
  const values = new Map(HOSTS.map((host) => [host, 10]));
  const exporter = createServer((_, response) => {
    const lines = [...values].map(([host, value]) => `cpu_usage{host="${host}",location="${host}"} ${value}`);
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(`${lines.join('\n')}\n`);
  });
  await new Promise<void>((resolve) => exporter.listen(0, '127.0.0.1', resolve));
  const file = (name: string, content: object): string => {
    const path = join(directory, name);
    writeFileSync(path, stringify(content));
    return path;
  };
  mkdirSync(directory, { recursive: true });
  const rules = file('rules.yml', {
    groups: [
      { name: 'hot', rules: [{ alert: 'hot', expr: 'cpu_usage > 90', labels: { severity: 'warning' } }] },
    ],
  });
  const target = `127.0.0.1:${(exporter.address() as AddressInfo).port}`;
  const configuration = file('prometheus.yml', {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [rules],
    scrape_configs: [{ job_name: 'bench', static_configs: [{ targets: [target] }] }],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] }] },
  });
  const route = { receiver: 'hook', group_by: ['location'], group_wait: '0s', group_interval: '1s' };
  const receivers = [{ name: 'hook', webhook_configs: [{ url, send_resolved: true }] }];
  const alertmanager = createServerProcess({
    name: 'alertmanager',
    command: [
      // The package's program looks for its template below /usr/share: there, in a namespace of its own.
      ...['unshare', '-rm', 'sh', '-c', 'mount --rbind "$0/usr/share" /usr/share && exec "$@"', root],
      join(root, 'usr/bin/prometheus-alertmanager'),
      `--config.file=${file('alertmanager.yml', { route, receivers })}`,
      `--storage.path=${join(directory, 'alertmanager')}`,
      `--web.listen-address=127.0.0.1:${alertmanagerPort}`,
      '--cluster.listen-address=',
    ],
    ...{ directory, env },
    ready: async () => (await fetch(`http://127.0.0.1:${alertmanagerPort}/-/ready`)).ok,
  });
  const prometheus = createServerProcess({
    name: 'prometheus',
    command: [
      join(root, 'usr/bin/prometheus'),
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${join(directory, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${prometheusPort}`,
    ],
    ...{ directory, env },
    ready: async () => (await fetch(`http://127.0.0.1:${prometheusPort}/-/ready`)).ok,
  });
  await Promise.all([alertmanager.start(), prometheus.start()]);
  // Discovery of targets and of Alertmanager comes some seconds after the start.
  await delay(8_000);
  return {
    cross: async (host) => void values.set(host, 95),
    async stop() {
      await prometheus.stop();
      await alertmanager.stop();
      exporter.close();
      rmSync(directory, { recursive: true });
    },
  };
}

const STARTS = { up: startUp, cluster: startOverKafka, prometheus: startPrometheus };

async function measure(kind: (typeof KINDS)[number]): Promise<void> {
  const hook = await webhook();
  const subject = await STARTS[kind](hook.url);
  const sinceAccepted: number[] = [];
  const sinceSent: number[] = [];
  for (const host of HOSTS) {
    await delay(Math.random() * PAUSE_MS);
    const sentMs = performance.now();
    await subject.cross(host);
    const acceptedMs = performance.now();
    while (!hook.told.has(host) && performance.now() - acceptedMs < WAIT_MS) await delay(5);
    const toldMs = hook.told.get(host) ?? Number.POSITIVE_INFINITY;
    // The answer to a report and the message overtake each other on their ways.
    sinceAccepted.push(Math.max(0, toldMs - acceptedMs));
    sinceSent.push(toldMs - sentMs);
  }
  await subject.stop();
  hook.stop();
  const cells = [quantiles('accepted', sinceAccepted), quantiles('sent', sinceSent)];
  console.log(`${kind.padEnd(12)} ${cells.join('  ')}  ${sinceSent.length} alerts`);
}

function quantiles(from: string, took: number[]): string {
  took.sort((a, b) => a - b);
  const at = (q: number) => took[Math.ceil(q * took.length) - 1]!.toFixed(1);
  return `from ${from}: p50 ${at(0.5)} p95 ${at(0.95)} longest ${at(1)} ms`;
}

for (const kind of KINDS) if (asked.length === 0 || asked.includes(kind)) await measure(kind);
process.exit(0);
