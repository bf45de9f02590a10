// Whether simulated values are such as a host's could be: bounded, smooth, with a day in them, and hanging together.
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  createFleet,
  FAULTS,
  type Fault,
  isUp,
  type SimulatedHost,
} from '../../src/daemons/simulate/fleet.ts';
import { hostValues } from '../../src/daemons/simulate/host-values.ts';
import { metricKind } from '../../src/domain/metric-kinds.ts';
import { seriesKey } from '../../src/domain/tick.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const WEDNESDAY = Date.UTC(2026, 2, 18);
const fleet = createFleet({
  seed: 7,
  hosts: 100,
  locations: 2,
  faults: FAULTS,
  silentFromMs: WEDNESDAY + 100 * DAY,
});

const ordinary = (role: string) => fleet.hosts.filter((host) => host.role.name === role && !host.fault);
const withFault = (fault: Fault) => fleet.hosts.filter((host) => host.fault === fault);

function valuesAt(host: SimulatedHost, timeMs: number): Float64Array {
  const values = new Float64Array(host.series.length);
  hostValues(host, { timeMs, intervalMs: MINUTE }, values);
  return values;
}

/** One series of a host, a value a minute. */
function track(host: SimulatedHost, metric: string, range: { fromMs: number; minutes: number }): number[] {
  const at = host.series.findIndex((series) => series.metric === metric);
  return Array.from({ length: range.minutes }, (_, i) => valuesAt(host, range.fromMs + i * MINUTE)[at]!);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function correlation(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  const dot = mean(a.map((x, i) => (x - ma) * (b[i]! - mb)));
  return dot / Math.sqrt(mean(a.map((x) => (x - ma) ** 2)) * mean(b.map((x) => (x - mb) ** 2)));
}

test('every value of any host at any time is finite, in its range, rounded, and never -0', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: fleet.hosts.length - 1 }),
      fc.integer({ min: Date.UTC(2015, 0), max: Date.UTC(2050, 0) }),
      (index, timeMs) => {
        const host = fleet.hosts[index]!;
        const values = valuesAt(host, timeMs);
        host.series.forEach(({ metric, labels }, i) => {
          const value = values[i]!;
          const name = seriesKey(metric, labels);
          assert.ok(Number.isFinite(value) && !Object.is(value, -0), `${name} is ${value}`);
          const kind = metricKind(metric)!;
          if (metric !== 'clock.offset') assert.ok(value >= 0, `${name} is ${value}`);
          if (kind.unit === 'percent') {
            assert.ok(value <= 100, `${name} is ${value}`);
            assert.equal(Number(value.toFixed(2)), value, name);
          }
          if (kind.unit === 'bytes' || kind.unit === 'count') {
            const digits = metric.startsWith('load.') ? 2 : 0;
            assert.equal(Number(value.toFixed(digits)), value, name);
          }
          if (kind.kind === 'rate') assert.equal(Number(value.toFixed(3)), value, name);
        });
      },
    ),
    { numRuns: 3_000 },
  );
});

test('values do not depend on what was asked before', () => {
  const host = ordinary('db')[0]!;
  const first = valuesAt(host, WEDNESDAY);
  valuesAt(host, WEDNESDAY + 17 * DAY);
  assert.deepEqual(valuesAt(host, WEDNESDAY), first);
});

test('hosts work several times as much by day as by night, and none is full', () => {
  for (const host of fleet.hosts.filter(({ fault }) => !fault)) {
    const day = track(host, 'cpu.usage', { fromMs: WEDNESDAY, minutes: 1_440 });
    const usage = (hour: number) => mean(day.slice(hour * 60, hour * 60 + 60));
    assert.ok(usage(15) > 2 * usage(3), `${host.hostId}: ${usage(15)} against ${usage(3)}`);
    assert.ok(Math.max(...day) < 85, host.hostId);
  }
});

test('CPU use moves smoothly: a minute changes it far less than an hour does', () => {
  for (const host of ordinary('web').slice(0, 8)) {
    const usage = track(host, 'cpu.usage', { fromMs: WEDNESDAY, minutes: 1_440 });
    const change = (lag: number) => mean(usage.slice(lag).map((value, i) => Math.abs(value - usage[i]!)));
    assert.ok(change(1) > 0, host.hostId);
    assert.ok(
      change(1) * 3 < change(60),
      `${host.hostId}: ${change(1)} in a minute, ${change(60)} in an hour`,
    );
  }
});

