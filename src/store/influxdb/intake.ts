// Takes the records of a write apart into lines: samples, what ticks say of their hosts, refusals, watermarks.
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import { createTickReader, samplesOf, type TickView } from '../../wire/tick-wire.ts';
import type { RejectedSample, StoreBatch } from '../store.ts';
import { createTickLines, type Line, noteLine } from './lines.ts';
import { createHostNotes, type HostWord, hostWord, refusalLines, watermarkLine } from './notes.ts';

/** Ticks are taken this far ahead; nothing is later, and queries need not look further. */
export const AHEAD_MS = 24 * 3_600_000;

export type Intake = {
  readonly lines: Line[];
  readonly rejected: RejectedSample[];
  /** Samples in the lines. */
  samples: number;
  /** How far each partition is contained. */
  readonly ends: Map<number, number>;
  /** A record that could not be decoded: it and what comes after it are not in the lines. */
  undecodable?: ExpectedError;
};

export type InfluxIntake = {
  take(batches: readonly StoreBatch[]): Intake;
  /** A write failed: its records come again. */
  forget(): void;
};

export function createInfluxIntake(parts: {
  readonly nowMs: () => number;
  readonly retentionMs: () => number;
  readonly onTick: (hostId: string, timeMs: number) => void;
}): InfluxIntake {
  const reader = createTickReader();
  const tickLines = createTickLines();
  const notes = createHostNotes();

  function timeError(timeMs: number): string | undefined {
    if (!(Math.abs(timeMs) <= 8.64e15)) return `time_ms ${timeMs} is not a time in milliseconds`;
    const nowMs = parts.nowMs();
    const at = () => `time ${new Date(timeMs).toISOString()}`;
    if (timeMs > nowMs + AHEAD_MS) return `${at()} is over 24 h ahead of the store's clock`;
    if (timeMs >= nowMs - parts.retentionMs()) return undefined;
    return `${at()} is past the retention of ${Math.round(parts.retentionMs() / 86_400_000)} d`;
  }

  function takeRecord({ receivedMs, bytes }: StoreBatch, into: Intake): void {
    const words: HostWord[] = [];
    const lines: Line[] = [];
    const rejected: RejectedSample[] = [];
    let samples = 0;
    const { backfill, refusals } = reader.readBatch(bytes, (tick: TickView) => {
      const reason = timeError(tick.timeMs);
      if (reason) {
        const { hostId, timeMs } = tick;
        for (const sample of samplesOf(tick))
          rejected.push({ hostId, timeMs, ...sample, samples: 1, reason });
        return;
      }
      samples += tickLines.add(tick, { lines, rejected });
      words.push(hostWord(tick));
      parts.onTick(tick.hostId, tick.timeMs);
    });
    for (const line of lines) into.lines.push(line);
    for (const text of notes.lines(words, { receivedMs, backfill })) into.lines.push(noteLine(text));
    for (const sample of rejected) into.rejected.push(sample);
    into.samples += samples;
    if (timeError(receivedMs) === undefined) {
      for (const text of refusalLines(refusals, receivedMs)) into.lines.push(noteLine(text));
    }
  }

  return {
    take(batches) {
      const intake: Intake = { lines: [], rejected: [], samples: 0, ends: new Map() };
      const marks = new Map<number, number>();
      for (const batch of batches) {
        const { partition, next, receivedMs } = batch;
        try {
          takeRecord(batch, intake);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          intake.undecodable = new ExpectedError(
            'BAD_REQUEST',
            `the record before position ${next} of partition ${partition} cannot be decoded: ${messageOf(error)}`,
            { hint: 'Write the records one by one and set this one aside.' },
          );
          break;
        }
        intake.ends.set(partition, Math.max(next, intake.ends.get(partition) ?? 0));
        marks.set(partition, Math.max(receivedMs, marks.get(partition) ?? 0));
      }
      for (const [partition, receivedMs] of marks) {
        if (timeError(receivedMs) === undefined)
          intake.lines.push(noteLine(watermarkLine(partition, receivedMs)));
      }
      return intake;
    },
    forget: notes.forget,
  };
}
