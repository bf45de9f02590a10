// The whole pipeline on real servers: `node bench/cluster.ts [seconds] [hosts] [--paced]`. Prints
// figures; asserts nothing. --paced: only the load of so many agents, on two persists.
// Three reports, three brokers, one and two persists, InfluxDB, MariaDB, analyze and the load share this machine.
import { loadavg } from 'node:os';
import { analyzeApi } from '../src/api/analyze.ts';
import { createReportClient, type ReportClient } from '../src/api/grpc/report-client.ts';
import { createHttpClient } from '../src/api/http/client.ts';
import { createFleet } from '../src/daemons/simulate/fleet.ts';
import { createRequestPacker } from '../src/daemons/simulate/request-packer.ts';
import { createStaticDiscovery } from '../src/discovery/discovery.ts';
import { delay } from '../src/runtime/clock.ts';
import { encodeRequest, encodeTick } from '../src/wire/tick-writer.ts';
import { type Cluster, startCluster } from '../test/cluster/cluster.ts';
import { numberOf } from '../test/cluster/numbers.ts';
import { type Load, pacedLoad } from './cluster-load.ts';
import { cpuOf } from './cpu.ts';

const [seconds = '20', hosts = '20000'] = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
const PACED_ONLY = process.argv.includes('--paced');
/** Of the paced load; the floods are as long at any length of it. */
const SECONDS = Number(seconds);
const FLOOD_SECONDS = 20;
const HOSTS = Number(hosts);
const LAG_EVERY_MS = 2_000;
const HOUR = 3_600_000;

type Row = Readonly<Record<string, string>>;

function cpu(cluster: Cluster): Readonly<Record<string, number>> {
  const sum = (parts: readonly { pid(): number | undefined }[]) =>
    parts.reduce((total, part) => total + cpuOf(part.pid()), 0);
  const { servers } = cluster;
  return {
    reports: sum(cluster.reports),
    persists: sum(cluster.persists),
    warn: sum([cluster.warn]),
    brokers: servers.kafka.pids().reduce((total: number, pid) => total + cpuOf(pid), 0),
    influxd: sum([servers.influxdb]),
    load: process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6,
  };
}

const stored = async (cluster: Cluster): Promise<number> => {
  const each = cluster.persists.map((persist) => numberOf(persist, 'minimon_samples_stored_total'));
  return (await Promise.all(each)).reduce((sum, number) => sum + number, 0);
};

const floodFleet = () => createFleet({ seed: 1, hosts: 500, locations: 5 });

/** As fast as it goes: requests of up to 5,000 samples, sixteen at a time, then until all of it is stored. */
async function flood(cluster: Cluster, report: ReportClient): Promise<Row> {
  const fleet = floodFleet();
  const packer = createRequestPacker({ intervalMs: 10_000, agentVersion: 'bench' });
  let timeMs = Math.floor((Date.now() - 20 * HOUR) / 10_000) * 10_000;
  let host = 0;
  const next = (): Uint8Array => {
    for (;;) {
      if (packer.add(fleet.hosts[host]!, timeMs) === 'full') return packer.take(false)!.bytes;
      host = (host + 1) % fleet.hosts.length;
      if (host === 0) timeMs += 10_000;
    }
  };
  const run = async (ms: number) => {
    const until = performance.now() + ms;
    let accepted = 0;
    const lane = async () => {
      while (performance.now() < until) {
        const { acceptedSamples } = await report.report(next());
        accepted += acceptedSamples;
      }
    };
    await Promise.all(Array.from({ length: 16 }, lane));
    return accepted;
  };
  const drained = async (goal: number) => {
    while ((await stored(cluster)) < goal) await delay(50);
  };
  await drained(await run(3_000));
  const [before, already] = [cpu(cluster), await stored(cluster)];
  const began = performance.now();
  const accepted = await run(FLOOD_SECONDS * 1_000);
  const acceptedSeconds = (performance.now() - began) / 1_000;
  await drained(already + accepted);
  const seconds = (performance.now() - began) / 1_000;
  const after = cpu(cluster);
  const perMillion = (name: string) => (((after[name]! - before[name]!) / accepted) * 1e6).toFixed(2);
  return {
    persists: String(cluster.persists.length),
    'accepted/s': (accepted / acceptedSeconds).toFixed(0),
    'stored/s': (accepted / seconds).toFixed(0),
    ...Object.fromEntries(Object.keys(before).map((name) => [`${name} CPU s/M`, perMillion(name)])),
    'persist/influxd': (Number(perMillion('persists')) / Number(perMillion('influxd'))).toFixed(2),
  };
}

/** One host's ticks, each asked for until analyze has it. */
async function latency(cluster: Cluster, report: ReportClient): Promise<string> {
  const analyze = createHttpClient(analyzeApi, {
    baseUrl: `http://${cluster.analyze.http}`,
    timeoutMs: 10_000,
  });
  const took: number[] = [];
  for (let i = 0; i < 60; i++) {
    const timeMs = Date.now();
    const samples = [{ metric: 'cpu.usage', labels: {}, value: i }];
    const tick = {
      hostId: 'probe',
      timeMs,
      intervalMs: 1_000,
      machineId: 'm',
      bootId: 'b',
      agentVersion: 'bench',
      samples,
    };
    await report.report(encodeRequest([encodeTick(tick)], false));
    const accepted = performance.now();
    for (;;) {
      const { samples: found } = await analyze
        .queryLatest({ hosts: ['probe'], metrics: ['cpu.usage'], sinceMs: timeMs })
        .catch(() => ({ samples: [] }));
      if (found.some((sample) => sample.timeMs === timeMs)) break;
      await delay(2);
    }
    took.push(performance.now() - accepted);
    await delay(Math.random() * 200);
  }
  await analyze.stop();
  return `${quantile(took, 0.5)} / ${quantile(took, 0.95)}`;
}

