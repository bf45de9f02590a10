// Backtests over a week of simulated hosts in the embedded store: `node bench/backtest.ts [hosts] [days] [folder]`.
// Seconds, CPU and peak memory of a process each; a folder that was filled before is used again.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { runBacktest } from '../src/api/backtest.ts';
import type { BacktestRule } from '../src/api/backtest-fields.ts';
import { createBacktests } from '../src/daemons/analyze/backtest.ts';
import { createFleet, isUp } from '../src/daemons/simulate/fleet.ts';
import { hostValues } from '../src/daemons/simulate/host-values.ts';
import { builtInRules } from '../src/domain/alerting/built-in.ts';
import { STOCK_RULES } from '../src/domain/alerting/stock-rules.ts';
import { printExpression } from '../src/domain/expression/printer.ts';
import { LIMITS } from '../src/domain/tick.ts';
import { createVirtualClock, systemClock } from '../src/runtime/clock.ts';
import { silentLogger } from '../src/runtime/logging.ts';
import { createEmbeddedStore } from '../src/store/embedded/store.ts';
import { encodeBatch, encodeTick } from '../src/wire/tick-writer.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START_MS = Date.UTC(2026, 10, 16);
const PARTITIONS = 12;
const BATCH_TICKS = 100;
const FILLED = 'filled';

const fleetOf = (hosts: number) => createFleet({ seed: 1, hosts, locations: 5, faults: [] }).hosts;

async function fill(directory: string, hosts: number, days: number): Promise<void> {
  const clock = createVirtualClock(START_MS);
  const store = await createEmbeddedStore({ directory, clock, logger: silentLogger });
  const fleet = fleetOf(hosts);
  const values = new Float64Array(LIMITS.seriesPerTick);
  let samples = 0;
  for (let timeMs = START_MS; timeMs < START_MS + days * 24 * HOUR; timeMs += MINUTE) {
    const ticks = Array.from({ length: PARTITIONS }, (): Uint8Array[] => []);
    for (const [i, host] of fleet.entries()) {
      if (!isUp(host.life, timeMs)) continue;
      hostValues(host, { timeMs, intervalMs: MINUTE }, values);
      const read = host.series.map(({ metric, labels }, k) => ({ metric, labels, value: values[k]! }));
      const { hostId, machineId } = host;
      const tick = { hostId, machineId, timeMs, intervalMs: MINUTE, bootId: 'boot', agentVersion: '0.1.0' };
      ticks[i % PARTITIONS]!.push(
        encodeTick({ ...tick, samples: read.filter(({ value }) => Number.isFinite(value)) }),
      );
      samples += read.length;
    }
    for (const [partition, own] of ticks.entries()) {
      for (let at = 0; at < own.length; at += BATCH_TICKS) {
        const next = (timeMs - START_MS) / MINUTE + 1;
        const bytes = encodeBatch(own.slice(at, at + BATCH_TICKS));
        await store.write([{ partition, next, receivedMs: timeMs + 500, bytes }]);
      }
    }
    if (timeMs % HOUR === 0) await clock.advanceTo(timeMs);
  }
  // What a store that runs has in memory is sealed, so that another process finds it.
  const endMs = START_MS + days * 24 * HOUR;
  for (let ms = endMs; (store.stats()['head_samples'] ?? 0) > 0; ms += MINUTE) {
    await clock.advanceTo(ms);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await store.stop();
  writeFileSync(join(directory, FILLED), `${samples}\n`);
}

async function run(directory: string, hosts: number, days: number, rules: readonly BacktestRule[]) {
  const stopMs = START_MS + days * 24 * HOUR;
  const store = await createEmbeddedStore({
    directory,
    clock: createVirtualClock(stopMs),
    logger: silentLogger,
  });
  const places = new Map(fleetOf(hosts).map(({ hostId, location }) => [hostId, location]));
  const locations = { all: async () => ({ places, warnings: [] }) };
  const backtest = createBacktests({ store, locations, clock: systemClock });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = process.cpuUsage();
  const startedMs = performance.now();
  const request = { rules, startMs: START_MS, stopMs, limit: 5 };
  const result = await runBacktest({ backtest }, request, { signal: new AbortController().signal });
  const seconds = (performance.now() - startedMs) / 1_000;
  const { user, system } = process.cpuUsage(before);
  const peakMb = process.resourceUsage().maxRSS / 1_024;
  console.log(
    `${seconds.toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} CPU s, peak ${peakMb.toFixed(0)} MB, ` +
      `${result.ticks} ticks of ${result.hosts} hosts, event loop p99 ${(delay.percentile(99) / 1e6).toFixed(0)} ms, ` +
      `max ${(delay.max / 1e6).toFixed(0)} ms`,
  );
  for (const { name, firings, hosts: on, firingMs } of result.rules)
    console.log(`  ${name.padEnd(20)} fired ${firings} times on ${on}, ${(firingMs / HOUR).toFixed(1)} h`);
  await store.stop();
}

const one = (name: string, expression: string): BacktestRule => ({ name, expression });
const SETS: Readonly<Record<string, readonly BacktestRule[]>> = {
  'one rule': [one('cpu', 'cpu.usage > 90 for 5m')],
  'one rule with a window': [one('mean', 'avg(cpu.usage, 15m) > 90 clear < 75')],
  'one rule on two metrics': [one('disk', 'disk.usage > 90 and disk.free < 20GiB for 10m')],
  'silence, all hosts at every moment': [one('silent', 'silent for 3m')],
  'the stock set and the built-in rules': [
    ...builtInRules().map((rule) => one(rule.name, printExpression(rule.expression))),
    ...STOCK_RULES.map((rule) => one(rule.name, rule.expression)),
  ],
};

const [hosts, days] = [Number(process.argv[2] ?? 1_000), Number(process.argv[3] ?? 7)];
const given = process.argv[4];
const step = process.argv[5];
if (step === 'fill') await fill(given!, hosts, days);
else if (step !== undefined) await run(given!, hosts, days, SETS[step]!);
else {
  const directory = given ?? mkdtempSync(join(tmpdir(), 'minimon-bench-'));
  mkdirSync(directory, { recursive: true });
  const again = (name: string) =>
    spawnSync(process.execPath, [import.meta.filename, String(hosts), String(days), directory, name], {
      stdio: 'inherit',
    });
  console.log(`${hosts} hosts, ${days} d at 60 s, Node ${process.version}`);
  if (!existsSync(join(directory, FILLED))) again('fill');
  for (const name of Object.keys(SETS)) {
    console.log(name);
    again(name);
  }
  if (given === undefined) rmSync(directory, { recursive: true });
}
