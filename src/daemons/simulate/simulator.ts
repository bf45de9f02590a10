// Runs a simulated fleet against report: backfills its history, then reports live on the wall-clock grid.
import { setImmediate } from 'node:timers/promises';
import type { ReportService } from '../../api/report.ts';
import type { Assignment } from '../../catalog/catalog.ts';
import { messageOf } from '../../domain/errors.ts';
import { silentAfterMs } from '../../domain/host.ts';
import { LIMITS } from '../../domain/tick.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { WINDOW_MS } from '../../store/embedded/windows.ts';
import { createDelivery, type DeliveryCounts } from './delivery.ts';
import { assignmentsOf, createFleet, type Fleet, type SimulatedHost } from './fleet.ts';
import type { SimulateOptions } from './options.ts';
import { unit } from './random.ts';
import { createRequestPacker } from './request-packer.ts';

export type SimulationProgress = DeliveryCounts & {
  readonly phase: 'backfill' | 'live';
  /** Host times gone through and to go through, those of hosts that were down among them. */
  readonly doneTicks: number;
  readonly totalTicks: number;
  /** The newest time that was sent. */
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
  /** What to assign before the start. A few hosts are omitted, for `hosts unmanaged` to find. */
  assignments(): readonly Assignment[];
  /**
   * What an earlier run of the same fleet sent, by host: those that stopped reporting then stay away, and do not come back for
   * the time between. Before the start.
   */
  goOnFrom(lastSeenMs: ReadonlyMap<string, number>): void;
  /** Everything until the signal, once: resolves with the counts then, rejects with an error that no retry can fix. */
  run(signal: AbortSignal): Promise<DeliveryCounts>;
  /** run() in the background; what ends it early is logged and shown by unhealthy(). */
  start(): Promise<void>;
  stop(): Promise<void>;
  unhealthy(): string | undefined;
  counts(): DeliveryCounts;
};

const HOUR = 3_600_000;
const BACKFILL_REQUESTS = 4;
/** Requests in flight at once; report rejects what is over 2,000 calls. */
const LIVE_REQUESTS = 1_000;
const PROGRESS_EVERY_MS = 500;
const SILENT_BEFORE_END_MS = 37 * 60_000;
/** So that whoever has just started it sees an alert with the next tick: `uptime < 10m`. */
const REBOOT_BEFORE_START_MS = 3 * 60_000;
/** Timers closer together than this are one. */
const LIVE_STEP_MS = 10;

