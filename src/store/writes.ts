// Shared by all backends: splits a write, and finds why a tick or a record is rejected.
import { ExpectedError, messageOf } from '../domain/errors.ts';
import { timeError } from '../domain/tick.ts';
import { DecodeError } from '../wire/protobuf.ts';
import { samplesOf } from '../wire/tick-reader.ts';
import type { TickView } from '../wire/tick-view.ts';
import type { RecordKey, RejectedSample, StoreBatch } from './store.ts';

const PART_BYTES = 512 * 1024;

/**
 * How far ahead of its arrival, by report's clock, a sample may be. Wider than what report takes, since two servers' clocks differ;
 * nothing is later, so queries need not look further, and no window of the embedded store stays open for longer.
 */
const AHEAD_MS = 24 * 3_600_000;

/**
 * Why a time cannot be stored, or undefined. By report's clock at its arrival and never by the store's own: report has
 * judged it, and of two clocks that differ nobody knows which is right.
 */
export const storeTimeError = (timeMs: number, receivedMs: number, retentionMs: number): string | undefined =>
  timeError(timeMs, { nowMs: receivedMs, retentionMs, backfill: true, aheadMs: AHEAD_MS });

export const rejectTick = (
  tick: TickView,
  { partition, next }: RecordKey,
  reason: string,
): RejectedSample[] =>
  samplesOf(tick).map((sample) => ({
    record: { partition, next },
    hostId: tick.hostId,
    timeMs: tick.timeMs,
    ...sample,
    samples: 1,
    reason,
  }));

/** Throws what is no error of decoding. */
export function undecodable({ partition, next }: RecordKey, error: unknown): ExpectedError {
  if (!(error instanceof DecodeError)) throw error;
  return new ExpectedError(
    'BAD_REQUEST',
    `the record before position ${next} of partition ${partition} cannot be decoded: ${messageOf(error)}`,
  );
}

/**
 * Large writes in parts, so that none occupies its thread for long and queries get in between. In order; a record that
 * is larger by itself is a part of its own.
 */
export function* splitWrites(batches: readonly StoreBatch[]): Generator<readonly StoreBatch[]> {
  for (let from = 0; from < batches.length; ) {
    let bytes = batches[from]!.bytes.length;
    let to = from + 1;
    while (to < batches.length && bytes + batches[to]!.bytes.length <= PART_BYTES) {
      bytes += batches[to++]!.bytes.length;
    }
    yield batches.slice(from, to);
    from = to;
  }
}
