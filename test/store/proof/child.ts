// A process that consumes a fleet into a store until it is killed: replay, readers beside it, and a check of each answer.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createVirtualClock } from '../../../src/runtime/clock.ts';
import { createLogger } from '../../../src/runtime/logging.ts';
import { createEmbeddedStore } from '../../../src/store/embedded/store.ts';
import { createFleet, FLEET_START_MS, type FleetOptions } from './fleet.ts';

export type ChildOptions = {
  readonly directory: string;
  readonly fleet: FleetOptions;
  /** Write only up to here in each partition, then say so and go on reading until told to verify and end. */
  readonly verify: boolean;
};

/** What a crash leaves: the committed offsets and the offset up to which writes were acknowledged. */
export type Progress = {
  readonly committed: number[];
  readonly acknowledged: number[];
  readonly nowMs: number;
};

export type ChildReport =
  | {
      readonly kind: 'replayed';
      readonly seconds: number;
      /** Of all threads, the making of the records included. */
      readonly cpuSeconds: number;
      readonly samples: number;
      readonly openSeconds: number;
    }
  | { readonly kind: 'progress'; readonly share: number }
  | {
      readonly kind: 'done';
      readonly delayP99Ms: number;
      readonly delayMaxMs: number;
      readonly reads: number;
      readonly readMs: readonly number[];
      readonly verifiedPoints: number;
      readonly stats: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'wrong'; readonly message: string };

const tell = (report: ChildReport) => process.send!(report);

function load(path: string, partitions: number): Progress {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Progress;
  } catch {
    const none = new Array<number>(partitions).fill(0);
    return { committed: none, acknowledged: none, nowMs: FLEET_START_MS };
  }
}

