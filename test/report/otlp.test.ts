// OpenTelemetry pushes its metrics: what becomes of both encodings on the bus, and the answers of its specification.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { otlpRoutes } from '../../src/api/http/otlp-routes.ts';
import { createHttpServer } from '../../src/api/http/server.ts';
import { createKeep } from '../../src/daemons/report/ingest/kept-series.ts';
import { createOtlpService } from '../../src/daemons/report/ingest/otlp-ingest.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { createHealth } from '../../src/runtime/health.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createProtoWriter, type ProtoWriter } from '../../src/wire/protobuf.ts';
import { metricValue, NOW, owned, reportOnBus } from './ticks.ts';

const JSON_TYPE = 'application/json';
const PROTOBUF = 'application/x-protobuf';

async function otlpOn(
  options: Parameters<typeof reportOnBus>[0] & { readonly keep?: readonly string[] } = {},
) {
  const parts = await reportOnBus(options);
  const keep = createKeep(options.keep ?? []);
  const service = createOtlpService({ ...parts, keep, report: parts.service.report });
  const server = createHttpServer({
    ...{ address: '127.0.0.1:0', daemon: 'report', health: createHealth(), metrics: parts.metrics },
    routes: [otlpRoutes({ service, logger: silentLogger })],
  });
  const address = await owned(server).start();
  async function push(body: string | Uint8Array, type: string, headers: Record<string, string> = {}) {
    const answer = await fetch(`http://${address}/v1/metrics`, {
      ...{ method: 'POST', body },
      headers: { 'content-type': type, ...headers },
    });
    return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
  }
  const json = (metrics: readonly object[], resource: Record<string, string> = { 'host.name': 'a' }) =>
    push(
      JSON.stringify({
        resourceMetrics: [{ resource: { attributes: attributes(resource) }, scopeMetrics: [{ metrics }] }],
      }),
      JSON_TYPE,
    );
  async function ticks() {
    return (await parts.published()).flatMap((batch) => batch.ticks);
  }
  return { ...parts, push, json, ticks };
}

const attributes = (of: Record<string, string>) =>
  Object.entries(of).map(([key, stringValue]) => ({ key, value: { stringValue } }));
const point = (value: number, of: Record<string, string> = {}, more: object = {}) => ({
  ...{ attributes: attributes(of), timeUnixNano: `${NOW}000000`, asDouble: value },
  ...more,
});
const gauge = (name: string, ...dataPoints: object[]) => ({ name, gauge: { dataPoints } });
const sum = (name: string, isMonotonic: boolean, ...dataPoints: object[]) => ({
  name,
  sum: { dataPoints, isMonotonic, aggregationTemporality: 2 },
});

const named = (
  samples: readonly { metric: string; labels: Readonly<Record<string, string>>; value: number }[] = [],
) =>
  Object.fromEntries(
    samples.map(({ metric, labels: { source: _, ...labels }, value }) => [
      [metric, ...Object.values(labels)].join(' '),
      value,
    ]),
  );

test("the hostmetrics receiver's metrics are minimon's, its counters go as they are", async () => {
  const { json, ticks, metrics } = await otlpOn();
  const data = { mountpoint: '/data', type: 'ext4' };
  const { status, bytes } = await json([
    gauge('system.cpu.load_average.1m', point(1.5)),
    sum('system.memory.usage', false, point(25, { state: 'used' }), point(75, { state: 'free' })),
    sum('system.linux.memory.available', false, point(75)),
    sum('system.paging.usage', false, point(1, { state: 'used' }), point(3, { state: 'free' })),
    sum(
      'system.filesystem.usage',
      false,
      point(30, { ...data, state: 'used' }),
      point(10, { ...data, state: 'free' }),
    ),
    sum('system.filesystem.usage', false, point(1, { mountpoint: '/run', type: 'tmpfs', state: 'used' })),
    sum('system.processes.count', false, point(2, { status: 'blocked' }), point(8, { status: 'sleeping' })),
    sum('system.cpu.time', true, point(7, { cpu: 'cpu0', state: 'wait' })),
    sum('system.cpu.time', true, point(7, { 'cpu.mode': 'wait' })),
    sum('system.disk.io_time', true, point(2, { device: 'sda' })),
    sum('system.network.errors', true, point(3, { device: 'eth0', direction: 'receive' })),
    sum('system.network.io', true, point(3, { device: 'lo', direction: 'receive' })),
  ]);
  assert.deepEqual([status, bytes.toString()], [200, '{}']);
  const [tick, ...more] = await ticks();
  assert.deepEqual([tick?.hostId, tick?.source, tick?.timeMs, more], ['a', 'otel', NOW, []]);
  assert.deepEqual(named(tick?.samples), {
    ...{ 'load.1': 1.5, 'mem.available': 75, 'mem.usage': 25, 'swap.usage': 25 },
    ...{ 'disk.free /data': 10, 'disk.usage /data': 75, 'procs.total': 10, 'procs.blocked': 2 },
  });
  assert.deepEqual(named(tick?.counters), {
    'cpu cpu0 iowait': 7,
    'disk.busy sda': 200,
    'net.errors eth0 in': 3,
  });
  assert.equal(metricValue(await metrics.text(), 'otlp_not_stored_total', 'not_kept'), 3);
});

