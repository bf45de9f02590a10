// One round over all collectors: each fails, hangs or succeeds alone; omissions are logged.
import { messageOf } from '../../domain/errors.ts';
import type { PhysicalNames } from '../../domain/physical-series.ts';
import type { Labels, Sample } from '../../domain/tick.ts';
import { LIMITS } from '../../domain/tick.ts';
import type { Logger } from '../../runtime/logging.ts';
import { withTimeout } from '../../runtime/timeout.ts';
import type { Collector, HostReaders, Omission, Round } from './collectors/collector.ts';
import { createSeriesShare } from './series-share.ts';

/** `collector` is whose part failed; the same as `what` where all of it did. */
export type Failure = Omission & { readonly collector: string };

export type Collected = {
  readonly samples: readonly Sample[];
  readonly bootId: string;
  readonly omitted: readonly Omission[];
  /** Collectors by their names, or parts of them. */
  readonly failed: readonly Failure[];
};

export type Collection = {
  take(): Promise<Collected>;
  /** Of what was sampled last, which is physical. Undefined where nothing is known of layers. */
  physical(): PhysicalNames | undefined;
  close(): void;
};

/** What is slower is left out of the tick. */
export const LONGEST_ROUND_MS = 10_000;

export type CollectionParts = {
  readonly readers: HostReaders;
  /** Only differences count. */
  readonly monotonicMs: () => number;
  /** Time limit of a collector; the round goes on without it. */
  readonly boundMs: number;
};

/** Samples of a tick reserved for what the agent itself adds (clock.offset). */
const OWN_SERIES = 1;

type Outcome = { readonly samples: Sample[]; readonly omitted: Omission[]; readonly failed: Failure[] };

export function createCollection(parts: CollectionParts): Collection {
  const { readers, monotonicMs, boundMs } = parts;
  const elapsed = createElapsed(monotonicMs, readers.readUptimeMs);
  const busy = new Set<Collector>();
  const share = createSeriesShare();
  let number = 0;
  let bootId = '';

  async function run(collector: Collector, base: { number: number; atMs: number }): Promise<Outcome> {
    const outcome: Outcome = { samples: [], omitted: [], failed: [] };
    const { name } = collector;
    const fail = (what: string, why: string) => void outcome.failed.push({ what, why, collector: name });
    if (busy.has(collector)) {
      fail(name, 'still hanging since an earlier round');
      return outcome;
    }
    let open = true;
    const round: Round = {
      ...base,
      // Samples after the timeout belong to no tick.
      add: (metric, value, labels: Labels = {}) => {
        if (!open) return;
        if (Number.isFinite(value)) outcome.samples.push({ metric, labels, value });
        else outcome.omitted.push({ what: metric, why: `its value is ${value}` });
      },
      omit: (what, why) => {
        // A thousand interfaces fall under one pattern; it is named once.
        const isNew = !outcome.omitted.some((one) => one.what === what && one.why === why);
        if (open && isNew) outcome.omitted.push({ what, why });
      },
      fail: (what, why) => void (open && fail(what, why)),
    };
    try {
      const done = collector.collect(round);
      if (done) await bounded(collector, done);
    } catch (error) {
      fail(name, messageOf(error));
    }
    open = false;
    return outcome;
  }

  async function bounded(collector: Collector, done: Promise<void>): Promise<void> {
    busy.add(collector);
    const finished = done.finally(() => busy.delete(collector)).then(() => true);
    if (!(await withTimeout(boundMs, finished))) throw new Error(`timed out after ${boundMs} ms`);
  }

  return {
    async take() {
      number += 1;
      const boot = readers.readBootId() ?? bootId;
      if (bootId !== '' && boot !== bootId) {
        for (const collector of readers.collectors) collector.forget();
      }
      bootId = boot;
      const base = { number, atMs: elapsed() };
      const outcomes = await Promise.all(readers.collectors.map((collector) => run(collector, base)));
      const limit = LIMITS.seriesPerTick - OWN_SERIES;
      const { samples, omitted } = share(
        outcomes.map((outcome) => outcome.samples),
        limit,
      );
      omitted.unshift(...outcomes.flatMap((outcome) => outcome.omitted));
      const failed = outcomes.flatMap((outcome) => outcome.failed);
      return { samples, bootId, omitted, failed };
    },
    physical: () => readers.readPhysical?.(),
    close() {
      for (const collector of readers.collectors) collector.close();
      readers.close();
    },
  };
}

/** No machine sleeps longer: an uptime that leapt further is none. */
const LONGEST_SLEEP_MS = 30 * 24 * 3_600_000;

/** From here on the host's uptime is precise enough (it counts in 10 ms). */
const UPTIME_FROM_MS = 30_000;

/**
 * Milliseconds that the host has counted in. Its own uptime goes on while it is suspended, when the process's clock
 * stops, and is right under another root; over short times the process's clock is the finer one.
 */
function createElapsed(monotonicMs: () => number, uptimeMs: () => number | undefined): () => number {
  let last = { monotonic: monotonicMs(), uptime: uptimeMs() };
  let total = 0;
  return () => {
    const now = { monotonic: monotonicMs(), uptime: uptimeMs() };
    const fine = now.monotonic - last.monotonic;
    const coarse = (now.uptime ?? 0) - (last.uptime ?? Number.POSITIVE_INFINITY);
    const disagree = Math.abs(coarse - fine) > Math.max(100, fine * 0.05);
    const isTime = coarse > 0 && coarse < fine + LONGEST_SLEEP_MS;
    total += isTime && (coarse >= UPTIME_FROM_MS || disagree) ? coarse : fine;
    last = now;
    return total;
  };
}

/** What comes and goes is logged at most this often. */
const LOG_AGAIN_AFTER_MS = 3_600_000;

/** Logs omissions and failures once when they begin and once when they end. */
export function createOmissionLog(
  logger: Logger,
  nowMs: () => number,
): (collected: Pick<Collected, 'omitted' | 'failed'>) => void {
  const logged = new Map<string, { atMs: number; active: boolean }>();
  return ({ omitted, failed }) => {
    const current = new Set<string>();
    const isNews = (what: string, why: string): boolean => {
      const key = `${what}: ${why}`;
      current.add(key);
      const last = logged.get(key);
      const due = !last || (!last.active && nowMs() - last.atMs >= LOG_AGAIN_AFTER_MS);
      logged.set(key, { atMs: due ? nowMs() : last.atMs, active: true });
      return due;
    };

    const news = omitted.filter(({ what, why }) => isNews(what, why));
    // Many are excluded by the same filter: they share a line.
    for (const [why, omissions] of Map.groupBy(news, (one) => one.why)) {
      logger.info({ why, what: omissions.map((one) => one.what) }, 'not collected');
    }
    for (const { what, why, collector } of failed) {
      if (isNews(what, why))
        logger.warn({ collector, part: what, why }, 'a collector failed; the others continue');
    }
    for (const [key, last] of logged) {
      if (current.has(key)) continue;
      if (last.active) {
        logger.info({ what: key }, 'collected again');
        last.active = false;
      } else if (nowMs() - last.atMs >= LOG_AGAIN_AFTER_MS) logged.delete(key);
    }
  };
}
