// Sends requests to report with retries, as an agent would, and counts the outcome of every sample.
import type { ReportService } from '../../api/report.ts';
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createThrottle, type Logger } from '../../runtime/logging.ts';
import { createBackoff, retry } from '../../runtime/retry.ts';
import { REPORT_BACKOFF } from '../agent/next-try.ts';
import type { PackedRequest } from './request-packer.ts';

/** sentSamples = acceptedSamples + refusedSamples + undeliveredSamples + those in flight. */
export type DeliveryCounts = {
  readonly requests: number;
  readonly retries: number;
  readonly sentTicks: number;
  readonly sentSamples: number;
  readonly acceptedSamples: number;
  readonly refusedSamples: number;
  /** Given up because the simulation ended, or because report rejects the request. */
  readonly undeliveredSamples: number;
  readonly lastRefusal?: string;
  /** Why the last request failed; undefined when report has answered since. */
  readonly lastError?: string | undefined;
};

export type Delivery = {
  /**
   * Resolves when report has answered; retries while it is unavailable. Rejects with the signal's reason, and at once
   * with an invalid request, a failed authentication, or no server at all before the first answer.
   */
  deliver(request: PackedRequest, signal: AbortSignal): Promise<void>;
  counts(): DeliveryCounts;
};

export function createDelivery(parts: {
  readonly report: ReportService;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: () => number;
}): Delivery {
  const { report, clock, logger, random = Math.random } = parts;
  const mayLog = createThrottle(clock.monotonicMs);
  let counts: DeliveryCounts = {
    requests: 0,
    retries: 0,
    sentTicks: 0,
    sentSamples: 0,
    acceptedSamples: 0,
    refusedSamples: 0,
    undeliveredSamples: 0,
  };
  let answered = false;

  async function send(request: PackedRequest): Promise<void> {
    const answer = await report.report(request.bytes).catch((error: unknown) => {
      // Here and not where it is retried: a call that fails after the end was asked for has the only reason there is.
      counts = { ...counts, lastError: messageOf(error) };
      throw error;
    });
    answered = true;
    const [refusal] = answer.refusals;
    counts = {
      ...counts,
      lastError: undefined,
      acceptedSamples: counts.acceptedSamples + answer.acceptedSamples,
      refusedSamples: counts.refusedSamples + answer.refusedSamples,
      ...(refusal ? { lastRefusal: `${refusal.hostId}: ${refusal.reason}` } : {}),
    };
    if (answer.refusedSamples > 0 && mayLog('refused')) {
      logger.warn(
        { samples: answer.refusedSamples, hostId: refusal?.hostId, reason: refusal?.reason },
        'report rejected simulated samples',
      );
    }
  }

  return {
    async deliver(request, signal) {
      signal.throwIfAborted();
      const { ticks, samples } = request;
      counts = {
        ...counts,
        requests: counts.requests + 1,
        sentTicks: counts.sentTicks + ticks,
        sentSamples: counts.sentSamples + samples,
      };
      try {
        await retry(() => send(request), {
          backoff: createBackoff({ ...REPORT_BACKOFF, random }),
          clock,
          signal,
          onRetry(error) {
            if (isFinal(error, answered)) throw error;
            counts = { ...counts, retries: counts.retries + 1 };
            if (mayLog('retry')) logger.warn({ reason: messageOf(error) }, 'report is unavailable; retrying');
          },
        });
      } catch (error) {
        counts = { ...counts, undeliveredSamples: counts.undeliveredSamples + samples };
        throw error;
      }
    },
    counts: () => counts,
  };
}

function isFinal(error: unknown, answered: boolean): boolean {
  if (!(error instanceof ExpectedError)) return false;
  switch (error.kind) {
    case 'usage':
    case 'too_large':
    case 'unauthenticated':
    case 'not_allowed':
    case 'unimplemented':
      return true;
    case 'unreachable':
    case 'timeout':
      // No server since the start: a wrong address, not an outage.
      return !answered;
    default:
      return false;
  }
}
