// The hand-written tick codec says what protobuf says: held against proto-loader's own, both ways.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';
import fc from 'fast-check';
import { type Refusal, type Sample, seriesError, type Tick } from '../../src/domain/tick.ts';
import { DecodeError } from '../../src/wire/protobuf.ts';
import { createTickReader, samplesOf, tickOf } from '../../src/wire/tick-reader.ts';
import { encodeBatch, encodeRequest, encodeTick } from '../../src/wire/tick-writer.ts';
import { decodeBatch, type TickBatch } from '../tick-batch.ts';

const definition = loadSync(join(import.meta.dirname, '../../proto/minimon/v1/report.proto'), {
  keepCase: true,
  longs: Number,
  defaults: true,
});
type Codec = { serialize(value: object): Buffer; deserialize(bytes: Buffer): Record<string, unknown> };
const codecOf = (name: string) =>
  definition[`minimon.v1.${name}`] as MessageTypeDefinition<object, object> & Codec;
const wireTick = codecOf('Tick');
const wireBatch = codecOf('TickBatch');
const wireRequest = codecOf('ReportRequest');

const text = fc.string({ unit: 'binary', maxLength: 20 });
const mapOf = (values: fc.Arbitrary<string>) =>
  // Field names of Object.prototype are legal; __proto__ is refused, and has a test of its own.
  fc
    .dictionary(
      text.filter((key) => key !== '__proto__'),
      values,
      { maxKeys: 4 },
    )
    .map((map) => ({ ...map }));
const whole = fc.oneof(fc.maxSafeInteger(), fc.constant(0), fc.constant(-1), fc.constant(2 ** 53 - 1));
const sample: fc.Arbitrary<Sample> = fc.record({ metric: text, labels: mapOf(text), value: fc.double() });
const tick: fc.Arbitrary<Tick> = fc
  .record({
    hostId: text,
    timeMs: whole,
    intervalMs: whole,
    machineId: text,
    bootId: text,
    agentVersion: text,
    samples: fc.array(sample, { maxLength: 8 }),
    facts: mapOf(text),
    source: text,
    replica: text,
    counters: fc.array(sample, { maxLength: 3 }),
    ended: fc.array(sample, { maxLength: 3 }),
  })
  .map(({ facts, source, replica, counters, ended, ...rest }) => ({
    ...rest,
    ...(Object.keys(facts).length > 0 ? { facts } : {}),
    ...(source ? { source } : {}),
    ...(replica ? { replica } : {}),
    ...(counters.length > 0 ? { counters } : {}),
    ...(ended.length > 0 ? { ended: ended.map(({ metric, labels }) => ({ metric, labels })) } : {}),
  }));
const refusal: fc.Arbitrary<Refusal> = fc.record({
  hostId: text,
  timeMs: whole,
  metric: text,
  labels: mapOf(text),
  samples: fc.nat(),
  reason: text,
});

const toWire = ({
  hostId,
  timeMs,
  intervalMs,
  machineId,
  bootId,
  agentVersion,
  samples,
  facts,
  source,
  replica,
  counters,
  ended,
}: Tick) => ({
  host_id: hostId,
  time_ms: timeMs,
  interval_ms: intervalMs,
  machine_id: machineId,
  boot_id: bootId,
  agent_version: agentVersion,
  samples,
  facts: facts ?? {},
  source: source ?? '',
  replica: replica ?? '',
  counters: counters ?? [],
  ended: (ended ?? []).map((series) => ({ ...series, value: 0 })),
});

const readOne = (bytes: Uint8Array): Tick => decodeBatch(encodeBatch([bytes])).ticks[0]!;
/** deepStrictEqual tells -0 from 0 and takes NaN for NaN, but also compares prototypes, which maps differ in. */
const same = (a: unknown, b: unknown) => assert.deepEqual(plain(a), plain(b));
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
}

test('what is written here is read by proto-loader as it was meant', () => {
  fc.assert(
    fc.property(tick, (one) => {
      same(wireTick.deserialize(Buffer.from(encodeTick(one))), toWire(one));
    }),
  );
});

test('what proto-loader writes, omitted zeros and all, is read here as it was meant', () => {
  fc.assert(
    fc.property(tick, (one) => {
      same(readOne(wireTick.serialize(toWire(one))), one);
    }),
  );
});

