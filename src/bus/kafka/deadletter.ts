// The dead letters of many persists: a topic of one partition that keeps them by age.
import { randomUUID } from 'node:crypto';
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import { delay, systemClock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { withTimeout } from '../../runtime/timeout.ts';
import {
  type DeadLetter,
  type DeadLetters,
  deadLetterName,
  decodeDeadLetter,
  encodeDeadLetter,
} from '../deadletter.ts';
import { createKafkaBus, type KafkaBus, type KafkaBusOptions } from './bus.ts';

const TOPIC = 'minimon.deadletter';
const PARTITION = 0;
const COUNT_EVERY_MS = 30_000;
const LIST_WITHIN_MS = 30_000;
const SETTLED_PREFIX = '{"settled":';

/** A record beside the letters: these are listed no more. */
type Settled = { readonly settled: readonly string[] };

/**
 * A log cannot refuse a letter that it has already, nor remove one: put and settle append, and list reads the topic to
 * its end and lists each unsettled letter once. `stats` counts records, as of the last look; what retention took is
 * dropped.
 */
export async function createKafkaDeadLetters(
  options: Omit<KafkaBusOptions, 'topic' | 'partitions'> & { readonly topic?: string },
): Promise<DeadLetters> {
  const bus = await createKafkaBus({ ...options, topic: options.topic ?? TOPIC, partitions: 1 });
  const clock = options.clock ?? systemClock;
  const abort = new AbortController();
  let stats = { kept: 0, dropped: 0 };
  const counting = countUntilStopped();

  async function countUntilStopped() {
    while (!abort.signal.aborted) {
      await count().catch(() => {});
      await delay(COUNT_EVERY_MS, abort.signal).catch(() => {});
    }
  }

  async function count() {
    // For a group that never read anything, all that is there is uncommitted, and its offset is the earliest.
    const lag = (await bus.lag(`${TOPIC}.count`))[PARTITION];
    if (lag) stats = { kept: lag.uncommitted, dropped: lag.committed };
    return lag;
  }

  async function append(entries: readonly { readonly text: string; readonly receivedMs: number }[]) {
    await bus.publish(
      entries.map(({ text, receivedMs }) => ({ partition: PARTITION, bytes: Buffer.from(text), receivedMs })),
    );
    await count().catch(() => {});
  }

  return {
    put: (letters) =>
      append(letters.map((letter) => ({ text: encodeDeadLetter(letter), receivedMs: letter.receivedMs }))),
    async settle(letters) {
      const settled: Settled = { settled: letters.map(deadLetterName) };
      await append([{ text: JSON.stringify(settled), receivedMs: clock.nowMs() }]);
    },
    stats: () => stats,
    async list({ limit, after }) {
      const lag = await count();
      if (!lag || lag.uncommitted === 0) return { letters: [] };
      const found = [...(await readUnsettled(bus, { end: lag.end, logger: options.logger }))].filter(
        ([offset]) => offset >= Number(after ?? 0),
      );
      const more = found[limit]?.[0];
      return {
        letters: found.slice(0, limit).map(([, letter]) => letter),
        ...(more !== undefined && { next: String(more) }),
      };
    },
    async stop() {
      abort.abort(new Error('the dead letters are closed'));
      await counting;
      await bus.stop();
    },
  };
}

/** Every unsettled letter before `end`, by the offset at which it was first put. */
async function readUnsettled(
  bus: KafkaBus,
  { end, logger }: { readonly end: number; readonly logger: Logger },
): Promise<ReadonlyMap<number, DeadLetter>> {
  const first = new Map<string, { readonly offset: number; readonly letter: DeadLetter }>();
  const settled = new Set<string>();
  const done = Promise.withResolvers<void>();
  const group = `${TOPIC}.list.${randomUUID()}`;
  const consumer = await bus.consume({
    group,
    from: 'earliest',
    async onBatch(records) {
      for (const { offset, bytes, partition } of records) {
        if (partition !== PARTITION || offset >= end) continue;
        const entry = decode(bytes, logger);
        if (!entry) continue;
        if ('settled' in entry) for (const name of entry.settled) settled.add(name);
        else {
          const name = deadLetterName(entry);
          if (!first.has(name)) first.set(name, { offset, letter: entry });
        }
      }
      if (records.at(-1)!.offset + 1 >= end) done.resolve();
    },
  });
  try {
    const outcome = await withTimeout(LIST_WITHIN_MS, done.promise, 'late' as const);
    if (outcome === 'late') {
      const limit = `${LIST_WITHIN_MS / 1_000} s`;
      throw new ExpectedError('TIMEOUT', `the dead letters could not be read within ${limit}`);
    }
  } finally {
    await consumer.stop();
    await bus.forget(group).catch(() => {});
  }
  const unsettled = [...first].filter(([name]) => !settled.has(name));
  return new Map(unsettled.map(([, { offset, letter }]) => [offset, letter]));
}

/** What somebody else wrote to the topic is no letter. */
function decode(bytes: Uint8Array, logger: Logger): DeadLetter | Settled | undefined {
  const text = Buffer.from(bytes).toString();
  try {
    return text.startsWith(SETTLED_PREFIX) ? (JSON.parse(text) as Settled) : decodeDeadLetter(text);
  } catch (error) {
    logger.warn(`ignoring a record of ${TOPIC} that is not a dead letter: ${messageOf(error)}`);
    return undefined;
  }
}
