// What the embedded store does over time: windows seal, late samples merge, restarts replay, old weeks go.
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openSqlite } from '../../src/runtime/sqlite.ts';
import type { Series, Store, StoreBatch } from '../../src/store/store.ts';
import { until } from '../until.ts';
import { type Opened, openStore, temporaryFolder } from './opened.ts';
import { createRecorder, pointsOf, type TickSpec } from './records.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A Wednesday. */
const T0 = Date.parse('2026-03-18T08:00:00Z');

const tick = (host: string, ms: number, more: Partial<TickSpec> = {}): TickSpec => ({
  host,
  ms,
  values: { 'cpu.usage': (ms / MINUTE) % 97, 'mem.usage': 40 },
  ...more,
});

const everyMinute = (host: string, fromMs: number, toMs: number): TickSpec[] =>
  Array.from({ length: (toMs - fromMs) / MINUTE }, (_, i) => tick(host, fromMs + i * MINUTE));

const all = (store: Store, startMs: number, stopMs: number): Promise<readonly Series[]> =>
  store.range({ metric: 'cpu.usage', startMs, stopMs });

const expected = (ticks: readonly TickSpec[]) =>
  [...new Map(ticks.map(({ ms, values }) => [ms, values['cpu.usage']!]))].sort(([a], [b]) => a - b);

/** Replays as persist does: what is not durable comes again. */
const replay = (store: Store, log: readonly StoreBatch[], from: number) =>
  store.write(log.filter(({ next }) => next > from));

async function openAt(t: TestContext, nowMs: number, more: { retentionMs?: number; maxBytes?: number } = {}) {
  const directory = await temporaryFolder();
  return { directory, ...(await openStore(t, { directory, nowMs, ...more })) };
}

test('a window is sealed five minutes after its end, and answers stay the same all the while', async (t) => {
  const { store, clock } = await openAt(t, T0);
  const { record } = createRecorder();
  const ticks: TickSpec[] = [];
  for (let ms = T0; ms < T0 + 5 * HOUR; ms += MINUTE) {
    await clock.advanceTo(ms);
    const now = ['web-1', 'web-2', 'db-1'].map((host) => tick(host, ms));
    await store.write([record(now)]);
    ticks.push(...now);
    if ((ms / MINUTE) % 30 !== 0) continue;
    const answer = pointsOf(await all(store, T0, ms + 1));
    for (const host of ['web-1', 'web-2', 'db-1']) {
      assert.deepEqual(answer[`${host} cpu.usage`], expected(ticks.filter((one) => one.host === host)));
    }
  }
  await until('sealed', () => store.stats()['chunks_created']! >= 6, { clock });
  // Two hours, five minutes and a tick are the most that is still open.
  await until('durable', () => store.durable().get(0)! >= 5 * 60 - 126, { clock });
  assert.ok(store.durable().get(0)! < 5 * 60);
});

test('a stop leaves nothing in a log alone, also of a week that the reader has open', async (t) => {
  const { directory, store, clock } = await openAt(t, T0);
  const { record } = createRecorder();
  const ticks = everyMinute('web-1', T0, T0 + 5 * HOUR);
  await store.write(ticks.map((one) => record([one])));
  await clock.advanceTo(T0 + 5 * HOUR);
  await until('sealed', () => store.stats()['chunks_created']! > 0, { clock });
  await all(store, T0, T0 + 5 * HOUR);
  assert.ok(globSync('*-wal', { cwd: directory }).length > 0);
  await store.stop();
  assert.deepEqual(globSync('*-wal', { cwd: directory }), []);
});

test('a restart replays from the durable position and loses and doubles nothing', async (t) => {
  const directory = await temporaryFolder();
  const { record } = createRecorder();
  const ticks = everyMinute('web-1', T0, T0 + 6 * HOUR);
  const log = ticks.map((one) => record([one]));
  let committed = 0;
  for (let run = 0; run < 4; run++) {
    const { store, clock } = await openStore(t, { directory, nowMs: T0 + run * 100 * MINUTE });
    await replay(store, log.slice(0, run * 100), committed);
    for (const batch of log.slice(run * 100, (run + 1) * 100)) {
      await clock.advanceTo(batch.receivedMs);
      await store.write([batch]);
    }
    const upTo = Math.min(log.length, (run + 1) * 100);
    assert.deepEqual(pointsOf(await all(store, T0, T0 + DAY)), {
      'web-1 cpu.usage': expected(ticks.slice(0, upTo)),
    });
    const [host] = await store.hosts({ sinceMs: 0 });
    assert.equal(host!.firstSeenMs, T0);
    assert.equal(host!.lastSeenMs, ticks[upTo - 1]!.ms);
    committed = Math.max(committed, store.durable().get(0) ?? 0);
    await store.stop();
  }
  assert.ok(committed > 200 && committed < log.length, `committed ${committed}`);
});

