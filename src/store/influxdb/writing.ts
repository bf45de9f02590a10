// Gets lines into InfluxDB: in batches, tried again while the server is away, and the lines it refuses found one by one.
import { formatInstant } from '../../domain/instant.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import type { RejectedSample } from '../store.ts';
import type { InfluxConnection } from './connection.ts';
import type { InfluxFailure } from './failure.ts';
import { type Line, rejectLine, splitLine } from './lines.ts';

const BATCH_LINES = 5_000;
const BATCH_CHARS = 4 * 1024 * 1024;
const BACKOFF_MS = { first: 200, most: 5_000 };

export type InfluxWriting = {
  /** Resolves with what the server refused of the lines, when all others are stored. Rejects with UNAVAILABLE. */
  write(lines: readonly Line[]): Promise<RejectedSample[]>;
  stats(): Readonly<Record<string, number>>;
};

/** Lines of which the server refused at least one. */
type Refused = { readonly lines: readonly Line[]; readonly failure: InfluxFailure };

export function createInfluxWriting(parts: {
  readonly connection: InfluxConnection;
  /** How long a write is tried again before its caller is told. */
  readonly retryForMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}): InfluxWriting {
  const { connection, retryForMs, clock, logger, signal } = parts;
  const counts = { lines_written: 0, batches_written: 0, retries: 0, notes_refused: 0 };
  /** Until when the server asked to be left alone. */
  let quietUntilMs = 0;

  /** Undefined when all is stored, else what is wrong with the lines; rejects when it is not the lines. */
  async function send(lines: readonly Line[]): Promise<InfluxFailure | undefined> {
    const text = lines.map((line) => line.text).join('\n');
    const giveUpMs = clock.nowMs() + retryForMs;
    let made = false;
    for (let backoffMs = BACKOFF_MS.first; ; backoffMs = Math.min(2 * backoffMs, BACKOFF_MS.most)) {
      if (quietUntilMs > giveUpMs) {
        const says = `it asked to be left alone until ${formatInstant(quietUntilMs)}`;
        throw connection.blame('write', { kind: 'away', says });
      }
      await clock.sleepUntil(quietUntilMs, signal);
      try {
        await connection.writeOnce(text);
        counts.batches_written++;
        counts.lines_written += lines.length;
        connection.worked('write');
        return undefined;
      } catch (thrown) {
        const failure = thrown as InfluxFailure;
        if (failure.kind === 'malformed' || failure.kind === 'partial' || failure.kind === 'too_large') {
          connection.worked('write');
          return failure;
        }
        signal.throwIfAborted();
        if (failure.kind === 'missing' && !made) {
          made = true;
          await connection.prepare().catch((why) => Promise.reject(connection.blame('write', why)));
          continue;
        }
        const error = connection.blame('write', failure);
        if (failure.kind !== 'away') throw error;
        if (failure.retryAfterMs) quietUntilMs = clock.nowMs() + failure.retryAfterMs;
        // Half of it by chance: several writers would else come back together.
        const nextMs = clock.nowMs() + backoffMs * (0.5 + Math.random() / 2);
        if (nextMs > giveUpMs) throw error;
        counts.retries++;
        await clock.sleepUntil(nextMs, signal);
      }
    }
  }

  /** Writes lines of which some are refused, until each that is not was in a write that succeeded. */
  async function isolate({ lines, failure }: Refused, rejected: RejectedSample[]): Promise<void> {
    const isAll = failure.kind === 'partial' && failure.dropped === lines.length;
    const single = lines.every((line) => line.fields.length <= 1);
    if (lines.length === 1 || (isAll && single)) {
      if (single) reject({ lines, failure }, rejected);
      // A wide line is refused whole for one of its fields.
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

  function reject({ lines, failure }: Refused, rejected: RejectedSample[]): void {
    const reason = `InfluxDB refuses it: ${failure.says}`;
    for (const line of lines) {
      if (line.fields.length > 0) {
        rejected.push(...rejectLine(line, reason));
        continue;
      }
      counts.notes_refused++;
      logger.warn(
        { line: line.text.slice(0, 200) },
        `what is known of a host could not be written: ${failure.says}`,
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
    stats: () => ({ ...counts }),
  };
}

const halves = (lines: readonly Line[]): (readonly Line[])[] => {
  const middle = Math.ceil(lines.length / 2);
  return [lines.slice(0, middle), lines.slice(middle)];
};

/**
 * A field that was once written as another type is refused for every host at once. The server names it: its lines are
 * parted from the others, so that one more write tells that all of them are refused, and not one for each.
 */
function suspectsOf({ lines, failure: { kind, says } }: Refused): (readonly Line[])[] | undefined {
  const named = /input field "([^"]+)" on measurement "([^"]+)"/.exec(says);
  if (kind !== 'partial' || !named) return undefined;
  const [, field, measurement] = named;
  const has = (line: Line) =>
    line.measurement === measurement && line.fields.some(({ name }) => name === field);
  const [with_, without] = [lines.filter(has), lines.filter((line) => !has(line))];
  if (with_.length === 0) return undefined;
  const split = with_.flatMap(splitLine);
  const found = split.filter(has);
  // Nothing was parted: halves must do.
  if (found.length === lines.length) return undefined;
  return [[...without, ...split.filter((line) => !has(line))], found];
}
