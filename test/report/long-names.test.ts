// Texts of a request that are far too long: refused, each series that has them, and copied into none; the rest is taken.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPushService } from '../../src/daemons/report/ingest/line-ingest.ts';
import { createOtlpService } from '../../src/daemons/report/ingest/otlp-ingest.ts';
import { createRemoteWriteService } from '../../src/daemons/report/ingest/remote-write-ingest.ts';
import { createProtoWriter, type ProtoWriter } from '../../src/wire/protobuf.ts';
import { NOW, reportOnBus } from './ticks.ts';

const LONG = 'x'.repeat(9_000);
const SERIES = 300;
const numbers = Array.from({ length: SERIES }, (_, i) => i);

async function reported() {
  const parts = await reportOnBus();
  let bytes = 0;
  async function report(request: Uint8Array) {
    bytes += request.length;
    return await parts.service.report(request);
  }
  const stored = async () =>
    (await parts.published()).flatMap(({ ticks }) => ticks).flatMap(({ samples }) => samples).length;
  return { parts: { ...parts, report, keep: () => true }, bytes: () => bytes, stored };
}

/** Of remote write 2.0, where a text is there once for all series. */
function request(symbols: readonly string[], references: (i: number) => readonly number[]): Uint8Array {
  const writer = createProtoWriter();
  for (const symbol of symbols) writer.string(4, symbol);
  const write = (series: ProtoWriter, i: number) => {
    for (const reference of references(i)) series.varint(1, reference);
    series.message(2, () => {
      series.double(1, i);
      series.varint(2, NOW);
    });
  };
  for (const i of [...numbers, SERIES]) writer.message(5, () => write(writer, i));
  return writer.finish().slice();
}

test('remote write: a host, a job, a label or a name of all series', async () => {
  for (const long of ['instance', 'job', 'rack', '__name__']) {
    const { parts, bytes, stored } = await reported();
    const service = createRemoteWriteService(parts);
    const labels = { __name__: 'm', instance: 'web-1', job: 'node', rack: 'r17', [long]: LONG };
    const symbols = ['', 'i', ...Object.entries(labels).flat(), ...numbers.map(String)];
    const own = symbols.length - SERIES;
    const short = ['__name__', 'good', 'instance', 'web-1'];
    const body = request([...symbols, ...short], (i) =>
      i === SERIES ? short.map((_, k) => symbols.length + k) : [2, 3, 4, 5, 6, 7, 8, 9, 1, own + i],
    );
    const { refused, reason } = await service.remoteWrite({ body, version: 2 });
    assert.equal(refused, SERIES, long);
    assert.match(reason, /^names and labels have \d+ characters; the limit is 8192 a series$/);
    assert.equal(await stored(), 1);
    assert.ok(bytes() < 1_000);
  }
});

test('line protocol: a tag or a measurement of all fields', async () => {
  const fields = numbers.map((i) => `f${i}=${i}`).join();
  for (const head of [`m,host=${LONG}`, `m,host=web-1,rack=${LONG}`, `${LONG},host=web-1`]) {
    const { parts, bytes, stored } = await reported();
    const service = createPushService(parts);
    const body = Buffer.from([`${head} ${fields}`, 'm,host=web-1 good=1'].join('\n'));
    for (let i = 0; i < 2; i++) {
      const { refused, reason } = await service.lineProtocol({ body, precision: 'ns', client: '' });
      assert.equal(refused, 1);
      assert.match(reason, /^names and labels have /);
    }
    assert.equal(await stored(), 2);
    assert.ok(bytes() < 1_000);
  }
});

test('OpenTelemetry: an attribute of the resource, or the name of all points', async () => {
  const attributes = (of: Readonly<Record<string, string>>) =>
    Object.entries(of).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  const time = { timeUnixNano: `${NOW}000000` };
  const points = numbers.map((i) => ({ ...time, attributes: attributes({ i: `${i}` }), asDouble: i }));
  for (const long of ['host.name', 'service.name', 'service.instance.id', 'name']) {
    const { parts, bytes, stored } = await reported();
    const service = createOtlpService(parts);
    const metrics = (name: string, dataPoints: readonly object[]) => [
      { metrics: [{ name, gauge: { dataPoints } }] },
    ];
    const text = JSON.stringify({
      resourceMetrics: [
        {
          resource: {
            attributes: attributes({ 'host.name': 'web-1', ...(long !== 'name' && { [long]: LONG }) }),
          },
          scopeMetrics: metrics(long === 'name' ? LONG : 'm', points),
        },
        {
          resource: { attributes: attributes({ 'host.name': 'web-1' }) },
          scopeMetrics: metrics('good', [{ ...time, asDouble: 1 }]),
        },
      ],
    });
    const { refused, reason } = await service.otlp({ body: Buffer.from(text), isJson: true });
    assert.equal(refused, SERIES, long);
    assert.match(reason, /^names and labels have /);
    assert.equal(await stored(), 1);
    assert.ok(bytes() < 1_000);
  }
});