test('load and traffic follow the CPU, and the longer load average is the calmer one', () => {
  for (const host of ordinary('app')) {
    const day = { fromMs: WEDNESDAY, minutes: 1_440 };
    const usage = track(host, 'cpu.usage', day);
    assert.ok(correlation(usage, track(host, 'load.1', day)) > 0.9, host.hostId);
    assert.ok(correlation(usage, track(host, 'net.received', day)) > 0.7, host.hostId);
    const restless = (metric: string) => {
      const values = track(host, metric, day);
      return mean(values.slice(1).map((value, i) => Math.abs(value - values[i]!)));
    };
    assert.ok(restless('load.1') > restless('load.15'), host.hostId);
  }
});

test('hosts differ from one another although they share their day', () => {
  const days = ordinary('web')
    .slice(0, 6)
    .map((host) => track(host, 'cpu.usage', { fromMs: WEDNESDAY, minutes: 1_440 }));
  for (let i = 1; i < days.length; i++) {
    const alike = correlation(days[0]!, days[i]!);
    assert.ok(alike > 0.5 && alike < 0.995, String(alike));
  }
});

test('a burst fills the CPU for half an hour out of every three', () => {
  for (const host of withFault('burst')) {
    const usage = track(host, 'cpu.usage', { fromMs: WEDNESDAY, minutes: 1_440 });
    assert.equal(usage.filter((value) => value > 90).length, 8 * 30, host.hostId);
    assert.ok(Math.max(...usage) <= 100);
  }
});

test('a leak fills memory or a disk until nothing is left, others stay where they are', () => {
  const most = (host: SimulatedHost, metric: string) => {
    const at = host.series.findIndex((series) => series.metric === metric);
    const hours = Array.from(
      { length: 97 },
      (_, hour) => valuesAt(host, WEDNESDAY + hour * 60 * MINUTE)[at]!,
    );
    return { most: Math.max(...hours), spread: Math.max(...hours) - Math.min(...hours) };
  };
  for (const host of withFault('leak')) {
    const [memory, disk] = [most(host, 'mem.usage'), most(host, 'disk.usage')];
    assert.ok(memory.most > 97 !== disk.most > 99, `${host.hostId}: ${memory.most} ${disk.most}`);
  }
  for (const host of fleet.hosts.filter(({ fault }) => fault !== 'leak')) {
    assert.ok(most(host, 'disk.usage').spread < 3 && most(host, 'disk.usage').most < 70);
    assert.ok(most(host, 'mem.usage').most < 90);
  }
});

test('the uptime of the host that reboots falls after its gap and never runs backwards otherwise', () => {
  const host = withFault('reboot')[0]!;
  const at = host.series.findIndex((series) => series.metric === 'uptime');
  const seen: { minute: number; uptime: number }[] = [];
  for (let minute = 0; minute < 3 * 1_440; minute++) {
    const timeMs = WEDNESDAY + minute * MINUTE;
    if (isUp(host.life, timeMs)) seen.push({ minute, uptime: valuesAt(host, timeMs)[at]! });
  }
  const falls = seen.slice(1).filter((tick, i) => tick.uptime < seen[i]!.uptime);
  assert.ok(falls.length === 9, `${falls.length} reboots in three days`);
  for (const fall of falls) {
    const before = seen[seen.indexOf(fall) - 1]!;
    assert.ok(fall.minute - before.minute >= 7, 'a gap of the seven minutes it was away');
    assert.ok(fall.uptime < 60, 'the first tick comes within a minute of the boot');
  }
});

test('memory used and memory available say the same', () => {
  for (const host of fleet.hosts) {
    const values = valuesAt(host, WEDNESDAY + 14 * 60 * MINUTE);
    const of = (metric: string) => values[host.series.findIndex((series) => series.metric === metric)]!;
    assert.ok(
      Math.abs(100 * (1 - of('mem.available') / host.memoryBytes) - of('mem.usage')) <= 0.0051,
      host.hostId,
    );
  }
});
