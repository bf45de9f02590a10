// Classifies failed requests to InfluxDB: bad lines, token, bucket or server, and when to retry.
import { connectionWords, ExpectedError, messageOf } from '../../domain/errors.ts';
import { retryAfterMs } from '../../runtime/retry.ts';

/**
 * malformed: nothing of the lines was stored; partial: all but some were; too_large: the request, not its lines;
 * denied: the token; missing: the bucket or the organization; unavailable: retry.
 */
export type FailureKind = 'malformed' | 'partial' | 'too_large' | 'denied' | 'missing' | 'unavailable';

export type InfluxFailure = {
  readonly kind: FailureKind;
  /** What the server, or the connection, said. */
  readonly message: string;
  /** How many lines a partial write dropped; undefined when the server does not say. */
  readonly dropped?: number;
  /** The server's Retry-After. */
  readonly retryAfterMs?: number;
};

const MAX_RETRY_AFTER_MS = 300_000;
const MAX_CHARS = 300;
const DRIVER_ERRORS = new Set(['RequestTimedOutError', 'AbortError']);

type Thrown = {
  readonly statusCode?: number;
  readonly code?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
};

/** True for errors of the connection or the server; anything else thrown is a bug or an ExpectedError. */
export function isServerError(error: unknown): boolean {
  const { statusCode, code, name } = (error ?? {}) as Thrown & { readonly name?: string };
  return (
    statusCode !== undefined ||
    (code !== undefined && !(error instanceof ExpectedError)) ||
    DRIVER_ERRORS.has(name ?? '')
  );
}

export function failureOf(error: unknown, nowMs: number): InfluxFailure {
  const { statusCode, code, headers } = (error ?? {}) as Thrown;
  const text = messageOf(error).slice(0, MAX_CHARS);
  if (statusCode === undefined)
    return { kind: 'unavailable', message: connectionWords(error).slice(0, MAX_CHARS) };
  const message = `${statusCode}: ${text}`;
  switch (statusCode) {
    case 400:
      // Only the server's own verdict on lines counts: nothing else may dead-letter good samples.
      return { kind: /^unable to parse/.test(text) ? 'malformed' : 'unavailable', message };
    case 422: {
      if (code !== 'unprocessable entity') return { kind: 'unavailable', message };
      const dropped = /dropped=(\d+)/.exec(messageOf(error))?.[1];
      return { kind: 'partial', message: text, ...(dropped && { dropped: Number(dropped) }) };
    }
    case 401:
    case 403:
      return { kind: 'denied', message };
    case 404:
      return { kind: 'missing', message };
    case 413:
      return { kind: 'too_large', message };
    default: {
      // The driver's own reading knows only seconds and loses the unit.
      const afterMs = retryAfterMs(headers?.['retry-after'], { nowMs, maxMs: MAX_RETRY_AFTER_MS });
      return { kind: 'unavailable', message, ...(afterMs !== undefined && { retryAfterMs: afterMs }) };
    }
  }
}

export type InfluxTarget = { readonly url: string; readonly org: string; readonly bucket: string };

/** The failure as a caller of the store sees it: always of kind `unavailable`, since nothing may be committed after it. */
export function unavailable(failure: InfluxFailure, { url, org, bucket }: InfluxTarget): ExpectedError {
  const at = `InfluxDB at ${new URL(url).origin}`;
  if (failure.kind === 'denied') {
    return new ExpectedError('UNAVAILABLE', `${at} rejected the token (${failure.message})`, {
      hint: `Set store.token to one that is active and may read and write the bucket ${bucket}; to create the bucket it must read the organization ${org} too.`,
    });
  }
  if (failure.kind === 'missing') {
    return new ExpectedError('UNAVAILABLE', `${at} has no such bucket or organization (${failure.message})`, {
      hint: `Create the bucket ${bucket} of the organization ${org}, or check store.org and store.bucket.`,
    });
  }
  return new ExpectedError('UNAVAILABLE', `${at} is unavailable: ${failure.message}`, {
    hint: hintOf(failure.message),
  });
}

function hintOf(message: string): string {
  // It tries a shard once in its life: with room again it goes on refusing until it is restarted.
  if (message.includes('opening shard previously failed'))
    return "Look for the cause in InfluxDB's log (a full disk: make room), then restart InfluxDB: a shard that failed to open stays shut until then.";
  if (/no space left|disk quota/i.test(message)) return "Make room on InfluxDB's disk; minimon retries.";
  return 'Start InfluxDB or look at its log; minimon retries.';
}
