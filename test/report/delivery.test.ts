// When report answers, what it does without a bus, and that its numbers close.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bus } from '../../src/bus/bus.ts';
import { partitionOf } from '../../src/bus/partition.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { metricValue, NOW, reportOnBus, request, tick } from './ticks.ts';

/** A bus whose publishing waits for the test. */
function gated(bus: Bus) {
  const waiting: { messages: Parameters<Bus['publish']>[0]; go: (error?: Error) => void }[] = [];
  const gate: Bus = {
    ...bus,
    publish: (messages) =>
      new Promise((resolve, reject) => {
        waiting.push({
          messages,
          go: (error) => (error ? reject(error) : resolve(bus.publish(messages))),
        });
      }),
  };
  return { gate, waiting };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 2));

async function gatedReport() {
  let gate: ReturnType<typeof gated> | undefined;
  const parts = await reportOnBus({
    bus: (bus) => {
      gate = gated(bus);
      return gate.gate;
    },
  });
  return { ...parts, waiting: gate!.waiting };
}

test('the answer waits until the bus has everything', async () => {
  const { service, waiting } = await gatedReport();
  let answered = false;
  const answer = service.report(request([tick()])).then(() => {
    answered = true;
  });
  while (waiting.length === 0) await turn();
  for (let i = 0; i < 5; i++) await turn();
  assert.equal(answered, false);
  waiting[0]!.go();
  await answer;
  assert.equal(answered, true);
});

test('requests that come together share a message, and those that come meanwhile the next one', async () => {
  const { service, waiting, published } = await gatedReport();
  const hosts = (from: number) => Array.from({ length: 10 }, (_, i) => `h-${from + i}`);
  const first = hosts(0).map((hostId) => service.report(request([tick({ hostId })])));
  while (waiting.length === 0) await turn();
  const second = hosts(10).map((hostId) => service.report(request([tick({ hostId })])));
  await turn();
  assert.equal(waiting.length, 1);
  waiting[0]!.go();
  await Promise.all(first);
  while (waiting.length === 1) await turn();
  waiting[1]!.go();
  await Promise.all(second);
  assert.deepEqual(
    (await published()).map(({ ticks }) => ticks.map(({ hostId }) => hostId)),
    [hosts(0), hosts(10)],
  );
});

test('ticks go to the partition of their host, each message stays under 512 KiB', async () => {
  const { service, published } = await reportOnBus({ partitions: 3 });
  const long = (n: number) => 'x'.repeat(100) + n;
  const samples = Array.from({ length: 400 }, (_, i) => ({
    metric: 'cpu.usage',
    labels: { n: long(i) },
    value: i,
  }));
  await Promise.all(
    Array.from({ length: 40 }, (_, i) => service.report(request([tick({ hostId: `host-${i}`, samples })]))),
  );
  const batches = await published();
  assert.equal(batches.flatMap(({ ticks }) => ticks).length, 40);
  for (const { record, ticks } of batches) {
    assert.ok(record.bytes.length <= 524_288);
    assert.ok(ticks.every(({ hostId }) => partitionOf(hostId, 3) === record.partition));
  }
});

test('a bus that does not take it makes the request fail as unavailable, and the next one works', async () => {
  const { service, waiting, metrics } = await gatedReport();
  const failed = service.report(request([tick()]));
  while (waiting.length === 0) await turn();
  waiting[0]!.go(new ExpectedError('UNAVAILABLE', 'a leader moved'));
  await assert.rejects(failed, { kind: 'unavailable' });
  const again = service.report(request([tick()]));
  while (waiting.length === 1) await turn();
  waiting[1]!.go();
  assert.equal((await again).acceptedSamples, 2);
  const text = await metrics.text();
  assert.equal(metricValue(text, 'samples_failed_total'), 2);
});

