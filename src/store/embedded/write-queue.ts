// Sends writes to the writer thread in order, large ones split, two in flight at most, so that queries get in between.

import type { RejectedSample, StoreBatch, WriteResult } from '../store.ts';
import { splitWrites } from '../writes.ts';
import type { RecordSpan } from './messages.ts';

/** With more in flight a query would wait behind them; with one the writer would wait for the main loop. */
const MAX_IN_FLIGHT = 2;

export type PackedWrite = { readonly bytes: Uint8Array; readonly spans: readonly RecordSpan[] };

export type WriteQueue = {
  write(batches: readonly StoreBatch[]): Promise<WriteResult>;
  idle(): Promise<void>;
  stats(): Readonly<Record<string, number>>;
};

export function createWriteQueue(send: (write: PackedWrite) => Promise<WriteResult>): WriteQueue {
  const waiting: (() => void)[] = [];
  const running = new Set<Promise<unknown>>();
  let inFlight = 0;
  let samples = 0;

  async function sendInTurn(batches: readonly StoreBatch[]): Promise<WriteResult> {
    if (inFlight >= MAX_IN_FLIGHT) await new Promise<void>((resolve) => waiting.push(resolve));
    else inFlight++;
    try {
      // Copied only now: what waits costs no memory, and the caller's buffer stays the caller's.
      return await send(packed(batches));
    } finally {
      const next = waiting.shift();
      if (next) next();
      else inFlight--;
    }
  }

  /** One part after the other: nothing after one that failed may count as written. */
  async function writeAll(batches: readonly StoreBatch[]): Promise<WriteResult> {
    const rejected: RejectedSample[] = [];
    let written = 0;
    for (const part of splitWrites(batches)) {
      const result = await sendInTurn(part);
      written += result.samples;
      samples += result.samples;
      rejected.push(...result.rejected);
    }
    return { samples: written, rejected };
  }

  return {
    write(batches) {
      const write = writeAll(batches);
      running.add(write);
      const done = () => running.delete(write);
      write.then(done, done);
      return write;
    },
    async idle() {
      while (running.size > 0) await Promise.allSettled(running);
    },
    stats: () => ({ samples, writes_waiting: waiting.length }),
  };
}

function packed(batches: readonly StoreBatch[]): PackedWrite {
  const bytes = new Uint8Array(batches.reduce((sum, batch) => sum + batch.bytes.length, 0));
  let at = 0;
  const spans = batches.map((batch) => {
    const start = at;
    bytes.set(batch.bytes, at);
    at += batch.bytes.length;
    return { partition: batch.partition, next: batch.next, receivedMs: batch.receivedMs, start, end: at };
  });
  return { bytes, spans };
}