test('batches and requests are read alike by both', () => {
  const batch: fc.Arbitrary<TickBatch> = fc
    .record({
      ticks: fc.array(tick, { maxLength: 4 }),
      refusals: fc.array(refusal, { maxLength: 3 }),
      backfill: fc.boolean(),
      heartbeat: fc.option(fc.record({ reportId: text, timeMs: whole }), { nil: undefined }),
    })
    .map(({ heartbeat, ...rest }) => ({ ...rest, ...(heartbeat && { heartbeat }) }));
  fc.assert(
    fc.property(batch, (one) => {
      const ours = encodeBatch(one.ticks.map(encodeTick), one);
      same(decodeBatch(ours), one);
      const theirs = wireBatch.serialize({
        ticks: one.ticks.map(toWire),
        refusals: one.refusals.map(({ hostId, timeMs, ...rest }) => ({
          host_id: hostId,
          time_ms: timeMs,
          ...rest,
        })),
        heartbeat: one.heartbeat && {
          report_id: one.heartbeat.reportId,
          time_ms: one.heartbeat.timeMs,
        },
        backfill: one.backfill,
      });
      same(decodeBatch(theirs), one);
      same(wireBatch.deserialize(Buffer.from(ours)), wireBatch.deserialize(theirs));

      const request = encodeRequest(one.ticks.map(encodeTick), one.backfill);
      same(wireRequest.deserialize(Buffer.from(request)), {
        ticks: one.ticks.map(toWire),
        backfill: one.backfill,
      });
      const seen: Tick[] = [];
      const head = createTickReader().readRequest(request, (view) => seen.push(tickOf(view)));
      same({ ticks: seen, ...head }, { ticks: one.ticks, backfill: one.backfill });
    }),
  );
});

test('a reader that knows the host reads the same as one that does not', () => {
  // Few hosts and few names, so that ticks often have the layout of the one before, often almost.
  const host = fc.constantFrom('a', 'b');
  const few = fc.record({
    metric: fc.constantFrom('cpu.usage', 'load.1'),
    labels: fc.constantFrom({}, { mount: '/' }, { mount: '/b' }),
    value: fc.oneof(fc.double(), fc.constant(0), fc.constant(-0)),
  });
  const likely = fc.record({
    hostId: host,
    timeMs: fc.nat(),
    intervalMs: fc.constant(60_000),
    machineId: fc.constantFrom('', 'm'),
    bootId: fc.constant('b'),
    agentVersion: fc.constant('1'),
    samples: fc.array(few, { maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(likely, fc.boolean()), { maxLength: 12 }), (ticks) => {
      const known = createTickReader();
      for (const [one, foreign] of ticks) {
        const bytes = encodeBatch([foreign ? wireTick.serialize(toWire(one)) : encodeTick(one)]);
        const read: Tick[] = [];
        known.readBatch(bytes, (view) => read.push(tickOf(view)));
        same(read, [one]);
      }
    }),
  );
});

test('the layout is the same object while the series are the same, whichever host has them, and another one when not', () => {
  const reader = createTickReader();
  const layoutOf = (samples: readonly Sample[], timeMs: number, hostId = 'a') => {
    let layout: unknown;
    const one: Tick = {
      hostId,
      timeMs,
      intervalMs: 1_000,
      machineId: '',
      bootId: '',
      agentVersion: '',
      samples,
    };
    reader.readBatch(encodeBatch([encodeTick(one)]), (view) => {
      layout = view.layout;
    });
    return layout;
  };
  const cpu = { metric: 'cpu.usage', labels: {}, value: 1 };
  const first = layoutOf([cpu], 1);
  assert.equal(layoutOf([{ ...cpu, value: 0 }], 2), first);
  assert.notEqual(layoutOf([{ ...cpu, metric: 'mem.usage' }], 3), first);
  assert.notEqual(layoutOf([cpu, cpu], 4), first);
  assert.equal(layoutOf([{ ...cpu, value: 7 }], 5, 'b'), first);
  // Longer names of another host, and the first host's own again.
  assert.notEqual(layoutOf([{ ...cpu, labels: { cpu: '0' } }], 6, 'c'), first);
  assert.equal(layoutOf([cpu], 7), first);
});

test('samples that stand scattered between other fields are all read, in order', () => {
  const one = (metric: string, value: number) =>
    encodeTick({
      hostId: '',
      timeMs: 0,
      intervalMs: 0,
      machineId: '',
      bootId: '',
      agentVersion: '',
      samples: [{ metric, labels: {}, value }],
    });
  const bare = Buffer.from(one('cpu.usage', 1));
  const samplesAt = bare.indexOf(0x3a);
  const host = Buffer.from([0x0a, 1, 0x61]);
  const time = Buffer.from([0x10, 7]);
  const bytes = Buffer.concat([
    host,
    bare.subarray(samplesAt),
    time,
    Buffer.from(one('load.1', 2)).subarray(samplesAt),
    // A field from a newer writer, of each wire type.
    Buffer.from([0xf8, 0x07, 1, 0xfa, 0x07, 1, 0, 0xfd, 0x07, 1, 2, 3, 4]),
    Buffer.from(one('load.5', 3)).subarray(samplesAt),
  ]);
  const reader = createTickReader();
  for (let turn = 0; turn < 2; turn++) {
    reader.readBatch(encodeBatch([bytes]), (view) => {
      assert.deepEqual(
        samplesOf(view).map(({ metric, value }) => [metric, value]),
        [
          ['cpu.usage', 1],
          ['load.1', 2],
          ['load.5', 3],
        ],
      );
      assert.equal(view.timeMs, 7);
    });
  }
});

test('start and end of a view are the bytes the tick came as', () => {
  fc.assert(
    fc.property(fc.array(tick, { maxLength: 4 }), (ticks) => {
      const encoded = ticks.map((one) => Buffer.from(encodeTick(one)));
      const bytes = encodeRequest(encoded, true);
      const parts: Buffer[] = [];
      createTickReader().readRequest(bytes, ({ start, end }) =>
        parts.push(Buffer.from(bytes.subarray(start, end))),
      );
      assert.deepEqual(parts, encoded);
    }),
  );
});

test('bytes that are cut, changed or invented give a DecodeError or a tick, and always an end', () => {
  const readable = (bytes: Uint8Array) => {
    try {
      decodeBatch(bytes);
    } catch (error) {
      assert.ok(error instanceof DecodeError, String(error));
    }
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => readable(bytes)),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(fc.array(tick, { minLength: 1, maxLength: 3 }), fc.nat(), fc.nat(255), (ticks, at, byte) => {
      const bytes = Buffer.from(encodeBatch(ticks.map(encodeTick)));
      readable(bytes.subarray(0, at % bytes.length));
      bytes[at % bytes.length] = byte;
      readable(bytes);
    }),
    { numRuns: 500 },
  );
});