test('over 2,000 calls in flight, and without a bus, report says unavailable at once', async () => {
  const { service, waiting } = await gatedReport();
  const bytes = request([tick()]);
  const calls = Array.from({ length: 2_000 }, () => service.report(bytes));
  await assert.rejects(service.report(bytes), { code: 'UNAVAILABLE', message: /2000 calls in flight/ });
  const go = setInterval(() => {
    for (const { go } of waiting.splice(0)) go();
  }, 1);
  await Promise.all(calls);
  clearInterval(go);

  const full = await reportOnBus({ bus: (bus) => ({ ...bus, unhealthy: () => 'the bus is full' }) });
  await assert.rejects(full.service.report(bytes), { code: 'UNAVAILABLE', message: 'the bus is full' });
});

test('a partition that confirms nothing turns away its own hosts only', async () => {
  const down = 'host-a';
  const up = ['host-b', 'host-c', 'host-d'].find((id) => partitionOf(id, 3) !== partitionOf(down, 3))!;
  const { service, metrics } = await reportOnBus({
    partitions: 3,
    bus: (bus) => ({
      ...bus,
      unhealthy: (of = []) => ([...of].includes(partitionOf(down, 3)) ? 'nothing is confirmed' : undefined),
    }),
  });
  await assert.rejects(service.report(request([tick({ hostId: down })])), {
    code: 'UNAVAILABLE',
    message: 'nothing is confirmed',
  });
  assert.equal((await service.report(request([tick({ hostId: up })]))).acceptedSamples, 2);
  assert.equal(metricValue(await metrics.text(), 'samples_failed_total'), 2);
});

test('received = published + refused + failed + queued', async () => {
  const { service, waiting, metrics } = await gatedReport();
  const bad = tick({ samples: [...tick().samples, { metric: 'load.1', labels: {}, value: Number.NaN }] });
  const one = service.report(request([bad]));
  while (waiting.length === 0) await turn();
  waiting[0]!.go();
  await one;
  const two = service.report(request([tick(), tick({ timeMs: 0 })]));
  while (waiting.length === 1) await turn();
  waiting[1]!.go(new ExpectedError('UNAVAILABLE', 'a leader moved'));
  await assert.rejects(two);
  const three = service.report(request([tick()]));
  while (waiting.length === 2) await turn();
  const text = await metrics.text();
  const value = (name: string) => metricValue(text, name);
  assert.deepEqual(
    ['received_total', 'published_total', 'refused_total', 'failed_total', 'queued'].map((name) =>
      value(`samples_${name}`),
    ),
    [9, 2, 3, 2, 2],
  );
  waiting[2]!.go();
  await three;
});

test('a heartbeat goes to every partition every 10 s on the grid', async () => {
  const { service, clock, published } = await reportOnBus({ partitions: 3 });
  await clock.advanceTo(NOW + 3_000);
  service.start();
  const beats = async (count: number) => {
    let batches = await published();
    while (batches.length < count) {
      await turn();
      batches = await published();
    }
    return batches;
  };
  await beats(3);
  await clock.advanceTo(NOW + 10_000);
  await beats(6);
  await clock.advanceTo(NOW + 20_000);
  const batches = await beats(9);
  assert.equal(batches.length, 9);
  for (const partition of [0, 1, 2]) {
    const own = batches.filter(({ record }) => record.partition === partition);
    assert.deepEqual(
      own.map(({ heartbeat }) => heartbeat),
      [3_000, 10_000, 20_000].map((after) => ({ reportId: 'report-1', timeMs: NOW + after })),
    );
  }
});

test('heartbeats go on after the bus failed', async () => {
  const { service, clock, waiting, published } = await gatedReport();
  service.start();
  while (waiting.length === 0) await turn();
  waiting[0]!.go(new ExpectedError('UNAVAILABLE', 'a leader moved'));
  await clock.advanceTo(NOW + 10_000);
  while (waiting.length === 1) await turn();
  waiting[1]!.go();
  while ((await published()).length === 0) await turn();
  assert.deepEqual((await published())[0]!.heartbeat, { reportId: 'report-1', timeMs: NOW + 10_000 });
});
