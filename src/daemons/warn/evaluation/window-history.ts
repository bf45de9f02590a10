// Fills the windows of rules with stored samples from analyze: after a start, and for new rules and hosts.
import type { AnalyzeService, RangeAnswer } from '../../../api/analyze.ts';
import { partitionOf } from '../../../bus/partition.ts';
import type { Evaluator } from '../../../domain/alerting/evaluator.ts';
import type { MetricWindow } from '../../../domain/alerting/rule-set.ts';
import { MEAN_MS } from '../../../domain/alerting/window.ts';
import { ExpectedError, messageOf } from '../../../domain/errors.ts';
import type { Matcher } from '../../../domain/expression/syntax.ts';
import type { Labels } from '../../../domain/tick.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logging.ts';
import { createBackoff, retry } from '../../../runtime/retry.ts';
import type { StoreProgress } from './store-progress.ts';
import { createWindowCoverage } from './window-coverage.ts';

export type WindowHistoryParts = {
  readonly analyze: Pick<AnalyzeService, 'queryRange'>;
  readonly evaluator: Pick<Evaluator, 'windows' | 'fill'>;
  readonly progress: Pick<StoreProgress, 'heard' | 'through'>;
  readonly partitions: number;
  /** On the scale of report's stamps: this machine's own clock may be set. */
  readonly nowMs: () => number;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** So that an answer stays well below gRPC's 4 MiB: of one series a host, at a sample a minute. */
const POINTS_A_QUERY = 20_000;
const HOSTS_A_QUERY = 200;
/** A series that ended before is none of the host's any more. */
const ENDED_MS = 2 * MEAN_MS;

/** Hosts of a partition that the store is behind with hold up those that were asked for meanwhile for so long. */
const ROUND_MS = 10_000;

export function createWindowHistory(parts: WindowHistoryParts) {
  const { evaluator, progress, partitions, nowMs, clock, logger } = parts;
  const coverage = createWindowCoverage(evaluator);
  let working: Promise<void> | undefined;
  let isAskedAgain = false;

  /** False where rules changed meanwhile: between the end of the range and the new rule's first sample would be a gap. */
  async function query(
    window: MetricWindow,
    hosts: readonly string[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const { metric, of, spanMs } = window;
    const isAskedAnew = coverage.watch(window);
    const stopMs = nowMs();
    const labels = commonLabels(window);
    const range = { metric, hosts, startMs: stopMs - spanMs, stopMs, ...(labels && { labels }) };
    const answer = await untilAnswered(
      { ...range, ...(of === 'means' && { stepMs: MEAN_MS }) },
      parts,
      signal,
    );
    if (isAskedAnew()) return false;
    for (const series of answer.series) {
      const last = series.values.findLastIndex((value) => value !== null);
      if (last >= 0 && series.timesMs[last]! >= stopMs - ENDED_MS) evaluator.fill({ ...series, of });
    }
    return true;
  }

  /** What is too much for one answer is asked in halves; what cannot be asked at all begins empty, and holds up nothing else. */
  async function fill(window: MetricWindow, hosts: readonly string[], signal: AbortSignal): Promise<void> {
    try {
      if (!(await query(window, hosts, signal))) return;
    } catch (error) {
      signal.throwIfAborted();
      if (hosts.length > 1) {
        const half = hosts.length >> 1;
        await fill(window, hosts.slice(0, half), signal);
        await fill(window, hosts.slice(half), signal);
        return;
      }
      logger.warn({ metric: window.metric, host: hosts[0] }, `a window begins empty: ${messageOf(error)}`);
    }
    coverage.note(window, hosts);
  }

  async function fillAll(wanted: ReadonlyMap<MetricWindow, string[]>, signal: AbortSignal): Promise<void> {
    for (const [window, hosts] of wanted) {
      const points = window.spanMs / (window.of === 'means' ? MEAN_MS : 60_000);
      const atOnce = Math.ceil(Math.min(HOSTS_A_QUERY, POINTS_A_QUERY / points));
      for (let from = 0; from < hosts.length; from += atOnce)
        await fill(window, hosts.slice(from, from + atOnce), signal);
    }
  }

  /**
   * What is missing now, as the store gets through with it: read before, a window would have a gap between what is stored
   * and what was heard. Returns what is left when others were asked for meanwhile.
   */
  async function round(hosts: Iterable<string>, signal: AbortSignal): Promise<boolean> {
    const heard = progress.heard();
    let left = coverage.missing(hosts);
    const beganMs = clock.monotonicMs();
    while (left.size > 0) {
      const through = await progress.through(heard).catch((error: unknown) => {
        logger.debug(`windows are not filled yet: ${messageOf(error)}`);
        return new Set<number>();
      });
      const isThrough = (hostId: string) => through.has(partitionOf(hostId, partitions));
      await fillAll(pick(left, isThrough), signal);
      left = pick(left, (hostId) => !isThrough(hostId));
      if (left.size === 0) break;
      const tookMs = clock.monotonicMs() - beganMs;
      if (isAskedAgain && tookMs >= ROUND_MS) return true;
      await clock.sleep(tookMs < ROUND_MS ? 1_000 : ROUND_MS, signal);
    }
    return false;
  }

  async function work(hosts: () => Iterable<string>, signal: AbortSignal): Promise<void> {
    let isLeft: boolean;
    do {
      isAskedAgain = false;
      isLeft = await round(hosts(), signal);
    } while (isAskedAgain || isLeft);
  }

  return {
    /** Reads what is not read yet for these hosts; evaluation goes on meanwhile, and nothing is judged by what comes. */
    ask(hosts: () => Iterable<string>, signal: AbortSignal): void {
      coverage.forgetOutdated();
      isAskedAgain = true;
      working ??= work(hosts, signal)
        .catch(() => {})
        .finally(() => (working = undefined));
    },
    forget: coverage.forget,
  };
}

/** A request that is wrong in itself is an error. */
function untilAnswered(
  request: Parameters<AnalyzeService['queryRange']>[0],
  { analyze, clock, logger }: Pick<WindowHistoryParts, 'analyze' | 'clock' | 'logger'>,
  signal: AbortSignal,
): Promise<RangeAnswer> {
  return retry(() => analyze.queryRange(request), {
    backoff: createBackoff({ firstMs: 500, maxMs: 30_000 }),
    clock,
    signal,
    onRetry(error) {
      if (error instanceof ExpectedError && error.kind === 'usage') throw error;
      logger.debug(`windows are not filled yet: ${messageOf(error)}`);
    },
  });
}

function pick(
  wanted: ReadonlyMap<MetricWindow, string[]>,
  fits: (hostId: string) => boolean,
): Map<MetricWindow, string[]> {
  const picked = [...wanted].map(([window, hosts]) => [window, hosts.filter(fits)] as const);
  return new Map(picked.filter(([, hosts]) => hosts.length > 0));
}

/** Labels that every series has that is asked for; undefined where there are none. */
function commonLabels({ spans }: MetricWindow): Labels | undefined {
  const [first = [], ...others] = [...spans.keys()].map((text) =>
    (JSON.parse(text) as Matcher[]).filter(({ op, value }) => op === '=' && value !== ''),
  );
  const common = first.filter(({ label, value }) =>
    others.every((matchers) => matchers.some((one) => one.label === label && one.value === value)),
  );
  if (common.length === 0) return undefined;
  return Object.fromEntries(common.map(({ label, value }) => [label, value]));
}
