// The dead-letter contract: samples and records that persist could not store, with the reason.
import type { Labels } from '../domain/tick.ts';

export type DeadLetter = {
  readonly writtenMs: number;
  /** Why, in a sentence. */
  readonly reason: string;
  /** The bus record it was in. */
  readonly partition: number;
  readonly offset: number;
  readonly receivedMs: number;
  /** A sample that the store refused ... */
  readonly sample?: {
    readonly hostId: string;
    readonly timeMs: number;
    readonly metric: string;
    readonly labels: Labels;
    readonly value: number;
  };
  /** ... or a whole record that could not be read. */
  readonly record?: { readonly schema: number; readonly bytes: Uint8Array };
};

export type DeadLetters = {
  /** Resolves when they are durable. The same letter again changes nothing. */
  put(letters: readonly DeadLetter[]): Promise<void>;
  /** How many are kept, and how many were given up because there were too many. */
  stats(): { readonly kept: number; readonly dropped: number };
  /** Oldest first, without the settled ones; `after` is the `next` of the page before. */
  list(page: {
    readonly limit: number;
    readonly after?: string;
  }): Promise<{ readonly letters: readonly DeadLetter[]; readonly next?: string }>;
  /**
   * Resolves when it is durable that they are listed no more: what they hold is on the bus again. What the store refuses
   * of it comes back as a letter of its own, under its new offset. A settled letter that is put again stays settled.
   */
  settle(letters: readonly DeadLetter[]): Promise<void>;
  stop(): Promise<void>;
};

/** The name of a letter: the same record or sample refused again has the same one. */
export const deadLetterName = ({ partition, offset, sample }: DeadLetter): string =>
  JSON.stringify([
    partition,
    offset,
    sample ? [sample.hostId, sample.timeMs, sample.metric, sample.labels] : null,
  ]);

/** As JSON text, which a topic and a table hold alike; bytes as base64. */
export const encodeDeadLetter = (letter: DeadLetter): string =>
  JSON.stringify({
    ...letter,
    ...(letter.record && {
      record: { schema: letter.record.schema, bytes: Buffer.from(letter.record.bytes).toString('base64') },
    }),
    // JSON has no -0.
    ...(letter.sample && Object.is(letter.sample.value, -0) && { sample: { ...letter.sample, value: '-0' } }),
  });

export function decodeDeadLetter(text: string): DeadLetter {
  const { record, sample, ...rest } = JSON.parse(text) as Omit<DeadLetter, 'record'> & {
    record?: { schema: number; bytes: string };
  };
  return {
    ...rest,
    ...(sample && { sample: { ...sample, value: Number(sample.value) } }),
    ...(record && { record: { schema: record.schema, bytes: Buffer.from(record.bytes, 'base64') } }),
  };
}
