// CPU shares: jiffies that go back, guests, hotplug, resets, and lines that are cut short.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { percent } from '../../src/daemons/agent/collectors/counters.ts';
import { lineGrowth, parseCpuStat } from '../../src/daemons/agent/collectors/cpu-times.ts';
import { createRootTree } from './root-tree.ts';

const METRICS = ['cpu.usage', 'cpu.iowait', 'cpu.steal'] as const;

/** /proc/stat of CPUs that share the columns evenly. */
function stat(columns: readonly number[], cpus = 4): string {
  const each = columns.map((column) => column / cpus);
  const lines = Array.from({ length: cpus }, (_, i) => `cpu${i} ${each.join(' ')}`);
  return `cpu  ${columns.join(' ')}\n${lines.join('\n')}\nctxt 1\nprocs_blocked 0\n`;
}

async function sharesBetween(t: Parameters<typeof createRootTree>[0], stats: readonly string[]) {
  const root = createRootTree(t);
  const host = await root.read();
  let shares: (number | undefined)[] = [];
  let omitted = false;
  for (const text of stats) {
    root.write({ 'proc/stat': text });
    const seen = await host.take();
    shares = METRICS.map((metric) => seen.value(metric));
    omitted = seen.isLeftOut(/^cpu: its counters were reset/) || seen.hasFailed(/^cpu0.*cannot be used/);
  }
  return { shares, omitted };
}

test('the first reading gives no share, the second one does', async (t) => {
  const root = createRootTree(t, { 'proc/stat': stat([1_000, 0, 400, 8_000, 80, 0, 0, 0]) });
  const host = await root.read();
  const first = await host.take();
  assert.deepEqual(
    METRICS.map((metric) => first.value(metric)),
    [undefined, undefined, undefined],
  );
  root.write({ 'proc/stat': stat([3_000, 0, 800, 24_000, 480, 0, 0, 1_200]) });
  const second = await host.take();
  // 20000 jiffies: 16000 idle, 400 waiting.
  assert.deepEqual(
    METRICS.map((metric) => second.value(metric)),
    [18, 2, 6],
  );
});

test('jiffies that move from iowait to idle afterwards are noise, not a reset and not a negative share', async (t) => {
  const { shares } = await sharesBetween(t, [
    stat([1_000, 0, 0, 8_000, 400, 0, 0, 0]),
    stat([3_000, 0, 0, 16_000, 360, 0, 0, 0]),
  ]);
  assert.deepEqual(shares, [20, 0, 0]);
  assert.ok(shares.every((share) => !Object.is(share, -0)));
});

test('idle that goes back a little while all CPUs are busy is 100 %, never more', async (t) => {
  const { shares } = await sharesBetween(t, [
    stat([1_000, 0, 0, 8_000, 0, 0, 0, 0]),
    stat([25_000, 0, 0, 7_992, 0, 0, 0, 0]),
  ]);
  assert.deepEqual(shares, [100, 0, 0]);
});

test('guest time, which user holds already, is not counted twice', async (t) => {
  const { shares } = await sharesBetween(t, [
    stat([4_000, 400, 400, 8_000, 0, 0, 0, 0, 3_000, 200]),
    stat([12_000, 800, 800, 15_200, 0, 0, 0, 0, 11_004, 600]),
  ]);
  // 16000 jiffies, 7200 of them idle.
  assert.deepEqual(shares, [55, 0, 0]);
});

test('columns that an old kernel does not have count as zero', async (t) => {
  const { shares } = await sharesBetween(t, [
    stat([1_000, 0, 0, 9_000, 0]),
    stat([2_000, 0, 0, 17_000, 1_000]),
  ]);
  assert.deepEqual(shares, [10, 10, 0]);
});

test('counters of all CPUs that start again give no share, then shares as before', async (t) => {
  const before = stat([800_000, 0, 0, 8_000_000, 4_000, 0, 0, 0]);
  const restarted = stat([800, 0, 0, 8_000, 40, 0, 0, 0]);
  const after = stat([2_800, 0, 0, 26_000, 40, 0, 0, 0]);
  const reset = await sharesBetween(t, [before, restarted]);
  assert.deepEqual(reset, { shares: [undefined, undefined, undefined], omitted: true });
  assert.deepEqual((await sharesBetween(t, [before, restarted, after])).shares, [10, 0, 0]);
});

