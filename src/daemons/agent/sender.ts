// Sends the spool's ticks to report: the newest first, then the backlog, each until it is acknowledged.
import type { ReportAnswer, ReportService } from '../../api/report.ts';
import { hashOf } from '../../bus/partition.ts';
import { type ErrorCode, type ErrorKind, ExpectedError, messageOf } from '../../domain/errors.ts';
import { formatInstant } from '../../domain/instant.ts';
import { isTimeError } from '../../domain/tick.ts';
import { createBelievedClock } from '../../runtime/believed-time.ts';
import { type Clock, delay } from '../../runtime/clock.ts';
import { createThrottle, type Logger } from '../../runtime/logging.ts';
import { createBackoff } from '../../runtime/retry.ts';
import { encodeRequest } from '../../wire/tick-writer.ts';
import { createNextTry, REPORT_BACKOFF } from './next-try.ts';
import { createSendOrder } from './send-order.ts';
import type { Spool } from './spool.ts';
import type { SpooledTick } from './spool-file.ts';

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
  /** What stood in the way is gone: no wait until the next try. */
  retryNow(): void;
  /** There is a connection again: what waits because there was none is tried within seconds, and not after the rest of a minute. */
  connected(): void;
  /** Set while report rejects this agent's credentials. */
  unhealthy(): string | undefined;
  /** Why the last request failed, while it is being retried. */
  lastError(): string | undefined;
  /** Seconds that report's clock is ahead of this host's, by the latest answer; each answer is given once. */
  takeClockOffset(): number | undefined;
};

const MAX_DELAY_MS = 5_000;
const STOP_GRACE_MS = 2_000;
/** How long a tick that was refused for its time waits for its next try; it stays until its age limit. */
const HELD_FOR_MS = 5 * 60_000;
/** A clock that jumps ahead drops no tick for its age before that has lasted. */
const AGE_BELIEVED_AFTER_MS = 3_600_000;

/** When a host sends after its slot, so that ten thousand do not call at once. */
export const sendDelayMs = (hostId: string, intervalMs: number): number =>
  Math.floor((hashOf(hostId) / 2 ** 31) * Math.min(intervalMs / 10, MAX_DELAY_MS));

/** What a call ends with while there is no connection, or it takes long to be made. */
const UNANSWERED: readonly ErrorCode[] = ['UNREACHABLE', 'TIMEOUT'];
const AUTHENTICATION_FAILED: readonly ErrorKind[] = ['unauthenticated', 'not_allowed'];
const INVALID_REQUEST: readonly ErrorKind[] = ['usage', 'too_large'];

export function createSender(parts: SenderParts): Sender {
  const { spool, report, clock } = parts;
  const sendAfterMs = sendDelayMs(parts.hostId, parts.intervalMs);
  const order = createSendOrder(spool);
  const outcome = createOutcome(parts);
  const waking = createWaking(clock);
  const nextTry = createNextTry(parts);
  let offsetS: number | undefined;

  async function send(ticks: readonly SpooledTick[], signal: AbortSignal): Promise<void> {
    const request = encodeRequest(
      ticks.map((tick) => tick.bytes),
      false,
    );
    const startMs = clock.nowMs();
    const ended = nextTry.begun();
    try {
      const answer = await untilStopped(report.report(request), signal);
      const endMs = clock.nowMs();
      const kept = refusedForTime(ticks, answer);
      order.hold(kept, clock.monotonicMs() + HELD_FOR_MS);
      const gone = ticks.filter((tick) => !kept.includes(tick));
      order.remove(gone);
      const refusedSamples = answer.refusedSamples - samplesOf(kept);
      nextTry.answered();
      outcome.acknowledged(samplesOf(gone), { ...answer, refusedSamples });
      // Half of the round trip falls out of the mean of both ways.
      if (answer.receivedMs > 0) offsetS = (answer.receivedMs - startMs + answer.sentMs - endMs) / 2_000;
    } catch (error) {
      signal.throwIfAborted();
      failed(ticks, error);
    } finally {
      ended();
    }
  }

  function failed(ticks: readonly SpooledTick[], error: unknown) {
    const kind = error instanceof ExpectedError ? error.kind : 'internal';
    if (!INVALID_REQUEST.includes(kind)) {
      order.newestFirst();
      const isUnanswered = error instanceof ExpectedError && UNANSWERED.includes(error.code);
      nextTry.failed({ isUnanswered, retryMs: outcome.failed(kind, messageOf(error)) });
      return;
    }
    nextTry.answered();
    if (ticks.length > 1) {
      order.retryOneByOne(ticks);
    } else {
      order.remove(ticks);
      outcome.invalid(ticks[0]!, messageOf(error));
    }
  }

  return {
    async run(signal) {
      const ageTime = openAgeTime(parts);
      for (;;) {
        signal.throwIfAborted();
        spool.prune(ageTime.look({ wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() }).believedMs);
        if (spool.queued().ticks === 0) {
          order.clear();
          await waking.woken(signal);
          continue;
        }
        const due = nextTry.due(signal);
        if (due) {
          await due;
          continue;
        }
        const ticks = order.next(clock.monotonicMs());
        // The spool counts ticks that it cannot read (its disk fails): not at full speed.
        if (ticks.length === 0 && order.isHolding()) await waking.within(HELD_FOR_MS / 5, signal);
        else if (ticks.length === 0) nextTry.after(REPORT_BACKOFF.firstMs);
        else await send(ticks, signal);
      }
    },
    wake() {
      order.newestFirst();
      nextTry.notBefore(sendAfterMs);
      waking.wake();
    },
    retryNow: nextTry.now,
    connected: nextTry.connected,
    unhealthy: outcome.unhealthy,
    lastError: outcome.lastError,
    takeClockOffset() {
      const taken = offsetS;
      offsetS = undefined;
      return taken;
    },
  };
}