test('memory is the share of its limit, or of what is used and available: slabs are in other states too', async () => {
  const { json, ticks } = await otlpOn();
  const states = {
    used: 60,
    free: 10,
    buffered: 5,
    cached: 45,
    slab_reclaimable: 20,
    slab_unreclaimable: 10,
  };
  const memory = [
    sum(
      'system.memory.usage',
      false,
      ...Object.entries(states).map(([state, value]) => point(value, { state })),
    ),
    sum('system.linux.memory.available', false, point(40)),
  ];
  await json(memory);
  await json([...memory, sum('system.memory.limit', false, point(160))]);
  // A processor may cut a request anywhere.
  await json([
    sum('system.memory.usage', false, point(10, { state: 'free' })),
    sum('system.linux.memory.available', false, point(40)),
    sum('system.paging.usage', false, point(1, { state: 'used' })),
  ]);
  assert.deepEqual(
    (await ticks()).map(({ samples }) => named(samples)),
    [
      { 'mem.available': 40, 'mem.usage': 60 },
      { 'mem.available': 40, 'mem.usage': 75 },
      { 'mem.available': 40 },
    ],
  );
});

test('all others are kept as the collector spells them for Prometheus; of distributions the count and the sum', async () => {
  const { json, ticks, metrics } = await otlpOn({ keep: ['*'] });
  const startTimeUnixNano = `${NOW - 10_000}000000`;
  const latency = { count: '4', sum: 2.5, asDouble: undefined };
  const { status } = await json(
    [
      { ...gauge('queue.size', point(3, { 'queue.name': 'q' })), unit: '{items}' },
      { ...sum('http.requests', true, point(0, {}, { asDouble: undefined, asInt: '9' })), unit: '1' },
      { ...gauge('heap', point(5)), unit: 'By' },
      {
        name: 'jobs',
        sum: {
          dataPoints: [point(20, {}, { startTimeUnixNano })],
          isMonotonic: true,
          aggregationTemporality: 1,
        },
      },
      {
        name: 'latency',
        unit: 's',
        histogram: { dataPoints: [point(0, {}, latency)], aggregationTemporality: 2 },
      },
      gauge('ended', point(1, {}, { flags: 1 })),
      gauge('nothing', point(0, {}, { asDouble: 'NaN' })),
    ],
    { 'host.name': 'a', 'service.name': 'shop' },
  );
  assert.equal(status, 200);
  const [tick] = await ticks();
  assert.equal(tick?.source, 'otel/shop');
  assert.deepEqual(named(tick?.samples), {
    ...{ 'queue_size q': 3, http_requests_total: 9, heap_bytes: 5, jobs_per_second: 2 },
    ...{ latency_seconds_count: 4, latency_seconds_sum: 2.5 },
  });
  const text = await metrics.text();
  assert.equal(metricValue(text, 'otlp_not_stored_total', 'stale'), 1);
  assert.equal(metricValue(text, 'otlp_not_stored_total', 'not_finite'), 1);
});

/** A fixed64 by its bits. */
function fixed64(writer: ProtoWriter, field: number, bits: bigint): void {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(bits);
  writer.double(field, bytes.readDoubleLE());
}

function attribute(writer: ProtoWriter, field: number, key: string, value: string): void {
  writer.message(field, () => {
    writer.string(1, key);
    writer.message(2, () => writer.string(1, value));
  });
}

function protobuf(): Uint8Array {
  const nanos = BigInt(NOW) * 1_000_000n + 999_999n;
  const writer = createProtoWriter();
  writer.message(1, () => {
    writer.message(1, () => attribute(writer, 1, 'host.name', 'a'));
    writer.message(2, () => {
      writer.message(2, () => {
        writer.string(1, 'system.cpu.load_average.1m');
        writer.message(5, () =>
          writer.message(1, () => {
            fixed64(writer, 3, nanos);
            writer.double(4, 1.5);
          }),
        );
      });
      writer.message(2, () => {
        writer.string(1, 'system.network.io');
        writer.message(7, () => {
          writer.message(1, () => {
            attribute(writer, 7, 'device', 'eth0');
            attribute(writer, 7, 'direction', 'transmit');
            fixed64(writer, 3, nanos);
            fixed64(writer, 6, 12n);
          });
          writer.varint(2, 2);
          writer.varint(3, 1);
        });
      });
      writer.message(2, () => {
        writer.string(1, 'latency');
        writer.message(9, () => {
          writer.message(1, () => {
            fixed64(writer, 3, nanos);
            fixed64(writer, 4, 4n);
            writer.double(5, 2.5);
            attribute(writer, 9, 'route', '/');
          });
          writer.varint(2, 2);
        });
      });
    });
  });
  return writer.finish();
}