test("after a restart another agent's counters have each rate as if there had been none", async (t) => {
  const directory = await temporaryFolder();
  const { record } = createRecorder();
  const hosts = ['web-1', 'web-2', 'db-1'];
  // No two minutes have the same rate: one that skips a reading would show.
  const reading = (host: string, minute: number) =>
    record([
      {
        ...{ host, ms: T0 + minute * MINUTE, values: {}, source: 'telegraf' },
        counters: { 'net.sent': 60 * minute ** 2 },
      },
    ]);
  const log = Array.from({ length: 360 }, (_, minute) => hosts.map((host) => reading(host, minute))).flat();
  const rates = Array.from({ length: 359 }, (_, i) => [T0 + (i + 1) * MINUTE, (i + 1) ** 2 - i ** 2]);
  let committed = 0;
  let skipped = 0;
  for (let upTo = 0; upTo < log.length; ) {
    const { store, clock } = await openStore(t, { directory, nowMs: log[upTo]!.receivedMs });
    await replay(store, log.slice(0, upTo), committed);
    for (const batch of log.slice(upTo, (upTo += 180))) {
      await clock.advanceTo(batch.receivedMs);
      await store.write([batch]);
    }
    const answer = pointsOf(
      await store.range({ metric: 'net.sent', startMs: T0, stopMs: T0 + DAY, hosts: [...hosts] }),
    );
    assert.deepEqual(
      answer,
      Object.fromEntries(
        [...hosts].sort().map((host) => [`${host} net.sent`, rates.slice(0, upTo / hosts.length - 1)]),
      ),
    );
    skipped = Math.max(skipped, store.stats()['records_done_early']!);
    committed = Math.max(committed, store.durable().get(0) ?? 0);
    await store.stop();
  }
  assert.ok(committed > 300 && skipped > 0, `committed ${committed}, skipped ${skipped}`);
});

test('late samples are merged within seconds, and are not durable before', async (t) => {
  const { store, clock } = await openAt(t, T0 + 12 * HOUR);
  const { record } = createRecorder();
  const ticks = everyMinute('web-1', T0, T0 + 2 * HOUR);
  const [even, odd] = [0, 1].map((half) => ticks.filter((_, i) => i % 2 === half)) as [
    TickSpec[],
    TickSpec[],
  ];
  await store.write([record([]), record(even)]);
  await until('first half sealed', () => store.stats()['head_samples'] === 0, { clock });
  const created = store.stats()['chunks_created']!;
  await until('durable', () => store.durable().get(0) === 2, { clock });

  const late = record(odd);
  await store.write([late]);
  assert.deepEqual(pointsOf(await all(store, T0, T0 + DAY)), { 'web-1 cpu.usage': expected(ticks) });
  assert.equal(store.durable().get(0), 2);
  await until('merged', () => store.durable().get(0) === late.next, { clock });
  assert.equal(store.stats()['chunks_merged'], created);
  assert.deepEqual(pointsOf(await all(store, T0, T0 + DAY)), { 'web-1 cpu.usage': expected(ticks) });

  await store.write([record(ticks)]);
  await until('found complete', () => store.stats()['chunks_unchanged'] === created, { clock });
  assert.equal(store.stats()['chunks_merged'], created);
});

/** A second passes, and the writer has done what was due: it answers in order. */
async function second({ store, clock }: Opened): Promise<void> {
  await clock.advanceTo(clock.nowMs() + 1_000);
  await store.watermarks();
}

test('late samples wait until nothing came for two seconds: what follows is merged with them', async (t) => {
  const opened = await openAt(t, T0 + 12 * HOUR);
  const { store } = opened;
  const { record } = createRecorder();
  const ticks = everyMinute('web-1', T0, T0 + 10 * MINUTE);
  for (const one of ticks.slice(0, 4)) {
    await store.write([record([one])]);
    await second(opened);
    assert.equal(store.stats()['chunks_created'], 0);
  }
  await second(opened);
  assert.deepEqual([store.stats()['chunks_created'], store.stats()['chunks_merged']], [2, 0]);
});