/** `options` are simulateOptions' (parsed). */
export function createSimulator(options: SimulateOptions, parts: SimulatorParts): Simulator {
  const { clock, logger } = parts;
  const intervalMs = options.interval;
  const gridFloor = (timeMs: number) => Math.floor(timeMs / intervalMs) * intervalMs;
  const createdMs = gridFloor(clock.nowMs());
  const hasHistory = options.since >= WINDOW_MS;
  const fleet = createFleet({
    seed: options.seed,
    hosts: options.hosts,
    locations: options.locations,
    // Without history they have to be seen reporting first.
    faults: options.fault,
    silentFromMs: gridFloor(createdMs + (hasHistory ? -SILENT_BEFORE_END_MS : 10 * intervalMs)),
    rebootMs: createdMs - REBOOT_BEFORE_START_MS,
  });
  const { sendHistory, sendLive, counts } = createSending(options, { ...parts, fleet });
  const abort = new AbortController();
  let background: Promise<unknown> | undefined;
  let failure: string | undefined;

  async function runAll(run: AbortController): Promise<never> {
    let next = gridFloor(clock.nowMs() - options.since) + intervalMs;
    let backfill = options.since > 0;
    for (;;) {
      run.signal.throwIfAborted();
      const dueMs = gridFloor(clock.nowMs());
      if (next < dueMs || (backfill && next <= dueMs)) {
        // Later gaps are outages: agents would send them from their spools without the mark, as long as that is allowed.
        const old = dueMs - next > LIMITS.pastMs - HOUR;
        if (next < dueMs)
          await sendHistory({ fromMs: next, toMs: dueMs - intervalMs, backfill: backfill || old }, run);
        // The newest tick is a live one, so that the hosts are reporting at once.
        await sendHistory({ fromMs: dueMs, toMs: dueMs, backfill: false }, run);
        next = dueMs + intervalMs;
      } else {
        await clock.sleepUntil(next, run.signal);
        if (clock.nowMs() < next) {
          // The clock was set back: the hosts go on by it, as agents do.
          next = gridFloor(clock.nowMs()) + intervalMs;
        } else {
          await sendLive(next, run);
          next += intervalMs;
        }
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
    return counts();
  }

  return {
    fleet,
    assignments: () => assignmentsOf(fleet),
    goOnFrom(lastSeenMs) {
      const newestMs = Math.max(0, ...fleet.hosts.map(({ hostId }) => lastSeenMs.get(hostId) ?? 0));
      for (const { hostId, life } of fleet.hosts) {
        const seenMs = lastSeenMs.get(hostId);
        if (life.silentFromMs === undefined || seenMs === undefined) continue;
        if (newestMs - seenMs > silentAfterMs(intervalMs)) life.silentFromMs = seenMs + 1;
      }
    },
    run,
    async start() {
      background ??= run(abort.signal).catch((error: unknown) => {
        failure = messageOf(error);
        logger.error({ reason: failure }, 'the simulation ended');
      });
    },
    async stop() {
      abort.abort(new Error('the simulation was stopped'));
      await background;
    },
    unhealthy: () => failure,
    counts,
  };
}

/** Packs the fleet's ticks into requests and sends them, a bounded number at once. */
function createSending(options: SimulateOptions, parts: SimulatorParts & { readonly fleet: Fleet }) {
  const { clock, fleet } = parts;
  const intervalMs = options.interval;
  const packer = createRequestPacker({ intervalMs, agentVersion: options.agentVersion });
  const delivery = createDelivery(parts);
  const groups = liveGroups(fleet, options);
  let progressMs = Number.NEGATIVE_INFINITY;

  function showProgress(progress: Omit<SimulationProgress, keyof DeliveryCounts>, always = false) {
    const nowMs = clock.monotonicMs();
    if (!always && nowMs - progressMs < PROGRESS_EVERY_MS) return;
    progressMs = nowMs;
    parts.onProgress?.({ ...progress, ...delivery.counts() });
  }

  async function flush({ limit, run, backfill }: Sending) {
    const request = packer.take(backfill);
    if (!request) return;
    await limit.run(async () => {
      try {
        await delivery.deliver(request, run.signal);
      } catch (error) {
        // Ends the others too: their retries would fail as well.
        run.abort(error);
        throw error;
      }
    });
  }

  /** All ticks in [fromMs, toMs], oldest window of the store first, which merges its ticks once; inside it host by host, so that a series arrives in runs. */
  async function sendHistory(
    range: { fromMs: number; toMs: number; backfill: boolean },
    run: AbortController,
  ): Promise<void> {
    const { fromMs, toMs, backfill } = range;
    const sending: Sending = { limit: createConcurrencyLimit(BACKFILL_REQUESTS), run, backfill };
    const phase = backfill ? 'backfill' : 'live';
    const totalTicks = (Math.floor((toMs - fromMs) / intervalMs) + 1) * fleet.hosts.length;
    let doneTicks = 0;
    await finishing(sending, async () => {
      for (let startMs = fromMs; startMs <= toMs; ) {
        const endMs = Math.min(toMs + 1, (Math.floor(startMs / WINDOW_MS) + 1) * WINDOW_MS);
        const times = Math.ceil((endMs - startMs) / intervalMs);
        for (const host of fleet.hosts) {
          for (let i = 0; i < times; ) {
            if (packer.add(host, startMs + i * intervalMs) !== 'full') {
              i += 1;
              continue;
            }
            await flush(sending);
            // Yields to the event loop between requests: `up` has daemons in this process.
            await setImmediate();
            run.signal.throwIfAborted();
          }
          doneTicks += times;
          showProgress({ phase, doneTicks, totalTicks, throughMs: startMs - intervalMs });
        }
        startMs += times * intervalMs;
      }
      await flush(sending);
    });
    showProgress({ phase, doneTicks, totalTicks, throughMs: toMs }, true);
  }

  /** One time of the grid: each group sends after its own delay. */
  async function sendLive(gridMs: number, run: AbortController): Promise<void> {
    const sending: Sending = { limit: createConcurrencyLimit(LIVE_REQUESTS), run, backfill: false };
    await finishing(sending, async () => {
      for (const group of groups) {
        const atMs = gridMs + group.offsetMs;
        if (clock.nowMs() < atMs) await clock.sleepUntil(atMs, run.signal);
        for (const host of group.hosts) {
          if (packer.add(host, gridMs) !== 'full') continue;
          await flush(sending);
          packer.add(host, gridMs);
        }
        await flush(sending);
      }
    });
    const { length } = fleet.hosts;
    showProgress({ phase: 'live', doneTicks: length, totalTicks: length, throughMs: gridMs }, true);
  }

  return { sendHistory, sendLive, counts: delivery.counts };
}

type Sending = {
  readonly limit: ConcurrencyLimit;
  readonly run: AbortController;
  readonly backfill: boolean;
};

/** Does the work, and returns or throws only when no request is in flight any more. */
async function finishing(sending: Sending, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    // Rejects with the root cause, where a request failed; what `work` met was its consequence.
    await sending.limit.drain();
  }
}

/** Hosts in the order of their delay after the grid (at most a tenth of the interval, at most 5 s), `batch` a request. */
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

type ConcurrencyLimit = {
  /** Starts the task as soon as the limit allows, and resolves then. Rejects with the first failure of an earlier task. */
  run(task: () => Promise<void>): Promise<void>;
  /** Resolves when all have ended; rejects with the first failure. */
  drain(): Promise<void>;
};

/** A bounded number of tasks at once; the first failure stops new ones. */
function createConcurrencyLimit(most: number): ConcurrencyLimit {
  const waiting: (() => void)[] = [];
  let active = 0;
  let failure: { readonly error: unknown } | undefined;

  const taskEnd = () => new Promise<void>((resolve) => waiting.push(resolve));

  async function runTask(task: () => Promise<void>) {
    active += 1;
    try {
      await task();
    } catch (error) {
      failure ??= { error };
    } finally {
      active -= 1;
      for (const wake of waiting.splice(0)) wake();
    }
  }

  return {
    async run(task) {
      while (active >= most && !failure) await taskEnd();
      if (failure) throw failure.error;
      void runTask(task);
    },
    async drain() {
      while (active > 0) await taskEnd();
      if (failure) throw failure.error;
    },
  };
}
