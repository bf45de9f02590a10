// When report answers, what it does without a bus, and that its numbers close.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bus, BusMessage } from '../../src/bus/bus.ts';
import { partitionOf } from '../../src/bus/partition.ts';
import { createBatcher } from '../../src/daemons/report/batching.ts';
import { createReportService } from '../../src/daemons/report/service.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { LIMITS, type Refusal } from '../../src/domain/tick.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { encodeTick } from '../../src/wire/tick-writer.ts';
import { decodeBatch } from '../tick-batch.ts';
import { DAY, metricValue, NOW, owned, padded, reportOnBus, request, tick } from './ticks.ts';

const ADMITTED = { maxHosts: 100, maxSeries: 1_000, maxSeriesPerHost: 100 };

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

type Held = { readonly messages: readonly BusMessage[]; readonly go: (error?: Error) => void };

/** A report service whose publishes all wait: nothing of it takes time of its own. */
function holdingReport(options: { partitions?: number } = {}) {
  const held: Held[] = [];
  const bus = {
    partitions: options.partitions ?? 1,
    publish: (messages: readonly BusMessage[]) =>
      new Promise<void>((resolve, reject) => {
        held.push({ messages, go: (error) => (error ? reject(error) : resolve()) });
      }),
    unhealthy: () => undefined,
    lag: async () => [],
  } as unknown as Bus;
  const clock = createVirtualClock(NOW);
  const metrics = createMetrics('report');
  const parts = { bus, clock, logger: silentLogger, metrics, id: 'report-1' };
  const service = owned(createReportService({ ...parts, retentionMs: 35 * DAY, limits: ADMITTED }));
  return { service, clock, metrics, held };
}

/** Once what was asked has reached the bus, and had a turn more. */
async function untilHeld(held: readonly Held[], from = 0): Promise<undefined> {
  for (let turns = 0; held.length === from || turns < 3; turns++) {
    if (turns > 100) throw new Error('nothing reached the bus');
    await new Promise(setImmediate);
  }
}

/** The call's own outcome, or an error where it waits instead. */
async function answerOrHeld<T>(call: Promise<T>, held: Held[]): Promise<T> {
  const accepted = untilHeld(held).then(() => {
    throw new Error('the call was accepted');
  });
  return Promise.race([call, accepted]);
}