test('a counter that leaps ahead, as steal does after a live migration, is no share of 100 %', async (t) => {
  const before = stat([1_000, 0, 0, 8_000, 0, 0, 0, 40]);
  for (const steal of [4e10, 2 ** 64 - 2 ** 12]) {
    const leapt = await sharesBetween(t, [before, stat([2_000, 0, 0, 16_000, 0, 0, 0, steal])]);
    assert.deepEqual(leapt, { shares: [undefined, undefined, undefined], omitted: true });
  }
});

test('one CPU that falls back spoils the tick even where the sum still grows', async (t) => {
  const before = 'cpu  20000 0 0 40000 0 0 0 0\ncpu0 10000 0 0 20000 0 0 0 0\ncpu1 10000 0 0 20000 0 0 0 0\n';
  const after = 'cpu  36000 0 0 50100 0 0 0 0\ncpu0 36000 0 0 50000 0 0 0 0\ncpu1 0 0 0 100 0 0 0 0\n';
  const { shares, omitted } = await sharesBetween(t, [before, after]);
  assert.deepEqual(shares, [undefined, undefined, undefined]);
  assert.ok(omitted);
});

test('a CPU that is unplugged or plugged in leaves the share to those that stay', async (t) => {
  const two = 'cpu  20000 0 0 40000 0 0 0 0\ncpu0 10000 0 0 20000 0 0 0 0\ncpu1 10000 0 0 20000 0 0 0 0\n';
  const one = 'cpu  11500 0 0 24500 0 0 0 0\ncpu0 11500 0 0 24500 0 0 0 0\n';
  assert.deepEqual((await sharesBetween(t, [two, one])).shares, [25, 0, 0]);
  const again = 'cpu  22500 0 0 47500 0 0 0 0\ncpu0 12500 0 0 27500 0 0 0 0\ncpu1 10000 0 0 20000 0 0 0 0\n';
  assert.deepEqual((await sharesBetween(t, [one, again])).shares, [25, 0, 0]);
});

/** CPUs by their columns, and the line of all as their sum. */
function statOf(...cpus: readonly (readonly (number | bigint)[])[]): string {
  const all = cpus[0]!.map((_, i) => cpus.reduce((sum, columns) => sum + BigInt(columns[i]!), 0n));
  return `cpu  ${all.join(' ')}\n${cpus.map((columns, i) => `cpu${i} ${columns.join(' ')}\n`).join('')}`;
}

async function roundsOf(t: Parameters<typeof createRootTree>[0], stats: readonly string[]) {
  const root = createRootTree(t);
  const host = await root.read();
  const rounds = [];
  for (const text of stats) {
    root.write({ 'proc/stat': text });
    const seen = await host.take();
    rounds.push({ shares: METRICS.map((metric) => seen.value(metric)), seen });
  }
  return rounds.slice(1);
}

test('a time near 2^63 that stands still leaves the share to the CPUs that can be believed', async (t) => {
  const stuck = 9_223_372_036_854_000_000n;
  const at = (i: number) =>
    statOf([2_000 * i, 0, 0, 4_000 * i, 0, 0, 0, 0], [1_500 * i, 0, 0, stuck, 0, 0, 0, 0]);
  for (const { shares, seen } of await roundsOf(t, [at(1), at(2), at(3)])) {
    assert.deepEqual(shares, [33.33, 0, 0]);
    assert.ok(seen.hasFailed(/^cpu1, the line of all CPUs: its time idle cannot be used/));
    assert.equal(seen.value('mem.usage'), 40);
  }
});

test('an idle time that stands still at a number that could be true is not 100 %', async (t) => {
  const at = (i: number) => statOf([3_600 * i, 0, 0, 500_000, 0, 0, 0, 0]);
  for (const { shares, seen } of await roundsOf(t, [at(1), at(2), at(3)])) {
    assert.deepEqual(shares, [undefined, undefined, undefined]);
    assert.ok(seen.hasFailed(/less than the time that passed/));
  }
  const busy = (i: number) => statOf([6_000 * i, 0, 0, 500_000, 0, 0, 0, 0]);
  assert.deepEqual((await roundsOf(t, [busy(1), busy(2)]))[0]!.shares, [100, 0, 0]);
});

