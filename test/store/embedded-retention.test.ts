// When weeks leave the embedded store: by the newest data and never by a clock alone, one a sweep, kept aside for a day.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { delay, type VirtualClock } from '../../src/runtime/clock.ts';
import { openExpiredWeeks } from '../../src/store/embedded/expired-folder.ts';
import { weekFileName } from '../../src/store/embedded/windows.ts';
import { until } from '../until.ts';
import { openStore, temporaryFolder } from './opened.ts';
import { createRecorder, pointsOf, type TickSpec } from './records.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A Wednesday. */
const T0 = Date.parse('2026-03-18T08:00:00Z');
const SINCE_START = 10 * MINUTE;

const tick = (host: string, ms: number): TickSpec => ({ host, ms, values: { 'cpu.usage': 1 } });
const hour = (fromMs: number): TickSpec[] =>
  Array.from({ length: 60 }, (_, i) => tick('web-1', fromMs + i * MINUTE));

const weeksIn = (directory: string): string[] =>
  existsSync(directory)
    ? readdirSync(directory)
        .filter((name) => /^week-.*\.sqlite$/.test(name))
        .sort()
    : [];

/** So many sweeps are due, one after the other. */
async function sweeps(clock: VirtualClock, count = 3): Promise<void> {
  for (let sweep = 0; sweep < count; sweep++) {
    await clock.skip(MINUTE);
    await delay(1);
  }
}

/** A store with four weeks of history and a live host. */
async function fourWeeks(t: TestContext, more: { maxBytes?: number; retentionMs?: number } = {}) {
  const directory = await temporaryFolder();
  const { record } = createRecorder();
  const options = { directory, nowMs: T0, retentionMs: 35 * DAY, ...more };
  const opened = await openStore(t, options);
  const { store, clock } = opened;
  for (const weeks of [3, 2, 1]) {
    await store.write([record(hour(T0 - weeks * 7 * DAY), { backfill: true, receivedMs: T0 })]);
  }
  await store.write([record([tick('web-1', T0)], { receivedMs: T0 })]);
  await until('sealed', () => store.stats()['weeks'] === 3, { clock });
  const live = (ms: number) => store.write([record([tick('web-1', ms)], { receivedMs: ms })]);
  const points = async () =>
    pointsOf(await store.range({ metric: 'cpu.usage', startMs: T0 - 30 * DAY, stopMs: T0 }))[
      'web-1 cpu.usage'
    ]!.length;
  return { ...opened, ...options, record, live, points };
}

for (const days of [40, 4_000]) {
  test(`a clock that is ${days} d ahead removes nothing, whether it is set while it runs or wrong at the start`, async (t) => {
    const { directory, store, clock, live, points, lines } = await fourWeeks(t);
    await clock.skip(SINCE_START);
    await clock.stepBy(days * DAY);
    // Report is on the same machine: what arrives is stamped by the wrong clock too.
    await live(clock.nowMs());
    await until('it is said', async () => {
      await sweeps(clock);
      return lines.some((line) => /ahead of what came before/.test(line));
    });
    await sweeps(clock, 5);
    assert.deepEqual([weeksIn(directory).length >= 3, await points()], [true, 180]);
    const wrongMs = clock.nowMs();
    await store.stop();

    const again = await openStore(t, { directory, nowMs: wrongMs + HOUR, retentionMs: 35 * DAY });
    await again.clock.skip(SINCE_START);
    await sweeps(again.clock, 5);
    assert.equal((await again.store.hosts({ sinceMs: 0 })).length, 1);
    assert.deepEqual([again.store.stats()['weeks_removed'], weeksIn(join(directory, 'expired'))], [0, []]);
  });
}

test('weeks older than the newest data by the retention go, one a sweep, not at the start, and are kept for a day', async (t) => {
  const { directory, store, clock, live, lines } = await fourWeeks(t, { retentionMs: 22 * DAY });
  const aside = join(directory, 'expired');
  // Day by day, as data comes.
  for (let day = 1; day <= 16; day++) {
    await clock.skip(DAY);
    await live(clock.nowMs());
    if (day < 16) await sweeps(clock, 1);
  }
  await until('two weeks are out', async () => {
    await sweeps(clock, 1);
    return (store.stats()['weeks_removed'] ?? 0) >= 2;
  });
  const removals = lines.filter((line) =>
    /is removed: all of it is older than the retention of 22 d/.test(line),
  );
  assert.ok(removals.length >= 2);
  await clock.skip(DAY);
  await until('they are deleted', async () => {
    await sweeps(clock, 1);
    return weeksIn(aside).length === 0;
  });
  assert.ok(lines.some((line) => /is deleted from expired\/: its day is over/.test(line)));
  assert.ok(!weeksIn(directory).includes('week-2026-02-23.sqlite'));
});

