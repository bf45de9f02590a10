// When hosts were last seen, from analyze: needed after a start and for new hosts, to detect silent ones.
import type { AnalyzeService } from '../../../api/analyze.ts';
import { partitionOf } from '../../../bus/partition.ts';
import type { Evaluator, SeenHost } from '../../../domain/alerting/evaluator.ts';
import { messageOf } from '../../../domain/errors.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logging.ts';
import { BACKOFF, createBackoff, retry } from '../../../runtime/retry.ts';
import { withTimeout } from '../../../runtime/timeout.ts';
import { readReportingHosts } from '../../reporting-pages.ts';

export type LastSeenParts = {
  readonly analyze: Pick<AnalyzeService, 'listReportingHosts'>;
  readonly evaluator: Pick<Evaluator, 'seeHost' | 'setComplete'>;
  readonly partitions: number;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** Timeout: until analyze answers, hosts not seen since the start are unknown. */
const PATIENCE_MS = 5_000;

export function createLastSeen({ analyze, evaluator, partitions, clock, logger }: LastSeenParts) {
  let lastError: string | undefined;
  let reading: Promise<void> | undefined;
  let isAskedAgain = false;

  async function read(signal: AbortSignal): Promise<void> {
    const { hosts } = await retry(() => readReportingHosts(analyze), {
      backoff: createBackoff(BACKOFF.daemon),
      clock,
      signal,
      onRetry(error) {
        if (lastError === undefined) {
          logger.warn(`cannot read from analyze which hosts reported before: ${messageOf(error)}`);
        }
        lastError = messageOf(error);
      },
    });
    lastError = undefined;
    for (const { hostId, lastSeenMs, lastReceivedMs, intervalMs, sources } of hosts) {
      // Of one whose history alone was sent nothing was received live; one whose every tick was refused has neither time.
      const receivedMs = lastReceivedMs || lastSeenMs;
      if (receivedMs === 0) continue;
      const seen: SeenHost = {
        ...{ hostId, timeMs: lastSeenMs, receivedMs, intervalMs },
        partition: partitionOf(hostId, partitions),
      };
      if (!sources) evaluator.seeHost(seen);
      else
        for (const source of sources)
          evaluator.seeHost({ ...seen, ...source, receivedMs: source.lastReceivedMs });
    }
    evaluator.setComplete(true);
  }

  /** One reading at a time; what is asked for meanwhile is read by the next one. */
  async function readAll(signal: AbortSignal): Promise<void> {
    do {
      isAskedAgain = false;
      await read(signal);
    } while (isAskedAgain);
  }

  function ask(signal: AbortSignal): Promise<void> {
    isAskedAgain = reading !== undefined;
    reading ??= readAll(signal)
      .catch(() => {})
      .finally(() => (reading = undefined));
    return reading;
  }

  return {
    /** Resolves when hosts are known, or when analyze has not answered in time: then that goes on until the signal. */
    begin(signal: AbortSignal): Promise<void> {
      evaluator.setComplete(false);
      return withTimeout(PATIENCE_MS, ask(signal));
    },
    /** Of hosts that were not watched before: one that is silent already sends nothing that would tell of it. */
    ask,
    lastError: (): string | undefined =>
      lastError &&
      `analyze does not answer (${lastError}): hosts that stopped before warn started are not detected as silent yet`,
  };
}
