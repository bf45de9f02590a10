// Takes the records of a write apart: ticks into the head, what they say of their hosts into the book.
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import { createTickReader, samplesOf, type TickView } from '../../wire/tick-wire.ts';
import type { RejectedSample } from '../store.ts';
import type { DoneRecords } from './done-records.ts';
import type { Head } from './head.ts';
import type { HostBook } from './host-book.ts';
import type { RecordSpan } from './messages.ts';
import type { Positions } from './positions.ts';
import { phaseOf, weekOf, windowOf } from './windows.ts';

/** A window that begins so far ahead would stay open, and hold the bus log back, until its time has come. */
const AHEAD_MS = 24 * 3_600_000;

export type Ingested = { samples: number; readonly rejected: RejectedSample[] };
export type Ingest = (bytes: Uint8Array, spans: readonly RecordSpan[], nowMs: number) => Ingested;

export function createIngest(parts: {
  readonly head: Head;
  readonly book: HostBook;
  readonly positions: Positions;
  readonly done: DoneRecords;
  readonly retentionMs: number;
  /** Weeks up to this one were removed because of their size. */
  readonly removedThrough: () => number | undefined;
}): Ingest {
  const { head, book, positions, done, retentionMs, removedThrough } = parts;
  const reader = createTickReader();

  function fault(tick: TickView, nowMs: number): string | undefined {
    const at = () => `time ${new Date(tick.timeMs).toISOString()}`;
    if (!(Math.abs(tick.timeMs) <= 8.64e15)) return `time_ms ${tick.timeMs} is not a time in milliseconds`;
    if (tick.timeMs > nowMs + AHEAD_MS) return `${at()} is over 24 h ahead of the store's clock`;
    if (tick.timeMs < nowMs - retentionMs) {
      return `${at()} is past the retention of ${Math.round(retentionMs / 86_400_000)} d`;
    }
    const removed = removedThrough();
    if (removed !== undefined && weekOf(windowOf(tick.timeMs, phaseOf(tick.hostId))) <= removed) {
      return `${at()} is in a week that was removed to keep within the store's size limit`;
    }
    return undefined;
  }

  return (bytes, spans, nowMs) => {
    const result: Ingested = { samples: 0, rejected: [] };
    for (const span of spans) {
      const { partition, next, receivedMs, start, end } = span;
      const known = done.samplesOf(span);
      const record = positions.begin({ partition, next, receivedMs, bytes: end - start });
      if (known !== undefined) {
        result.samples += known;
        book.consumed(partition, receivedMs);
        positions.finish(record);
        continue;
      }
      const arrival = { record, nowMs };
      // Whether the ticks are live stands behind them in the record.
      const alive: [hostId: string, machineId: string][] = [];
      const onTick = (tick: TickView) => {
        const reason = fault(tick, nowMs);
        if (reason) {
          record.mustReplay = true;
          for (const { metric, labels, value } of samplesOf(tick)) {
            result.rejected.push({
              hostId: tick.hostId,
              timeMs: tick.timeMs,
              metric,
              labels,
              samples: 1,
              reason,
              value,
            });
          }
          return;
        }
        head.add(tick, arrival);
        book.see(tick);
        alive.push([tick.hostId, tick.machineId]);
        record.samples += tick.values.length;
      };
      try {
        const { refusals, backfill } = reader.readBatch(bytes.subarray(start, end), onTick);
        if (!backfill) for (const [hostId, machineId] of alive) book.hear(hostId, machineId, receivedMs);
        book.refuse(refusals, receivedMs);
      } catch (error) {
        positions.abandon(record);
        if (!(error instanceof RangeError)) throw error;
        throw new ExpectedError(
          'BAD_REQUEST',
          `the record before position ${next} of partition ${partition} cannot be decoded: ${messageOf(error)}`,
          { hint: 'Write the records one by one and set this one aside.' },
        );
      }
      result.samples += record.samples;
      book.consumed(partition, receivedMs);
      positions.finish(record);
    }
    return result;
  };
}