test('late samples that keep coming are merged after ten seconds all the same', async (t) => {
  const opened = await openAt(t, T0 + 12 * HOUR);
  const { store } = opened;
  const { record } = createRecorder();
  const created: number[] = [];
  for (const one of everyMinute('web-1', T0, T0 + 10 * MINUTE)) {
    await store.write([record([one])]);
    await second(opened);
    created.push(store.stats()['chunks_created']!);
  }
  assert.deepEqual(created, [...new Array(9).fill(0), 2]);
});

test('a record is durable only once what it says of hosts is: a crash loses neither facts nor refusals', async (t) => {
  const opened = await openAt(t, T0);
  const { store, directory } = opened;
  const { record } = createRecorder();
  const refusal = { hostId: 'web-1', timeMs: T0, metric: '', labels: {}, samples: 3, reason: 'clock ahead' };
  await store.write([record([], { receivedMs: T0, refusals: [refusal] })]);
  for (let round = 0; round < 4; round++) {
    await second(opened);
    assert.equal(store.durable().get(0), undefined);
  }
  await second(opened);
  assert.equal(store.durable().get(0), 1);
  // As a crash leaves it.
  const copy = await temporaryFolder();
  await cp(directory, copy, { recursive: true });
  const after = await openStore(t, { directory: copy, nowMs: T0 + 5_000 });
  assert.deepEqual(await after.store.watermarks(), [{ partition: 0, receivedMs: T0 }]);
  // A bus that ends before it lost records.
  assert.deepEqual(await after.store.consumed!(), new Map([[0, { next: 1, durable: 0 }]]));
  const [host] = await after.store.hosts({ sinceMs: 0 });
  assert.deepEqual(host!.refusal, { receivedMs: T0, reason: 'clock ahead', samples: 3 });
});

test('a week of history is sealed a window at a time, whichever end it begins at', async (t) => {
  for (const order of ['oldest first', 'newest first']) {
    const { store, clock } = await openAt(t, T0 + DAY);
    const { record } = createRecorder();
    const ticks = everyMinute('web-1', T0 - 7 * DAY, T0);
    if (order === 'newest first') ticks.reverse();
    for (let i = 0; i < ticks.length; i += 250) {
      await store.write([record(ticks.slice(i, i + 250), { backfill: true, receivedMs: T0 + DAY })]);
    }
    await until('all sealed', () => store.stats()['head_samples'] === 0, { clock });
    const { chunks_created: created = 0, chunks_merged: merged = 0 } = store.stats();
    assert.ok(
      created >= 2 * 84 && created <= 2 * 86 && merged === 0,
      `${order}: ${created} made, ${merged} merged`,
    );
    const answer = await store.range({
      metric: 'cpu.usage',
      startMs: T0 - 7 * DAY,
      stopMs: T0,
      stepMs: HOUR,
      aggregate: 'count',
    });
    assert.deepEqual(answer[0]!.values, new Array(7 * 24).fill(60));
    assert.equal(store.stats()['weeks'], 2);
  }
});

test('a host whose series come and go, or that is two machines, keeps every point', async (t) => {
  const { store, clock } = await openAt(t, T0);
  const { record } = createRecorder();
  const ticks = Array.from({ length: 180 }, (_, i) =>
    tick('web-1', T0 + i * MINUTE, {
      values:
        i % 3 === 0
          ? { 'cpu.usage': i }
          : { 'disk.busy': 1, 'cpu.usage': i, ...(i > 90 ? { 'x.y': i } : {}) },
      machineId: `m${i % 2}`,
    }),
  );
  await store.write(ticks.map((one) => record([one])));
  const check = async () =>
    assert.deepEqual(pointsOf(await all(store, T0, T0 + DAY)), { 'web-1 cpu.usage': expected(ticks) });
  await check();
  await clock.advanceTo(T0 + 8 * HOUR);
  await until('sealed', () => store.stats()['head_samples'] === 0, { clock });
  await check();
  const [latest] = await store.latest({ metrics: ['x.y'], sinceMs: T0 });
  assert.equal(latest!.value, 179);
});

