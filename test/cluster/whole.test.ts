// The whole system on real servers: every acknowledged sample is found once by its key, whatever is killed meanwhile.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createReportClient } from '../../src/api/grpc/report-client.ts';
import { createStaticDiscovery } from '../../src/discovery/discovery.ts';
import { createEtcdDiscovery } from '../../src/discovery/etcd.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { skipReason } from '../servers/backends.ts';
import { until } from '../until.ts';
import { balance } from './balancer.ts';
import { coordinatorOf, leaderOf } from './brokers.ts';
import { type Cluster, type DaemonProcess, startCluster } from './cluster.ts';
import { minimon, start } from './commands.ts';
import { foundOnce } from './found-once.ts';
import { type Load, METRICS, startLoad } from './load.ts';
import { countPoints, numberOf } from './numbers.ts';

const HOUR = 3_600_000;
const OTHERS = ['influxdb', 'mariadb', 'etcd', 'nginx'] as const;

for (const kafka of ['kafka', 'kafka-zookeeper'] as const) {
  const skip = [kafka, ...OTHERS].map(skipReason).find((reason) => reason !== false) ?? false;
  describe(`nine daemons on three brokers (${kafka}), InfluxDB, MariaDB, etcd and nginx`, { skip }, () => {
    wholeSystem(kafka === 'kafka-zookeeper');
  });
}

