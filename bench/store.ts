// The embedded store against a plain table of rows, and against its own goals: `node bench/store.ts [size] [query] [proof]`.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createVirtualClock, type VirtualClock } from '../src/runtime/clock.ts';
import { silentLogger } from '../src/runtime/logging.ts';
import { openSqlite } from '../src/runtime/sqlite.ts';
import { createEmbeddedStore } from '../src/store/embedded/store.ts';
import type { Store, StoreBatch } from '../src/store/store.ts';
import { createTickReader } from '../src/wire/tick-reader.ts';
import { encodeBatch, encodeTick } from '../src/wire/tick-writer.ts';
import { runProof } from '../test/store/proof/run-proof.ts';

const START_MS = Date.parse('2026-03-16T00:00:00Z');
const MINUTE = 60_000;
const PARTITIONS = 12;

const inFolder = async <T>(work: (directory: string) => Promise<T>): Promise<T> => {
  const directory = mkdtempSync(join(tmpdir(), 'minimon-bench-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
};

const bytesIn = (directory: string): number =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);

/** Gauges of a fleet that wander; the same ones from the same seed. */
function createGauges(hosts: number, series: number, shape: (value: number) => number) {
  let seed = 7;
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  const values = Float64Array.from({ length: hosts * series }, () => random() * 100);
  const metrics = Array.from({ length: series }, (_, i) => `app.gauge_${i}`);
  const step = () => random() + random() + random() - 1.5;

  /** The records of one minute, one a partition. */
  return (minute: number): StoreBatch[] => {
    const ticks = Array.from({ length: PARTITIONS }, (): Uint8Array[] => []);
    for (let host = 0; host < hosts; host++) {
      const samples = metrics.map((metric, i) => {
        const at = host * series + i;
        values[at] = Math.min(100, Math.max(0, values[at]! + step()));
        return { metric, labels: {}, value: shape(values[at]!) };
      });
      ticks[host % PARTITIONS]!.push(
        encodeTick({
          hostId: `host-${host}`,
          timeMs: START_MS + minute * MINUTE,
          intervalMs: MINUTE,
          machineId: `machine-${host}`,
          bootId: 'boot',
          agentVersion: '0.1.0',
          samples,
        }),
      );
    }
    return ticks.map((ofPartition, partition) => ({
      partition,
      next: minute + 1,
      receivedMs: START_MS + minute * MINUTE + 300,
      bytes: encodeBatch(ofPartition),
    }));
  };
}

const toCents = (value: number) => Math.round(value * 100) / 100;

/** Until no more than so many samples are outside the files. */
async function settle(store: Store, clock: VirtualClock, atMost: number): Promise<void> {
  const end = Date.now() + 60_000;
  while ((store.stats()['head_samples'] ?? Number.POSITIVE_INFINITY) > atMost) {
    if (Date.now() > end) throw new Error(`${store.stats()['head_samples']} samples were not sealed`);
    await clock.advanceTo(clock.nowMs() + 1_000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** CPU seconds of the whole process while the work runs, its threads included. */
async function cpuOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

type Cost = { readonly samples: number; readonly cpu: number; readonly bytes: number };

/** Live order: minute by minute through all hosts, as a consumer gets it; windows seal on their way. */
const chunked = (minutes: number, hosts: number, shape: (value: number) => number): Promise<Cost> =>
  inFolder(async (directory) => {
    const clock = createVirtualClock(START_MS);
    const store = await createEmbeddedStore({ directory, clock, logger: silentLogger });
    const gauges = createGauges(hosts, 20, shape);
    let cpu = 0;
    for (let minute = 0; minute < minutes; minute += 60) {
      // The samples are made before the clock of the CPU runs.
      const hour = Array.from({ length: 60 }, (_, i) => gauges(minute + i));
      cpu += await cpuOf(async () => {
        for (const batches of hour) await store.write(batches);
        await clock.advanceTo(hour.at(-1)![0]!.receivedMs);
      });
    }
    // Seals what is still open: a store that runs has its last two hours in memory.
    cpu += await cpuOf(async () => {
      await clock.advanceTo(START_MS + (minutes + 250) * MINUTE);
      await settle(store, clock, 0);
    });
    await store.stop();
    return { samples: minutes * hosts * 20, cpu, bytes: bytesIn(directory) };
  });

/** The same samples as rows: decoded alike, inserted in transactions of one minute. */
const plain = (minutes: number, hosts: number): Promise<Cost> =>
  inFolder(async (directory) => {
    const db = openSqlite({
      path: join(directory, 'rows.sqlite'),
      synchronous: 'normal',
      schema: [
        'CREATE TABLE samples (series INTEGER, time INTEGER, value REAL, PRIMARY KEY (series, time)) WITHOUT ROWID',
      ],
    });
    const insert = db.prepare('INSERT OR IGNORE INTO samples VALUES (?, ?, ?)');
    const reader = createTickReader();
    const gauges = createGauges(hosts, 20, toCents);
    const ids = new Map<string, number>();
    let cpu = 0;
    for (let minute = 0; minute < minutes; minute += 60) {
      const hour = Array.from({ length: 60 }, (_, i) => gauges(minute + i));
      cpu += await cpuOf(async () => {
        for (const batches of hour) {
          db.transaction(() => {
            for (const { bytes } of batches) {
              reader.readBatch(bytes, ({ hostId, timeMs, values }) => {
                if (!ids.has(hostId)) ids.set(hostId, ids.size * 20);
                const first = ids.get(hostId)!;
                for (let i = 0; i < values.length; i++) insert.run(first + i, timeMs, values[i]);
              });
            }
          })();
        }
      });
    }
    db.close();
    return { samples: minutes * hosts * 20, cpu, bytes: bytesIn(directory) };
  });

const perMillion = ({ cpu, samples }: Cost) => (cpu / samples) * 1e6;
const perSample = ({ bytes, samples }: Cost) => bytes / samples;

async function size(): Promise<void> {
  const day = 24 * 60;
  const line = (name: string, cost: Cost) =>
    console.log(
      `  ${name.padEnd(44)} ${perMillion(cost).toFixed(3)} CPU s per million, ${perSample(cost).toFixed(3)} bytes per sample (${(cost.samples / 1e6).toFixed(1)} M)`,
    );
  console.log('size and CPU: 20 wandering gauges a host, one sample a minute, whole files');
  const cents = await chunked(7 * day, 50, toCents);
  line('chunks, rounded to 0.01, 50 hosts, 7 d', cents);
  line('chunks, float32, 50 hosts, 7 d', await chunked(7 * day, 50, Math.fround));
  // What a store does once a second whoever writes weighs less the more hosts there are.
  const many = await chunked(day, 400, toCents);
  line('chunks, rounded to 0.01, 400 hosts, 1 d', many);
  const rows = await plain(day / 4, 400);
  line('rows keyed (series, time), 400 hosts, 6 h', rows);
  console.log(
    `  rows / chunks at 400 hosts: ${(perMillion(rows) / perMillion(many)).toFixed(1)}x CPU (goal 20x), ${(perSample(rows) / perSample(many)).toFixed(1)}x bytes; goals 1.2 and 3.0 bytes`,
  );
}

const quantile = (sorted: readonly number[], q: number) => sorted[Math.ceil(sorted.length * q) - 1]!;

function query(): Promise<void> {
  return inFolder(async (directory) => {
    const hosts = 500;
    const hours = 6;
    const clock = createVirtualClock(START_MS);
    const store = await createEmbeddedStore({ directory, clock, logger: silentLogger });
    const gauges = createGauges(hosts, 20, toCents);
    let minute = 0;
    for (; minute < hours * 60; minute++) {
      const batches = gauges(minute);
      await store.write(batches);
      await clock.advanceTo(batches[0]!.receivedMs);
    }
    // Two hours and five minutes of them are still open.
    await settle(store, clock, hosts * 20 * 126);
    const ready = Array.from({ length: 120 }, (_, i) => gauges(minute + i));

    let running = true;
    let written = 0;
    const began = performance.now();
    const writer = (async () => {
      for (let i = 0; running; i++) {
        // 40 000 samples a second: 240 times what 500 hosts send at 60 s. Over again: that is written as new.
        const batches = ready[i % ready.length]!.map((batch) => ({ ...batch, next: minute + 1 + i }));
        written += (await store.write(batches)).samples;
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, began + i * 250 - performance.now())));
      }
    })();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const ask = async (name: string, startMs: number, stepMs?: number) => {
      const times: number[] = [];
      for (let i = 0; i < 200; i++) {
        const from = performance.now();
        const answer = await store.range({
          hosts: Array.from({ length: 100 }, (_, k) => `host-${(i * 3 + k) % hosts}`),
          metric: `app.gauge_${i % 20}`,
          startMs,
          stopMs: startMs + 60 * MINUTE,
          ...(stepMs ? { stepMs } : {}),
        });
        times.push(performance.now() - from);
        const points = answer.reduce((sum, series) => sum + series.timesMs.length, 0);
        if (points !== (stepMs ? 1_200 : 6_000)) throw new Error(`${points} points`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      times.sort((a, b) => a - b);
      console.log(
        `  ${name.padEnd(34)} p50 ${quantile(times, 0.5).toFixed(1)} ms, p95 ${quantile(times, 0.95).toFixed(1)} ms`,
      );
    };
    console.log('query of 100 series x 60 points, 500 hosts x 20 series, writers running');
    await ask('sealed', START_MS + 60 * MINUTE);
    await ask('unsealed', START_MS + (hours - 1) * 60 * MINUTE);
    await ask('sealed, 5 min means', START_MS + 60 * MINUTE, 5 * MINUTE);
    running = false;
    await writer;
    console.log(
      `  main loop: p99 ${(delay.percentile(99) / 1e6).toFixed(1)} ms, max ${(delay.max / 1e6).toFixed(1)} ms late; ${Math.round(written / ((performance.now() - began) / 1000))} samples written a second`,
    );
    await store.stop();
  });
}

function proof(): Promise<void> {
  return inFolder(async (directory) => {
    console.log(
      'proof: 500 hosts x 20 series at 10 s over three windows, a day of backlog of 100, 20 kill -9',
    );
    const began = performance.now();
    const lives = await runProof({
      directory,
      kills: 20,
      fleet: {
        hosts: 500,
        series: 20,
        partitions: PARTITIONS,
        stepMs: 10_000,
        ticks: 2_160,
        backlogHosts: 100,
        backlogTicks: 8_640,
        backlogAt: 1_100,
      },
      onLife: ({ killedAt, replaySeconds, replayCpuSeconds, replaySamples }) =>
        console.log(
          `  ${killedAt === undefined ? 'left alone' : `killed at ${(killedAt * 100).toFixed(0)} %`}: replayed ${(replaySamples / 1e6).toFixed(1)} M samples in ${replaySeconds?.toFixed(2) ?? '- (killed in it)'} s (CPU ${replayCpuSeconds?.toFixed(2) ?? '-'} s)`,
        ),
    });
    const { done } = lives.at(-1)!;
    const replays = lives.map((life) => life.replaySeconds ?? 0).sort((a, b) => a - b);
    console.log(
      `  ${done!.verifiedPoints} points read back, each once and as sent; ${((performance.now() - began) / 1000).toFixed(0)} s in all`,
    );
    console.log(
      `  replay: median ${quantile(replays, 0.5).toFixed(2)} s, worst ${replays.at(-1)!.toFixed(2)} s (goal 5 s); main loop p99 ${done!.delayP99Ms.toFixed(1)} ms (goal 20 ms)`,
    );
  });
}

const sections = { size, query, proof };
const chosen = process.argv
  .slice(2)
  .filter((name): name is keyof typeof sections => Object.hasOwn(sections, name));
for (const name of chosen.length > 0 ? chosen : (Object.keys(sections) as (keyof typeof sections)[])) {
  await sections[name]();
}