test('the newest samples of hosts that fell silent come from the files, over weeks', async (t) => {
  const { store, clock } = await openAt(t, T0 + 9 * DAY);
  const { record } = createRecorder();
  await store.write([
    record([
      tick('gone', T0, { values: { 'cpu.usage': 1 } }),
      tick('gone', T0 + 3 * HOUR, { values: { 'mem.usage': 2 } }),
    ]),
    record([tick('back', T0), tick('back', T0 + 8 * DAY, { values: { 'cpu.usage': 3 } })]),
  ]);
  await until('sealed', () => store.stats()['head_samples'] === 0, { clock });
  await store.write([record([tick('back', T0 + 9 * DAY, { values: { 'mem.usage': 4 } })])]);
  const values = async (sinceMs: number) =>
    (await store.latest({ sinceMs })).map(({ hostId, metric, value }) => `${hostId} ${metric} ${value}`);
  assert.deepEqual(await values(T0), [
    'back cpu.usage 3',
    'back mem.usage 4',
    'gone cpu.usage 1',
    'gone mem.usage 2',
  ]);
  assert.deepEqual(await values(T0 + HOUR), ['back cpu.usage 3', 'back mem.usage 4', 'gone mem.usage 2']);
  assert.deepEqual(await store.metrics({ sinceMs: T0 + 8 * DAY + 1 }), ['mem.usage']);
});

test('times no clock can mean are refused: a window years ahead would hold the bus log back', async (t) => {
  const { store } = await openAt(t, T0);
  const { record } = createRecorder();
  const { rejected } = await store.write([
    record([tick('web-1', T0 + 400 * DAY), tick('web-1', T0)], { receivedMs: T0 }),
  ]);
  assert.deepEqual(
    rejected.map(({ timeMs }) => timeMs),
    [T0 + 400 * DAY, T0 + 400 * DAY],
  );
  assert.match(rejected[0]!.reason, /ahead/);
});

test('a replay skips a merged backlog, but nothing of a bus that was recreated', async (t) => {
  const directory = await temporaryFolder();
  const nowMs = T0 + 12 * HOUR;
  const { record } = createRecorder();
  const log = [
    record([], { receivedMs: nowMs }),
    record([tick('live', nowMs)], { receivedMs: nowMs }),
    record(everyMinute('behind', T0, T0 + 3 * HOUR), { receivedMs: nowMs }),
    record([tick('live', nowMs + MINUTE)], { receivedMs: nowMs }),
  ];
  const first = await openStore(t, { directory, nowMs });
  await first.store.write(log);
  await until('noted', () => first.store.stats()['records_done_early'] === 1, { clock: first.clock });
  assert.equal(first.store.durable().get(0), 1);
  await first.store.stop();

  const second = await openStore(t, { directory, nowMs });
  const { samples } = await replay(second.store, log, 1);
  assert.equal(samples, 2 + 360 + 2);
  await second.clock.advanceTo(nowMs + 1_000);
  await until('ticked', () => second.store.stats()['records'] === 3, { clock: second.clock });
  assert.equal(second.store.stats()['late_samples'], 0);
  await second.store.stop();

  const third = await openStore(t, { directory, nowMs });
  const anew = createRecorder();
  await third.store.write([
    anew.record([], { receivedMs: nowMs + 1 }),
    anew.record([], { receivedMs: nowMs + 1 }),
    // As many bytes as the record that the replay skips.
    anew.record(everyMinute('beyond', T0, T0 + 3 * HOUR), { receivedMs: nowMs + 1 }),
  ]);
  const answer = pointsOf(await all(third.store, T0, nowMs));
  assert.equal(answer['beyond cpu.usage']!.length, 180);
  assert.equal(answer['behind cpu.usage']!.length, 180);
});

test('nothing is sealed early by a stop, and a stopped store says so', async (t) => {
  const { store } = await openAt(t, T0);
  const { record } = createRecorder();
  const writes = Promise.all([1, 2, 3].map((i) => store.write([record([tick('web-1', T0 + i * MINUTE)])])));
  await store.stop();
  assert.equal((await writes).length, 3);
  await store.stop();
  assert.equal(store.stats()['chunks_created'], 0);
  assert.match(store.unhealthy()!, /stopped/);
  await assert.rejects(store.write([record([tick('web-1', T0)])]), { code: 'UNAVAILABLE' });
});

test("a week's file that is only being made does not count", async (t) => {
  const { store, directory } = await openAt(t, T0);
  const { record } = createRecorder();
  await store.write([record([tick('web-1', T0)])]);
  // As the writer's first statements leave it: there, and without a table.
  for (const week of ['2026-03-09', '2026-03-16']) {
    const path = join(directory, `week-${week}.sqlite`);
    openSqlite({ path, synchronous: 'normal', quickCheck: false }).close();
  }
  assert.equal((await all(store, T0 - 30 * DAY, T0 + DAY)).length, 1);
  assert.equal((await store.latest({ sinceMs: T0 - DAY })).length, 2);
});
