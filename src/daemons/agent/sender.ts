// Sends the spool's ticks to report: the newest first, then the backlog, each until it is acknowledged.
import type { ReportAnswer, ReportService } from '../../api/report.ts';
import { murmur2 } from '../../bus/partition.ts';
import { type ErrorKind, ExpectedError, messageOf } from '../../domain/errors.ts';
import { formatInstant } from '../../domain/instant.ts';
import { LIMITS } from '../../domain/tick.ts';
import { type Clock, delay } from '../../runtime/clock.ts';
import { createThrottle, type Logger } from '../../runtime/logging.ts';
import { createBackoff } from '../../runtime/retry.ts';
import { encodeRequest } from '../../wire/tick-codec.ts';
import type { Spool, SpooledTick } from './spool.ts';

/** What became of samples that left the spool. */
export type Delivered = { readonly sent: number; readonly refused: number; readonly invalid: number };

export type SenderParts = {
  readonly hostId: string;
  readonly intervalMs: number;
  readonly spool: Spool;
  readonly report: ReportService;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onDelivered: (delivered: Delivered) => void;
  /** 0 to 1, for the jitter. */
  readonly random?: () => number;
};

export type Sender = {
  /** Runs until the signal; rejects with its reason. */
  run(signal: AbortSignal): Promise<never>;
  /** A tick was put into the spool just now. */
  wake(): void;
  /** Set while report rejects this agent's credentials. */
  unhealthy(): string | undefined;
  /** Why the last request failed, while it is being retried. */
  lastError(): string | undefined;
  /** Seconds that report's clock is ahead of this host's, by the latest answer; each answer is given once. */
  takeClockOffset(): number | undefined;
};

const MAX_DELAY_MS = 5_000;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
const STOP_GRACE_MS = 2_000;
/** Tag and length around each tick in a request. */
const TICK_OVERHEAD = 6;

/** When a host sends after its slot, so that ten thousand do not call at once. */
export const sendDelayMs = (hostId: string, intervalMs: number): number =>
  Math.floor(
    ((murmur2(Buffer.from(hostId)) & 0x7fffffff) / 2 ** 31) * Math.min(intervalMs / 10, MAX_DELAY_MS),
  );

const AUTHENTICATION_FAILED: readonly ErrorKind[] = ['unauthenticated', 'not_allowed'];
const INVALID_REQUEST: readonly ErrorKind[] = ['usage', 'too_large'];

