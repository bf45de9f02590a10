// What only a real InfluxDB 2 can show: its verdicts on lines, its bucket, its names, its death; and the embedded answers.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createVirtualClock, systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createEmbeddedStore } from '../../src/store/embedded/store.ts';
import { createInfluxStore, type InfluxStoreParts } from '../../src/store/influxdb/store.ts';
import { AGGREGATES, type Store } from '../../src/store/store.ts';
import { skipReason } from '../servers/backends.ts';
import { type Influxdb, startInfluxdb } from '../servers/influxdb.ts';
import { until } from '../until.ts';
import { createRecorder, type TickSpec } from './records.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;

describe('a real InfluxDB', { skip: skipReason('influxdb') }, () => {
  let server: Influxdb;
  let buckets = 0;
  const opened: Store[] = [];
  const t0 = Math.floor(Date.now() / HOUR) * HOUR - 4 * HOUR;

  before(async () => {
    server = await startInfluxdb();
  });
  after(async () => {
    for (const store of opened) await store.stop();
    await server?.stop();
  });

  async function open(more: Partial<InfluxStoreParts> = {}): Promise<Store> {
    const { url, org, token } = server;
    const access = { url, org, token, bucket: `bucket ${++buckets}` };
    const store = await createInfluxStore({ ...access, clock: systemClock, logger: silentLogger, ...more });
    opened.push(store);
    return store;
  }

  async function api(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Token ${server.token}` };
    const response = await fetch(`${server.url}/api/v2/${path}`, { ...init, headers });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response;
  }
  const bucketOf = async (name: string) => {
    const found = await api(`buckets?org=minimon&name=${encodeURIComponent(name)}`);
    const { buckets: list } = (await found.json()) as {
      buckets: { id: string; retentionRules: { everySeconds: number }[] }[];
    };
    return list[0]!;
  };
  const writeLines = (bucket: string, lines: string) =>
    api(`write?org=minimon&bucket=${encodeURIComponent(bucket)}&precision=ms`, {
      method: 'POST',
      body: lines,
    });

  const rangeOf = (metric: string) => ({ metric, startMs: t0 - HOUR, stopMs: t0 + 4 * HOUR });

  test('a reader whose clock is wrong, or that comes after report was, finds what there is', async () => {
    const bucket = 'wrong clocks';
    const writer = await open({ bucket });
    const recorder = createRecorder();
    const nowMs = Date.now();
    const tick = { host: 'a', ms: t0, values: { 'cpu.usage': 1 } };
    await writer.write([
      recorder.record([tick], { receivedMs: nowMs + 20 * HOUR }),
      recorder.record([{ ...tick, ms: nowMs - 1_000 }], { receivedMs: nowMs }),
    ]);
    await writer.write([recorder.record([], { receivedMs: nowMs + 1_000 })]);
    const everything = (store: Store) =>
      Promise.all([
        store.hosts({ sinceMs: 0 }),
        store.latest({ sinceMs: 0 }),
        store.metrics({ sinceMs: 0 }),
        store.watermarks(),
      ]);
    const found = await everything(writer);
    assert.deepEqual(
      found.map(({ length }) => length),
      [1, 1, 1, 1],
    );
    for (const offMs of [-40 * 24 * HOUR, -5 * HOUR, -3 * HOUR, 3 * HOUR, 40 * 24 * HOUR]) {
      const clock = createVirtualClock(nowMs + offMs);
      assert.deepEqual(await everything(await open({ bucket, clock })), found, `off by ${offMs / HOUR} h`);
    }
    const next = await open({ bucket });
    await next.write([recorder.record([], { receivedMs: nowMs + 2_000 })]);
    await until("the next persist's mark is the newest", async () => {
      await next.write([recorder.record([], { receivedMs: nowMs + 3_000 })]);
      return (await writer.watermarks())[0]?.receivedMs === nowMs + 3_000;
    });
  });

  test('answers as the embedded store does, whatever is asked', async () => {
    const store = await open();
    const directory = await mkdtemp(join(tmpdir(), 'minimon-store-'));
    const embedded = await createEmbeddedStore({ directory, clock: systemClock, logger: silentLogger });
    try {
      const recorder = createRecorder();
      const random = seeded(20_260_318);
      const hosts = ['a', 'B b', 'c,d=e', '"f"', 'g\\h', 'ｱ', '𠮷', 'x\ty'];
      for (let round = 0; round < 40; round++) {
        const ticks: TickSpec[] = Array.from({ length: 20 }, () => ({
          host: hosts[Math.floor(random() * hosts.length)]!,
          ms: t0 + Math.floor(random() * 3 * HOUR),
          values: {
            'cpu.usage': random() * 100,
            'cpu.iowait': Math.round(random() * 1e4) / 100,
            uptime: round,
          },
          labels: random() < 0.5 ? {} : { mount: random() < 0.5 ? '/' : '/a b', zone: 'ü' },
          // One a round: the order of two machines that were heard at the same time is nobody's promise.
          machineId: round % 5 > 0 ? 'm 1' : 'm\\2\n',
          ...(random() < 0.2 ? { facts: { os: `"Linux" ${round}\n`, path: 'C:\\' } } : {}),
        }));
        const batch = recorder.record(ticks, {
          partition: round % 3,
          receivedMs: t0 + 3 * HOUR + round * 1_000,
          backfill: round % 7 === 0,
        });
        assert.deepEqual(await store.write([batch]), await embedded.write([batch]));
      }
      const spans = [
        [t0, t0 + 3 * HOUR],
        [t0 + 1_234_567, t0 + 2 * HOUR + 1],
        [-8.64e15, 8.64e15],
        [t0 + 5 * HOUR, t0 + 6 * HOUR],
      ] as const;
      for (const metric of ['cpu.usage', 'cpu.iowait', 'uptime', 'cpu', 'no.such', '']) {
        for (const [startMs, stopMs] of spans) {
          const raw = { metric, startMs, stopMs };
          assert.deepEqual(await store.range(raw), await embedded.range(raw), JSON.stringify(raw));
        }
        for (const aggregate of AGGREGATES) {
          for (const stepMs of [7 * MINUTE, HOUR, 33_333, Number.MAX_SAFE_INTEGER]) {
            const query = { metric, startMs: t0 + 1_234_567, stopMs: t0 + 3 * HOUR, stepMs, aggregate };
            assert.deepEqual(await store.range(query), await embedded.range(query), JSON.stringify(query));
          }
        }
      }
      for (const labels of [{ mount: '/' }, { mount: '' }, { mount: '/a b', zone: 'ü' }, { _value: '1' }]) {
        const query = {
          metric: 'cpu.usage',
          labels,
          hosts: hosts.slice(0, 5),
          startMs: t0,
          stopMs: t0 + HOUR,
        };
        assert.deepEqual(await store.range(query), await embedded.range(query), JSON.stringify(labels));
      }
      for (const query of [
        { sinceMs: t0 },
        { sinceMs: t0 + 2.9 * HOUR },
        { sinceMs: t0, hosts: ['B b', 'c,d=e', 'nobody'], metrics: ['cpu.usage', 'uptime'] },
        { sinceMs: t0, hosts: [] },
        { sinceMs: t0, metrics: [] },
      ]) {
        assert.deepEqual(await store.latest(query), await embedded.latest(query), JSON.stringify(query));
      }
      for (const query of [
        { sinceMs: t0 },
        { sinceMs: t0 + 2.95 * HOUR },
        { sinceMs: t0, hosts: ['g\\h', 'z'] },
      ]) {
        assert.deepEqual(await store.hosts(query), await embedded.hosts(query), JSON.stringify(query));
      }
      assert.deepEqual(await store.watermarks(), await embedded.watermarks());
      assert.deepEqual(await store.metrics({ sinceMs: t0 }), await embedded.metrics({ sinceMs: t0 }));
    } finally {
      await embedded.stop();
      await rm(directory, { recursive: true });
    }
  });

  test('a mean of values whose sum is no number any more is still their mean', async () => {
    const store = await open();
    const values = [1.7e308, 1.6e308, 1.5e308];
    await store.write([
      createRecorder().record(
        values.map((value, i) => ({ host: 'h', ms: t0 + i, values: { 'big.value_1': value } })),
      ),
    ]);
    const [series] = await store.range({ ...rangeOf('big.value_1'), stepMs: HOUR });
    const means = series!.values.filter((value) => value !== null);
    assert.equal(means.length, 1);
    assert.ok(Math.abs(means[0]! / 1.6e308 - 1) < 1e-12);
  });

  test('names that look like its own columns or measurements keep their samples', async () => {
    const store = await open();
    const labels = { table: 't', result: 'r', _x: 'x', error: 'e', constructor: 'c' };
    const values = {
      minimon_host: 1,
      'minimon_host.received': 2,
      'minimon_heard.tick': 3,
      'minimon_x.y.z': 4,
    };
    await store.write([createRecorder().record([{ host: 'h', ms: t0, values, labels }])]);
    for (const [metric, value] of Object.entries(values)) {
      const found = await store.range({ ...rangeOf(metric), labels: { table: 't' } });
      assert.deepEqual(found, [{ hostId: 'h', metric, labels, timesMs: [t0], values: [value] }]);
    }
    assert.deepEqual(
      (await store.latest({ sinceMs: t0 })).map(({ metric, value }) => [metric, value]),
      Object.entries(values).sort(),
    );
    assert.deepEqual(await store.metrics({ sinceMs: t0 }), Object.keys(values).sort());
    assert.deepEqual(
      (await store.hosts({ sinceMs: t0 })).map(({ hostId, lastSeenMs }) => [hostId, lastSeenMs]),
      [['h', t0]],
    );
  });

  test('what a line cannot hold is refused by name and does not spoil the others', async () => {
    const store = await open();
    const bad = [
      { host: 'ends\\', ms: t0, values: { 'cpu.usage': 1 } },
      { host: 'two\nlines', ms: t0, values: { 'cpu.usage': 1 } },
      { host: '', ms: t0, values: { 'cpu.usage': 1 } },
      { host: 'h', ms: t0, values: { 'cpu.usage': 1 }, labels: { _value: 'x' } },
      { host: 'h', ms: t0, values: { 'cpu.usage': 1 }, labels: { mount: 'C:\\' } },
      { host: 'h', ms: t0, values: { 'cpu.time': 1, 'Cpu usage': 2 } },
      { host: 'h', ms: t0, values: { 'cpu.usage': Number.NaN, 'cpu.iowait': 5 } },
      { host: 'h', ms: 1_764_032_400, values: { 'cpu.usage': 1 } },
      { host: 'h', ms: t0 + 48 * HOUR, values: { 'cpu.usage': 1 } },
    ];
    const { samples, rejected } = await store.write([
      createRecorder().record([{ host: 'ok', ms: t0, values: { 'cpu.usage': 7 } }, ...bad], {
        receivedMs: t0,
      }),
    ]);
    assert.equal(samples, 2);
    const reasons = [
      /ends with a backslash/,
      /control character/,
      /host_id is empty/,
      /"_value"/,
      /label value ends with a backslash/,
      /reserved part "time"/,
      /"Cpu usage" is not of the form/,
      /value is NaN/,
      /1970-01-21T.*past the retention/,
      /24 h ahead/,
    ];
    assert.equal(rejected.length, reasons.length);
    rejected.forEach(({ reason }, i) => void assert.match(reason, reasons[i]!));
    assert.equal((await store.range(rangeOf('cpu.usage'))).length, 1);
    assert.equal((await store.range(rangeOf('cpu.iowait'))).length, 1);
    assert.equal(store.stats()['requests_failed'], 1, 'but for the look for the bucket no request failed');
  });

  test('a field that was written as text before costs its own samples and few requests', async () => {
    const store = await open({ bucket: 'conflict' });
    await writeLines('conflict', `cpu,host_id=old usage="text" ${t0}\nload,host_id=host-3 1=true ${t0}`);
    const values = { 'cpu.usage': 1, 'cpu.iowait': 2, 'mem.usage': 3, 'load.1': 4 };
    const ticks = Array.from({ length: 1_500 }, (_, i) => ({ host: `host-${i}`, ms: t0, values }));
    const before = store.stats()['requests']!;
    const { samples, rejected } = await store.write([createRecorder().record(ticks)]);
    assert.ok(store.stats()['requests']! - before < 60, `${store.stats()['requests']! - before} requests`);
    assert.equal(samples + rejected.length, 6_000);
    assert.equal(rejected.filter(({ metric }) => metric === 'cpu.usage').length, 1_500);
    assert.ok(rejected.every(({ metric }) => metric === 'cpu.usage' || metric === 'load.1'));
    const [usage] = rejected.filter(({ metric }) => metric === 'cpu.usage');
    assert.match(usage!.reason, /type float, already exists as type string/);
    assert.equal((await store.range(rangeOf('cpu.iowait'))).length, 1_500);
    // More hosts than one question names, the last ones first.
    const asked = ticks.slice(0, 1_200).map(({ host }) => host);
    const found = await store.range({ ...rangeOf('mem.usage'), hosts: asked.toReversed() });
    assert.deepEqual(
      found.map(({ hostId }) => hostId),
      asked.toSorted(),
    );
    // The text of another program is no sample.
    assert.deepEqual(await store.range(rangeOf('cpu.usage')), []);
    assert.equal(store.unhealthy(), undefined);
  });

  test('a bucket is made once with its retention, and one that exists keeps its own', async () => {
    const bucket = 'shared';
    await Promise.all(Array.from({ length: 4 }, () => open({ bucket, retentionMs: 30 * 24 * HOUR })));
    assert.equal((await bucketOf(bucket)).retentionRules[0]!.everySeconds, 30 * 86_400);
    const [tick] = [{ host: 'h', ms: t0 - 31 * 24 * HOUR, values: { 'cpu.usage': 1 } }];
    const other = await open({ bucket, retentionMs: 60 * 24 * HOUR });
    const { rejected } = await other.write([
      createRecorder().record([tick!], { backfill: true, receivedMs: t0 }),
    ]);
    assert.match(rejected[0]!.reason, /past the retention limit of 30 d/);
    assert.equal((await bucketOf(bucket)).retentionRules[0]!.everySeconds, 30 * 86_400);
  });

  test('a bucket that was deleted is made again by the next write, and by the next question', async () => {
    const store = await open({ bucket: 'deleted' });
    const batch = createRecorder().record([{ host: 'h', ms: t0, values: { 'cpu.usage': 1 } }]);
    for (const use of [() => store.write([batch]), () => store.latest({ sinceMs: t0 })]) {
      await api(`buckets/${(await bucketOf('deleted')).id}`, { method: 'DELETE' });
      await use();
      assert.equal(store.unhealthy(), undefined);
    }
  });

  test('a token or an organization that the server does not know ends the start', async () => {
    await assert.rejects(open({ token: 'wrong' }), {
      code: 'BAD_CONFIG',
      message: /rejected the token \(401/,
    });
    await assert.rejects(open({ org: 'nobody' }), { code: 'BAD_CONFIG', message: /organization name/ });
  });

  test('a token that sees the bucket but not the organization works, and cannot make a bucket', async () => {
    const { orgs } = (await (await api('orgs')).json()) as { orgs: { id: string }[] };
    const orgID = orgs[0]!.id;
    const permissions = ['read', 'write'].map((action) => ({ action, resource: { type: 'buckets', orgID } }));
    const body = JSON.stringify({ orgID, permissions });
    const made = (await (await api('authorizations', { method: 'POST', body })).json()) as {
      id: string;
      token: string;
    };
    await open({ bucket: 'seen' });
    const store = await open({ bucket: 'seen', token: made.token });
    await store.write([createRecorder().record([{ host: 'h', ms: t0, values: { 'cpu.usage': 1 } }])]);
    const refused = { code: 'BAD_CONFIG', message: /does not see the organization minimon/ };
    await assert.rejects(open({ bucket: 'unseen', token: made.token }), refused);
    await api(`authorizations/${made.id}`, { method: 'PATCH', body: '{"status":"inactive"}' });
    await assert.rejects(open({ bucket: 'seen', token: made.token }), { code: 'BAD_CONFIG' });
    await assert.rejects(store.latest({ sinceMs: t0 }), { kind: 'unavailable', hint: /active/ });
  });

  test('a server that hangs is named before a request to it times out', async () => {
    const store = await open();
    await server.kill('SIGSTOP');
    try {
      await until('a fault', () => /has not answered/.test(store.unhealthy() ?? ''));
    } finally {
      await server.kill('SIGCONT');
    }
    await until('healthy again', () => store.unhealthy() === undefined);
  });

  test('what was acknowledged is there after the server was killed, and writing goes on by itself', async () => {
    const store = await open({ retryForMs: 30_000 });
    const recorder = createRecorder();
    const record = (i: number) =>
      recorder.record([{ host: 'h', ms: t0 + i * 1_000, values: { 'cpu.usage': i } }]);
    for (let i = 0; i < 20; i++) await store.write([record(i)]);
    await server.kill('SIGKILL');
    const waiting = store.write([record(20)]);
    await assert.rejects(store.latest({ sinceMs: t0 }), { code: 'UNAVAILABLE' });
    assert.match(store.unhealthy() ?? '', /InfluxDB at/);
    await server.restart();
    await waiting;
    const [series] = await store.range(rangeOf('cpu.usage'));
    assert.deepEqual(
      series!.values,
      Array.from({ length: 21 }, (_, i) => i),
    );
    assert.equal(store.unhealthy(), undefined);
    assert.equal(store.durable().get(0), 21);
  });
});

/** A generator of numbers in [0, 1) that are the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
