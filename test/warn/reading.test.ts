// The stream as warn reads it after a start: what was evaluated before is read again for rates alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEmbeddedBus } from '../../src/bus/embedded/bus.ts';
import { createReading } from '../../src/daemons/warn/reading.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
import { directory, NOW, owned, tick } from '../report/ticks.ts';
import { until } from '../until.ts';

const MINUTE = 60_000;

/** A record a minute, each with a sample and a counter whose rate is twice the minute less one. */
async function filledBus(minutes: number) {
  const clock = createVirtualClock(NOW);
  const bus = owned(
    await createEmbeddedBus({ directory: directory(), partitions: 1, clock, logger: silentLogger }),
  );
  for (let minute = 0; minute < minutes; minute++) {
    const timeMs = NOW + minute * MINUTE;
    const read = tick({
      ...{ hostId: 'web-1', timeMs, source: 'telegraf' },
      samples: [{ metric: 'load.1', labels: {}, value: minute }],
      counters: [{ metric: 'net.sent', labels: {}, value: 60 * minute ** 2 }],
    });
    await bus.publish([{ partition: 0, receivedMs: timeMs, bytes: encodeBatch([encodeTick(read)]) }]);
  }
  return { bus, clock };
}

async function readingOf({ bus, clock }: Awaited<ReturnType<typeof filledBus>>) {
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