const quantile = (values: readonly number[], q: number): string =>
  [...values].sort((a, b) => a - b)[Math.ceil(q * values.length) - 1]!.toFixed(0);

/** 100 series x 60 points, through analyze and by the same question to InfluxDB itself. */
async function queries(cluster: Cluster): Promise<Row> {
  const { influxdb } = cluster.servers;
  // Inside what the flood has told, which began 20 h ago.
  const stopMs = Math.floor((Date.now() - 19.8 * HOUR) / 60_000) * 60_000;
  const startMs = stopMs - 600_000;
  const analyze = createHttpClient(analyzeApi, {
    baseUrl: `http://${cluster.analyze.http}`,
    timeoutMs: 30_000,
  });
  const hosts = floodFleet()
    .hosts.slice(0, 100)
    .map(({ hostId }) => hostId);
  const anyHost = hosts.map((host) => `r.host_id == "${host}"`).join(' or ');
  const flux = `from(bucket: "hosts") |> range(start: ${new Date(startMs).toISOString()}, stop: ${new Date(stopMs).toISOString()})
    |> filter(fn: (r) => r._measurement == "cpu" and r._field == "usage" and (${anyHost}))
    |> aggregateWindow(every: 10s, fn: mean, createEmpty: false, timeSrc: "_start")`;
  const ways: Readonly<Record<string, () => Promise<unknown>>> = {
    analyze: () => analyze.queryRange({ hosts, metric: 'cpu.usage', startMs, stopMs, stepMs: 10_000 }),
    influxd: async () => {
      const response = await fetch(`${influxdb.url}/api/v2/query?org=${influxdb.org}`, {
        method: 'POST',
        headers: {
          authorization: `Token ${influxdb.token}`,
          'content-type': 'application/vnd.flux',
          accept: 'application/csv',
        },
        body: flux,
      });
      return response.text();
    },
  };
  const cells: Record<string, string> = { series: String(hosts.length) };
  for (const [name, ask] of Object.entries(ways)) {
    const took: number[] = [];
    for (let i = 0; i < 50; i++) {
      const began = performance.now();
      await ask();
      // The first ones are compiled as they go.
      if (i >= 20) took.push(performance.now() - began);
    }
    cells[`${name} p50 / p95 ms`] = `${quantile(took, 0.5)} / ${quantile(took, 0.95)}`;
  }
  await analyze.stop();
  return cells;
}

/** As many agents: a report a host a minute, for the given time. What counts is whether the lag stays flat. */
async function paced(cluster: Cluster, report: ReportClient): Promise<Row> {
  const load: Load = pacedLoad({ report, hosts: HOSTS });
  await load.run(10_000);
  const lag = async () => numberOf(cluster.persists[0]!, 'minimon_bus_unread');
  const lags: number[] = [];
  const watching = new AbortController();
  const watch = (async () => {
    while (!watching.signal.aborted) {
      lags.push(await lag());
      await delay(LAG_EVERY_MS, watching.signal).catch(() => {});
    }
  })();
  const [before, began] = [cpu(cluster), performance.now()];
  const { reports, samples, failures } = await load.run(SECONDS * 1_000);
  const seconds = (performance.now() - began) / 1_000;
  const after = cpu(cluster);
  watching.abort();
  await watch;
  const [firstHalf, secondHalf] = [lags.slice(0, lags.length / 2), lags.slice(lags.length / 2)];
  return {
    hosts: String(HOSTS),
    'reports/s': (reports / seconds).toFixed(0),
    'of wanted': `${((100 * reports) / seconds / (HOSTS / 60)).toFixed(0)} %`,
    'samples/s': (samples / seconds).toFixed(0),
    failures: String(failures),
    'records unread, first half p50 / most': `${quantile(firstHalf, 0.5)} / ${quantile(firstHalf, 1)}`,
    'records unread, second half p50 / most': `${quantile(secondHalf, 0.5)} / ${quantile(secondHalf, 1)}`,
    ...Object.fromEntries(
      Object.keys(before).map((name) => [
        `${name} % of a core`,
        (((after[name]! - before[name]!) / seconds) * 100).toFixed(0),
      ]),
    ),
  };
}

const print = (title: string, row: Row) => {
  console.log(
    `\n${title}; load average ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  );
  console.table(Object.entries(row).map(([figure, value]) => ({ figure, value })));
};

console.log(`Node ${process.version}`);
for (const persists of PACED_ONLY ? [2] : [1, 2]) {
  const cluster = await startCluster({ persists });
  const report = createReportClient({ discovery: createStaticDiscovery(cluster.reportAddresses) });
  try {
    if (!PACED_ONLY) {
      const idle = await latency(cluster, report);
      const row = await flood(cluster, report);
      print(`flooded for ${FLOOD_SECONDS} s: all parts compete for the cores`, {
        ...row,
        'readable p50 / p95 ms': idle,
      });
    }
    if (persists === 2) {
      if (!PACED_ONLY) print('the same question to both', await queries(cluster));
      print(`a report a host a minute, for ${SECONDS} s`, await paced(cluster, report));
    }
  } finally {
    await report.stop();
    await cluster.stop();
  }
}