function wholeSystem(zookeeper: boolean) {
  let cluster: Cluster;
  /** The load's: it has no certificate, and shows a token. */
  let access: NonNullable<Parameters<typeof startLoad>[0]['access']>;
  before(async () => {
    cluster = await startCluster({ discovery: 'etcd', zookeeper, tls: true });
    const scopes = ['--scope', 'report:*', '--scope', 'read'];
    const token = await minimon(at('tokens', 'create', 'load', ...scopes));
    access = { tls: cluster.tls, bearer: { token: () => token.trim(), insecure: false } };
  });
  const loads = new Set<Load>();
  after(async () => {
    // Those of a failed test first: they would go on for ever.
    for (const load of loads) void load.stop().catch(() => {});
    await cluster?.stop();
  });

  const at = (...args: string[]) => [...args, '--config', cluster.configFile];

  /** Both persists have stored and committed all there is. */
  const settled = () =>
    until(
      'everything on the bus is stored and committed',
      async () => (await backlog('unread')) === 0 && (await backlog('uncommitted')) === 0,
      {
        withinMs: 90_000,
        seen: async () => `${await backlog('unread')} unread, ${await backlog('uncommitted')} uncommitted`,
      },
    );
  /** Heartbeats come all the time: what is less than a few a partition is none. */
  const backlog = async (kind: 'unread' | 'uncommitted') => {
    const perPersist = await Promise.all(
      cluster.persists.map((persist) => numberOf(persist, `minimon_bus_${kind}`).catch(() => Number.NaN)),
    );
    const most = Math.max(...perPersist);
    return most <= 6 ? 0 : most;
  };

  it('stores what simulate reports once each, and answers by the commands and by HTTP', async (t) => {
    const simulate = start(
      at('simulate', '--hosts', '60', '--locations', '3', '--since', '2h', '--seed', '7'),
    );
    await until('the history is backfilled', () => simulate.said().includes('history, 100 %'), {
      withinMs: 90_000,
      seen: simulate.said,
    });
    simulate.interrupt();
    const { stderr } = await simulate.ended;
    const [, accepted, refused] =
      /(\d+) samples accepted, (\d+) rejected, 0 not delivered/.exec(stderr) ?? [];
    assert.equal(refused, '0', stderr);
    await until(
      `InfluxDB has ${accepted} samples`,
      async () => (await countPoints(cluster.servers.influxdb)) >= Number(accepted),
      { withinMs: 90_000, seen: () => countPoints(cluster.servers.influxdb) },
    );
    assert.equal(await countPoints(cluster.servers.influxdb), Number(accepted));
    t.diagnostic(`${accepted} samples accepted, as many in InfluxDB`);

    const rooms = JSON.parse(await minimon(at('locations', 'list', '--json')));
    assert.deepEqual(
      rooms.map(({ location }: { location: string }) => location),
      ['725', '726', '727'],
    );
    const hosts: { host_id: string }[] = JSON.parse(await minimon(at('hosts', 'list', '--json')));
    assert.ok(hosts.length >= 50, `${hosts.length} hosts`);
    const unmanaged = JSON.parse(await minimon(at('hosts', 'unmanaged', '--json')));
    assert.equal(hosts.length + unmanaged.length, 60);
    const metrics = await minimon(at('metrics', '--location', '725', '--since', '1h'));
    assert.match(metrics, /^HOST +STATE +CPU%/m);
    const seed = await fetch(
      `${cluster.analyze.url}/FindRecordsByLocation?location=725&metrics_type=CPU_Rate`,
    );
    const records = (await seed.json()) as { host_id: string; metrics_value: number[] }[];
    assert.ok(records.length > 10 && records.every(({ metrics_value }) => metrics_value.length > 20));
  });

  it('keeps every acknowledged sample through the loss of each part, and warn keeps up', async (t) => {
    const { servers, reports, persists, warn } = cluster;
    const load = await startKnownLoad('load', 24);
    await load.flows(300);
    const topic = 'minimon.ticks';
    const broker = (which: number) => ({
      kill: (signal: NodeJS.Signals) => servers.kafka.kill(signal, which),
      start: () => servers.kafka.restart(which),
    });
    const faults: readonly (readonly [string, () => Promise<Part>])[] = [
      ['a report', async () => reports[1]!],
      [
        'the leader of a partition',
        async () => broker(await leaderOf(servers.kafka, { topic, partition: 0 })),
      ],
      [
        "the coordinator of persist's group",
        async () => broker(await coordinatorOf(servers.kafka, 'minimon.persist')),
      ],
      ['a persist', async () => persists[0]!],
      ['InfluxDB', async () => ({ kill: servers.influxdb.kill, start: servers.influxdb.restart })],
    ];
    for (const [name, find] of faults) {
      const part = await find();
      const [began, failed] = [Date.now(), load.failures().length];
      await part.kill('SIGKILL');
      await load.flows(300);
      const acknowledged = Date.now() - began;
      await part.start();
      await load.flows(150);
      t.diagnostic(
        `${name} killed: 300 more ticks acknowledged after ${acknowledged} ms, ${load.failures().length - failed} reports failed and were sent again`,
      );
    }
    await load.stop();
    await settled();
    await foundOnce(load, { analyze: { baseUrl: cluster.analyze.url, ...access }, startMs });
    const lag = () => numberOf(warn, 'minimon_bus_unread');
    await until('warn has read everything', async () => (await lag()) <= 6, { withinMs: 90_000, seen: lag });
    assert.ok((await numberOf(warn, 'minimon_samples_received_total')) >= load.ticks() * METRICS.length);
    const readyz = await (await fetch(`${warn.url}/readyz?verbose`)).text();
    assert.match(readyz, /partition 0: \d+ records unread/);
    for (const daemon of cluster.daemons()) {
      const ready = async () => (await fetch(`${daemon.url}/readyz?verbose`)).text();
      await until(`${daemon.name} is ready again`, async () => /is ready\n?$/.test(await ready()), {
        withinMs: 90_000,
        seen: ready,
      });
    }
    t.diagnostic(`${load.ticks() * METRICS.length} samples acknowledged, each found once`);
  });

  it('restarts report after report without a failed one, behind round robin and behind nginx', async (t) => {
    const balancer = await balance(cluster.reportAddresses, cluster.tlsDirectory);
    try {
      const behind = [
        ['round-robin', cluster.reportAddresses],
        ['nginx', balancer.addresses],
      ] as const;
      const running = await Promise.all(
        behind.map(([name, addresses]) => startKnownLoad(name, 12, createStaticDiscovery(addresses))),
      );
      const nobody = createReportClient({
        discovery: createStaticDiscovery(balancer.addresses),
        tls: cluster.tls,
      });
      await assert.rejects(nobody.report(new Uint8Array()), { code: 'UNAUTHENTICATED' });
      await nobody.stop();
      const flow = () => Promise.all(running.map((load) => load.flows(60)));
      const everybody = running.reduce((sum, load) => sum + load.hosts.length * METRICS.length, 0);
      const seriesOf = (report: DaemonProcess) => numberOf(report, 'minimon_report_series');
      for (const report of cluster.reports) {
        await flow();
        await report.stop();
        await flow();
        await report.start();
        // Those who found it away try it again within 10 s: all of them away at once is another trial.
        await until('every host has reached it', async () => (await seriesOf(report)) >= everybody, {
          withinMs: 60_000,
          seen: () => seriesOf(report),
        });
      }
      await flow();
      await Promise.all(running.map((load) => load.stop()));
      for (const [i, load] of running.entries()) {
        assert.deepEqual(load.failures(), [], behind[i]![0]);
        t.diagnostic(`${behind[i]![0]}: ${load.ticks()} reports through three restarts, none failed`);
      }
      await settled();
      for (const load of running)
        await foundOnce(load, { analyze: { baseUrl: cluster.analyze.url, ...access }, startMs });
    } finally {
      await balancer.stop();
    }
  });

  type Part = { kill(signal: NodeJS.Signals): Promise<void>; start(): Promise<void> };

  const startMs = Math.floor((Date.now() - 20 * HOUR) / 1_000) * 1_000;

  /** In a room of its own, over what etcd knows unless said otherwise. */
  async function startKnownLoad(
    name: string,
    hosts: number,
    found?: ReturnType<typeof createStaticDiscovery>,
  ): Promise<Load> {
    const discovery =
      found ?? (await createEtcdDiscovery({ endpoints: [cluster.servers.etcd!.url], logger: silentLogger }));
    const load = startLoad({ discovery, access, name, hosts, pauseMs: 150, startMs });
    const stopping = { ...load, stop: () => load.stop().then(() => discovery.stop()) };
    loads.add(stopping);
    await minimon(
      at('hosts', 'assign', ...load.hosts, '--new', '--new-location', '--location', `room of ${name}`),
    );
    return stopping;
  }
}
