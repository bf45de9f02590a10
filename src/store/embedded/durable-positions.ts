// Which records are completely in files: the offset of each partition up to which nothing can be lost in a crash.

/** A record on its way into the files. */
export type RecordRef = {
  readonly partition: number;
  readonly next: number;
  readonly receivedMs: number;
  readonly bytes: number;
  /** Samples stored. */
  samples: number;
  /** Units in the head that hold samples of it; one more while it is being read. */
  pending: number;
  /** When it was read to its end: its place among all records. */
  sequence: number;
  /** A replay must read it even when all its samples are in files. */
  mustReplay: boolean;
  /** Rates of what follows may need it. */
  hasCounters: boolean;
};

export type Positions = {
  begin(record: { partition: number; next: number; receivedMs: number; bytes: number }): RecordRef;
  /** It was read to its end. */
  finish(ref: RecordRef): void;
  /** It cannot be decoded: the durable position does not wait for it. */
  reject(ref: RecordRef): void;
  /** A unit with samples of it is in its file. */
  release(ref: RecordRef): void;
  /** hosts.sqlite was flushed; returns the records merged since the last call, which a replay may skip. */
  hostsFlushed(): RecordRef[];
  /** Never moves back. Without partitions that have no durable record yet. */
  durable(): ReadonlyMap<number, number>;
};

type Queue = { end: number; records: RecordRef[]; first: number; durable: number };

/** `warmFrom`: where a replay has to begin for what is not in files, since records before that may be needed for it. */
export function createPositions(
  warmFrom: (partition: number, position: number) => number = (_, position) => position,
): Positions {
  const queues = new Map<number, Queue>();
  const durable = new Map<number, number>();
  let sequence = 0;
  let flushedThrough = 0;
  let merged: RecordRef[] = [];

  function queueOf(partition: number): Queue {
    let queue = queues.get(partition);
    if (!queue) {
      queue = { end: Number.NEGATIVE_INFINITY, records: [], first: 0, durable: Number.NEGATIVE_INFINITY };
      queues.set(partition, queue);
    }
    return queue;
  }

  const isDone = (ref: RecordRef) => ref.pending === 0 && ref.sequence <= flushedThrough;

  function release(ref: RecordRef): void {
    if (--ref.pending === 0 && ref.samples > 0 && !ref.mustReplay) merged.push(ref);
  }

  return {
    begin({ partition, next, receivedMs, bytes }) {
      const queue = queueOf(partition);
      const isNew = next > queue.end;
      const ref: RecordRef = {
        partition,
        next,
        receivedMs,
        bytes,
        samples: 0,
        pending: 1,
        sequence: Number.POSITIVE_INFINITY,
        mustReplay: false,
        hasCounters: false,
      };
      // One that was written before is in the queue already, or durable.
      if (isNew) queue.records.push(ref);
      return ref;
    },
    finish(ref) {
      ref.sequence = ++sequence;
      const queue = queueOf(ref.partition);
      queue.end = Math.max(queue.end, ref.next);
      release(ref);
    },
    reject(ref) {
      const { records } = queueOf(ref.partition);
      if (records.at(-1) === ref) records.pop();
      ref.mustReplay = true;
    },
    release,
    hostsFlushed() {
      flushedThrough = sequence;
      const skippable = merged;
      merged = [];
      return skippable;
    },
    durable() {
      for (const [partition, queue] of queues) {
        const { records } = queue;
        while (queue.first < records.length && isDone(records[queue.first]!)) {
          queue.durable = records[queue.first++]!.next;
        }
        if (queue.first > 1_000 && queue.first * 2 > records.length) {
          records.splice(0, queue.first);
          queue.first = 0;
        }
        if (!Number.isFinite(queue.durable)) continue;
        const position = warmFrom(partition, queue.durable);
        if (position > (durable.get(partition) ?? Number.NEGATIVE_INFINITY)) durable.set(partition, position);
      }
      return durable;
    },
  };
}
