// persist stores everything in order, commits what is durable, names what it cannot store, and keeps its place.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { DeadLetters } from '../../src/bus/deadletter.ts';
import { createEmbeddedDeadLetters } from '../../src/bus/embedded/deadletter.ts';
import { persistOptions } from '../../src/daemons/persist/options.ts';
import { createPersistDaemon } from '../../src/daemons/persist/persist-daemon.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { openSqlite } from '../../src/runtime/sqlite.ts';
import { fetchText } from '../report/fetch-text.ts';
import { directory, metricValue, NOW, owned, tick } from '../report/ticks.ts';
import { until } from '../until.ts';
import { openBus, openLetters, persistOn, publish } from './persist-on.ts';
import { createRecordingStore } from './recording-store.ts';

test('what is on the bus is stored and committed, and is not read again after a restart', async () => {
  const path = directory();
  let bus = await openBus(join(path, 'bus'));
  await publish(bus, tick(), tick({ hostId: 'web-2' }));
  const first = await persistOn(bus, path);
  await first.read();
  assert.equal(first.samples.size, 4);
  await first.look();
  assert.equal((await first.lag()).uncommitted, 0);
  await publish(bus, tick({ hostId: 'web-3' }));
  await first.read();
  await first.service.stop();
  assert.equal((await first.lag()).uncommitted, 0, 'the last commit is at the stop');
  await bus.stop();
  bus = await openBus(join(path, 'bus'));
  const second = await persistOn(bus, path);
  await publish(bus, tick({ hostId: 'web-4' }));
  await second.read();
  assert.deepEqual([...second.samples.keys()].map((key) => key.split(' ')[0]).sort(), ['web-4', 'web-4']);
});

test('only what the store has made durable is committed: the rest comes again', async () => {
  const path = directory();
  let bus = await openBus(join(path, 'bus'));
  const recording = createRecordingStore();
  recording.eager = false;
  const first = await persistOn(bus, path, recording);
  await publish(bus, tick());
  await first.read();
  recording.makeDurable();
  await publish(bus, tick({ hostId: 'web-2' }));
  await first.read();
  await first.look();
  assert.equal((await first.lag()).uncommitted, 1);
  await first.service.stop();
  await bus.stop();
  bus = await openBus(join(path, 'bus'));
  const second = await persistOn(bus, path);
  await second.read();
  assert.deepEqual([...new Set([...second.samples.keys()].map((key) => key.split(' ')[0]))], ['web-2']);
});

test('a store that is down stops consumption without losing the offset, and is counted once', async () => {
  const path = directory();
  const bus = await openBus(join(path, 'bus'));
  const recording = createRecordingStore();
  recording.down = true;
  const persist = await persistOn(bus, path, recording);
  await publish(bus, tick(), tick({ hostId: 'web-2' }));
  await until('some attempts', () => recording.calls.length > 5);
  assert.deepEqual(await persist.numbers(), { received: 0, stored: 0, rejected: 0, queued: 2 });
  assert.equal((await persist.lag()).committed, 0);
  recording.down = false;
  await persist.read();
  assert.equal(recording.samples.size, 4);
  assert.deepEqual(await persist.numbers(), { received: 4, stored: 4, rejected: 0, queued: 0 });
});

test('no progress for a minute makes it unready, and progress ready again', async () => {
  const path = directory();
  const bus = await openBus(join(path, 'bus'));
  const recording = createRecordingStore();
  recording.down = true;
  const persist = await persistOn(bus, path, recording);
  await publish(bus, tick());
  await until('an attempt', () => recording.calls.length > 0);
  for (let second = 0; second < 59; second++) await persist.look();
  assert.equal(persist.service.unhealthy(), undefined);
  for (let second = 0; second < 4; second++) await persist.look();
  assert.match(persist.service.unhealthy() ?? '', /no record was processed for 60 s on partition 0/);
  recording.down = false;
  await persist.read();
  await persist.look();
  assert.equal(persist.service.unhealthy(), undefined);
});

