// What real clients sent, byte for byte (test/clients/record.ts): what becomes of it on the bus.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { otlpRoutes } from '../../src/api/http/otlp-routes.ts';
import { pushRoutes } from '../../src/api/http/push-routes.ts';
import { remoteWriteRoutes } from '../../src/api/http/remote-write-routes.ts';
import { createHttpServer } from '../../src/api/http/server.ts';
import { createKeep } from '../../src/daemons/report/ingest/kept-series.ts';
import { createPushService } from '../../src/daemons/report/ingest/line-ingest.ts';
import { createOtlpService } from '../../src/daemons/report/ingest/otlp-ingest.ts';
import { createRemoteWriteService } from '../../src/daemons/report/ingest/remote-write-ingest.ts';
import { METRIC_KINDS } from '../../src/domain/metric-table.ts';
import type { Sample } from '../../src/domain/tick.ts';
import { createHealth } from '../../src/runtime/health.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { NOW, owned, reportOnBus } from './ticks.ts';

/** All but one were recorded within this minute. */
const RECORDED_MS = Date.parse('2026-11-29T13:44:00Z');

const RECORDED3_MS = Date.parse('2026-11-29T17:15:00Z');

const OWN: ReadonlySet<string> = new Set(METRIC_KINDS.map(({ name }) => name));

type Recorded = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** Answers the recorded request, and what is on the bus then, of the newest time of each series. */
async function replay(name: string, recordedMs = RECORDED_MS) {
  const parts = await reportOnBus();
  await parts.clock.stepBy(recordedMs - NOW);
  const { metrics, clock, service } = parts;
  const push = { report: service.report, metrics, clock, keep: createKeep(['*']) };
  const logger = silentLogger;
  const server = createHttpServer({
    ...{ address: '127.0.0.1:0', daemon: 'report', health: createHealth(), metrics },
    routes: [
      pushRoutes({ service: createPushService(push), logger }),
      remoteWriteRoutes({ service: createRemoteWriteService(push), logger }),
      otlpRoutes({ service: createOtlpService(push), logger }),
    ],
  });
  const address = await owned(server).start();
  const file = join(import.meta.dirname, 'fixtures', `${name}.json`);
  const { path, headers, body } = JSON.parse(readFileSync(file, 'utf8')) as Recorded;
  const answer = await fetch(`http://${address}${path}`, {
    ...{ method: 'POST', headers, body: Buffer.from(body, 'base64') },
  });
  const ticks = (await parts.published()).flatMap((batch) => batch.ticks);
  const samples = ticks.flatMap((tick) => tick.samples);
  return {
    answer: [answer.status, answer.headers.get('x-minimon-refused')],
    written: answer.headers.get('x-prometheus-remote-write-samples-written'),
    from: [...new Set(ticks.map(({ hostId, source }) => `${hostId} ${source}`))],
    metrics: shown(samples.filter(({ metric }) => OWN.has(metric))),
    counters: Object.keys(shown(ticks.flatMap(({ counters = [] }) => counters))).sort(),
    kept: new Set(samples.filter(({ metric }) => !OWN.has(metric)).map(({ metric }) => metric)),
  };
}

const shown = (samples: readonly Sample[]): Record<string, number> =>
  Object.fromEntries(
    samples.map(({ metric, labels: { source: _, ...own }, value }) => [
      [metric, ...Object.values(own)].join(' '),
      Math.round(value * 1_000) / 1_000,
    ]),
  );

/** Of a node_exporter and of hostmetrics; the interfaces ifb0 and ifb1 beside eth0. */
const NETWORK = ['drops', 'errors'].flatMap((of) =>
  ['eth0', 'ifb0', 'ifb1'].flatMap((name) => ['in', 'out'].map((way) => `net.${of} ${name} ${way}`)),
);
const TRAFFIC = ['received', 'sent'].flatMap((way) =>
  ['eth0', 'ifb0', 'ifb1'].map((name) => `net.${way} ${name}`),
);
const DISK = ['disk.busy vda', 'disk.read vda', 'disk.written vda'];
const MODES = ['idle', 'iowait', 'irq', 'nice', 'softirq', 'steal', 'system', 'user'];

