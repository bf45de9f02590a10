// Where a topic begins and ends and a group's offsets in it, and the lag that follows.
import type { Admin } from 'kafkajs';
import { delay } from '../../runtime/clock.ts';
import type { BusLag } from '../bus.ts';

export type PartitionOffsets = {
  /** The earliest record that still exists, or the end. */
  readonly low: number;
  /** After the newest record. */
  readonly end: number;
  /** Undefined where the group never committed (or the topic was deleted since). */
  readonly committed: number | undefined;
  /** The driver wrote "the earliest" over an offset that was gone. */
  readonly reset: boolean;
};

const EARLIEST = -2;

type Place = { readonly topic: string; readonly group: string };

const TRIES = 10;
const PAUSE_MS = 200;

/** Repeated while the group's coordinator or a leader moves: the driver does not do that by itself. */
export async function readOffsets(admin: Admin, at: Place): Promise<ReadonlyMap<number, PartitionOffsets>> {
  for (let tries = 1; ; tries++) {
    try {
      return await readOnce(admin, at);
    } catch (error) {
      const passing = error instanceof Error && error.name === 'KafkaJSProtocolError' && 'retriable' in error;
      if (!passing || !error.retriable || tries === TRIES) throw error;
      await delay(PAUSE_MS);
    }
  }
}

async function readOnce(admin: Admin, at: Place): Promise<ReadonlyMap<number, PartitionOffsets>> {
  const [ends, groups] = await Promise.all([
    admin.fetchTopicOffsets(at.topic),
    admin.fetchOffsets({ groupId: at.group, topics: [at.topic] }),
  ]);
  const committed = new Map(
    groups
      .flatMap(({ partitions }) => partitions)
      .map(({ partition, offset }) => [partition, Number(offset)]),
  );
  return new Map(
    ends.map(({ partition, low, high }) => {
      const stored = committed.get(partition) ?? -1;
      // Negative offsets are the protocol's words for "none" and "the earliest".
      return [
        partition,
        {
          low: Number(low),
          end: Number(high),
          committed: stored < 0 ? undefined : stored,
          reset: stored === EARLIEST,
        },
      ];
    }),
  );
}

/** `positions` are those of the consumer here; partitions of other consumers are at their committed offset. */
export function lagOf(
  offsets: ReadonlyMap<number, PartitionOffsets>,
  positions: ReadonlyMap<number, number> = new Map(),
): readonly BusLag[] {
  return [...offsets]
    .sort(([a], [b]) => a - b)
    .map(([partition, { low, end, committed: known }]) => {
      const committed = known ?? low;
      const position = positions.get(partition) ?? committed;
      return {
        partition,
        end,
        position,
        committed,
        unread: Math.max(0, end - Math.max(position, low)),
        uncommitted: Math.max(0, end - Math.max(committed, low)),
      };
    });
}

export type Start = {
  readonly offset: number;
  /** Records before it that are gone. */
  readonly lost?: { readonly from: number; readonly to: number };
  /** The topic was recreated: offsets known before are void. */
  readonly recreated?: boolean;
};

/**
 * Where to go on in a partition. `remembered` is the offset this process had reached before the group was joined
 * again; what it has processed does not come twice. An offset that is gone means the earliest, never the latest: records may come twice but none is skipped.
 */
export function startOf(
  { low, end, committed, reset }: PartitionOffsets,
  { from, remembered }: { readonly from: 'earliest' | 'latest'; readonly remembered: number | undefined },
): Start {
  if (committed === undefined && !reset) {
    // Every offset is committed once the group was joined; only a deleted topic takes that away.
    if (remembered !== undefined) return { offset: low, recreated: true };
    return { offset: from === 'earliest' ? low : end };
  }
  if ((committed ?? 0) > end) return { offset: low, recreated: true };
  const here = remembered !== undefined && remembered <= end ? remembered : undefined;
  const offset = Math.max(committed ?? here ?? low, here ?? 0);
  return offset < low ? { offset: low, lost: { from: offset, to: low } } : { offset };
}
