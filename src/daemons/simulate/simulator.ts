// Runs a simulated fleet against report: first its past, then, on the wall-clock grid, its present.
import { setImmediate } from 'node:timers/promises';
import type { ReportService } from '../../api/report.ts';
import type { Assignment } from '../../catalog/catalog.ts';
import { messageOf } from '../../domain/errors.ts';
import { LIMITS } from '../../domain/tick.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { createDelivery, type DeliveryCounts } from './delivery.ts';
import { assignmentsOf, createFleet, type Fleet, type SimulatedHost } from './fleet.ts';
import { createLanes, type Lanes } from './lanes.ts';
import { unit } from './noise.ts';
import type { SimulateOptions } from './options.ts';
import { createRequestPacker } from './request-packer.ts';

export type SimulationProgress = DeliveryCounts & {
  readonly phase: 'backfill' | 'live';
  /** Host times gone through and to go through, those of hosts that were down among them. */
  readonly doneTicks: number;
  readonly totalTicks: number;
  /** Up to where the fleet was told. */
  readonly throughMs: number;
};

export type SimulatorParts = {
  readonly report: ReportService;
  readonly clock: Clock;
  readonly logger: Logger;
  /** At most twice a second of the clock, and at the end of a phase. */
  readonly onProgress?: (progress: SimulationProgress) => void;
  readonly random?: () => number;
};

export type Simulator = {
  readonly fleet: Fleet;
  /** What the inventory should be told before the start. A few hosts are left out, for `hosts unmanaged` to find. */
  assignments(): readonly Assignment[];
  /** Everything until the signal, once: resolves with the counts then, rejects with what no retry can help. */
  run(signal: AbortSignal): Promise<DeliveryCounts>;
  /** run() in the background; what ends it early is logged and told by fault(). */
  start(): Promise<void>;
  stop(): Promise<void>;
  unhealthy(): string | undefined;
  counts(): DeliveryCounts;
};

const HOUR = 3_600_000;
/** The store's window: ticks of one window together are merged once. */
const WINDOW_MS = 2 * HOUR;
const HISTORY_LANES = 4;
/** Agents know nothing of one another, but report turns away more than 2,000 calls at once. */
const LIVE_LANES = 1_000;
const PROGRESS_EVERY_MS = 500;
const SILENT_BEFORE_END_MS = 37 * 60_000;
/** Timers closer together than this are one. */
const LIVE_STEP_MS = 10;