test('Telegraf 1.37: a round is one tick', async () => {
  const { kept, written: _, ...replayed } = await replay('telegraf');
  assert.deepEqual(replayed, {
    answer: [204, null],
    from: ['recorded-1 telegraf'],
    metrics: {
      ...{ 'cpu.usage': 100, 'cpu.iowait': 0, 'cpu.steal': 0, 'load.1': 5.57, 'load.5': 8.14 },
      ...{ 'load.15': 11.44, 'mem.available': 22106144768, 'mem.usage': 12.543, uptime: 14494 },
      ...{ 'disk.usage /': 22.816, 'disk.free /': 75481251840, 'disk.inodes /': 4.179 },
      ...{ 'procs.total': 115, 'procs.blocked': 0 },
    },
    counters: [...DISK, ...NETWORK, ...TRAFFIC].filter((name) => !name.includes('ifb')),
  });
  assert.ok(kept.has('mem_total') && kept.has('cpu_usage_idle') && kept.has('net_bytes_recv'));
});

test('Prometheus 2.42 with snappy and vmagent 1.151 with zstd: a scrape of node_exporter is the same', async () => {
  for (const [client, memory, uptime] of [
    ['prometheus', { 'mem.available': 23062118400, 'mem.usage': 8.761 }, 14489.645],
    ['vmagent', { 'mem.available': 22585479168, 'mem.usage': 10.646 }, 14491.345],
  ] as const) {
    const { kept, metrics, written: _, ...replayed } = await replay(client);
    assert.deepEqual(replayed, {
      answer: [204, null],
      from: ['recorded-1 prometheus/node'],
      counters: [
        ...['0', '1'].flatMap((cpu) => MODES.map((mode) => `cpu ${cpu} ${mode}`)),
        ...[...DISK, ...NETWORK, ...TRAFFIC],
      ],
    });
    const { 'disk.free /': free, 'disk.inodes /': inodes, ...rest } = metrics;
    assert.ok(free! > 75.4e9 && free! < 75.5e9 && Math.abs(inodes! - 4.178) < 0.002);
    assert.deepEqual(rest, {
      ...{ 'load.1': 5.27, 'load.5': 8.13, 'load.15': 11.45, 'procs.blocked': 0, uptime },
      ...{ 'disk.usage /': 22.815, ...memory },
    });
    assert.ok(kept.has('node_memory_MemTotal_bytes') && kept.has('go_goroutines') && !kept.has('up'));
  }
});

test('Prometheus 3.16 with remote write 2.0: the same, and each sample counts as written', async () => {
  const { kept, metrics, written, ...replayed } = await replay('prometheus3', RECORDED3_MS);
  assert.deepEqual(replayed, {
    answer: [204, null],
    from: ['recorded-1 prometheus/node'],
    counters: [
      ...['0', '1'].flatMap((cpu) => MODES.map((mode) => `cpu ${cpu} ${mode}`)),
      ...[...DISK, ...NETWORK, ...TRAFFIC],
    ],
  });
  assert.deepEqual(metrics, {
    ...{ 'load.1': 23.94, 'load.5': 20.78, 'load.15': 17.9, 'procs.blocked': 0, uptime: 2355.639 },
    ...{ 'mem.available': 20634292224, 'mem.usage': 18.366 },
    ...{ 'disk.usage /': 23.015, 'disk.free /': 75285893120, 'disk.inodes /': 3.944 },
  });
  // As many as it sent: the others count as failed for it.
  assert.equal(written, '1500');
  assert.ok(kept.has('node_memory_MemTotal_bytes') && kept.has('go_goroutines') && !kept.has('up'));
});

test('an OpenTelemetry collector 0.160: hostmetrics with resourcedetection', async () => {
  const { kept, written: _, ...replayed } = await replay('opentelemetry');
  assert.deepEqual(replayed, {
    answer: [200, null],
    from: ['vm otel'],
    metrics: {
      ...{ 'load.1': 5.57, 'load.5': 8.14, 'load.15': 11.44, 'procs.total': 127, 'procs.blocked': 0 },
      ...{ 'mem.available': 21529706496, 'mem.usage': 14.823, uptime: 14497 },
      ...{ 'disk.usage /': 22.816, 'disk.free /': 75480690688, 'disk.inodes /': 4.179 },
    },
    counters: [...MODES.map((mode) => `cpu  ${mode}`), ...DISK, ...NETWORK, ...TRAFFIC],
  });
  assert.ok(kept.has('system_memory_usage_bytes'));
});
