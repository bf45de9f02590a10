// Converts the records of a write into lines: samples, host records, rejections, watermarks.
import type { ExpectedError } from '../../domain/errors.ts';
import { createDerivedTicks } from '../../wire/derived-ticks.ts';
import { endMarksOf } from '../../wire/end-marks.ts';
import { createTickReader } from '../../wire/tick-reader.ts';
import { hasEndsAlone, type TickView } from '../../wire/tick-view.ts';
import type { RecordKey, RejectedSample, StoreBatch } from '../store.ts';
import { rejectTick, storeTimeError, undecodable } from '../writes.ts';
import { createHostLines, type HostNote, hostNote, refusalLines, watermarkLine } from './host-lines.ts';
import { endColumnOf } from './layout.ts';
import { createTickLines, type Line, noteLine } from './lines.ts';
import type { Marks } from './marks.ts';

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
  reset(): void;
  /** By partition, what is written: it does not come again. */
  settle(written: ReadonlyMap<number, number>): void;
  /** Where to begin after a restart: records before may be needed though they are written. */
  warmFrom(partition: number, offset: number): number;
};

export function createInfluxIntake(parts: {
  readonly retentionMs: () => number;
  readonly onTick: (hostId: string, timeMs: number) => void;
  readonly marks: Marks;
}): InfluxIntake {
  const reader = createTickReader();
  const derived = createDerivedTicks({ comeAgain: true });
  const tickLines = createTickLines();
  const endLines = createTickLines(endColumnOf);
  const hostNotes = createHostLines();

  /** No samples: what the server rejects of them is no dead letter. */
  function notesOf(ends: TickView, record: RecordKey): Line[] {
    const lines: Line[] = [];
    endLines.add({ ...ends, values: ends.values.map(() => 1) }, { record, lines, rejected: [] });
    return lines.map(({ text }) => noteLine(text));
  }

  function takeRecord({ partition, next, receivedMs, bytes }: StoreBatch, into: Intake): void {
    const record = { partition, next };
    const notes: HostNote[] = [];
    const lines: Line[] = [];
    const rejected: RejectedSample[] = [];
    let samples = 0;
    const onTick = (tick: TickView) => {
      const reason = tick.textError ?? storeTimeError(tick.timeMs, receivedMs, parts.retentionMs());
      if (reason) {
        rejected.push(...rejectTick(tick, record, reason));
        return;
      }
      const ends = endMarksOf(tick);
      if (ends) lines.push(...notesOf(ends, record));
      if (hasEndsAlone(tick)) return;
      samples += tickLines.add(tick, { record, lines, rejected });
      notes.push(hostNote(tick));
      parts.onTick(tick.hostId, tick.timeMs);
    };
    derived.begin({ partition, next, receivedMs });
    const { backfill, refusals } = reader.readBatch(bytes, (tick) => derived.take(tick, onTick));
    // Only now: a record that breaks off half way must leave no line behind. (A spread of thousands overflows the stack.)
    for (const line of lines) into.lines.push(line);
    for (const text of hostNotes.lines(notes, { receivedMs, backfill })) into.lines.push(noteLine(text));
    for (const sample of rejected) into.rejected.push(sample);
    into.samples += samples;
    for (const text of refusalLines(refusals, receivedMs)) into.lines.push(noteLine(text));
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
          // What came before it is written all the same: persist dead-letters this one and sends the rest again.
          intake.undecodable = undecodable(batch, error);
          break;
        }
        intake.ends.set(partition, Math.max(next, intake.ends.get(partition) ?? 0));
        marks.set(partition, Math.max(receivedMs, marks.get(partition) ?? 0));
      }
      // Last, so that no watermark is stored before the samples it speaks for.
      for (const [partition, receivedMs] of marks) {
        const pointMs = parts.marks.next(partition, receivedMs);
        if (pointMs !== undefined) intake.lines.push(noteLine(watermarkLine(partition, receivedMs, pointMs)));
      }
      return intake;
    },
    reset() {
      hostNotes.reset();
      parts.marks.reset();
    },
    settle: derived.settle,
    warmFrom: derived.warmFrom,
  };
}