test('an idle bus is no stall', async () => {
  const path = directory();
  const persist = await persistOn(await openBus(join(path, 'bus')), path);
  for (let second = 0; second < 70; second++) await persist.look();
  assert.equal(persist.service.unhealthy(), undefined);
});

test('samples the store refuses become dead letters with the reason; the others are stored, the offset moves', async () => {
  const path = directory();
  const bus = await openBus(join(path, 'bus'));
  const recording = createRecordingStore();
  recording.refusedMetric = 'disk.usage';
  const persist = await persistOn(bus, path, recording);
  const negative = { metric: 'disk.usage', labels: { mount: '/b' }, value: -0 };
  await publish(bus, tick({ samples: [...tick().samples, negative] }));
  await persist.read();
  await persist.look();
  assert.equal((await persist.lag()).uncommitted, 0);
  assert.deepEqual(await persist.numbers(), { received: 3, stored: 1, rejected: 2, queued: 0 });
  const { letters } = await persist.deadLetters.list({ limit: 10 });
  assert.deepEqual(
    letters.map(({ reason, sample }) => [reason, sample?.hostId, sample?.labels]),
    [
      ['type conflict', 'web-1', { mount: '/' }],
      ['type conflict', 'web-1', { mount: '/b' }],
    ],
  );
  assert.ok(Object.is(letters[1]!.sample!.value, -0));
});

test('a dead letter has the offset of its own record, not of the last in the batch', async () => {
  const path = directory();
  const bus = await openBus(join(path, 'bus'));
  const recording = createRecordingStore();
  recording.refusedMetric = 'disk.usage';
  await publish(bus, tick(), tick({ hostId: 'web-2' }), tick({ hostId: 'web-3' }));
  const persist = await persistOn(bus, path, recording);
  await persist.read();
  await persist.look();
  assert.deepEqual(recording.calls, [3], 'one write for all');
  const { letters } = await persist.deadLetters.list({ limit: 10 });
  assert.deepEqual(letters.map(({ offset, sample }) => [offset, sample?.hostId]).sort(), [
    [0, 'web-1'],
    [1, 'web-2'],
    [2, 'web-3'],
  ]);
});

test('records that cannot be read become dead letters whole, and the stream goes on', async () => {
  const path = directory();
  let bus = await openBus(join(path, 'bus'));
  const rubbish = Buffer.from([0x0a, 0x7f, 1, 2, 3]);
  await bus.publish([{ partition: 0, receivedMs: NOW, bytes: rubbish }]);
  await publish(bus, tick({ hostId: 'from-the-future' }), tick());
  await bus.stop();
  // What a newer minimon would have written, as from before there were checksums.
  const db = openSqlite({ path: join(path, 'bus', 'bus.sqlite'), synchronous: 'full' });
  db.prepare('UPDATE records SET schema = 99, sum = NULL WHERE id = (SELECT min(id) + 1 FROM records)').run();
  db.prepare('INSERT INTO unchecked VALUES (0, 2)').run();
  db.close();
  bus = await openBus(join(path, 'bus'));
  const persist = await persistOn(bus, path);
  await persist.read();
  assert.deepEqual([...new Set([...persist.samples.keys()].map((key) => key.split(' ')[0]))], ['web-1']);
  const { letters } = await persist.deadLetters.list({ limit: 10 });
  assert.match(letters[0]!.reason, /cannot be decoded/);
  assert.deepEqual(Buffer.from(letters[0]!.record!.bytes), rubbish);
  assert.match(letters[1]!.reason, /schema 99/);
  assert.equal(metricValue(await persist.metrics.text(), 'records_unreadable_total'), 2);
  await persist.look();
  assert.equal((await persist.lag()).uncommitted, 0);
});

