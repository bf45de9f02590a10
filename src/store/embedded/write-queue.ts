// Hands writes to the writer in order and in portions, so that little waits in its way and queries get in between.
import type { RejectedSample, StoreBatch, WriteResult } from '../store.ts';
import type { RecordSpan } from './messages.ts';

const PORTION_BYTES = 512 * 1024;
/** With more under way a query would wait behind them; with one the writer would wait for the main loop. */
const UNDER_WAY = 2;

export type Portion = { readonly bytes: Uint8Array; readonly spans: readonly RecordSpan[] };

export type WriteQueue = {
  write(batches: readonly StoreBatch[]): Promise<WriteResult>;
  idle(): Promise<void>;
  stats(): Readonly<Record<string, number>>;
};

export function createWriteQueue(send: (portion: Portion) => Promise<WriteResult>): WriteQueue {
  const waiting: (() => void)[] = [];
  const running = new Set<Promise<unknown>>();
  let underWay = 0;
  let samples = 0;

  async function sendInTurn(batches: readonly StoreBatch[]): Promise<WriteResult> {
    if (underWay >= UNDER_WAY) await new Promise<void>((resolve) => waiting.push(resolve));
    else underWay++;
    try {
      // Copied only now: what waits costs nothing, and the caller's buffer stays the caller's.
      return await send(portionOf(batches));
    } finally {
      const next = waiting.shift();
      if (next) next();
      else underWay--;
    }
  }

  /** One portion after the other: past one that failed nothing of the same write may be counted as written. */
  async function writeAll(batches: readonly StoreBatch[]): Promise<WriteResult> {
    const rejected: RejectedSample[] = [];
    let written = 0;
    for (let from = 0; from < batches.length; ) {
      let bytes = batches[from]!.bytes.length;
      let to = from + 1;
      while (to < batches.length && bytes + batches[to]!.bytes.length <= PORTION_BYTES) {
        bytes += batches[to++]!.bytes.length;
      }
      const result = await sendInTurn(batches.slice(from, to));
      written += result.samples;
      samples += result.samples;
      rejected.push(...result.rejected);
      from = to;
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

function portionOf(batches: readonly StoreBatch[]): Portion {
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