export function createSender(parts: SenderParts): Sender {
  const { spool, report, clock, logger, onDelivered, random = Math.random } = parts;
  const sendAfterMs = sendDelayMs(parts.hostId, parts.intervalMs);
  const mayLog = createThrottle(3_600_000, () => clock.monotonicMs());
  const backoff = createBackoff({ firstMs: FIRST_RETRY_MS, maxMs: MAX_RETRY_MS, random });
  let wakeUp: (() => void) | undefined;
  /** Monotonic. */
  let notBeforeMs = 0;
  let unhealthy: string | undefined;
  let lastError: string | undefined;
  let offsetS: number | undefined;
  let isNewestSent = false;
  /** Ticks of an invalid request: retried one by one. */
  const oneByOne = new Set<number>();

  function nextRequest(): readonly SpooledTick[] {
    // The newest tick goes alone, so that nothing in the backlog holds it up.
    const alone = !isNewestSent || oneByOne.size > 0;
    isNewestSent = true;
    const samples = alone ? 1 : LIMITS.samplesPerRequest;
    const ticks = spool.newest({ samples, bytes: LIMITS.requestBytes - 16 });
    let bytes = 16;
    return ticks.filter((tick, i) => {
      bytes += tick.bytes.length + TICK_OVERHEAD;
      return i === 0 || (!alone && bytes <= LIMITS.requestBytes);
    });
  }

  async function send(ticks: readonly SpooledTick[], signal: AbortSignal): Promise<void> {
    const request = encodeRequest(
      ticks.map((tick) => tick.bytes),
      false,
    );
    const startMs = clock.nowMs();
    try {
      const answer = await untilStopped(report.report(request), signal);
      acknowledged(ticks, { answer, startMs });
    } catch (error) {
      signal.throwIfAborted();
      failed(ticks, error);
    }
  }

  function acknowledged(ticks: readonly SpooledTick[], got: { answer: ReportAnswer; startMs: number }) {
    const { answer, startMs } = got;
    const endMs = clock.nowMs();
    forget(ticks);
    const samples = samplesOf(ticks);
    const refused = Math.min(answer.refusedSamples, samples);
    onDelivered({ sent: samples - refused, refused, invalid: 0 });
    // Half of the round trip falls out of the mean of both ways.
    if (answer.receivedMs > 0) offsetS = (answer.receivedMs - startMs + answer.sentMs - endMs) / 2_000;
    for (const refusal of answer.refusals) {
      // Reasons name times and counts; their kind is logged once.
      if (!mayLog(`refused ${refusal.metric} ${refusal.reason.replace(/\d+/g, '#')}`)) continue;
      const { metric, labels, reason } = refusal;
      logger.warn(
        { metric, labels, reason, samples: refusal.samples },
        'report rejected samples; they are dropped',
      );
    }
    if (lastError !== undefined) logger.info({ queued: spool.queued().ticks }, 'report accepts ticks again');
    backoff.reset();
    unhealthy = lastError = undefined;
  }

  function failed(ticks: readonly SpooledTick[], error: unknown) {
    const kind = error instanceof ExpectedError ? error.kind : 'internal';
    const reason = messageOf(error);
    if (INVALID_REQUEST.includes(kind)) return invalid(ticks, reason);
    isNewestSent = false;
    const authenticated = !AUTHENTICATION_FAILED.includes(kind);
    const retryMs = authenticated ? backoff.next() : MAX_RETRY_MS;
    notBeforeMs = clock.monotonicMs() + retryMs;
    unhealthy = authenticated ? undefined : `authentication failed at report: ${reason}`;
    if (lastError !== reason)
      logger.warn({ reason, retryMs }, 'sending to report failed; ticks stay in the spool');
    lastError = reason;
  }

  /** An invalid request is retried tick by tick; the tick that is invalid alone is dropped. */
  function invalid(ticks: readonly SpooledTick[], reason: string) {
    if (ticks.length > 1) {
      for (const tick of ticks) oneByOne.add(tick.id);
      return;
    }
    forget(ticks);
    onDelivered({ sent: 0, refused: 0, invalid: samplesOf(ticks) });
    logger.error(
      { reason, time: formatInstant(ticks[0]!.timeMs) },
      'report rejected a tick as invalid; it is dropped',
    );
  }

  function forget(ticks: readonly SpooledTick[]) {
    spool.remove(ticks);
    for (const tick of ticks) oneByOne.delete(tick.id);
  }

  /** Until the next wake(); rejects with the signal's reason. */
  function woken(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = () => reject(signal.reason);
      signal.addEventListener('abort', end, { once: true });
      wakeUp = () => {
        signal.removeEventListener('abort', end);
        resolve();
      };
    });
  }

  return {
    async run(signal) {
      for (;;) {
        signal.throwIfAborted();
        spool.prune(clock.nowMs());
        if (spool.queued().ticks === 0) {
          oneByOne.clear();
          await woken(signal);
          continue;
        }
        const waitMs = notBeforeMs - clock.monotonicMs();
        if (waitMs > 0) {
          await clock.sleep(waitMs, signal);
          continue;
        }
        const ticks = nextRequest();
        // The spool counts ticks that it cannot read (its disk fails): not at full speed.
        if (ticks.length === 0) notBeforeMs = clock.monotonicMs() + FIRST_RETRY_MS;
        else await send(ticks, signal);
      }
    },
    wake() {
      isNewestSent = false;
      notBeforeMs = Math.max(notBeforeMs, clock.monotonicMs() + sendAfterMs);
      wakeUp?.();
      wakeUp = undefined;
    },
    unhealthy: () => unhealthy,
    lastError: () => lastError,
    takeClockOffset() {
      const taken = offsetS;
      offsetS = undefined;
      return taken;
    },
  };
}

const samplesOf = (ticks: readonly SpooledTick[]) => ticks.reduce((sum, tick) => sum + tick.samples, 0);

/** A call in flight has 2 s to end after the stop; then its ticks stay in the spool and go out after the next start. */
async function untilStopped<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    onAbort = () => void delay(STOP_GRACE_MS).then(() => reject(signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([call, stopped]);
  } finally {
    signal.removeEventListener('abort', onAbort!);
    call.catch(() => {});
  }
}
