// When hosts were heard last, from analyze: a warn that was just started must know whom to miss.
import type { AnalyzeService } from '../../../api/analyze.ts';
import { partitionOf } from '../../../bus/partition.ts';
import type { Evaluator, SeenHost } from '../../../domain/alerting/evaluator.ts';
import { messageOf } from '../../../domain/errors.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logging.ts';
import { createBackoff, retry } from '../../../runtime/retry.ts';
import { withTimeout } from '../../../runtime/timeout.ts';
import { readReportingHosts } from '../../reporting-pages.ts';

export type LastSeenParts = {
  readonly analyze: Pick<AnalyzeService, 'listReportingHosts'>;
  readonly evaluator: Pick<Evaluator, 'seeHost' | 'setComplete'>;
  readonly partitions: number;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** Evaluation does not wait longer: until analyze answers, hosts that were not heard since the start are unknown. */
const PATIENCE_MS = 5_000;

export function createLastSeen({ analyze, evaluator, partitions, clock, logger }: LastSeenParts) {
  let lastError: string | undefined;

  async function read(signal: AbortSignal): Promise<void> {
    evaluator.setComplete(false);
    const { hosts } = await retry(() => readReportingHosts(analyze), {
      backoff: createBackoff({ firstMs: 500, maxMs: 10_000 }),
      clock,
      signal,
      onRetry(error) {
        if (lastError === undefined) {
          logger.warn(`analyze does not say which hosts reported before: ${messageOf(error)}`);
        }
        lastError = messageOf(error);
      },
    });
    lastError = undefined;
    for (const { hostId, lastSeenMs, lastReceivedMs, intervalMs } of hosts) {
      const seen: SeenHost = {
        hostId,
        timeMs: lastSeenMs,
        receivedMs: lastReceivedMs,
        intervalMs,
        partition: partitionOf(hostId, partitions),
      };
      evaluator.seeHost(seen);
    }
    evaluator.setComplete(true);
  }

  return {
    /** Resolves when hosts are known, or when analyze has not answered in time: then that goes on until the signal. */
    begin: (signal: AbortSignal): Promise<void> =>
      withTimeout(
        PATIENCE_MS,
        read(signal).catch(() => {}),
      ),
    lastError: (): string | undefined =>
      lastError &&
      `analyze does not answer (${lastError}): hosts that stopped before warn was started are not missed yet`,
  };
}