/** Waits for new ticks. */
function createWaking(clock: Clock) {
  let wakeUp: (() => void) | undefined;

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

  async function within(ms: number, signal: AbortSignal): Promise<void> {
    const waiting = new AbortController();
    const late = clock.sleep(ms, waiting.signal).catch(() => {});
    await Promise.race([woken(signal), late]).finally(() => waiting.abort());
  }

  return {
    woken,
    within,
    wake(): void {
      wakeUp?.();
      wakeUp = undefined;
    },
  };
}

/** The time by which ticks are too old, begun at the newest of them: a clock that is ahead at the start drops nothing either. */
function openAgeTime({ spool, clock }: SenderParts) {
  const [newest] = spool.newest({ samples: 1, bytes: 1 });
  const nowMs = clock.nowMs();
  return createBelievedClock({
    from: { believedMs: Math.min(nowMs, newest?.timeMs ?? nowMs), doubtedForMs: 0 },
    monotonicMs: clock.monotonicMs(),
    toleranceMs: AGE_BELIEVED_AFTER_MS,
    believeAfterMs: AGE_BELIEVED_AFTER_MS,
  });
}

/** Whole ticks whose time was refused: which of the two clocks is wrong, this side cannot know. */
function refusedForTime(
  ticks: readonly SpooledTick[],
  { refusals, refusedSamples }: ReportAnswer,
): readonly SpooledTick[] {
  const late = refusals.filter(({ metric, reason }) => metric === '' && isTimeError(reason));
  if (late.length === 0) return [];
  // An answer names the first hundred only.
  if (late.length === refusals.length && refusedSamples === samplesOf(ticks)) return ticks;
  const times = new Set(late.map(({ timeMs }) => timeMs));
  return ticks.filter(({ timeMs }) => times.has(timeMs));
}

/** What came of the requests: counted and logged, and when to try again. */
function createOutcome({ spool, clock, logger, onDelivered, random = Math.random }: SenderParts) {
  const mayLog = createThrottle(clock.monotonicMs, 3_600_000);
  const backoff = createBackoff({ ...REPORT_BACKOFF, random });
  let unhealthy: string | undefined;
  let lastError: string | undefined;

  return {
    unhealthy: () => unhealthy,
    lastError: () => lastError,
    acknowledged(samples: number, answer: ReportAnswer) {
      const refused = Math.min(answer.refusedSamples, samples);
      onDelivered({ sent: samples - refused, refused, invalid: 0 });
      for (const refusal of answer.refusals) {
        // Reasons name times and counts; their kind is logged once.
        if (!mayLog(`refused ${refusal.metric} ${refusal.reason.replace(/\d+/g, '#')}`)) continue;
        const { metric, labels, reason } = refusal;
        logger.warn(
          { metric, labels, reason, samples: refusal.samples },
          isTimeError(reason)
            ? 'report refused ticks for their time; they stay in the spool and are tried again'
            : 'report rejected samples; they are dropped',
        );
      }
      if (lastError !== undefined)
        logger.info({ queued: spool.queued().ticks }, 'report accepts ticks again');
      backoff.reset();
      unhealthy = lastError = undefined;
    },
    /** Milliseconds until the next try. */
    failed(kind: ErrorKind, reason: string): number {
      const authenticated = !AUTHENTICATION_FAILED.includes(kind);
      const retryMs = authenticated ? backoff.next() : REPORT_BACKOFF.maxMs;
      unhealthy = authenticated ? undefined : `authentication failed at report: ${reason}`;
      if (lastError !== reason)
        logger.warn({ reason, retryMs }, 'sending to report failed; ticks stay in the spool');
      lastError = reason;
      return retryMs;
    },
    /** It was sent alone and dropped: no other tick suffers for it, and a retry could only be rejected again. */
    invalid(tick: SpooledTick, reason: string) {
      onDelivered({ sent: 0, refused: 0, invalid: tick.samples });
      logger.error(
        { reason, time: formatInstant(tick.timeMs) },
        'report rejected a tick as invalid; it is dropped',
      );
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
