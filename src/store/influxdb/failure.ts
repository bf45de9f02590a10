// What a failed request to InfluxDB means: who is to blame, whether to try again, and when.
import { ExpectedError, messageOf } from '../../domain/errors.ts';

/**
 * malformed: nothing of the lines was stored; partial: all but some were; too_large: the request, not its lines;
 * denied: the token; missing: the bucket or the organization; away: try again.
 */
export type FailureKind = 'malformed' | 'partial' | 'too_large' | 'denied' | 'missing' | 'away';

export type InfluxFailure = {
  readonly kind: FailureKind;
  /** What the server, or the connection, said. */
  readonly says: string;
  /** How many lines a partial write left out; undefined when the server does not say. */
  readonly dropped?: number;
  /** How long it asked to be left alone. */
  readonly retryAfterMs?: number;
};

const MAX_RETRY_AFTER_MS = 300_000;
const MAX_WORDS = 300;
const DRIVER_ERRORS = new Set(['RequestTimedOutError', 'AbortError']);

type Thrown = {
  readonly statusCode?: number;
  readonly code?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
};

/** True for what the connection or the server failed with; anything else thrown is a bug, or was decided already. */
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
  const words = messageOf(error).slice(0, MAX_WORDS);
  if (statusCode === undefined) return { kind: 'away', says: describeConnection(error, code) };
  const says = `${statusCode}: ${words}`;
  switch (statusCode) {
    case 400:
      // Only the server's own verdict on lines blames them: nothing else may make dead letters of good samples.
      return { kind: /^unable to parse/.test(words) ? 'malformed' : 'away', says };
    case 422: {
      if (code !== 'unprocessable entity') return { kind: 'away', says };
      const dropped = /dropped=(\d+)/.exec(messageOf(error))?.[1];
      return { kind: 'partial', says: words, ...(dropped && { dropped: Number(dropped) }) };
    }
    case 401:
    case 403:
      return { kind: 'denied', says };
    case 404:
      return { kind: 'missing', says };
    case 413:
      return { kind: 'too_large', says };
    default: {
      const retryAfterMs = retryAfter(headers?.['retry-after'], nowMs);
      return { kind: 'away', says, ...(retryAfterMs !== undefined && { retryAfterMs }) };
    }
  }
}

/** Seconds, or a date; the driver's own reading knows only the first and loses the unit. */
function retryAfter(header: unknown, nowMs: number): number | undefined {
  if (typeof header !== 'string') return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS) : undefined;
}

function describeConnection(error: unknown, code: string | undefined): string {
  if (code === 'ECONNREFUSED') return 'nothing listens there';
  if ((error as Error | null)?.name === 'RequestTimedOutError') return 'it did not answer in time';
  const words = messageOf(error);
  return words === '' ? (code ?? 'the connection broke') : words.slice(0, MAX_WORDS);
}

export type Where = { readonly url: string; readonly org: string; readonly bucket: string };

/** The failure as a caller of the store sees it: always `unavailable`, since nothing may be committed after it. */
export function unavailable(failure: InfluxFailure, { url, org, bucket }: Where): ExpectedError {
  const at = `InfluxDB at ${new URL(url).origin}`;
  if (failure.kind === 'denied') {
    return new ExpectedError('UNAVAILABLE', `${at} refuses the token (${failure.says})`, {
      hint: `Set store.token to one that may read and write the bucket ${bucket}.`,
    });
  }
  if (failure.kind === 'missing') {
    return new ExpectedError('UNAVAILABLE', `${at} has no such bucket or organization (${failure.says})`, {
      hint: `Make the bucket ${bucket} of the organization ${org}, or look at store.org and store.bucket.`,
    });
  }
  return new ExpectedError('UNAVAILABLE', `${at} cannot work now: ${failure.says}`, {
    hint: 'Start InfluxDB or look at its log; it is tried again.',
  });
}
