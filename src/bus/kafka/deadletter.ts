// The dead letters of many persists: a topic of one partition that keeps them by age.
import { randomUUID } from 'node:crypto';
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import { delay } from '../../runtime/clock.ts';
import {
  type DeadLetter,
  type DeadLetters,
  deadLetterName,
  decodeDeadLetter,
  encodeDeadLetter,
} from '../deadletter.ts';
import { createKafkaBus, type KafkaBusOptions } from './bus.ts';

const TOPIC = 'minimon.deadletter';
const PARTITION = 0;
const COUNT_EVERY_MS = 30_000;
const LIST_WITHIN_MS = 30_000;

/**
 * A log cannot refuse a letter that it has already: put writes it again, and list leaves out what stands on the same
 * page before. `stats` counts records, as of the last look; what retention took is dropped.
 */
export async function createKafkaDeadLetters(
  options: Omit<KafkaBusOptions, 'topic' | 'partitions'> & { readonly topic?: string },
): Promise<DeadLetters> {
  const bus = await createKafkaBus({ ...options, topic: options.topic ?? TOPIC, partitions: 1 });
  const abort = new AbortController();
  let stats = { kept: 0, dropped: 0 };
  const counting = countForEver();

  async function countForEver() {
    while (!abort.signal.aborted) {
      await count().catch(() => {});
      await delay(COUNT_EVERY_MS, abort.signal).catch(() => {});
    }
  }

  async function count() {
    // For a group that never read anything, all that is there is uncommitted, and its place is the earliest.
    const lag = (await bus.lag(`${TOPIC}.count`))[PARTITION];
    if (lag) stats = { kept: lag.uncommitted, dropped: lag.committed };
    return lag;
  }

  async function read(page: { readonly limit: number; readonly from: number; readonly end: number }) {
    const letters = new Map<string, DeadLetter>();
    const done = Promise.withResolvers<number | undefined>();
    const group = `${TOPIC}.list.${randomUUID()}`;
    const consumer = await bus.consume({
      group,
      from: 'earliest',
      async onBatch(records) {
        for (const { offset, bytes, partition } of records) {
          if (partition !== PARTITION || offset < page.from || letters.size >= page.limit) continue;
          const letter = decode(bytes);
          if (letter) letters.set(deadLetterName(letter), letters.get(deadLetterName(letter)) ?? letter);
          if (letters.size >= page.limit && offset + 1 < page.end) done.resolve(offset + 1);
        }
        if (records.at(-1)!.offset + 1 >= page.end) done.resolve(undefined);
      },
    });
    const bound = new AbortController();
    const late = delay(LIST_WITHIN_MS, bound.signal).then(() => {
      throw new ExpectedError(
        'TIMEOUT',
        `the dead letters could not be read within ${LIST_WITHIN_MS / 1_000} s`,
      );
    });
    try {
      const next = await Promise.race([done.promise, late]);
      return { letters: [...letters.values()], ...(next !== undefined && { next: String(next) }) };
    } finally {
      bound.abort();
      late.catch(() => {});
      await consumer.stop();
      await bus.forget(group).catch(() => {});
    }
  }

  /** What somebody else wrote to the topic is no letter. */
  function decode(bytes: Uint8Array): DeadLetter | undefined {
    try {
      return decodeDeadLetter(Buffer.from(bytes).toString());
    } catch (error) {
      options.logger.warn(`a record of ${TOPIC} is no dead letter: ${messageOf(error)}`);
      return undefined;
    }
  }

  return {
    async put(letters) {
      await bus.publish(
        letters.map((letter) => ({
          partition: PARTITION,
          bytes: Buffer.from(encodeDeadLetter(letter)),
          receivedMs: letter.receivedMs,
        })),
      );
      await count().catch(() => {});
    },
    stats: () => stats,
    async list({ limit, after }) {
      const lag = await count();
      const from = Number(after ?? 0);
      if (!lag || lag.uncommitted === 0 || from >= lag.end) return { letters: [] };
      return read({ limit, from, end: lag.end });
    },
    async stop() {
      abort.abort(new Error('the dead letters are closed'));
      await counting;
      await bus.stop();
    },
  };
}