test('a column that falls in every round costs its own share alone', async (t) => {
  const at = (i: number) => statOf([1_500 * i, 0, 0, 4_500 * i, 90_000 - 1_000 * i, 0, 0, 0]);
  for (const { shares, seen } of await roundsOf(t, [at(1), at(2), at(3)])) {
    assert.deepEqual(shares, [25, undefined, 0]);
    assert.ok(seen.hasFailed(/its time iowait cannot be used/));
  }
});

test('a column that leaps in every round costs its own share alone where the others add up', async (t) => {
  const at = (i: number) => statOf([1_200 * i, 0, 0, 4_800 * i, 0, 0, 0, 10 ** 9 * i * i]);
  for (const { shares } of await roundsOf(t, [at(1), at(2), at(3)]))
    assert.deepEqual(shares, [20, 0, undefined]);
  // Where they do not, it may have been a stop of the machine once, but not each time.
  const half = (i: number) => statOf([600 * i, 0, 0, 2_400 * i, 0, 0, 0, 10 ** 9 * i * i]);
  const shares = (await roundsOf(t, [half(1), half(2), half(3)])).map((round) => round.shares);
  assert.deepEqual(shares, [
    [undefined, undefined, undefined],
    [60, 0, undefined],
  ]);
});

test('a CPU that is reset in every round leaves the share to the others from the second time on', async (t) => {
  const at = (i: number) =>
    statOf(
      [3_000 * i, 0, 0, 3_000 * i, 0, 0, 0, 0],
      [90_000 - 1_000 * i, 0, 0, 90_000 - 1_000 * i, 0, 0, 0, 0],
    );
  const shares = (await roundsOf(t, [at(1), at(2), at(3), at(4)])).map((round) => round.shares[0]);
  assert.deepEqual(shares, [undefined, 50, 50]);
});

test('a broken column of one CPU, or of the line of all, is named and leaves the share to the rest', async (t) => {
  const whole = (i: number) =>
    statOf([3_000 * i, 0, 0, 3_000 * i, 0, 0, 0, 0], [0, 0, 0, 6_000 * i, 0, 0, 0, 0]);
  const torn = (i: number) => whole(i).replace(/^cpu1 .*$/m, 'cpu1 0 0 0 x 0 0 0 0');
  const [one] = await roundsOf(t, [torn(1), torn(2)]);
  assert.deepEqual(one!.shares, [50, 0, 0]);
  assert.ok(one!.seen.hasFailed(/^cpu1: its time idle/));
  const headless = (i: number) => whole(i).replace(/^cpu .*$/m, 'cpu  - - - - - - - -');
  const [two] = await roundsOf(t, [headless(1), headless(2)]);
  assert.deepEqual(two!.shares, [25, 0, 0]);
});

test('a reading in which no time has passed gives no share', async (t) => {
  const same = stat([1_000, 0, 0, 8_000, 0, 0, 0, 0]);
  assert.deepEqual((await sharesBetween(t, [same, same])).shares, [undefined, undefined, undefined]);
});

test('an empty or torn /proc/stat is named and takes no other metric along', async (t) => {
  const root = createRootTree(t);
  const host = await root.read();
  for (const torn of ['', 'cpu  1000 0', 'intr 5\n', 'cpu  1000 0 x 8000\n']) {
    root.write({ 'proc/stat': torn });
    const seen = await host.take();
    assert.deepEqual(
      seen.failed.map((one) => one.what),
      ['cpu'],
      JSON.stringify(torn),
    );
    assert.equal(seen.value('mem.usage'), 40);
    assert.equal(seen.value('load.5'), 0.5);
    assert.equal(seen.value('procs.blocked'), undefined);
    assert.ok(seen.isLeftOut(/^procs\.blocked/));
  }
});

test('shares of any two readings are inside 0..100 and never -0', () => {
  const columns = fc.array(fc.nat({ max: 2 ** 31 }), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(columns, columns, fc.nat({ max: 2 ** 31 }), (before, after, elapsedMs) => {
      const parse = (times: readonly number[]) => parseCpuStat(`cpu ${times.join(' ')}\n`).all!;
      const { passed } = lineGrowth(parse(after), parse(before), { elapsedMs, cpus: 4 });
      for (const part of passed ? [passed.busy, passed.iowait, passed.steal] : []) {
        const share = percent(part ?? 0, passed!.total);
        assert.ok(share >= 0 && share <= 100 && !Object.is(share, -0));
      }
    }),
  );
});
