// The part of the store contract that is about hosts: what ticks say of them, and how far the stream was consumed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../../src/store/store.ts';
import type { Recorder, TickSpec } from './records.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;

export type Subject = {
  readonly store: Store;
  /** A full hour, some hours before nowMs. */
  readonly t0: number;
  readonly nowMs: number;
  readonly recorder: Recorder;
};

/** Call inside the contract's describe; the subject is there once its tests run. */
export function hostContract(subject: () => Subject): void {
  test('hosts carry first and last seen, facts and machines; older ticks take nothing back', async () => {
    const { store, t0, nowMs, recorder } = subject();
    const at = (minute: number, more: Partial<TickSpec> = {}) => ({
      host: 'facts',
      ms: t0 + minute * MINUTE,
      values: { 'cpu.usage': 1 },
      ...more,
    });
    await store.write([
      recorder.record([at(10, { facts: { os: 'new' }, machineId: 'm1' })], { receivedMs: nowMs - 50 }),
    ]);
    await store.write([
      recorder.record([at(5, { facts: { os: 'old' }, machineId: 'm2' })], { receivedMs: nowMs - 90 }),
    ]);
    const [host] = await store.hosts({ sinceMs: t0, hosts: ['facts', 'nobody'] });
    assert.deepEqual(host, {
      hostId: 'facts',
      firstSeenMs: t0 + 5 * MINUTE,
      lastSeenMs: t0 + 10 * MINUTE,
      lastReceivedMs: nowMs - 50,
      intervalMs: MINUTE,
      bootId: 'boot-1',
      agentVersion: '0.1.0',
      machines: [
        { machineId: 'm1', lastReceivedMs: nowMs - 50 },
        { machineId: 'm2', lastReceivedMs: nowMs - 90 },
      ],
      facts: { os: 'new' },
    });
    assert.deepEqual(await store.hosts({ sinceMs: t0 + 11 * MINUTE, hosts: ['facts'] }), []);
  });

  test('the newest tick once more is no sign of life, and changes no value; an older one is one', async () => {
    const { store, t0, nowMs, recorder } = subject();
    const put = (seconds: number, receivedMs: number) =>
      store.write([
        recorder.record([{ host: 'replayed', ms: t0 + seconds * 1_000, values: { 'cpu.usage': seconds } }], {
          receivedMs,
        }),
      ]);
    const seen = async () => {
      const [host] = await store.hosts({ sinceMs: t0, hosts: ['replayed'] });
      return [host!.lastSeenMs - t0, host!.lastReceivedMs - nowMs];
    };
    await put(0, nowMs - 900_000);
    await put(60, nowMs - 840_000);
    for (const ageMs of [600_000, 300_000]) await put(60, nowMs - ageMs);
    assert.deepEqual(await seen(), [60_000, -840_000]);
    await put(0, nowMs - 200_000);
    assert.deepEqual(await seen(), [60_000, -200_000]);
    const series = await store.range({
      ...{ hosts: ['replayed'], metric: 'cpu.usage', startMs: t0, stopMs: t0 + 120_000 },
    });
    assert.deepEqual(
      series.map(({ values }) => [...values]),
      [[0, 60]],
    );
  });

  test('copies of a machine that run side by side are told apart by their boots, and what they kept says nothing', async () => {
    const { store, t0, nowMs, recorder } = subject();
    const put = (seconds: number, bootId: string, backfill = false) =>
      store.write([
        recorder.record(
          [{ host: 'copied', ms: t0 + seconds * 1_000, machineId: 'm', bootId, values: { 'cpu.usage': 1 } }],
          { receivedMs: nowMs - 100_000 + seconds * 1_000, backfill },
        ),
      ]);
    const machines = async () =>
      (await store.hosts({ sinceMs: t0, hosts: ['copied'] }))[0]!.machines.map(({ machineId }) => machineId);
    for (let i = 0; i < 4; i++) {
      await put(i * 10, 'aaaaaaaa-a');
      await put(i * 10 + 5, 'bbbbbbbb-b', true);
    }
    assert.deepEqual(await machines(), ['m']);
    for (let i = 4; i < 8; i++) {
      await put(i * 10, 'aaaaaaaa-a');
      await put(i * 10 + 5, 'bbbbbbbb-b');
    }
    assert.deepEqual((await machines()).sort(), ['m', 'm (boot aaaaaaaa)', 'm (boot bbbbbbbb)']);
  });

  test("sources are told apart, each with its interval; what minimon's agent says of itself stays", async () => {
    const { store, t0, nowMs, recorder } = subject();
    const tick = { host: 'sources', values: { 'cpu.usage': 1 } };
    const own = { ...tick, ms: t0 };
    const other = {
      ...tick,
      ms: t0 + 5_000,
      source: 'telegraf',
      intervalMs: 10_000,
      labels: { source: 'telegraf' },
    };
    await store.write([recorder.record([own], { receivedMs: nowMs - 20_000 })]);
    assert.equal((await store.hosts({ sinceMs: t0, hosts: ['sources'] }))[0]?.sources, undefined);
    await store.write([
      recorder.record([{ ...other, machineId: '', bootId: '' }], { receivedMs: nowMs - 15_000 }),
    ]);
    const later = { ...other, machineId: '', bootId: '', ms: t0 + 15_000 };
    await store.write([recorder.record([later], { receivedMs: nowMs - 5_000 })]);
    const [host] = await store.hosts({ sinceMs: t0, hosts: ['sources'] });
    assert.deepEqual(
      [host?.agentVersion, host?.bootId, host?.machines.length, host?.lastReceivedMs],
      ['0.1.0', 'boot-1', 1, nowMs - 5_000],
    );
    assert.deepEqual(host?.sources, [
      { source: 'telegraf', lastReceivedMs: nowMs - 5_000, intervalMs: 10_000 },
      { source: '', lastReceivedMs: nowMs - 20_000, intervalMs: 60_000 },
    ]);
  });

  test('backfilled history does not make a host look alive', async () => {
    const { store, t0, nowMs, recorder } = subject();
    const tick = (ms: number) => ({
      host: 'history',
      ms,
      values: { 'cpu.usage': 1 },
      facts: { os: `at ${ms}` },
    });
    await store.write([recorder.record([tick(t0)], { receivedMs: nowMs - 7_000 })]);
    await store.write([recorder.record([tick(t0 - HOUR)], { receivedMs: nowMs, backfill: true })]);
    const [host] = await store.hosts({ sinceMs: t0, hosts: ['history'] });
    assert.equal(host!.lastReceivedMs, nowMs - 7_000);
    assert.equal(host!.firstSeenMs, t0 - HOUR);
    assert.equal(host!.lastSeenMs, t0);
    assert.deepEqual(host!.facts, { os: `at ${t0}` });
    assert.deepEqual(
      host!.machines.map((machine) => machine.lastReceivedMs),
      [nowMs - 7_000],
    );
  });

  test('a fresh refusal is listed, also of a host without a stored sample', async () => {
    const { store, t0, nowMs, recorder } = subject();
    const refusal = (hostId: string) => ({
      hostId,
      timeMs: nowMs + 10 * HOUR,
      metric: '',
      labels: {},
      samples: 20,
      reason: 'its clock is ahead',
    });
    await store.write([
      recorder.record([{ host: 'refused', ms: t0, values: { 'cpu.usage': 1 } }], {
        receivedMs: nowMs - 2 * HOUR,
      }),
      recorder.record([], {
        receivedMs: nowMs - HOUR,
        refusals: [refusal('refused'), refusal('never in')],
      }),
    ]);
    const listed = { receivedMs: nowMs - HOUR, reason: 'its clock is ahead', samples: 20 };
    const hosts = await store.hosts({ sinceMs: t0, hosts: ['refused', 'never in'] });
    assert.deepEqual(
      hosts.map((host) => [host.hostId, host.lastReceivedMs, host.refusal]),
      [
        ['never in', 0, listed],
        ['refused', nowMs - 2 * HOUR, listed],
      ],
    );
    await store.write([
      recorder.record([{ host: 'refused', ms: t0 + MINUTE, values: { 'cpu.usage': 1 } }], {
        receivedMs: nowMs,
      }),
    ]);
    const [accepted] = await store.hosts({ sinceMs: t0, hosts: ['refused'] });
    assert.equal(accepted!.refusal, undefined);
  });

  test('the watermark of a partition is its newest record, one without ticks included', async () => {
    const { store, nowMs, recorder } = subject();
    await store.write([
      recorder.record([], { partition: 7, receivedMs: nowMs - 5 }),
      recorder.record([], { partition: 7, receivedMs: nowMs - 9 }),
    ]);
    const mark = (await store.watermarks()).find(({ partition }) => partition === 7);
    assert.deepEqual(mark, { partition: 7, receivedMs: nowMs - 5 });
  });

  test("a watermark follows report's clock back where it was set, and on from there", async () => {
    const { store, nowMs, recorder } = subject();
    const heard = async (receivedMs: number) => {
      await store.write([recorder.record([], { partition: 8, receivedMs })]);
      return (await store.watermarks()).find(({ partition }) => partition === 8)?.receivedMs;
    };
    const aheadMs = nowMs + 20 * HOUR;
    for (const [receivedMs, mark] of [
      [aheadMs, aheadMs],
      [aheadMs - 4 * MINUTE, aheadMs],
      [nowMs, nowMs],
      [nowMs + 10_000, nowMs + 10_000],
      [nowMs + 9_000, nowMs + 10_000],
      [nowMs + 20_000, nowMs + 20_000],
      [aheadMs + 1_000, aheadMs + 1_000],
    ] as const)
      assert.equal(await heard(receivedMs), mark, `after ${receivedMs - nowMs}`);
  });

  test('metric names are those with a sample since', async () => {
    const { store, t0, recorder } = subject();
    const write = (tick: TickSpec) => store.write([recorder.record([tick])]);
    await write({ host: 'names', ms: t0 + 3 * HOUR, values: { 'names.fresh': 1 } });
    await write({ host: 'names', ms: t0, values: { 'names.stale': 1 } });
    const names = (await store.metrics({ sinceMs: t0 + HOUR })).filter((metric) =>
      metric.startsWith('names.'),
    );
    assert.deepEqual(names, ['names.fresh']);
  });
}
