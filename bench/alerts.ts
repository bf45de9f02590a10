// What evaluating alerts costs: `node bench/alerts.ts [--storm] [hosts] [minutes] [rules ...]`. A warn over a real catalog is given
// ticks of a minute's grid as its bus would, second by second, and evaluates, stores and commits as it does live. Each
// number of rules runs in a process of its own. Prints CPU a million samples, memory and open alerts; asserts nothing.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUS_SCHEMA, type Bus, type BusRecord } from '../src/bus/bus.ts';
import { openSqliteCatalog } from '../src/catalog/sqlite.ts';
import { createManageService } from '../src/daemons/manage/service.ts';
import { createLease } from '../src/daemons/warn/lease.ts';
import type { Notifier } from '../src/daemons/warn/notification/notifier.ts';
import { createWarnService } from '../src/daemons/warn/service.ts';
import type { Labels } from '../src/domain/tick.ts';
import { createVirtualClock } from '../src/runtime/clock.ts';
import { silentLogger } from '../src/runtime/logging.ts';
import { createMetrics } from '../src/runtime/metrics.ts';
import { encodeBatch, encodeTick } from '../src/wire/tick-writer.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 25, 10);
const LOCATIONS = 60;
const PARTITIONS = 12;
const TICKS_A_RECORD = 200;

/** 25 series as a host with two disks and one network has them; kinds of machines differ in their names. */
function seriesOf(kind: number): { metric: string; labels: Labels }[] {
  const plain =
    'cpu.usage cpu.iowait cpu.steal mem.usage mem.available swap.usage load.1 load.5 load.15 procs.blocked';
  const mounts = ['/', `/data${kind}`];
  return [
    ...`${plain} procs.total uptime clock.offset`.split(' ').map((metric) => ({ metric, labels: {} })),
    ...mounts.flatMap((mount) =>
      ['disk.usage', 'disk.free', 'disk.inodes'].map((metric) => ({ metric, labels: { mount } })),
    ),
    ...['disk.read', 'disk.written', 'disk.busy'].map((metric) => ({
      metric,
      labels: { device: `sd${kind}` },
    })),
    ...['net.received', 'net.sent', 'net.errors'].map((metric) => ({
      metric,
      labels: { interface: `eth${kind}` },
    })),
  ];
}

/** A wave a host and series, which stands over a rule's bound for some ten minutes. */
const sampleAt = (host: number, series: number, step: number): number =>
  (((host * 7919 + (host % 30) / 30 + series * 1543 + step) % 9973) / 9973) * 90;

/** A fifth of the rules asks for windows, half is of one location. */
function ruleOf(i: number, storm: boolean): { name: string; expression: string; locations: string[] } {
  const metrics =
    'cpu.usage cpu.iowait mem.usage swap.usage disk.usage disk.inodes disk.busy cpu.steal'.split(' ');
  const metric = metrics[i % metrics.length]!;
  // In a storm ten times as many hosts cross it.
  const bound = storm ? 89.96 + (i % 90) / 5_000 : 89.996 + (i % 90) / 50_000;
  const value = i % 5 === 0 ? `avg(${metric}, ${5 + (i % 3) * 5}m)` : metric;
  const locations = i % 2 === 0 ? [] : [`room-${i % LOCATIONS}`];
  return {
    name: `rule-${i}`,
    expression: `${value} > ${bound.toFixed(4)} clear < ${(bound - 0.05).toFixed(4)} for 2m`,
    locations,
  };
}

type Asked = {
  readonly storm: boolean;
  readonly hosts: number;
  readonly minutes: number;
  readonly rules: number;
};