for (const [kind, bytes] of [
  ['a sample that the store rejected', undefined],
  ['a record that cannot be decoded', Buffer.from([0x0a, 0x7f, 1, 2, 3])],
] as const) {
  test(`${kind} is not committed before it is a dead letter: a crash in between loses nothing`, async () => {
    const path = directory();
    let bus = await openBus(join(path, 'bus'));
    const recording = createRecordingStore();
    recording.refusedMetric = 'disk.usage';
    const letters = openLetters(path);
    let attempts = 0;
    const full: DeadLetters = {
      ...letters,
      put: async () => {
        attempts++;
        throw new Error('the disk is full');
      },
    };
    const first = await persistOn(bus, path, recording, full);
    if (bytes) await bus.publish([{ partition: 0, receivedMs: NOW, bytes }]);
    await publish(bus, tick(), tick({ hostId: 'web-2' }));
    await until('some attempts', () => attempts > 2);
    for (let second = 0; second < 3; second++) await first.look();
    assert.equal((await first.lag()).committed, 0);
    await first.service.stop();
    await bus.stop();
    bus = await openBus(join(path, 'bus'));
    const second = await persistOn(bus, path, recording, letters);
    await second.read();
    await second.look();
    assert.equal((await second.lag()).uncommitted, 0);
    const listed = await letters.list({ limit: 10 });
    assert.equal(listed.letters.filter(({ sample }) => sample).length, 2);
    assert.equal(listed.letters.filter(({ record }) => record).length, bytes ? 1 : 0);
  });
}

test('records that the bus lost are named and counted, and reading goes on at what is left', async () => {
  const path = directory();
  let bus = await openBus(join(path, 'bus'));
  const first = await persistOn(bus, path);
  await publish(bus, tick());
  await first.read();
  await first.service.stop();
  await publish(bus, ...Array.from({ length: 7 }, (_, i) => tick({ hostId: `lost-${i}` })));
  await bus.stop();
  rmSync(join(path, 'bus', 'bus.sqlite'));
  bus = await openBus(join(path, 'bus'));
  const second = await persistOn(bus, path);
  await publish(bus, tick({ hostId: 'after' }));
  await second.read();
  assert.equal(second.samples.size, 2);
  assert.equal(
    second.service.lost().reduce((sum, { records }) => sum + records, 0),
    7,
  );
  assert.equal(metricValue(await second.metrics.text(), 'records_lost_total', 'partition="0"'), 7);
});

test('both lags are metrics', async () => {
  const path = directory();
  const bus = await openBus(join(path, 'bus'));
  const recording = createRecordingStore();
  recording.eager = false;
  const persist = await persistOn(bus, path, recording);
  await publish(bus, tick());
  await persist.read();
  recording.down = true;
  await publish(bus, tick(), tick());
  await until('an attempt', () => recording.calls.length > 2);
  const text = await persist.metrics.text();
  assert.equal(metricValue(text, 'bus_unread', 'partition="0"'), 2);
  assert.equal(metricValue(text, 'bus_uncommitted', 'partition="0"'), 3);
});

test('the daemon is unready while the store is down, shows both lags, and is ready again', async () => {
  const path = directory();
  const bus = await openBus(join(path, 'bus'));
  const recording = createRecordingStore();
  const deadLetters = owned(createEmbeddedDeadLetters({ directory: path, logger: silentLogger }));
  const daemon = owned(
    createPersistDaemon(persistOptions.parse({ admin: '127.0.0.1:0' }), {
      bus,
      store: recording.store,
      deadLetters,
      clock: systemClock,
      logger: silentLogger,
    }),
  );
  recording.down = true;
  await daemon.start();
  await publish(bus, tick());
  const readyz = () => fetchText(`http://${daemon.addresses()['http']}/readyz?verbose`);
  await until('the lag', async () =>
    /partition 0: 1 records unread, 1 uncommitted/.test((await readyz()).body),
  );
  const down = await readyz();
  assert.equal(down.status, 503);
  assert.match(down.body, /the store is down/);
  recording.down = false;
  await until('ready', async () => (await readyz()).status === 200);
  await until('no lag', async () =>
    /partition 0: 0 records unread, 0 uncommitted/.test((await readyz()).body),
  );
  await daemon.stop();
  await assert.rejects(readyz());
});