test('a tick that ends in the middle of a field is refused', () => {
  const bytes = Buffer.from(
    encodeTick({
      hostId: 'web-1',
      timeMs: 1_764_032_400_000,
      intervalMs: 60_000,
      machineId: 'm',
      bootId: 'b',
      agentVersion: 'v',
      samples: [{ metric: 'cpu.usage', labels: { a: 'b' }, value: 1 }],
    }),
  );
  const samplesAt = bytes.indexOf(0x3a);
  for (let length = samplesAt + 1; length < bytes.length; length++) {
    assert.throws(() => readOne(bytes.subarray(0, length)), DecodeError, `${length} bytes`);
  }
});

test('a host named by nothing harms nobody, and a label __proto__ is kept, to be refused by its name', () => {
  const bytes = wireTick.serialize({
    samples: [{ metric: 'cpu.usage', labels: JSON.parse('{"__proto__": "x", "a": "b"}'), value: 1 }],
  });
  const read = readOne(bytes);
  assert.equal(read.hostId, '');
  const { metric, labels } = read.samples[0]!;
  assert.deepEqual(Object.entries(labels), [
    ['__proto__', 'x'],
    ['a', 'b'],
  ]);
  assert.equal(Object.getPrototypeOf(labels), Object.prototype);
  assert.match(seriesError(metric, labels) ?? '', /label name "__proto__" is not allowed/);
});

test('a refusal of a time that is no number of milliseconds is written without one', () => {
  for (const timeMs of [1.5, 2 ** 70, -(2 ** 60), Number.NaN, Number.POSITIVE_INFINITY]) {
    const refused = { hostId: 'a', timeMs, metric: 'm', labels: {}, samples: 1, reason: 'r' };
    assert.deepEqual(decodeBatch(encodeBatch([], { refusals: [refused] })).refusals, [
      { ...refused, timeMs: 0 },
    ]);
  }
});
