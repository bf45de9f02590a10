// Prometheus pushes by remote write: recorded bytes of both versions, what becomes of them on the bus, and the answers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import snappy from 'snappyjs';
import { remoteWriteRoutes } from '../../src/api/http/remote-write-routes.ts';
import { createHttpServer } from '../../src/api/http/server.ts';
import { createKeep } from '../../src/daemons/report/ingest/kept-series.ts';
import { createRemoteWriteService } from '../../src/daemons/report/ingest/remote-write-ingest.ts';
import { labelsOf } from '../../src/domain/promql/series-names.ts';
import { createHealth } from '../../src/runtime/health.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createProtoWriter, DecodeError } from '../../src/wire/protobuf.ts';
import { readRemoteWrite1, readRemoteWrite2 } from '../../src/wire/remote-write.ts';
import { createWriteRequest } from '../../src/wire/remote-write-request.ts';
import { createUnsnappy } from '../../src/wire/snappy.ts';
import { metricValue, NOW, owned, reportOnBus } from './ticks.ts';

/** Prometheus 3.16: node_load1{instance="web-17:9100",job="node"} 1.5, whole bodies. */
const R1 =
  'UuwKUAoWCghfX25hbWVfXxIKbm9kZV9sb2FkMQoXCghpbnN0YW5jZRILd2ViLTE3OjkxMDAKCwoDam9iEgRUbm9kZRIQCQAAAAAAAPg/EJ3ssJKiNA==';
const R2 =
  'VuwiACIIX19uYW1lX18iCm5vZGVfbG9hZDEiCGluc3RhbmNlIgt3ZWItMTc6OTEwMCIDam9iIgRub2RlKhpkCgYBAgMEBQYSEAkAAAAAAAD4PxCd7LCSojQ=';
const R_TIME = 1_795_871_749_661;
const V1 = 'application/x-protobuf';
const V2 = 'application/x-protobuf;proto=io.prometheus.write.v2.Request';