async function answered(calls: readonly Promise<unknown>[], held: Held[]): Promise<void> {
  let open = true;
  const all = Promise.all(calls).finally(() => {
    open = false;
  });
  for (let turns = 0; open && turns < 1_000; turns++) {
    for (const { go } of held.splice(0)) go();
    await new Promise(setImmediate);
  }
  assert.equal(open, false, 'every call is answered');
  await all;
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

test('a message of several requests has the newest of their arrivals, so that time never goes back in a partition', async () => {
  const { service, clock, held } = holdingReport();
  const calls = [service.report(request([tick()]))];
  await untilHeld(held);
  for (const seconds of [1, 2]) {
    await clock.advanceTo(NOW + seconds * 1_000);
    calls.push(service.report(request([tick({ hostId: `late-${seconds}` })])));
  }
  held[0]!.go();
  await untilHeld(held, 1);
  assert.deepEqual(
    held.map(({ messages }) => messages.map(({ receivedMs }) => receivedMs - NOW)),
    [[0], [2_000]],
  );
  await answered(calls, held);
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

test('a message is filled to 512 KiB and no further, by long ticks, by many short ones, and by refusals', async () => {
  const messages: BusMessage[] = [];
  const batcher = createBatcher({ publish: async (some) => void messages.push(...some) });
  const send = (ticks: readonly Uint8Array[], refusals: readonly Refusal[] = []) =>
    batcher.send(0, { ticks, refusals, backfill: false, receivedMs: NOW });
  const ticksOf = ({ bytes }: BusMessage) => decodeBatch(bytes).ticks.length;
  const half = padded(encodeTick(tick()), LIMITS.batchBytes / 2 - 6);
  await send([half, half, half]);
  assert.deepEqual(messages.splice(0).map(ticksOf), [2, 1]);

  const short = encodeTick(tick({ samples: [], machineId: '', bootId: '', agentVersion: '' }));
  await send(Array.from({ length: 40_000 }, () => short));
  assert.ok(messages.every(({ bytes }) => bytes.length <= LIMITS.batchBytes));
  assert.equal(
    messages.splice(0).reduce((sum, message) => sum + ticksOf(message), 0),
    40_000,
  );

  const long = { hostId: 'h'.repeat(128), metric: 'm'.repeat(64), labels: {}, samples: 1, timeMs: NOW };
  await send(
    [],
    Array.from({ length: 1_100 }, () => ({ ...long, reason: 'r'.repeat(700) })),
  );
  assert.ok(messages.every(({ bytes }) => bytes.length <= LIMITS.batchBytes));
  assert.deepEqual(
    messages.map(({ bytes }) => decodeBatch(bytes).refusals.length),
    [512, 512, 76],
  );
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

test('2,000 calls wait for the bus and one more is rejected; when they are answered there is room again', async () => {
  const { service, held } = holdingReport();
  const bytes = request([tick()]);
  const calls = Array.from({ length: 2_000 }, () => service.report(bytes));
  const early = Promise.race([Promise.all(calls), untilHeld(held)]);
  assert.equal(await early, undefined, 'all 2,000 wait');
  await assert.rejects(answerOrHeld(service.report(bytes), held), {
    code: 'UNAVAILABLE',
    message: 'overloaded: 2000 calls in flight, the limit',
  });
  await answered(calls, held);
  await answered([service.report(bytes)], held);
});

test('128 MiB of requests wait for the bus and one more is rejected; when they are answered there is room again', async () => {
  const { service, held } = holdingReport();
  const bytes = padded(request([tick()]), LIMITS.requestBytes);
  const calls = Array.from({ length: 128 }, () => service.report(bytes));
  const early = Promise.race([Promise.all(calls), untilHeld(held)]);
  assert.equal(await early, undefined, 'all 128 wait');
  await assert.rejects(answerOrHeld(service.report(bytes), held), {
    code: 'UNAVAILABLE',
    message: 'overloaded: 128 MiB of requests in flight, the limit',
  });
  await answered(calls, held);
  await answered([service.report(bytes)], held);
});

test('without a bus report says unavailable at once', async () => {
  const full = await reportOnBus({ bus: (bus) => ({ ...bus, unhealthy: () => 'the bus is full' }) });
  await assert.rejects(full.service.report(request([tick()])), {
    code: 'UNAVAILABLE',
    message: 'the bus is full',
  });
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

test('requests are counted by what became of them', async () => {
  let isDown = false;
  const { service, clock, metrics } = await reportOnBus({
    bus: (bus) => ({
      ...bus,
      publish: async (messages) => {
        if (isDown) throw new ExpectedError('UNAVAILABLE', 'a leader moved');
        return bus.publish(messages);
      },
    }),
  });
  const counted = async () => {
    const text = await metrics.text();
    return ['ok', 'refused', 'unavailable', 'failed'].map((outcome) =>
      metricValue(text, 'report_requests_total', `"${outcome}"`),
    );
  };
  await service.report(request([tick()]));
  assert.deepEqual(await counted(), [1, 0, 0, 0]);
  await assert.rejects(service.report(Buffer.from('GET / HTTP/1.1')));
  assert.deepEqual(await counted(), [1, 1, 0, 0]);
  isDown = true;
  await assert.rejects(service.report(request([tick()])));
  assert.deepEqual(await counted(), [1, 1, 0, 1]);
  // The clock of this machine is wrong: that is no fault of the request.
  await clock.stepBy(-30 * DAY);
  await assert.rejects(service.report(request([tick(), tick({ hostId: 'web-2' })])), { code: 'UNAVAILABLE' });
  assert.deepEqual(await counted(), [1, 1, 1, 1]);
});

test('the answer has the times of its arrival and of its leaving', async () => {
  const { service, clock, held } = holdingReport();
  const call = service.report(request([tick()]));
  await untilHeld(held);
  await clock.advanceTo(NOW + 700);
  held[0]!.go();
  const { receivedMs, sentMs } = await call;
  assert.deepEqual([receivedMs - NOW, sentMs - NOW], [0, 700]);
});

test('it starts although the bus does not say how far it is', async () => {
  const { service } = await reportOnBus({
    bus: (bus) => ({ ...bus, lag: async () => assert.fail('a leader moved') }),
  });
  await service.start();
  assert.equal((await service.report(request([tick()]))).acceptedSamples, 2);
});

test('what is refused goes to the partition of its host', async () => {
  const { service, published } = await reportOnBus({ partitions: 3 });
  const hosts = Array.from({ length: 12 }, (_, i) => `host-${i}`);
  await service.report(request(hosts.map((hostId) => tick({ hostId, intervalMs: 0 }))));
  const found = (await published()).flatMap(({ refusals, record }) =>
    refusals.map(({ hostId }) => [hostId, record.partition] as const),
  );
  assert.deepEqual(found.sort(), hosts.map((hostId) => [hostId, partitionOf(hostId, 3)] as const).sort());
});

test('a heartbeat goes to every partition every 10 s on the grid', async () => {
  const { service, clock, held } = holdingReport({ partitions: 3 });
  await clock.advanceTo(NOW + 3_000);
  await service.start();
  const beats = () =>
    held.map(({ messages }) =>
      messages.map(({ partition, bytes }) => [partition, decodeBatch(bytes).heartbeat!.timeMs - NOW]),
    );
  const beat = (afterMs: number) => [0, 1, 2].map((partition) => [partition, afterMs]);
  assert.deepEqual(beats(), [beat(3_000)]);
  await clock.advanceTo(NOW + 9_999);
  assert.deepEqual(beats(), [beat(3_000)]);
  await clock.advanceTo(NOW + 10_000);
  assert.deepEqual(beats(), [beat(3_000), beat(10_000)]);
  await clock.advanceTo(NOW + 20_000);
  assert.deepEqual(beats(), [beat(3_000), beat(10_000), beat(20_000)]);
  assert.equal(decodeBatch(held[0]!.messages[0]!.bytes).heartbeat!.reportId, 'report-1');
});

test('heartbeats go on after the bus failed, and those that failed are counted', async () => {
  const { service, clock, metrics, held } = holdingReport();
  await service.start();
  held[0]!.go(new ExpectedError('UNAVAILABLE', 'a leader moved'));
  await clock.advanceTo(NOW + 10_000);
  assert.equal(held.length, 2);
  assert.deepEqual(decodeBatch(held[1]!.messages[0]!.bytes).heartbeat, {
    reportId: 'report-1',
    timeMs: NOW + 10_000,
  });
  held[1]!.go();
  await clock.advanceTo(NOW + 20_000);
  const text = await metrics.text();
  assert.deepEqual(
    ['failed', 'ok'].map((outcome) => metricValue(text, 'heartbeats_total', outcome)),
    [1, 1],
  );
});
