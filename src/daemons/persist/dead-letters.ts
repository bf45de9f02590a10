// Lists and retries dead letters: a retry publishes their samples to the bus again.
import type { DeadLetterSelection, DeadLetterService, DeadLetterView } from '../../api/persist.ts';
import { BUS_SCHEMA, type Bus, type BusMessage } from '../../bus/bus.ts';
import type { DeadLetter, DeadLetters } from '../../bus/deadletter.ts';
import { partitionOf } from '../../bus/partition.ts';
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import { pageLimit } from '../../domain/page-cursor.ts';
import { type Sample, USUAL_INTERVAL_MS } from '../../domain/tick.ts';
import type { Clock } from '../../runtime/clock.ts';
import { encodeBatch, encodeTick } from '../../wire/tick-writer.ts';

/** Each page read from Kafka is a pass over the topic. */
const PAGE = 10_000;
/** With the longest names and labels still under the 512 KiB of a bus message. */
const PUBLISHED_AT_ONCE = 250;

export function createDeadLetterService(parts: {
  readonly bus: Bus;
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
}): DeadLetterService {
  const { bus, deadLetters, clock } = parts;

  /** The first `limit` that match, and whether there are more. */
  async function select(selection: DeadLetterSelection, isWanted = (_: DeadLetter) => true) {
    const limit = pageLimit(selection.limit);
    const found: DeadLetter[] = [];
    for (let after: string | undefined; ; ) {
      const page = await deadLetters.list({ limit: PAGE, ...(after !== undefined && { after }) });
      for (const letter of page.letters) {
        if (!matches(letter, selection) || !isWanted(letter)) continue;
        if (found.length === limit) return { found, more: true };
        found.push(letter);
      }
      if (page.next === undefined) return { found, more: false };
      after = page.next;
    }
  }

  return {
    async listDeadLetters(selection) {
      const { found, more } = await select(selection);
      return { letters: found.map(viewOf), more };
    },
    async retryDeadLetters(selection) {
      let skipped = 0;
      const { found, more } = await select(selection, (letter) => {
        const publishable = isPublishable(letter, bus.partitions);
        if (!publishable) skipped++;
        return publishable;
      });
      let retried = 0;
      for (let at = 0; at < found.length; at += PUBLISHED_AT_ONCE) {
        const letters = found.slice(at, at + PUBLISHED_AT_ONCE);
        try {
          // In this order: whatever ends between the two leaves a letter that is listed and stored, which is harmless.
          await bus.publish(messagesOf(letters, bus.partitions, clock.nowMs()));
          await deadLetters.settle(letters);
        } catch (error) {
          if (retried === 0) throw error;
          throw new ExpectedError(
            'PARTLY_DONE',
            `${retried} of ${found.length} dead letters were retried: ${messageOf(error)}`,
            { hint: 'The others are still listed: try again.', cause: error },
          );
        }
        retried += letters.length;
      }
      return { retried, skipped, more };
    },
  };
}

const matches = ({ sample, reason }: DeadLetter, wanted: DeadLetterSelection): boolean =>
  (wanted.host === undefined || sample?.hostId === wanted.host) &&
  (wanted.reason === undefined || reason.includes(wanted.reason));

const viewOf = ({ record, ...letter }: DeadLetter): DeadLetterView => ({
  ...letter,
  ...(record && { record: { schema: record.schema, bytes: record.bytes.length } }),
});

/** The bus says of all it takes that it is of its own schema. */
const isPublishable = ({ record, partition }: DeadLetter, partitions: number): boolean =>
  record === undefined || (record.schema === BUS_SCHEMA && partition < partitions);

/** Samples of one host and time are one tick again; as backfill, so that no alert fires on what is long past. */
function messagesOf(letters: readonly DeadLetter[], partitions: number, receivedMs: number): BusMessage[] {
  const messages: BusMessage[] = [];
  const ticks = new Map<string, { hostId: string; timeMs: number; samples: Sample[] }>();
  for (const { sample, record, partition } of letters) {
    if (record) messages.push({ partition, bytes: record.bytes, receivedMs });
    if (!sample) continue;
    const { hostId, timeMs, metric, labels, value } = sample;
    const key = JSON.stringify([hostId, timeMs]);
    const tick = ticks.get(key) ?? { hostId, timeMs, samples: [] };
    tick.samples.push({ metric, labels, value });
    ticks.set(key, tick);
  }
  const byPartition = Map.groupBy(ticks.values(), ({ hostId }) => partitionOf(hostId, partitions));
  for (const [partition, group] of byPartition) {
    const encoded = group.map((tick) =>
      encodeTick({ ...tick, intervalMs: USUAL_INTERVAL_MS, machineId: '', bootId: '', agentVersion: '' }),
    );
    messages.push({ partition, bytes: encodeBatch(encoded, { backfill: true }), receivedMs });
  }
  return messages;
}