async function measure({ storm, hosts, minutes, rules }: Asked): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'minimon-bench-'));
  const clock = createVirtualClock(START);
  const catalog = await openSqliteCatalog({
    path: join(directory, 'catalog.sqlite'),
    logger: silentLogger,
    clock,
  });
  const ids = Array.from({ length: hosts }, (_, i) => `host-${i}.example.org`);
  for (let i = 0; i < hosts; i += 5_000) {
    const part = ids.slice(i, i + 5_000);
    await catalog.inventory.assign(
      part.map((hostId, k) => ({ hostId, location: `room-${(i + k) % LOCATIONS}` })),
      'bench',
    );
  }
  const analyze = {
    listReportingHosts: async () => ({ nowMs: clock.nowMs(), hosts: [], watermarks: [] }),
    queryLatest: async () => ({ nowMs: 0, samples: [], warnings: [] }),
  };
  const manage = createManageService({ catalog, analyze, clock, logger: silentLogger });
  for (let i = 0; i < rules; i++) await manage.putRule({ ...ruleOf(i, storm), force: true });
  const told = { changes: 0 };
  const notifier = {
    configure() {},
    change: () => void told.changes++,
    start: async () => {},
    hold: async () => {},
    resume() {},
    settled: async () => {},
    stop: async () => {},
    notes: () => [],
    calls: {},
  } as unknown as Notifier;
  let give: Parameters<Bus['read']>[0]['onBatch'] = async () => {};
  let looks = 0;
  const bus = {
    partitions: PARTITIONS,
    lag: async () => [],
    async read(options: Parameters<Bus['read']>[0]) {
      give = options.onBatch;
      return {
        lag: async () => {
          looks++;
          return [];
        },
        stop: async () => {},
      };
    },
  } as unknown as Bus;
  const warn = createWarnService({
    ...{ bus, manage, notifier, clock },
    catalog,
    lease: createLease({ store: catalog.warnLease, holder: 'bench', clock, logger: silentLogger }),
    logger: silentLogger,
    metrics: createMetrics('warn'),
  });
  await warn.start();
  while (looks < 3) await clock.advanceTo(clock.nowMs() + 100);
  const series = Array.from({ length: 16 }, (_, kind) => seriesOf(kind));
  const never = new AbortController().signal;
  const perSecond = Math.ceil(hosts / 60);
  const cpu = { warmUp: 0, steady: 0, reading: 0 };
  let samples = 0;
  let offset = 0;
  let longestMs = 0;
  for (let second = 0; second < minutes * 60; second++) {
    const minute = Math.floor(second / 60);
    const from = (second % 60) * perSecond;
    const records: BusRecord[] = [];
    for (let at = from; at < Math.min(from + perSecond, hosts); at += TICKS_A_RECORD) {
      const ticks = [];
      for (let host = at; host < Math.min(at + TICKS_A_RECORD, from + perSecond, hosts); host++) {
        const list = series[host % series.length]!;
        ticks.push(
          encodeTick({
            hostId: ids[host]!,
            timeMs: START + minute * MINUTE,
            intervalMs: MINUTE,
            machineId: 'machine',
            bootId: 'boot',
            agentVersion: '0.1.0',
            samples: list.map((one, s) => ({
              ...one,
              value: sampleAt(host, s, storm ? minute / 3 : minute / 30),
            })),
          }),
        );
      }
      const partition = offset % PARTITIONS;
      const receivedMs = clock.nowMs();
      records.push({
        partition,
        offset: offset++,
        receivedMs,
        schema: BUS_SCHEMA,
        bytes: encodeBatch(ticks),
      } as BusRecord);
    }
    const wall = performance.now();
    const before = process.cpuUsage();
    await give(records, never);
    const read = process.cpuUsage(before);
    if (minute > 0) cpu.reading += (read.user + read.system) / 1e6;
    const seen = looks;
    await clock.advanceTo(clock.nowMs() + 1_000);
    await settle(() => looks > seen);
    const { user, system } = process.cpuUsage(before);
    longestMs = Math.max(longestMs, minute > 0 ? performance.now() - wall : 0);
    cpu[minute === 0 ? 'warmUp' : 'steady'] += (user + system) / 1e6;
    if (minute > 0) samples += 25 * Math.max(0, Math.min(perSecond, hosts - from));
  }
  const { states } = await catalog.alertStates.load();
  console.log(
    [
      `${rules} rules`.padStart(12),
      `${(cpu.steady / (samples / 1e6)).toFixed(3)} CPU s a million samples`,
      `${(cpu.reading / (samples / 1e6)).toFixed(3)} of them to read and judge`,
      `${((cpu.steady / ((minutes - 1) * 60)) * 100).toFixed(1)} % of a core`,
      `${(process.memoryUsage().rss / 1e9).toFixed(2)} GB`,
      `${states.length} open alerts`,
      `${told.changes} changes`,
      `longest second ${longestMs.toFixed(0)} ms`,
      `first minute ${cpu.warmUp.toFixed(1)} CPU s`,
    ].join('  '),
  );
  await warn.stop();
  await catalog.stop();
  rmSync(directory, { recursive: true });
}

async function settle(done: () => boolean): Promise<void> {
  while (!done()) await new Promise(setImmediate);
}

const storm = process.argv.includes('--storm');
const [hosts = '100000', minutes = '6', ...rules] = process.argv.slice(2).filter((arg) => arg !== '--storm');
if (process.send) {
  await measure(JSON.parse(process.argv.at(-1)!) as Asked);
  process.exit(0);
}
console.log(
  `${hosts} hosts x 25 samples a minute, ${minutes} min of which the first is not counted, Node ${process.version}`,
);
for (const count of rules.length > 0 ? rules : ['10', '100', '1000']) {
  const asked: Asked = { storm, hosts: Number(hosts), minutes: Number(minutes), rules: Number(count) };
  const child = fork(import.meta.filename, [JSON.stringify(asked)]);
  await new Promise((resolve) => child.once('exit', resolve));
}
