// Consumer groups of the embedded bus: start and committed offsets, lag, and which records may be deleted.
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import type { BusConsumer, BusLag, BusReader, ConsumeOptions, ReadOptions } from '../bus.ts';
import { type EmbeddedConsumer, type RecordSource, startConsumer } from './consumer.ts';
import type { LogThread } from './log-thread.ts';

type Group = {
  holds: boolean;
  committed: Map<number, number>;
  /** The first offset it consumed from: for a group that has committed nothing, what comes before is not its own. */
  began?: readonly number[];
  consumer?: EmbeddedConsumer;
};

export type Groups = {
  consume(wanted: ConsumeOptions): Promise<BusConsumer>;
  /** A reader without a group. */
  read(wanted: ReadOptions): Promise<BusReader>;
  lag(group: string): readonly BusLag[];
  /** Stops the consumers, then waits for a trim that runs. */
  stop(): Promise<void>;
};

type GroupsParts = {
  readonly thread: LogThread;
  readonly source: RecordSource;
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
};

export function createGroups(parts: GroupsParts): Groups {
  const { thread, source, clock, logger } = parts;
  const groups = new Map<string, Group>(
    thread.groups.map(({ group, holds, committed }) => [group, { holds, committed: new Map(committed) }]),
  );
  const readers = new Set<EmbeddedConsumer>();

  const committedOf = (group: Group | undefined, partition: number) =>
    group?.committed.get(partition) ?? group?.began?.[partition] ?? thread.state().starts[partition]!;

  const trimming = createTrimming(parts, { groups, readers, committedOf });

  function lagOf(group: Group | undefined): BusLag[] {
    const { ends } = thread.state();
    return ends.map((end, partition) => {
      const committed = committedOf(group, partition);
      const position = group?.consumer?.positions[partition] ?? committed;
      return {
        partition,
        end,
        position,
        committed,
        unread: source.count(partition, position, end),
        uncommitted: source.count(partition, committed, end),
      };
    });
  }

  async function commit(name: string, offsets: ReadonlyMap<number, number>) {
    const group = groups.get(name)!;
    const forward = new Map(
      [...offsets].filter(([partition, next]) => next > (group.committed.get(partition) ?? -1)),
    );
    if (forward.size === 0) return;
    // Durable first: what is trimmed after it can never be asked for again.
    await thread.commit({ group: name, holds: group.holds, committed: forward });
    for (const [partition, next] of forward) group.committed.set(partition, next);
    if (group.holds) trimming.start();
  }

  function startOf(offsets: ReadonlyMap<number, number>, from: ConsumeOptions['from']): number[] {
    const { starts, ends } = thread.state();
    return starts.map((start, partition) => {
      const committed = offsets.get(partition);
      // An offset past the end belongs to a log that is gone; the earliest is then the only safe offset.
      if (committed !== undefined) return committed > ends[partition]! ? start : committed;
      return from === 'earliest' ? start : ends[partition]!;
    });
  }

  return {
    async consume(wanted) {
      const known = groups.get(wanted.group);
      if (known?.consumer) throw new Error(`group ${wanted.group} already has a consumer in this process`);
      const group: Group = { committed: known?.committed ?? new Map(), holds: wanted.holds ?? false };
      const from = startOf(group.committed, wanted.from);
      // Before anything is committed, lag counts from here.
      group.began = from;
      groups.set(wanted.group, group);
      // From its first start on a holding group keeps what it has not read, even while it is stopped; one that begins at the
      // latest skips nothing that comes before its first commit.
      if ((group.holds || wanted.from === 'latest') && !known)
        await commit(wanted.group, new Map(from.entries()));
      const consumer = startConsumer(wanted, { source, from, clock, logger });
      group.consumer = consumer;
      return {
        commit: (offsets) => commit(wanted.group, offsets),
        lag: async () => lagOf(group),
        async stop() {
          await consumer.stop();
          delete group.consumer;
        },
      };
    },
    async read({ name, offsets, ...wanted }) {
      const from = startOf(offsets, 'earliest');
      const options = { ...wanted, group: name, from: 'earliest' } as const;
      const reader = startConsumer(options, { source, from, clock, logger });
      readers.add(reader);
      return {
        lag: async () =>
          thread.state().ends.map((end, partition) => {
            const position = reader.positions[partition]!;
            return { partition, end, position, unread: source.count(partition, position, end) };
          }),
        async stop() {
          await reader.stop();
          readers.delete(reader);
        },
      };
    },
    lag: (group) => lagOf(groups.get(group)),
    async stop() {
      trimming.stop();
      const consumers = [...[...groups.values()].map((group) => group.consumer), ...readers];
      await Promise.all(consumers.map((consumer) => consumer?.stop()));
      await trimming.ended();
    },
  };
}

/** Removes what every holding group has committed; readers that run hold too while there is room. One trim at a time. */
function createTrimming(
  { thread, maxBytes, logger }: GroupsParts,
  of: {
    readonly groups: ReadonlyMap<string, Group>;
    readonly readers: ReadonlySet<EmbeddedConsumer>;
    readonly committedOf: (group: Group, partition: number) => number;
  },
) {
  let running: Promise<void> | undefined;
  let stopped = false;

  async function trim() {
    const all = [...of.groups.values()];
    const holding = all.filter((group) => group.holds);
    if (holding.length === 0) return;
    // Only persist holds, so that no other reader that is stopped can fill the disk; while one runs and there is room,
    // what it has not read stays.
    const roomy = thread.state().usedBytes < maxBytes / 2;
    const before = thread.state().starts.map((_, partition) => {
      const floors = holding.map((group) => of.committedOf(group, partition));
      const consumers = [...all.map((group) => group.consumer), ...of.readers];
      const positions = consumers.flatMap((consumer) => consumer?.positions[partition] ?? []);
      return Math.min(...floors, ...(roomy ? positions : []));
    });
    if (!before.some((floor, partition) => floor > thread.state().starts[partition]!)) return;
    while (!stopped && (await thread.trim(before))) {}
  }

  return {
    start() {
      running ??= trim()
        .catch((error) =>
          logger.warn({ err: error }, 'consumed records could not be deleted from the embedded bus'),
        )
        .finally(() => {
          running = undefined;
        });
    },
    stop() {
      stopped = true;
    },
    ended: async () => running,
  };
}
