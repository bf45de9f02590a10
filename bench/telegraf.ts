// persist against Telegraf, the same samples from Kafka to InfluxDB: `node bench/telegraf.ts TELEGRAF [million samples]`.
// Each reads what it is made for: persist minimon's ticks, Telegraf line protocol, the very lines that persist writes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createKafkaBus } from '../src/bus/kafka/bus.ts';
import { kafkaOptions } from '../src/bus/kafka/options.ts';
import { createFleet } from '../src/daemons/simulate/fleet.ts';
import { createRequestPacker } from '../src/daemons/simulate/request-packer.ts';
import { delay } from '../src/runtime/clock.ts';
import { silentLogger } from '../src/runtime/logging.ts';
import { createTickLines, type Line } from '../src/store/influxdb/lines.ts';
import { createTickReader } from '../src/wire/tick-reader.ts';
import { encodeBatch } from '../src/wire/tick-writer.ts';
import { MINIMON, MINIMON_ENV } from '../test/cluster/cluster.ts';
import { countPoints } from '../test/cluster/numbers.ts';
import { type Influxdb, startInfluxdb } from '../test/servers/influxdb.ts';
import { type KafkaCluster, startKafka } from '../test/servers/kafka.ts';
import { freePorts } from '../test/servers/ports.ts';
import { createServerProcess, type ServerProcess } from '../test/servers/server-process.ts';
import { cpuOf } from './cpu.ts';

const [telegraf, millions = '3'] = process.argv.slice(2);
if (!telegraf) throw new Error('Usage: node bench/telegraf.ts TELEGRAF [million samples]');
const WANTED = Number(millions) * 1e6;
const PARTITIONS = 12;
const TOPICS = { persist: 'minimon.ticks', telegraf: 'lines' } as const;

/** Publishes the same ticks to both topics, up to 200 a message, and returns how many samples they hold. */
async function fill(kafka: KafkaCluster): Promise<number> {
  const open = (topic: string) =>
    createKafkaBus({
      ...kafkaOptions.parse({ brokers: [...kafka.addresses], topic, partitions: PARTITIONS }),
      logger: silentLogger,
      patienceMs: 20_000,
    });
  const [ticksBus, linesBus] = await Promise.all([open(TOPICS.persist), open(TOPICS.telegraf)]);
  const fleet = createFleet({
    seed: 1,
    hosts: 500,
    locations: 5,
  });
  const packer = createRequestPacker({ intervalMs: 10_000, agentVersion: 'bench' });
  const reader = createTickReader();
  const tickLines = createTickLines();
  let timeMs = Math.floor((Date.now() - 20 * 3_600_000) / 10_000) * 10_000;
  let samples = 0;
  let partition = 0;
  const publish = async () => {
    const request = packer.take(false);
    if (!request) return;
    const ticks: Uint8Array[] = [];
    const lines: Line[] = [];
    reader.readRequest(request.bytes, (view) => {
      ticks.push(request.bytes.slice(view.start, view.end));
      samples += tickLines.add(view, { record: { partition: 0, next: 0 }, lines, rejected: [] });
    });
    partition = (partition + 1) % PARTITIONS;
    const receivedMs = Date.now();
    const text = Buffer.from(lines.map((line) => line.text).join('\n'));
    await Promise.all([
      ticksBus.publish([{ partition, receivedMs, bytes: encodeBatch(ticks, {}) }]),
      linesBus.publish([{ partition, receivedMs, bytes: text }]),
    ]);
  };
  for (; samples < WANTED; timeMs += 10_000) {
    for (const host of fleet.hosts) {
      if (packer.add(host, timeMs) !== 'full') continue;
      await publish();
      packer.add(host, timeMs);
    }
  }
  await publish();
  await Promise.all([ticksBus.stop(), linesBus.stop()]);
  return samples;
}

async function persistOn(at: Target): Promise<ServerProcess> {
  const [port] = await freePorts(1);
  const file = join(at.directory, 'persist.yaml');
  const { url, org, token } = at.influxdb;
  writeFileSync(
    file,
    stringify({
      bus: { kind: 'kafka', brokers: at.kafka.addresses },
      store: { kind: 'influxdb', url, org, token, bucket: 'hosts' },
      persist: { admin: `127.0.0.1:${port}` },
    }),
  );
  return createServerProcess({
    name: 'persist',
    command: [...MINIMON, 'daemon', 'persist', '--config', file, '--data', join(at.directory, 'persist')],
    directory: at.directory,
    env: MINIMON_ENV,
    ready: async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok,
  });
}

function telegrafOn(at: Target): ServerProcess {
  const file = join(at.directory, 'telegraf.conf');
  const { url, org, token, bucket } = at.influxdb;
  writeFileSync(
    file,
    `[agent]
  metric_batch_size = 5000
  metric_buffer_limit = 1000000
  flush_interval = "1s"
  omit_hostname = true
[[inputs.kafka_consumer]]
  kafka_version = "3.6.0"
  brokers = ${JSON.stringify(at.kafka.addresses)}
  topics = ["${TOPICS.telegraf}"]
  offset = "oldest"
  max_undelivered_messages = 100
  data_format = "influx"
  influx_timestamp_precision = "1ms"
[[outputs.influxdb_v2]]
  urls = ["${url}"]
  organization = "${org}"
  bucket = "${bucket}"
  token = "${token}"
`,
  );
  return createServerProcess({
    name: 'telegraf',
    command: [telegraf!, '--config', file],
    directory: at.directory,
    ready: (log) => /Loaded outputs/.test(log()),
  });
}

type Target = { readonly kafka: KafkaCluster; readonly influxdb: Influxdb; readonly directory: string };

/** CPU seconds a million samples of the reader and of a fresh influxd, from the reader's start until all is stored. */
async function measure(
  name: string,
  at: { kafka: KafkaCluster; samples: number; bucket: string },
  make: (target: Target) => ServerProcess | Promise<ServerProcess>,
): Promise<Readonly<Record<string, string>>> {
  const directory = mkdtempSync(join(tmpdir(), 'minimon-telegraf-'));
  const influxdb = await startInfluxdb();
  const reader = await make({ kafka: at.kafka, influxdb, directory });
  try {
    const began = performance.now();
    await reader.start();
    while ((await countPoints(influxdb, at.bucket).catch(() => 0)) < at.samples) await delay(500);
    const seconds = (performance.now() - began) / 1_000;
    const perMillion = (pid: number | undefined) => ((cpuOf(pid) / at.samples) * 1e6).toFixed(2);
    return {
      reader: name,
      'CPU s a million samples': perMillion(reader.pid()),
      'influxd CPU s a million samples': perMillion(influxdb.pid()),
      seconds: seconds.toFixed(1),
    };
  } finally {
    await reader.kill('SIGKILL');
    await influxdb.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

const kafka = await startKafka();
try {
  const samples = await fill(kafka);
  console.log(`Node ${process.version}, ${samples} samples`);
  console.table([
    await measure('persist', { kafka, samples, bucket: 'hosts' }, persistOn),
    await measure('telegraf', { kafka, samples, bucket: 'minimon' }, telegrafOn),
  ]);
} finally {
  await kafka.stop();
}