/** `options` are simulateOptions' (parsed). */
export function createSimulator(options: SimulateOptions, parts: SimulatorParts): Simulator {
  const { clock, logger } = parts;
  const intervalMs = options.interval;
  const gridFloor = (timeMs: number) => Math.floor(timeMs / intervalMs) * intervalMs;
  const createdMs = gridFloor(clock.nowMs());
  const hasPast = options.since >= WINDOW_MS;
  const fleet = createFleet({
    seed: options.seed,
    hosts: options.hosts,
    locations: options.locations,
    // Without a past it has to be seen reporting first.
    silentFromMs: gridFloor(createdMs + (hasPast ? -SILENT_BEFORE_END_MS : 10 * intervalMs)),
  });
  const packer = createRequestPacker({ intervalMs, agentVersion: options.agentVersion });
  const delivery = createDelivery(parts);
  const groups = liveGroups(fleet, options);
  const abort = new AbortController();
  let background: Promise<unknown> | undefined;
  let fault: string | undefined;
  let toldMs = Number.NEGATIVE_INFINITY;

  function tell(progress: Omit<SimulationProgress, keyof DeliveryCounts>, always = false) {
    const nowMs = clock.nowMs();
    if (!always && nowMs - toldMs < PROGRESS_EVERY_MS) return;
    toldMs = nowMs;
    parts.onProgress?.({ ...progress, ...delivery.counts() });
  }

  async function flush({ lanes, run, backfill }: Leg) {
    const request = packer.take(backfill);
    if (!request) return;
    await lanes.take(async () => {
      try {
        await delivery.deliver(request, run.signal);
      } catch (error) {
        // The others may be waiting for a better hour that will not come.
        run.abort(error);
        throw error;
      }
    });
  }

  /** All ticks in [fromMs, toMs], oldest window first; inside a window host by host, so that a series arrives in runs. */
  async function tellPast(
    range: { fromMs: number; toMs: number; backfill: boolean },
    run: AbortController,
  ): Promise<void> {
    const { fromMs, toMs, backfill } = range;
    const leg: Leg = { lanes: createLanes(HISTORY_LANES), run, backfill };
    const phase = backfill ? 'backfill' : 'live';
    const totalTicks = (Math.floor((toMs - fromMs) / intervalMs) + 1) * fleet.hosts.length;
    let doneTicks = 0;
    await finishing(leg, async () => {
      for (let startMs = fromMs; startMs <= toMs; ) {
        const endMs = Math.min(toMs + 1, (Math.floor(startMs / WINDOW_MS) + 1) * WINDOW_MS);
        const times = Math.ceil((endMs - startMs) / intervalMs);
        for (const host of fleet.hosts) {
          for (let i = 0; i < times; ) {
            if (packer.add(host, startMs + i * intervalMs) !== 'full') {
              i += 1;
              continue;
            }
            await flush(leg);
            // Whoever shares this process (`up` does) gets a turn between requests.
            await setImmediate();
            run.signal.throwIfAborted();
          }
          doneTicks += times;
          tell({ phase, doneTicks, totalTicks, throughMs: startMs - intervalMs });
        }
        startMs += times * intervalMs;
      }
      await flush(leg);
    });
    tell({ phase, doneTicks, totalTicks, throughMs: toMs }, true);
  }

  /** One time of the grid: each group sends at its own moment after it. */
  async function tellNow(gridMs: number, run: AbortController): Promise<void> {
    const leg: Leg = { lanes: createLanes(LIVE_LANES), run, backfill: false };
    await finishing(leg, async () => {
      for (const group of groups) {
        const atMs = gridMs + group.offsetMs;
        if (clock.nowMs() < atMs) await clock.sleepUntil(atMs, run.signal);
        for (const host of group.hosts) {
          if (packer.add(host, gridMs) !== 'full') continue;
          await flush(leg);
          packer.add(host, gridMs);
        }
        await flush(leg);
      }
    });
    const { length } = fleet.hosts;
    tell({ phase: 'live', doneTicks: length, totalTicks: length, throughMs: gridMs }, true);
  }

  async function runAll(run: AbortController): Promise<never> {
    let next = gridFloor(clock.nowMs() - options.since) + intervalMs;
    let backfill = options.since > 0;
    for (;;) {
      run.signal.throwIfAborted();
      const dueMs = gridFloor(clock.nowMs());
      if (next < dueMs || (backfill && next <= dueMs)) {
        // Later gaps are an outage's: agents would send them plainly from their spools, while that is still allowed.
        const old = dueMs - next > LIMITS.pastMs - HOUR;
        if (next < dueMs)
          await tellPast({ fromMs: next, toMs: dueMs - intervalMs, backfill: backfill || old }, run);
        // The newest tick is the present's: with it the hosts count as reporting at once.
        await tellPast({ fromMs: dueMs, toMs: dueMs, backfill: false }, run);
        next = dueMs + intervalMs;
      } else {
        await clock.sleepUntil(next, run.signal);
        await tellNow(next, run);
        next += intervalMs;
      }
      backfill = false;
    }
  }

  async function run(signal: AbortSignal): Promise<DeliveryCounts> {
    const controller = new AbortController();
    const onAbort = () => controller.abort(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    try {
      await runAll(controller);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
    return delivery.counts();
  }

  return {
    fleet,
    assignments: () => assignmentsOf(fleet),
    run,
    async start() {
      background ??= run(abort.signal).catch((error: unknown) => {
        fault = messageOf(error);
        logger.error({ reason: fault }, 'the simulation ended');
      });
    },
    async stop() {
      abort.abort(new Error('the simulation was stopped'));
      await background;
    },
    unhealthy: () => fault,
    counts: delivery.counts,
  };
}

type Leg = { readonly lanes: Lanes; readonly run: AbortController; readonly backfill: boolean };

/** Does the work, and returns or throws only when no request of the leg is under way any more. */
async function finishing(leg: Leg, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    // Rejects with the failure that began it, where there was one; what `work` met was its consequence.
    await leg.lanes.drain();
  }
}

/** Hosts in the order of their moment after the grid (at most a tenth of the interval, at most 5 s), `batch` a request. */
function liveGroups(fleet: Fleet, options: SimulateOptions) {
  const spreadMs = Math.min(options.interval / 10, 5_000);
  const timed = fleet.hosts
    .map((host) => ({ host, offsetMs: unit(host.key, 12) * spreadMs }))
    .sort((a, b) => a.offsetMs - b.offsetMs);
  const groups: { offsetMs: number; hosts: SimulatedHost[] }[] = [];
  for (let i = 0; i < timed.length; i += options.batch) {
    const slice = timed.slice(i, i + options.batch);
    const lastMs = slice.at(-1)!.offsetMs;
    groups.push({
      offsetMs: Math.ceil(lastMs / LIVE_STEP_MS) * LIVE_STEP_MS,
      hosts: slice.map(({ host }) => host),
    });
  }
  return groups;
}
