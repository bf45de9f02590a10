// Which records are wholly in files, hence before which position of a partition a crash loses nothing.

/** A record on its way into the files. */
export type RecordRef = {
  readonly partition: number;
  /** The position before it. -Infinity for the first of a partition in this run: nobody knows. */
  readonly start: number;
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
};

export type Positions = {
  begin(record: { partition: number; next: number; receivedMs: number; bytes: number }): RecordRef;
  /** It was read to its end. */
  finish(ref: RecordRef): void;
  /** It was refused: it holds nothing back any more. */
  abandon(ref: RecordRef): void;
  /** A unit with samples of it is in its file. */
  release(ref: RecordRef): void;
  /** hosts.sqlite was flushed; returns the records merged since the last call, which a replay may skip. */
  hostsFlushed(): RecordRef[];
  /** Never moves back. Partitions of which nothing can be said yet are left out. */
  durable(): ReadonlyMap<number, number>;
};

type Lane = { end: number; queue: RecordRef[]; head: number; durable: number };

export function createPositions(): Positions {
  const lanes = new Map<number, Lane>();
  const durable = new Map<number, number>();
  let sequence = 0;
  let flushedThrough = 0;
  let settled: RecordRef[] = [];

  function laneOf(partition: number): Lane {
    let lane = lanes.get(partition);
    if (!lane) {
      lane = { end: Number.NEGATIVE_INFINITY, queue: [], head: 0, durable: Number.NEGATIVE_INFINITY };
      lanes.set(partition, lane);
    }
    return lane;
  }

  const isDone = (ref: RecordRef) => ref.pending === 0 && ref.sequence <= flushedThrough;

  function release(ref: RecordRef): void {
    if (--ref.pending === 0 && ref.samples > 0 && !ref.mustReplay) settled.push(ref);
  }

  return {
    begin({ partition, next, receivedMs, bytes }) {
      const lane = laneOf(partition);
      const isNew = next > lane.end;
      const ref: RecordRef = {
        partition,
        start: lane.end,
        next,
        receivedMs,
        bytes,
        samples: 0,
        pending: 1,
        sequence: Number.POSITIVE_INFINITY,
        mustReplay: false,
      };
      // One that came before holds its place already, or is durable.
      if (isNew) lane.queue.push(ref);
      return ref;
    },
    finish(ref) {
      ref.sequence = ++sequence;
      const lane = laneOf(ref.partition);
      lane.end = Math.max(lane.end, ref.next);
      release(ref);
    },
    abandon(ref) {
      const { queue } = laneOf(ref.partition);
      if (queue.at(-1) === ref) queue.pop();
      ref.mustReplay = true;
    },
    release,
    hostsFlushed() {
      flushedThrough = sequence;
      const known = settled;
      settled = [];
      return known;
    },
    durable() {
      for (const [partition, lane] of lanes) {
        while (lane.head < lane.queue.length && isDone(lane.queue[lane.head]!)) {
          lane.durable = lane.queue[lane.head++]!.next;
        }
        if (lane.head > 1_000 && lane.head * 2 > lane.queue.length) {
          lane.queue.splice(0, lane.head);
          lane.head = 0;
        }
        if (Number.isFinite(lane.durable)) durable.set(partition, lane.durable);
      }
      return durable;
    },
  };
}