async function run({ directory, fleet: options, verify }: ChildOptions): Promise<void> {
  const fleet = createFleet(options);
  const { partitions } = options;
  const progressPath = join(directory, 'progress.json');
  const before = load(progressPath, partitions);
  const clock = createVirtualClock(before.nowMs);
  const opening = performance.now();
  const store = await createEmbeddedStore({
    directory: join(directory, 'store'),
    clock,
    logger: await createLogger({ level: 'info', format: 'json' }),
  });
  const openSeconds = (performance.now() - opening) / 1000;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const started = performance.now();
  const startedCpu = process.cpuUsage();
  const at = [...before.committed];
  const acknowledged = [...before.acknowledged];
  const readMs: number[] = [];
  let replayedSamples = 0;
  let reads = 0;
  let ended = false;
  let replaying = true;

  /** Saved only after the write was acknowledged, as a consumer's commit is. */
  function save(): void {
    const committed = at.map((_, p) => Math.max(before.committed[p]!, store.durable().get(p) ?? 0));
    const progress: Progress = { committed, acknowledged, nowMs: clock.nowMs() };
    writeFileSync(`${progressPath}.new`, JSON.stringify(progress));
    renameSync(`${progressPath}.new`, progressPath);
  }

  /** One host's recent past must be there to the last point, whatever is being sealed or merged. */
  async function readOne(host: number, series: number): Promise<void> {
    const partition = host % partitions;
    const { from: first } = fleet.ticksOf(host);
    const inReplay = replaying;
    const newest = newestTick(partition, acknowledged[partition]!);
    const from = Math.max(host < options.backlogHosts ? options.backlogAt : first, newest - 2_000);
    if (newest < from) return;
    const begin = performance.now();
    const [answer] = await store.range({
      hosts: [fleet.hostId(host)],
      metric: fleet.metric(series),
      startMs: fleet.timeOf(from),
      stopMs: fleet.timeOf(newest + 1),
    });
    readMs.push(performance.now() - begin);
    reads++;
    // Until the replay is through, the head of the last run is still on its way.
    if (inReplay) return;
    for (let tick = from; tick <= newest; tick++) {
      const i = tick - from;
      if (answer?.timesMs[i] === fleet.timeOf(tick) && answer.values[i] === fleet.value(host, series, tick))
        continue;
      throw new Error(
        `${fleet.hostId(host)} series ${series}: point ${i} (tick ${tick}) is ${answer?.timesMs[i]}, ${answer?.values[i]}, not ${fleet.timeOf(tick)}, ${fleet.value(host, series, tick)}`,
      );
    }
    if (answer!.timesMs.length !== newest - from + 1) {
      throw new Error(`${fleet.hostId(host)}: ${answer!.timesMs.length} points, not ${newest - from + 1}`);
    }
  }

  function newestTick(partition: number, offset: number): number {
    if (offset === 0) return -1;
    const { receivedMs } = fleet.record(partition, offset - 1);
    return Math.floor((receivedMs - FLEET_START_MS) / options.stepMs);
  }

  async function keepReading(): Promise<void> {
    for (let i = 0; !ended; i++) {
      await readOne((i * 7) % options.hosts, (i * 3) % options.series);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async function consume(): Promise<void> {
    for (let round = 0; at.some((offset, p) => offset < fleet.records(p)); round++) {
      // The partitions go side by side; the one that is furthest behind in time goes first.
      await Promise.all(
        at.map(async (offset, partition) => {
          const batches = [];
          let bytes = 0;
          for (let o = offset; o < fleet.records(partition) && batches.length < 8 && bytes < 200_000; o++) {
            const batch = fleet.record(partition, o);
            batches.push(batch);
            bytes += batch.bytes.length;
          }
          if (batches.length === 0) return;
          const { samples, rejected } = await store.write(batches);
          if (rejected.length > 0) throw new Error(`refused: ${rejected[0]!.reason}`);
          if (replaying) replayedSamples += samples;
          at[partition] = offset + batches.length;
          acknowledged[partition] = Math.max(acknowledged[partition]!, at[partition]!);
          // In a replay time goes on as it does outside; after it, as the records say.
          const outsideMs = before.nowMs + Math.floor(performance.now() - started);
          const nowMs = Math.max(batches.at(-1)!.receivedMs, replaying ? outsideMs : 0);
          if (nowMs > clock.nowMs()) await clock.advanceTo(nowMs);
        }),
      );
      if (replaying && at.every((offset, p) => offset >= before.acknowledged[p]!)) {
        replaying = false;
        tell({
          kind: 'replayed',
          seconds: (performance.now() - started) / 1000,
          cpuSeconds: (process.cpuUsage(startedCpu).user + process.cpuUsage(startedCpu).system) / 1e6,
          samples: replayedSamples,
          openSeconds,
        });
      }
      save();
      if (round % 10 === 0) {
        const total = at.reduce((sum, _, p) => sum + fleet.records(p), 0);
        tell({ kind: 'progress', share: at.reduce((sum, offset) => sum + offset, 0) / total });
      }
    }
  }

  async function verifyAll(): Promise<number> {
    let points = 0;
    for (let host = 0; host < options.hosts; host++) {
      const { from, to } = fleet.ticksOf(host);
      for (let series = 0; series < options.series; series++) {
        const [answer] = await store.range({
          hosts: [fleet.hostId(host)],
          metric: fleet.metric(series),
          startMs: fleet.timeOf(-1_000_000),
          stopMs: fleet.timeOf(to + 1_000),
        });
        if (answer?.timesMs.length !== to - from) {
          throw new Error(`${fleet.hostId(host)} has ${answer?.timesMs.length} points, not ${to - from}`);
        }
        for (let i = 0; i < to - from; i++) {
          if (
            answer.timesMs[i] === fleet.timeOf(from + i) &&
            answer.values[i] === fleet.value(host, series, from + i)
          )
            continue;
          throw new Error(`${fleet.hostId(host)} series ${series} is wrong at tick ${from + i}`);
        }
        points += to - from;
      }
    }
    return points;
  }

  const reading = keepReading();
  await Promise.race([consume(), reading]);
  ended = true;
  await reading;
  delay.disable();
  const verifiedPoints = verify ? await verifyAll() : 0;
  tell({
    kind: 'done',
    delayP99Ms: delay.percentile(99) / 1e6,
    delayMaxMs: delay.max / 1e6,
    reads,
    readMs: [0.5, 0.95, 1].map(
      (q) => [...readMs].sort((a, b) => a - b)[Math.ceil(readMs.length * q) - 1] ?? 0,
    ),
    verifiedPoints,
    stats: store.stats(),
  });
  await store.stop();
}

process.once('message', (options: ChildOptions) => {
  run(options)
    .catch((error: unknown) =>
      tell({
        kind: 'wrong',
        message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
    )
    .finally(() => process.disconnect());
});

// The end of the parent is the end of this process too, whatever its store's threads are at.
process.once('disconnect', () => process.exit());
