// Writes lines to InfluxDB in batches: retries while the server is unavailable, and finds the lines that it rejects.
import { ExpectedError } from '../../domain/errors.ts';
import { formatInstant } from '../../domain/instant.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { BACKOFF, createBackoff, retry } from '../../runtime/retry.ts';
import type { RejectedSample } from '../store.ts';
import type { InfluxConnection } from './connection.ts';
import type { FailureKind, InfluxFailure } from './failure.ts';
import { type Line, rejectLine, splitLine } from './lines.ts';

const BATCH_LINES = 5_000;
const BATCH_CHARS = 4 * 1024 * 1024;
/** The write failed for its lines: a retry would fail as well. */
const LINE_FAILURES: ReadonlySet<FailureKind> = new Set(['malformed', 'partial', 'too_large']);

export type InfluxWriting = {
  /** Resolves with what the server rejected of the lines, when all others are stored. Rejects with UNAVAILABLE. */
  write(lines: readonly Line[]): Promise<RejectedSample[]>;
  stats(): Readonly<Record<string, number>>;
};

/** Lines of which the server rejected at least one. */
type RejectedLines = { readonly lines: readonly Line[]; readonly failure: InfluxFailure };

export type WritingParts = {
  readonly connection: InfluxConnection;
  /** How long a write is retried before it rejects. */
  readonly retryForMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
};

export function createInfluxWriting(parts: WritingParts): InfluxWriting {
  const { logger } = parts;
  const { send, counts } = createSending(parts);
  let rejectedNotes = 0;

  /** Writes lines of which some are rejected, until each other one was in a write that succeeded. */
  async function isolate({ lines, failure }: RejectedLines, rejected: RejectedSample[]): Promise<void> {
    const isAll = failure.kind === 'partial' && failure.dropped === lines.length;
    const single = lines.every((line) => line.fields.length <= 1);
    if (lines.length === 1 || (isAll && single)) {
      if (single) reject({ lines, failure }, rejected);
      // A wide line is rejected whole for one of its fields.
      else await writeEach(halves(lines.flatMap(splitLine)), rejected);
      return;
    }
    const suspects = suspectsOf({ lines, failure });
    await writeEach(suspects ?? halves(lines), rejected);
  }

  async function writeEach(parts: readonly (readonly Line[])[], rejected: RejectedSample[]): Promise<void> {
    for (const lines of parts) {
      if (lines.length === 0) continue;
      const failure = await send(lines);
      if (failure) await isolate({ lines, failure }, rejected);
    }
  }

  function reject({ lines, failure }: RejectedLines, rejected: RejectedSample[]): void {
    const reason = `InfluxDB rejected it: ${failure.message}`;
    for (const line of lines) {
      if (line.fields.length > 0) {
        rejected.push(...rejectLine(line, reason));
        continue;
      }
      rejectedNotes++;
      logger.warn(
        { line: line.text.slice(0, 200) },
        `InfluxDB rejected a line about a host: ${failure.message}`,
      );
    }
  }

  return {
    async write(lines) {
      const rejected: RejectedSample[] = [];
      for (let from = 0; from < lines.length; ) {
        let to = from;
        let chars = 0;
        while (to < lines.length && to - from < BATCH_LINES && (to === from || chars < BATCH_CHARS)) {
          chars += lines[to++]!.text.length;
        }
        await writeEach([lines.slice(from, to)], rejected);
        from = to;
      }
      return rejected;
    },
    stats: () => ({ ...counts, notes_rejected: rejectedNotes }),
  };
}

/** One batch to the server, again until it is stored, the server rejects lines of it, or the time is up. */
function createSending({ connection, retryForMs, clock, signal }: WritingParts) {
  const counts = { lines_written: 0, batches_written: 0, retries: 0 };
  /** Monotonic. */
  let rateLimitedUntilMs = 0;

  /** Rejects with an {@link InfluxFailure} for what a retry may fix, else with an ExpectedError. */
  async function attempt(text: string, deadlineMs: number): Promise<InfluxFailure | undefined> {
    const waitMs = rateLimitedUntilMs - clock.monotonicMs();
    if (rateLimitedUntilMs > deadlineMs) {
      const until = formatInstant(clock.nowMs() + waitMs);
      const message = `rate limited (Retry-After) until ${until}`;
      throw connection.failed('write', { kind: 'unavailable', message });
    }
    if (waitMs > 0) await clock.sleep(waitMs, signal);
    try {
      await connection.writeOnce(text);
      connection.succeeded('write');
      return undefined;
    } catch (thrown) {
      const failure = thrown as InfluxFailure;
      if (!LINE_FAILURES.has(failure.kind)) throw failure;
      connection.succeeded('write');
      return failure;
    }
  }

  /** As attempt; a bucket that is missing is created, once. */
  function withBucket(text: string, deadlineMs: number) {
    let created = false;
    return async (): Promise<InfluxFailure | undefined> => {
      try {
        return await attempt(text, deadlineMs);
      } catch (failure) {
        if ((failure as InfluxFailure).kind !== 'missing' || created) throw failure;
        created = true;
        await connection.prepare();
        return attempt(text, deadlineMs);
      }
    };
  }

  /** Undefined when all lines are stored, else what is wrong with them; rejects when it is not the lines. */
  async function send(lines: readonly Line[]): Promise<InfluxFailure | undefined> {
    const deadlineMs = clock.monotonicMs() + retryForMs;
    const text = lines.map((line) => line.text).join('\n');
    const failure = await retry(withBucket(text, deadlineMs), {
      backoff: createBackoff(BACKOFF.store),
      clock,
      signal,
      onRetry(thrown, delayMs) {
        if (thrown instanceof ExpectedError) throw thrown;
        const { kind, retryAfterMs } = thrown as InfluxFailure;
        const error = connection.failed('write', thrown as InfluxFailure);
        if (kind !== 'unavailable') throw error;
        const nowMs = clock.monotonicMs();
        if (retryAfterMs) rateLimitedUntilMs = nowMs + retryAfterMs;
        if (nowMs + delayMs > deadlineMs) throw error;
        counts.retries++;
      },
    });
    if (!failure) {
      counts.batches_written++;
      counts.lines_written += lines.length;
    }
    return failure;
  }

  return { send, counts };
}

const halves = (lines: readonly Line[]): (readonly Line[])[] => {
  const middle = Math.ceil(lines.length / 2);
  return [lines.slice(0, middle), lines.slice(middle)];
};

/**
 * A field that was once written as another type is rejected for every host at once. The server names it: its lines are
 * split from the others, so that one more write shows that all of them are rejected, and not one write for each.
 */
function suspectsOf({ lines, failure: { kind, message } }: RejectedLines): (readonly Line[])[] | undefined {
  const match = /input field "([^"]+)" on measurement "([^"]+)"/.exec(message);
  if (kind !== 'partial' || !match) return undefined;
  const [, field, measurement] = match;
  const has = (line: Line) =>
    line.measurement === measurement && line.fields.some(({ name }) => name === field);
  const named = lines.filter(has);
  if (named.length === 0) return undefined;
  const split = named.flatMap(splitLine);
  const found = split.filter(has);
  // Nothing was split: halves must do.
  if (found.length === lines.length) return undefined;
  return [[...lines, ...split].filter((line) => !has(line)), found];
}
