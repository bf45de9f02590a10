// The stream as warn reads it after a start: what was evaluated before is read again for rates alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bus } from '../../src/bus/bus.ts';
import { createEmbeddedBus } from '../../src/bus/embedded/bus.ts';
import { createReading } from '../../src/daemons/warn/reading.ts';
import { type Clock, createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
import { directory, NOW, owned, tick } from '../report/ticks.ts';
import { until } from '../until.ts';

const MINUTE = 60_000;

/** Records of these minutes, each with a sample and a counter whose rate is twice the minute less one. */
async function publishMinutes(bus: Bus, from: number, to: number) {
  for (let minute = from; minute < to; minute++) {
    const timeMs = NOW + minute * MINUTE;
    const read = tick({
      ...{ hostId: 'web-1', timeMs, source: 'telegraf' },
      samples: [{ metric: 'load.1', labels: {}, value: minute }],
      counters: [{ metric: 'net.sent', labels: {}, value: 60 * minute ** 2 }],
    });
    await bus.publish([{ partition: 0, receivedMs: timeMs, bytes: encodeBatch([encodeTick(read)]) }]);
  }
}

async function filledBus(minutes: number) {
  const clock = createVirtualClock(NOW);
  const bus = owned(
    await createEmbeddedBus({ directory: directory(), partitions: 1, clock, logger: silentLogger }),
  );
  await publishMinutes(bus, 0, minutes);
  return { bus, clock };
}

async function readingOf({ bus, clock }: { readonly bus: Bus; readonly clock: Clock }) {
  const judged: string[] = [];
  const reading = owned(
    createReading({
      ...{ bus, clock, logger: silentLogger, metrics: createMetrics('warn') },
      evaluation: {
        tick({ layout, values }) {
          judged.push(...layout.series.map(({ metric }, i) => `${metric} ${values[i]}`));
        },
        heartbeat() {},
        backfilled() {},
      },
      onDead: (error) => assert.fail(error),
    }),
  );
  return { judged, reading };
}

test('rates after a start are those of a reader that never stopped, and nothing is judged twice', async () => {
  const at = await filledBus(10);
  const { judged, reading } = await readingOf(at);
  await reading.start({ offsets: new Map([[0, 7]]), readFrom: new Map([[0, 3]]) });
  await until('all is read', () => reading.reached().offsets.get(0) === 10);
  assert.deepEqual(judged, ['load.1 7', 'net.sent 13', 'load.1 8', 'net.sent 15', 'load.1 9', 'net.sent 17']);
  assert.equal(reading.reached().readFrom.get(0), 3, 'six minutes before');
  assert.equal(reading.skipped(), 0);
});

test('of a log that was made anew all is judged, whatever was read of the one before', async () => {
  const at = await filledBus(2);
  const { judged, reading } = await readingOf(at);
  await reading.start({ offsets: new Map([[0, 700]]), readFrom: new Map([[0, 300]]) });
  await until('all is read', () => judged.length === 3);
  assert.deepEqual(judged, ['load.1 0', 'load.1 1', 'net.sent 1']);
});

test('where nothing came since, what follows has its rates too', async () => {
  const at = await filledBus(7);
  const { judged, reading } = await readingOf(at);
  await reading.start({ offsets: new Map([[0, 7]]), readFrom: new Map([[0, 3]]) });
  await publishMinutes(at.bus, 7, 8);
  await until('all is read', () => reading.reached().offsets.get(0) === 8);
  assert.deepEqual(judged, ['load.1 7', 'net.sent 13']);
});

test('a tick with text that is no UTF-8 is not judged; a clock that is set back makes no record older', async () => {
  const at = await filledBus(0);
  const { judged, reading } = await readingOf(at);
  await reading.start({ offsets: new Map([[0, 0]]), readFrom: new Map() });
  const one = (metric: string) => {
    const samples = [{ metric, labels: { mount: 'zzzz' }, value: 1 }];
    return Buffer.from(encodeBatch([encodeTick(tick({ hostId: 'web-1', timeMs: NOW, samples }))]));
  };
  const broken = one('disk.free');
  broken.fill(0xff, broken.indexOf('zzzz'), broken.indexOf('zzzz') + 4);
  await at.bus.publish([
    { partition: 0, receivedMs: NOW + 5_000, bytes: broken },
    { partition: 0, receivedMs: NOW, bytes: one('disk.usage') },
  ]);
  await until('all is read', () => reading.reached().offsets.get(0) === 2);
  assert.deepEqual(judged, ['disk.usage 1']);
  assert.equal(reading.receivedMs(0), NOW + 5_000);
});

test('of records that are gone those are counted that were not evaluated before', async () => {
  for (const [to, skipped] of [
    [9, 2],
    [8, 1],
    [7, 0],
    [5, 0],
  ] as const) {
    const bus: Pick<Bus, 'lag' | 'read'> = {
      lag: async () => [{ partition: 0, committed: 0, end: 10, position: 0, unread: 10, uncommitted: 10 }],
      async read({ onLost }) {
        onLost?.({ partition: 0, from: 3, to, records: to - 3 });
        return { lag: async () => [], stop: async () => {} };
      },
    };
    const { reading } = await readingOf({ bus: bus as Bus, clock: createVirtualClock(NOW) });
    await reading.start({ offsets: new Map([[0, 7]]), readFrom: new Map([[0, 3]]) });
    assert.equal(reading.skipped(), skipped);
  }
});
