// Maps HTTP answers to outcomes, where all vendors agree: redirects, timeouts, rate limits, server errors, answers that
// are not JSON.
import { roughDuration } from '../domain/duration.ts';
import type { Clock } from '../runtime/clock.ts';
import { retryAfterMs } from '../runtime/retry.ts';
import type { HttpAnswer, HttpResult } from './http-transport.ts';
import type { Outcome } from './receiver.ts';

/** The longest Retry-After that is honoured: later the alert may be over. */
export const MAX_RETRY_AFTER_MS = 3_600_000;
/** Attempts at what looks like a temporary server error but may be a wrong address. */
export const DOUBTFUL_TRIES = 3;
/** From this on a wrong clock, not the network, explains a rejected time stamp. */
const CLOCK_TOLERANCE_MS = 60_000;

/** The outcome of what is no answer or the same for every kind; `judge` decides about 2xx and other 4xx. */
export function outcomeOf(result: HttpResult, clock: Clock, judge: (answer: HttpAnswer) => Outcome): Outcome {
  if (result.kind === 'no_answer') return { kind: 'unknown', reason: result.reason };
  if (result.kind === 'not_sent') {
    return { kind: result.blocked ? 'refused' : 'retry', reason: result.reason };
  }
  const { status } = result;
  if (status >= 300 && status < 400) {
    return { kind: 'refused', reason: `answers with a redirect (${status}) to ${redirectTarget(result)}` };
  }
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const at = { nowMs: clock.nowMs(), maxMs: MAX_RETRY_AFTER_MS };
    const afterMs = retryAfterMs(result.headers['retry-after'], at);
    return {
      kind: 'retry',
      reason: answered(result),
      ...(afterMs === undefined ? {} : { afterMs }),
    };
  }
  return judge(result);
}

/**
 * `answered 400: no_text`. The whole body, as secrets are looked for in it before it is cut; so a note stands before it.
 */
export function answered({ status, body }: HttpAnswer, note?: string): string {
  const text = body.replace(/\s+/g, ' ').trim();
  return `answered ${status}${note === undefined ? '' : ` (${note})`}: ${text === '' ? '(empty)' : text}`;
}

/** 2xx is sent, all else refused. */
export const judgeByStatus = (answer: HttpAnswer): Outcome =>
  answer.status >= 200 && answer.status < 300
    ? { kind: 'sent' }
    : { kind: 'refused', reason: answered(answer) };

export type JsonObject = Readonly<Record<string, unknown>>;

/** The outcome by the JSON object that was promised; where it is none (a proxy's page, nothing), what that means. */
export function judgeJson(answer: HttpAnswer, judge: (json: JsonObject) => Outcome): Outcome {
  const json = parseObject(answer.body);
  if (json !== undefined) return judge(json);
  const reason = answered(answer, 'not the JSON object that this kind answers with');
  return answer.status >= 400
    ? { kind: 'refused', reason }
    : { kind: 'retry', reason, maxTries: DOUBTFUL_TRIES };
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Where the answer's date says that our clock is off: what a rejected time stamp means. */
export function clockHint({ headers }: HttpAnswer, clock: Clock): string | undefined {
  const theirs = Date.parse(headers['date'] ?? '');
  const offsetMs = clock.nowMs() - theirs;
  if (!Number.isFinite(offsetMs) || Math.abs(offsetMs) < CLOCK_TOLERANCE_MS) return undefined;
  const side = offsetMs < 0 ? 'behind' : 'ahead of';
  return `this machine's clock is off: ${roughDuration(Math.abs(offsetMs))} ${side} the receiver's`;
}

/** Scheme, host and path; a query may hold what we sent. */
function redirectTarget({ headers }: HttpAnswer): string {
  const location = headers['location'];
  if (location === undefined) return 'nowhere';
  return location.replace(/[?#].*$/s, '');
}