async function remoteOn(
  options: Parameters<typeof reportOnBus>[0] & { readonly keep?: readonly string[] } = {},
  nowMs = NOW,
) {
  const parts = await reportOnBus(options);
  if (nowMs !== NOW) await parts.clock.stepBy(nowMs - NOW);
  const service = createRemoteWriteService({
    ...parts,
    keep: createKeep(options.keep ?? []),
    report: parts.service.report,
  });
  const server = createHttpServer({
    ...{ address: '127.0.0.1:0', daemon: 'report', health: createHealth(), metrics: parts.metrics },
    routes: [remoteWriteRoutes({ service, logger: silentLogger })],
  });
  const address = await owned(server).start();
  async function write(body: Uint8Array, type = V1, headers: Record<string, string> = {}) {
    const answer = await fetch(`http://${address}/api/v1/write`, {
      ...{ method: 'POST', body },
      headers: { 'content-type': type, 'content-encoding': 'snappy', ...headers },
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }
  async function ticks() {
    return (await parts.published()).flatMap((batch) => batch.ticks);
  }
  return { ...parts, write, ticks };
}

type Given = readonly [labels: readonly (readonly [string, string])[], value: number, timeMs?: number];

function request(...series: readonly Given[]): Uint8Array {
  const writer = createProtoWriter();
  for (const [labels, value, timeMs = NOW] of series) {
    writer.message(1, () => {
      for (const [name, text] of labels) {
        writer.message(1, () => {
          writer.string(1, name);
          writer.string(2, text);
        });
      }
      writer.message(2, () => {
        writer.double(1, value);
        writer.varint(2, timeMs);
      });
    });
  }
  return snappy.compress(Buffer.from(writer.finish()));
}

const node = (name: string, value: number, more: Record<string, string> = {}): Given => [
  // Not sorted, as vmagent sends them.
  Object.entries({ job: 'node', instance: 'web-1:9100', __name__: `node_${name}`, ...more }),
  value,
];

test('recorded bytes of 1.0 and 2.0 become the same tick; the content type alone decides which they are', async () => {
  for (const [recorded, type, other] of [
    [R1, V1, V2],
    [R2, V2, V1],
  ] as const) {
    const body = Buffer.from(recorded, 'base64');
    const { write, ticks } = await remoteOn({}, R_TIME + 1_000);
    const { status, headers } = await write(body, type);
    assert.equal(status, 204);
    const counts = ['samples', 'histograms', 'exemplars'].map((kind) =>
      headers.get(`x-prometheus-remote-write-${kind}-written`),
    );
    assert.deepEqual(counts, type === V2 ? ['1', '0', '0'] : [null, null, null]);
    const [tick, ...more] = await ticks();
    assert.deepEqual(more, []);
    assert.deepEqual([tick?.hostId, tick?.source, tick?.timeMs], ['web-17', 'prometheus/node', R_TIME]);
    assert.deepEqual(tick?.samples, [
      { metric: 'load.1', labels: { source: 'prometheus/node' }, value: 1.5 },
    ]);
    assert.equal((await write(body, other)).status, 400);
  }
});

test("node_exporter's gauges are minimon's metrics; what is not mapped is counted and written", async () => {
  const { write, ticks, metrics } = await remoteOn();
  const root = { mountpoint: '/', fstype: 'ext4' };
  const series = [
    node('memory_MemAvailable_bytes', 25),
    node('memory_MemTotal_bytes', 100),
    node('memory_SwapTotal_bytes', 0),
    node('memory_SwapFree_bytes', 0),
    node('filesystem_size_bytes', 120, root),
    node('filesystem_free_bytes', 40, root),
    node('filesystem_avail_bytes', 20, root),
    node('filesystem_files', 10, root),
    node('filesystem_files_free', 4, root),
    node('filesystem_avail_bytes', 1, { mountpoint: '/run', fstype: 'tmpfs' }),
    node('time_seconds', 1_000),
    node('boot_time_seconds', 400),
    node('cpu_seconds_total', 7, { cpu: '0', mode: 'idle' }),
  ];
  const body = zstdCompressSync(Buffer.from(snappy.uncompress(request(...series), 10_000)));
  assert.equal((await write(body, V1, { 'content-encoding': 'zstd' })).status, 204);
  const [tick] = await ticks();
  assert.deepEqual(
    Object.fromEntries(
      tick!.samples.map(({ metric, labels, value }) => [metric + (labels['mount'] ?? ''), value]),
    ),
    {
      ...{ 'mem.available': 25, 'mem.usage': 75, uptime: 600 },
      ...{ 'disk.free/': 20, 'disk.usage/': 80, 'disk.inodes/': 60 },
    },
  );
  assert.deepEqual(tick!.counters, [
    { metric: 'cpu', labels: { cpu: '0', mode: 'idle', source: 'prometheus/node' }, value: 7 },
  ]);
  assert.equal(metricValue(await metrics.text(), 'remote_write_not_stored_total', 'not_kept'), 1);
});

test("every other series is kept under its own name and labels; minimon's metrics come first", async () => {
  const { write, ticks, metrics } = await remoteOn({ keep: ['node_*', 'go_*', 'mem_available', 'up'] });
  const series = [
    node('cpu_seconds_total', 7, { cpu: '0', mode: 'idle', __meta: 'x' }),
    node('memory_MemAvailable_bytes', 25, { source: 'mine' }),
    node('hist_bucket', 1, { le: '5' }),
    node('temperature', Number.NaN),
    [[...Object.entries({ __name__: 'go_threads', instance: 'web-1:9100', job: 'node' })], 9] as Given,
    [[...Object.entries({ __name__: 'mem_available', instance: 'web-1:9100', job: 'node' })], 1] as Given,
    [[...Object.entries({ __name__: 'up', instance: 'web-1:9100', job: 'node' })], 1] as Given,
    [[...Object.entries({ __name__: 'other', instance: 'web-1:9100', job: 'node' })], 1] as Given,
  ];
  assert.equal((await write(request(...series))).status, 204);
  const [tick, ...more] = await ticks();
  assert.deepEqual(more, []);
  const own = { job: 'node', instance: 'web-1:9100', source: 'prometheus/node' };
  assert.deepEqual(tick?.samples, [
    { metric: 'mem.available', labels: { source: 'prometheus/node' }, value: 25 },
    { metric: 'node_cpu_seconds_total', labels: { ...own, cpu: '0', mode: 'idle' }, value: 7 },
    { metric: 'node_memory_MemAvailable_bytes', labels: { ...own, exported_source: 'mine' }, value: 25 },
    { metric: 'go_threads', labels: own, value: 9 },
  ]);
  const text = await metrics.text();
  assert.equal(metricValue(text, 'remote_write_not_stored_total', 'not_kept'), 4);
  assert.equal(metricValue(text, 'remote_write_not_stored_total', 'not_finite'), 1);
});

test('counters of CPUs, disks and networks go as they are, those of devices that minimon leaves out do not', async () => {
  const { write, ticks } = await remoteOn();
  const series = [
    node('cpu_seconds_total', 7, { cpu: '0', mode: 'user', __replica__: 'a' }),
    node('disk_io_time_seconds_total', 2, { device: 'sda', __replica__: 'a' }),
    node('disk_read_bytes_total', 2, { device: 'loop0', __replica__: 'a' }),
    node('network_receive_errs_total', 3, { device: 'eth0', __replica__: 'a' }),
    node('network_transmit_bytes_total', 4, { device: 'eth0', __replica__: 'a' }),
    node('network_transmit_bytes_total', 4, { device: 'lo', __replica__: 'a' }),
  ];
  assert.equal((await write(request(...series))).status, 204);
  const [tick] = await ticks();
  assert.equal(tick?.replica, 'a');
  const source = 'prometheus/node';
  assert.deepEqual(tick?.counters, [
    { metric: 'cpu', labels: { cpu: '0', mode: 'user', source }, value: 7 },
    { metric: 'disk.busy', labels: { device: 'sda', source }, value: 200 },
    { metric: 'net.errors', labels: { interface: 'eth0', part: 'in', source }, value: 3 },
    { metric: 'net.sent', labels: { interface: 'eth0', source }, value: 4 },
  ]);
});

test('counters of a refused tick are refused by name as well; refused samples take no counters with them', async () => {
  const counter = node('disk_io_time_seconds_total', 2, { device: 'sda' });
  const { write, ticks, metrics } = await remoteOn({ limits: { maxSeriesPerHost: 1 } });
  const old = await write(request([counter[0], 2, NOW - 30 * 3_600_000]));
  assert.equal(old.status, 400);
  assert.match(old.text, /^1 rejected.*time /);
  const { status, text } = await write(request(node('load1', 1), counter));
  assert.equal(status, 400);
  assert.match(text, /^1 rejected.*load\.1: series is over the limit/);
  const [tick, ...more] = await ticks();
  assert.deepEqual([tick?.samples, tick?.counters?.length, more], [[], 1, []]);
  const shown = await metrics.text();
  const [received, refused] = ['samples_received_total', 'samples_refused_total'].map((name) =>
    metricValue(shown, name),
  );
  assert.deepEqual([received, refused], [2, 2]);
});

test("another minimon's metrics have their own names again; those of who scrapes are not taken for them", async () => {
  const { write, ticks, metrics } = await remoteOn();
  const written = createWriteRequest();
  for (const [metric, labels] of [
    ['cpu.usage', {}],
    ['disk.usage', { mount: '/', host: 'inner' }],
    ['mem.available', { source: 'telegraf' }],
  ] as const)
    written.add(labelsOf({ hostId: 'web-1', metric, labels }, '725'), 7, NOW);
  assert.equal((await write(snappy.compress(Buffer.from(written.finish())))).status, 204);
  const scraped = (label: string) =>
    Object.entries({ __name__: 'mem_available', host: 'web-1', [label]: 'x' });
  assert.equal((await write(request([scraped('job'), 1], [scraped('instance'), 1]))).status, 204);
  const [own, telegraf, ...more] = await ticks();
  assert.deepEqual(
    own?.samples.map(({ metric, labels }) => [metric, ...Object.values(labels)].join(' ')),
    ['cpu.usage minimon', 'disk.usage inner / minimon'],
  );
  assert.deepEqual([own.source, telegraf?.source, more], ['minimon', 'telegraf', []]);
  assert.equal(metricValue(await metrics.text(), 'remote_write_not_stored_total', 'not_kept'), 2);
});

test("Categraf's names are Telegraf's, joined: its metrics are minimon's as well", async () => {
  const { write, ticks, metrics } = await remoteOn({ keep: ['other_*'] });
  const of = (name: string, value: number, more: Record<string, string> = {}): Given => [
    Object.entries({ __name__: name, agent_hostname: 'web-1', ...more }),
    value,
  ];
  const total = { cpu: 'cpu-total' };
  const series = [
    of('cpu_usage_active', 30, total),
    of('cpu_usage_iowait', 10, total),
    of('cpu_usage_active', 99, { cpu: 'cpu0' }),
    of('mem_available_percent', 75),
    of('disk_used_percent', 71.5, { path: '/', device: 'sda1' }),
    of('diskio_io_time', 500, { name: 'sda' }),
    of('net_bytes_recv', 7, { interface: 'eth0' }),
    of('net_packets_recv', 8, { interface: 'eth0' }),
    of('other_thing', 1),
    of('unknown_thing', 1),
  ];
  assert.equal((await write(request(...series))).status, 204);
  const [tick, ...more] = await ticks();
  assert.deepEqual([tick?.hostId, tick?.source, more], ['web-1', 'categraf', []]);
  const labels = { source: 'categraf' };
  assert.deepEqual(tick?.samples, [
    { metric: 'cpu.usage', labels, value: 20 },
    { metric: 'cpu.iowait', labels, value: 10 },
    { metric: 'mem.usage', labels, value: 25 },
    { metric: 'disk.usage', labels: { mount: '/', ...labels }, value: 71.5 },
    { metric: 'other_thing', labels: { agent_hostname: 'web-1', ...labels }, value: 1 },
  ]);
  assert.deepEqual(tick?.counters, [
    { metric: 'disk.busy', labels: { device: 'sda', ...labels }, value: 50 },
    { metric: 'net.received', labels: { interface: 'eth0', ...labels }, value: 7 },
  ]);
  assert.equal(metricValue(await metrics.text(), 'remote_write_not_stored_total', 'not_kept'), 3);
});

test("a host of 1,500 series fits; an explosion is refused by name while minimon's metrics are taken", async () => {
  const { write, ticks } = await remoteOn({ keep: ['*'] });
  const scrape = (count: number, name: string) =>
    request(...Array.from({ length: count }, (_, i) => node(name, i, { device: `d${i}` })), node('load1', 2));
  assert.equal((await write(scrape(1_500, 'large'))).status, 204);
  assert.equal(
    (await ticks()).reduce((sum, { samples }) => sum + samples.length, 0),
    1_502,
  );
  const { status, text } = await write(scrape(3_000, 'explosion'));
  assert.equal(status, 400);
  assert.match(
    text,
    /^2502 rejected, the rest is stored: node_explosion: series is over the limit of 2000 series a host \(report\.max_series_per_host\)/,
  );
  const loads = (await ticks()).flatMap(({ samples }) => samples.filter(({ metric }) => metric === 'load.1'));
  assert.deepEqual(
    loads.map(({ value }) => value),
    [2, 2],
  );
});

test('a stale marker is no sample and no refusal; other numbers that are none are refused by name', async () => {
  const { write, ticks, metrics } = await remoteOn();
  const body = snappy.uncompress(request(node('load1', 1)), 1_000);
  const at = Buffer.from(body).indexOf(Buffer.from([0, 0, 0, 0, 0, 0, 0xf0, 0x3f]));
  body.set([2, 0, 0, 0, 0, 0, 0xf0, 0x7f], at);
  assert.equal((await write(snappy.compress(body))).status, 204);
  assert.equal(metricValue(await metrics.text(), 'remote_write_not_stored_total', 'stale'), 1);
  const answer = await write(request(node('load1', Number.NaN), node('load5', 2)));
  assert.deepEqual([answer.status, /^1 rejected.*node_load1: value is NaN/.test(answer.text)], [400, true]);
  const tolerant = await write(request(node('load1', Number.NaN)), V1, { 'user-agent': 'Telegraf/1.37.2' });
  assert.equal(tolerant.status, 204);
  assert.deepEqual(
    (await ticks()).flatMap(({ samples }) => samples.map(({ metric }) => metric)),
    ['load.5'],
  );
});

test('the host is the instance unless that is this machine itself; then it must be said', async () => {
  const { write, ticks } = await remoteOn({ keep: ['node_uname_info'] });
  const given: [labels: Record<string, string>, host: string | undefined][] = [
    [{ instance: 'localhost:9100' }, undefined],
    [{ instance: '[::1]:9100' }, undefined],
    [{ instance: 'localhost:9100', nodename: 'a' }, 'a'],
    [{ instance: 'localhost:9100', nodename: 'a', __name__: 'node_uname_info' }, undefined],
    [{ instance: 'localhost:9100', host: 'b' }, 'b'],
    [{ instance: 'web-2:9100', host: '*' }, 'web-2'],
    [{ instance: '[fe80::1]:9100' }, 'fe80::1'],
    [{ instance: 'x:1', agent_hostname: 'c' }, 'c'],
    [{ instance: 'x:1', ident: 'd' }, 'd'],
  ];
  for (const [labels, host] of given) {
    const { status, text } = await write(request(node('load1', 1, labels)));
    assert.equal(status, host ? 204 : 400, JSON.stringify(labels));
    if (!host) assert.match(text, /set the external label host/);
  }
  assert.deepEqual(
    (await ticks()).map(({ hostId }) => hostId),
    given.flatMap(([, host]) => host ?? []),
  );
});

test('what is our fault is 503; what is no request is 400, of an unknown type 415; metadata alone is 204', async () => {
  // Made before anything is connected: it takes so long that an idle connection would be closed meanwhile.
  const many = request(...Array.from({ length: 50_001 }, () => node('x', 1)));
  const down = await remoteOn({
    bus: (bus) => ({ ...bus, publish: () => Promise.reject(new Error('gone')) }),
  });
  const failed = await down.write(request(node('load1', 1)));
  assert.deepEqual([failed.status, failed.headers.get('retry-after')], [503, '5']);
  const { write } = await remoteOn();
  assert.equal((await write(request(node('load1', 1)), 'application/json')).status, 415);
  assert.equal((await write(request(node('load1', 1)), V1, { 'content-encoding': 'gzip' })).status, 415);
  assert.equal((await write(Buffer.from('not snappy'))).status, 400);
  // A block that declares 4 GiB.
  assert.equal((await write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0]))).status, 400);
  assert.equal(
    (
      await write(
        request(node('load1', 1, {}), [
          [
            ['a', '1'],
            ['a', '2'],
          ],
          1,
        ]),
      )
    ).status,
    400,
  );
  const metadata = createProtoWriter();
  metadata.message(3, () => metadata.string(2, 'node_load1'));
  assert.equal((await write(snappy.compress(Buffer.from(metadata.finish())))).status, 204);
  assert.equal((await write(many)).status, 400);
});

test('bytes that are cut or changed end in a DecodeError or are read, never in another error', async () => {
  for (const recorded of [R1, R2]) {
    const block = Buffer.from(recorded, 'base64');
    const plain = createUnsnappy()(block, 1_000);
    const reads = [readRemoteWrite1, readRemoteWrite2].map(
      (read) => (bytes: Uint8Array) => read(bytes, () => {}),
    );
    for (let at = 0; at < plain.length; at++) {
      for (const value of [0, 0x7f, 0x80, 0xff, plain[at]! ^ 1]) {
        const changed = Uint8Array.from(plain);
        changed[at] = value;
        for (const read of reads) {
          for (const bytes of [changed, plain.subarray(0, at)]) {
            try {
              read(bytes);
            } catch (error) {
              assert.ok(error instanceof DecodeError, String(error));
            }
          }
        }
      }
    }
  }
});
