// The store contract as tests, run against every backend.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ExpectedError } from '../../src/domain/errors.ts';
import { AGGREGATES, type Aggregate, MAX_POINTS_PER_SERIES, type Store } from '../../src/store/store.ts';
import { encodedContract } from './contract-encoded.ts';
import { endsContract } from './contract-ends.ts';
import { hostContract } from './contract-hosts.ts';
import { createRecorder, pointsOf, type TickSpec } from './records.ts';

export type OpenedStore = {
  readonly store: Store;
  /** About now by the store's clock; the suite writes up to 24 h before it. */
  readonly nowMs: number;
  readonly close: () => Promise<void>;
};

const MINUTE = 60_000;
const HOUR = 3_600_000;

export function storeContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(name, () => {
    let store: Store;
    let close: () => Promise<void>;
    /** A full hour, some hours ago. */
    let t0: number;
    let nowMs: number;
    const recorder = createRecorder();

    before(async () => {
      const opened = await open();
      ({ store, close, nowMs } = opened);
      t0 = Math.floor(opened.nowMs / HOUR) * HOUR - 4 * HOUR;
    });
    after(() => close());

    const write = (...ticks: TickSpec[]) => store.write([recorder.record(ticks)]);
    const minutes = (host: string, from: number, to: number): TickSpec[] =>
      Array.from({ length: to - from + 1 }, (_, i) => ({
        host,
        ms: t0 + (from + i) * MINUTE,
        values: { 'cpu.usage': (((from + i) % 60) + 60) % 60 },
      }));
    const raw = (host: string, metric = 'cpu.usage') =>
      store.range({ hosts: [host], metric, startMs: t0 - HOUR, stopMs: t0 + 4 * HOUR });

    test('values at the edges of a double come back bit for bit, raw and as last', async () => {
      const edges = [-0, 5e-324, Number.MAX_VALUE, 0.1 + 0.2, 9007199254740994, 1e21, -1.5, 29.2];
      await write(
        ...edges.map((value, i) => ({ host: 'edges', ms: t0 + i * MINUTE, values: { 'cpu.usage': value } })),
      );
      const query = {
        hosts: ['edges'],
        metric: 'cpu.usage',
        startMs: t0,
        stopMs: t0 + edges.length * MINUTE,
      };
      for (const extra of [{}, { stepMs: MINUTE, aggregate: 'last' } as const]) {
        const [series] = await store.range({ ...query, ...extra });
        assert.equal(series!.values.length, edges.length);
        for (const [i, value] of edges.entries()) {
          assert.ok(Object.is(series!.values[i], value), `${value} came back as ${series!.values[i]}`);
        }
      }
    });

    test("another agent's counters are stored as rates, and a record that comes again changes nothing", async () => {
      const reading = (minute: number, value: number) =>
        recorder.record([
          {
            ...{ host: 'counted', ms: t0 + minute * MINUTE, values: { 'load.1': 1 }, source: 'telegraf' },
            ...{ labels: { interface: 'eth0' }, counters: { 'net.sent': value } },
          },
        ]);
      const records = [reading(0, 600), reading(1, 1_200), reading(2, 60), reading(3, 660)];
      for (const record of records) await store.write([record]);
      await store.write(records.slice(2));
      const rates = {
        'counted net.sent interface=eth0': [
          [t0 + MINUTE, 10],
          [t0 + 3 * MINUTE, 10],
        ],
      };
      assert.deepEqual(pointsOf(await raw('counted', 'net.sent')), rates);
    });

    test('a range includes its start and excludes its stop', async () => {
      await write(...minutes('borders', 0, 3));
      const query = {
        hosts: ['borders'],
        metric: 'cpu.usage',
        startMs: t0 + MINUTE,
        stopMs: t0 + 3 * MINUTE,
      };
      const [series] = await store.range(query);
      assert.deepEqual(series!.timesMs, [t0 + MINUTE, t0 + 2 * MINUTE]);
      assert.deepEqual(await store.range({ ...query, startMs: t0 + HOUR, stopMs: t0 + 2 * HOUR }), []);
    });

    test('windows stand on multiples of the step, are named by their start and may be empty', async () => {
      await write(...minutes('windows', -10, 2).filter(({ ms }) => ms !== t0 - 10 * MINUTE + MINUTE));
      const windows = async (stepMs: number, aggregate: Aggregate) => {
        const [series] = await store.range({
          hosts: ['windows'],
          metric: 'cpu.usage',
          startMs: t0 - 10 * MINUTE,
          stopMs: t0 + 2 * MINUTE,
          stepMs,
          aggregate,
        });
        return series!.timesMs.map((ms, i) => [(ms - t0) / MINUTE, series!.values[i]]);
      };
      assert.deepEqual(await windows(5 * MINUTE, 'count'), [
        [-10, 4],
        [-5, 5],
        [0, 2],
      ]);
      assert.deepEqual(await windows(5 * MINUTE, 'min'), [
        [-10, 50],
        [-5, 55],
        [0, 0],
      ]);
      assert.deepEqual(await windows(5 * MINUTE, 'max'), [
        [-10, 54],
        [-5, 59],
        [0, 1],
      ]);
      assert.deepEqual(await windows(5 * MINUTE, 'last'), [
        [-10, 54],
        [-5, 59],
        [0, 1],
      ]);
      assert.deepEqual(await windows(5 * MINUTE, 'mean'), [
        [-10, (50 + 52 + 53 + 54) / 4],
        [-5, 57],
        [0, 0.5],
      ]);
      assert.deepEqual(await windows(5 * MINUTE, 'p95'), [
        [-10, 54],
        [-5, 59],
        [0, 1],
      ]);
      const minute = await windows(MINUTE, 'count');
      assert.equal(minute.length, 12);
      assert.deepEqual(minute.slice(0, 3), [
        [-10, 1],
        [-9, null],
        [-8, 1],
      ]);
      // Seven minutes do not divide an hour: the first window begins before the range and counts only from its start.
      const sevens = await windows(7 * MINUTE, 'count');
      assert.ok(sevens.every(([start]) => (t0 + (start as number) * MINUTE) % (7 * MINUTE) === 0));
      assert.ok((sevens[0]![0] as number) <= -10 && (sevens[0]![0] as number) > -17);
      assert.equal(
        sevens.reduce((sum, [, count]) => sum + ((count as number | null) ?? 0), 0),
        11,
      );
    });

    test('p95 is the nearest rank', async () => {
      for (const [count, rank] of [
        [1, 1],
        [2, 2],
        [20, 19],
        [40, 38],
        [60, 57],
      ] as const) {
        const host = `ranks-${count}`;
        await write(
          ...Array.from({ length: count }, (_, i) => ({
            host,
            ms: t0 + ((i * 7) % count) * MINUTE,
            values: { 'cpu.usage': i + 1 },
          })),
        );
        const [series] = await store.range({
          hosts: [host],
          metric: 'cpu.usage',
          startMs: t0,
          stopMs: t0 + HOUR,
          stepMs: HOUR,
          aggregate: 'p95',
        });
        assert.deepEqual(series!.values, [rank]);
      }
    });

    test('every aggregate of a window with one point is that point, or the count of one', async () => {
      await write({ host: 'lonely', ms: t0 + 5_123, values: { 'cpu.usage': 29.2 } });
      for (const aggregate of AGGREGATES) {
        const [series] = await store.range({
          hosts: ['lonely'],
          metric: 'cpu.usage',
          startMs: t0,
          stopMs: t0 + MINUTE,
          stepMs: MINUTE,
          aggregate,
        });
        assert.deepEqual(series!.values, [aggregate === 'count' ? 1 : 29.2]);
        assert.deepEqual(series!.timesMs, [t0]);
      }
    });

    test('ids that are almost the same are different hosts, in the order of their bytes', async () => {
      const ids = ['Web-1', 'web-1', 'wéb-1', 'we\u0301b-1', 'ｱ', '𠮷', 'web-10', 'web-2'];
      await write(...ids.map((host, i) => ({ host, ms: t0, values: { 'ids.number': i } })));
      const found = await store.range({ metric: 'ids.number', startMs: t0, stopMs: t0 + 1 });
      const inBytes = [...ids].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      assert.deepEqual(
        found.map((series) => [series.hostId, series.values]),
        inBytes.map((id) => [id, [ids.indexOf(id)]]),
      );
      const chosen = await store.range({
        hosts: ['web-1', 'web-1 '],
        metric: 'ids.number',
        startMs: t0,
        stopMs: t0 + 1,
      });
      assert.deepEqual(
        chosen.map((series) => series.hostId),
        ['web-1'],
      );
    });

    test('series of one metric are distinguished and selected by their labels', async () => {
      const disks = [{ mount: '/' }, { mount: '/var', fs: 'ext4' }, { mount: '/home "x", y=\\z' }, {}];
      for (const [i, labels] of disks.entries()) {
        await write({ host: 'disks', ms: t0, values: { 'disk.usage': i, 'disk.usage2': i }, labels });
      }
      const all = await raw('disks', 'disk.usage');
      assert.deepEqual(
        all.map(({ labels }) => labels),
        [{}, { fs: 'ext4', mount: '/var' }, { mount: '/' }, { mount: '/home "x", y=\\z' }],
      );
      const choose = async (labels: Record<string, string>) =>
        (
          await store.range({ hosts: ['disks'], metric: 'disk.usage', labels, startMs: t0, stopMs: t0 + 1 })
        ).map(({ values }) => values[0]);
      assert.deepEqual(await choose({ mount: '/var' }), [1]);
      assert.deepEqual(await choose({ fs: 'ext4', mount: '/' }), []);
      assert.deepEqual(await choose({ constructor: '' }), [3, 1, 0, 2]);
    });

    test('writing the same samples again changes nothing', async () => {
      const ticks = minutes('twice', 0, 30);
      const first = await write(...ticks);
      const before = pointsOf(await raw('twice'));
      const second = await write(...ticks.toReversed());
      assert.deepEqual(pointsOf(await raw('twice')), before);
      assert.deepEqual([first.samples, second.samples], [31, 31]);
      assert.deepEqual(first.rejected, []);
    });

    test('a rejected sample names its record, whichever other records are in the write', async () => {
      const farAheadMs = nowMs + 400 * 24 * HOUR;
      const of = (host: string, ms: number) =>
        recorder.record([{ host, ms, values: { 'cpu.usage': 1 } }], { receivedMs: nowMs });
      const batches = [
        of('ahead-1', farAheadMs),
        of('in-time', t0),
        of('ahead-2', farAheadMs),
        of('in-time', t0 + 1),
      ];
      const { samples, rejected } = await store.write(batches);
      assert.equal(samples, 2);
      assert.deepEqual(
        rejected.map(({ hostId, record }) => [hostId, record]),
        [
          ['ahead-1', { partition: batches[0]!.partition, next: batches[0]!.next }],
          ['ahead-2', { partition: batches[2]!.partition, next: batches[2]!.next }],
        ],
      );
    });

    test('a tick whose text is not UTF-8 is rejected alone: what older reports put on the bus', async () => {
      const batch = recorder.record([
        { host: 'text-XX', ms: t0, values: { 'cpu.usage': 1, 'mem.usage': 2 } },
        { host: 'text-good', ms: t0, values: { 'cpu.usage': 3 } },
      ]);
      const bytes = Buffer.from(batch.bytes);
      bytes.set([0xff, 0xfe], bytes.indexOf('XX'));
      const { samples, rejected } = await store.write([{ ...batch, bytes }]);
      assert.equal(samples, 1);
      assert.deepEqual(
        rejected.map(({ reason }) => reason),
        Array(2).fill('host_id is not valid UTF-8 (bytes 74 65 78 74 2d ff fe)'),
      );
      const [good] = await raw('text-good');
      assert.deepEqual(good!.values, [3]);
    });

    test('samples out of order and at any millisecond come back in order', async () => {
      const ticks = [7, 3, 9, 1, 4].map((i) => ({
        host: 'mixed',
        ms: t0 + i * 977,
        values: { 'cpu.usage': i },
      }));
      await write(...ticks);
      const [series] = await raw('mixed');
      assert.deepEqual(series!.values, [1, 3, 4, 7, 9]);
      assert.deepEqual(
        series!.timesMs,
        [1, 3, 4, 7, 9].map((i) => t0 + i * 977),
      );
    });

    test('the newest sample of each series is found, the old ones are not', async () => {
      await write(...minutes('newest', 0, 5));
      await write({ host: 'newest', ms: t0 - 30 * MINUTE, values: { 'load.1': 1 } });
      await write({ host: 'newest', ms: t0 + 2 * MINUTE, values: { 'mem.usage': 7 } });
      const latest = (sinceMs: number, metrics?: string[]) =>
        store.latest({ hosts: ['newest'], sinceMs, ...(metrics ? { metrics } : {}) });
      const cpu = { hostId: 'newest', metric: 'cpu.usage', labels: {}, timeMs: t0 + 5 * MINUTE, value: 5 };
      const mem = { hostId: 'newest', metric: 'mem.usage', labels: {}, timeMs: t0 + 2 * MINUTE, value: 7 };
      assert.deepEqual(await latest(t0), [cpu, mem]);
      assert.deepEqual(await latest(t0 + 2 * MINUTE + 1), [cpu]);
      assert.deepEqual(await latest(t0 + 5 * MINUTE + 1), []);
      assert.deepEqual(await latest(t0 - HOUR, ['load.1', 'mem.usage', 'no.such']), [
        { hostId: 'newest', metric: 'load.1', labels: {}, timeMs: t0 - 30 * MINUTE, value: 1 },
        mem,
      ]);
    });

    hostContract(() => ({ store, t0, nowMs, recorder }));
    encodedContract(() => ({ store, t0, recorder }));
    endsContract(() => ({ store, t0, recorder }));

    test('a raw answer of too many points is refused and the error names the step', async () => {
      const count = MAX_POINTS_PER_SERIES + 1;
      const ticks = Array.from({ length: count }, (_, i) => ({
        host: 'many',
        ms: t0 + i * 100,
        values: { 'cpu.usage': i % 100 },
      }));
      for (let i = 0; i < count; i += 5_000) await write(...ticks.slice(i, i + 5_000));
      const query = { hosts: ['many'], metric: 'cpu.usage', startMs: t0, stopMs: t0 + count * 100 };
      const isRefused = (error: unknown) =>
        error instanceof ExpectedError &&
        error.code === 'BAD_RANGE' &&
        /step/.test(`${error.message} ${error.hint}`);
      await assert.rejects(store.range(query), isRefused);
      const [fewer] = await store.range({ ...query, stopMs: query.stopMs - 100 });
      assert.equal(fewer!.values.length, MAX_POINTS_PER_SERIES);
      await assert.rejects(store.range({ ...query, stepMs: 1 }), isRefused);
      await assert.rejects(store.range({ ...query, stopMs: t0 }), { code: 'BAD_RANGE' });
      const [stepped] = await store.range({ ...query, stepMs: 10_000, aggregate: 'count' });
      assert.equal(
        stepped!.values.reduce((sum: number, value) => sum + (value ?? 0), 0),
        count,
      );
    });

    test('a query that nobody waits for any more ends with its signal', async () => {
      const reason = new Error('gone');
      const query = { metric: 'cpu.usage', startMs: t0, stopMs: nowMs, signal: AbortSignal.abort(reason) };
      await assert.rejects(store.range(query), (error) => error === reason);
    });

    test('a record that cannot be decoded is refused, those before it are stored', async () => {
      const good = recorder.record([{ host: 'before damage', ms: t0, values: { 'cpu.usage': 1 } }]);
      const bad = { ...recorder.record([]), bytes: Uint8Array.from([10, 200, 1, 1]) };
      await assert.rejects(store.write([good, bad]), { code: 'BAD_REQUEST' });
      await store.write([good]);
      assert.equal((await raw('before damage')).length, 1);
      assert.ok((store.durable().get(0) ?? 0) < bad.next);
    });

    test('what is durable is never past what was written, and the store says that it is well', async () => {
      const batch = recorder.record([{ host: 'durable', ms: t0, values: { 'cpu.usage': 1 } }], {
        partition: 3,
      });
      await store.write([batch]);
      assert.ok((store.durable().get(3) ?? 0) <= batch.next);
      assert.equal(store.unhealthy(), undefined);
      for (const [name, value] of Object.entries(store.stats())) assert.ok(Number.isFinite(value), name);
    });
  });
}