test('a start removes nothing for ten minutes', async (t) => {
  const { directory, store, clock, live } = await fourWeeks(t);
  await live(clock.nowMs());
  await store.stop();
  const again = await openStore(t, { directory, nowMs: clock.nowMs(), retentionMs: 8 * DAY });
  await sweeps(again.clock, 9);
  await until('swept', () => again.store.stats()['weeks'] === 3, { clock: again.clock });
  assert.equal(again.store.stats()['weeks_removed'], 0);
  await until('the first is out', async () => {
    await sweeps(again.clock, 1);
    return (again.store.stats()['weeks_removed'] ?? 0) >= 1;
  });
});

test('a week that expired by a wrong clock is put back within its day, and answers again', async (t) => {
  const { directory, store, clock, live, points, lines } = await fourWeeks(t, { retentionMs: 22 * DAY });
  await clock.skip(SINCE_START);
  await clock.stepBy(40 * DAY);
  await live(clock.nowMs());
  await sweeps(clock);
  // It lasts over a day: believed now.
  await clock.skip(25 * HOUR);
  await until('one is out', async () => {
    await sweeps(clock, 1);
    return (store.stats()['weeks_removed'] ?? 0) >= 1;
  });
  await clock.stepBy(-40 * DAY);
  await live(clock.nowMs());
  await until('all are back', async () => {
    await sweeps(clock, 1);
    return weeksIn(join(directory, 'expired')).length === 0 && (await points()) === 180;
  });
  assert.ok(lines.some((line) => /is put back/.test(line)));
});

test('over the size limit the oldest weeks go, one a sweep, logged, and do not come back', async (t) => {
  const { directory, store, clock, lines, points, record } = await fourWeeks(t, { maxBytes: 60_000 });
  await sweeps(clock, 2);
  assert.equal(store.stats()['weeks_removed'], 0);
  await clock.skip(SINCE_START);
  await until('removed', async () => {
    await sweeps(clock, 1);
    return (store.stats()['weeks_removed'] ?? 0) >= 1;
  });
  assert.ok(lines.some((line) => /removed early/.test(line)));
  await until('aside', () => weeksIn(join(directory, 'expired'))[0] === 'week-2026-02-23.sqlite');
  assert.ok((await points()) <= 120);
  await store.stop();
  const again = await openStore(t, { directory, nowMs: T0, maxBytes: 60_000 });
  const old = record(hour(T0 - 21 * DAY), { backfill: true, receivedMs: T0 });
  const { rejected } = await again.store.write([old]);
  assert.match(rejected[0]!.reason, /size limit/);
});

test("a sample is judged by report's clock at its arrival, not by the store's", async (t) => {
  for (const hours of [-960, -26, -5, 3, 960]) {
    const directory = await temporaryFolder();
    const { store } = await openStore(t, { directory, nowMs: T0 + hours * HOUR });
    const { record } = createRecorder();
    const { samples, rejected } = await store.write([
      record([tick('web-1', T0), tick('web-2', T0 - 36 * DAY)], { receivedMs: T0 }),
    ]);
    assert.deepEqual([samples, rejected.length], [1, 1], `the store's clock is ${hours} h off`);
    assert.match(rejected[0]!.reason, /retention limit of 35 d/);
  }
});

test('a clock that is set back, or was ahead for a while, leaves no window open for longer than it lasts', async (t) => {
  const { store, clock, live } = await fourWeeks(t);
  const durable = () => store.durable().get(0) ?? 0;
  for (const hours of [-5, 5]) {
    await clock.stepBy(hours * HOUR);
    await live(clock.nowMs());
  }
  await clock.stepBy(40 * DAY);
  await live(clock.nowMs());
  await clock.stepBy(-40 * DAY);
  const before = durable();
  await clock.skip(3 * HOUR);
  await until('all is in files', () => store.stats()['head_units'] === 0 && durable() > before, { clock });
});

test('a week is not put back over one that the store has made meanwhile', async () => {
  const directory = await temporaryFolder();
  const expired = openExpiredWeeks(directory);
  const [week, name] = [2_932, weekFileName(2_932)];
  writeFileSync(join(directory, name), 'old');
  writeFileSync(join(directory, `${name}-wal`), 'its log');
  expired.put(week);
  assert.deepEqual([expired.weeks(), readdirSync(directory)], [[week], ['expired']]);
  writeFileSync(join(directory, name), 'new');
  assert.equal(expired.restore(week), false);
  assert.equal(readFileSync(join(directory, name), 'utf8'), 'new');
  rmSync(join(directory, name));
  assert.equal(expired.restore(week), true);
  assert.deepEqual(weeksIn(join(directory, 'expired')), []);
  assert.equal(readFileSync(join(directory, `${name}-wal`), 'utf8'), 'its log');
  expired.put(week);
  expired.unlink(week);
  assert.deepEqual(readdirSync(join(directory, 'expired')), []);
});