test('processes of one service on a host have series of their own; null is as good as absent', async () => {
  const { json, ticks } = await otlpOn({ keep: ['*'] });
  for (const id of ['w1', 'w2']) {
    const resource = { 'host.name': 'a', 'service.name': 'api', 'service.instance.id': id };
    const requests = point(1, {}, { sum: null, flags: null });
    await json([{ name: 'requests', gauge: null, sum: sum('', true, requests).sum }], resource);
  }
  assert.deepEqual(
    (await ticks()).map(({ source, samples }) => [source, named(samples)]),
    [
      ['otel/api', { 'requests_total w1': 1 }],
      ['otel/api', { 'requests_total w2': 1 }],
    ],
  );
});

test('protobuf says the same, with gzip too; the answer is an empty message of its type', async () => {
  const { push, ticks } = await otlpOn({ keep: ['latency*'] });
  const { status, headers, bytes } = await push(gzipSync(protobuf()), PROTOBUF, {
    'content-encoding': 'gzip',
  });
  assert.deepEqual([status, headers.get('content-type'), bytes.length], [200, PROTOBUF, 0]);
  const [tick] = await ticks();
  assert.equal(tick?.timeMs, NOW);
  assert.deepEqual(named(tick?.samples), { 'load.1': 1.5, 'latency_count /': 4, 'latency_sum /': 2.5 });
  assert.deepEqual(named(tick?.counters), { 'net.sent eth0': 12 });
});

test('what is refused comes back inside a good answer, with the remedy', async () => {
  const { json, push } = await otlpOn();
  const { status, bytes } = await json([gauge('system.uptime', point(1), point(2))], {});
  assert.equal(status, 200);
  const { partialSuccess } = JSON.parse(bytes.toString());
  assert.equal(partialSuccess.rejectedDataPoints, '2');
  assert.match(partialSuccess.errorMessage, /host\.name.*resourcedetection/);
  const unsent = Buffer.from(protobuf());
  unsent.write('host.nama', unsent.indexOf('host.name'));
  const answer = await push(unsent, PROTOBUF);
  assert.deepEqual([answer.status, answer.bytes.subarray(2, 4)], [200, Buffer.from([8, 3])]);
});

test('what cannot be read is 400 and not sent again; no bus is 503 with a time to try again', async () => {
  const { push } = await otlpOn();
  for (const [body, type] of [
    ['{', JSON_TYPE],
    ['[]', JSON_TYPE],
    ['{"resourceMetrics":[{"scopeMetrics":3}]}', JSON_TYPE],
    [
      '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[{"timeUnixNano":1e999}]}}]}]}]}',
      JSON_TYPE,
    ],
    [Buffer.from([10, 200, 1]), PROTOBUF],
  ] as const) {
    const { status, headers, bytes } = await push(body, type);
    assert.deepEqual([status, headers.get('content-type')?.split(';')[0]], [400, type]);
    if (type === JSON_TYPE) assert.equal(JSON.parse(bytes.toString()).code, 3);
    else assert.deepEqual([...bytes.subarray(0, 2)], [8, 3]);
  }
  assert.equal((await push('x', 'text/plain')).status, 415);
  const bomb = gzipSync('['.repeat(9 * 2 ** 20));
  assert.equal((await push(bomb, JSON_TYPE, { 'content-encoding': 'gzip' })).status, 413);
  assert.equal((await push('x', JSON_TYPE, { 'content-encoding': 'br' })).status, 415);
  const down = await otlpOn({
    bus: (bus) => ({
      ...bus,
      publish: () => Promise.reject(new ExpectedError('UNAVAILABLE', 'no bus', { hint: 'wait' })),
    }),
  });
  const { status, headers } = await down.json([gauge('system.uptime', point(1))]);
  assert.deepEqual([status, headers.get('retry-after')], [503, '5']);
});

test('a point without a recorded value ends its series, whether others of that time are there or none', async () => {
  const { json, ticks } = await otlpOn({ keep: ['queue_*'] });
  const ended = { flags: 1 };
  await json([gauge('queue.length', point(0, { queue: 'a' }, ended), point(3, { queue: 'b' }))]);
  await json([gauge('queue.length', point(0, { queue: 'c' }, ended))]);
  const all = await ticks();
  const gone = (queue: string) => [{ metric: 'queue_length', labels: { queue, source: 'otel' } }];
  assert.deepEqual(
    all.map((tick) => [tick.samples.map(({ labels }) => labels['queue']), tick.ended]),
    [
      [['b'], gone('a')],
      [[], gone('c')],
    ],
  );
});
