// The dead-letter calls of persist. HTTP only, on persist's admin port.
import { DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT } from '../domain/page-cursor.ts';
import { defineApi, type ServiceOf } from './calls.ts';
import {
  flag,
  hostId,
  type Infer,
  int,
  labels,
  listOf,
  number,
  one,
  optional,
  text,
  time,
} from './shapes.ts';

const deadLetter = {
  writtenMs: time('When persist dead-lettered it'),
  reason: text('Why it could not be stored'),
  partition: int('Of the bus record it was in'),
  offset: int(),
  receivedMs: time("Report's clock when it arrived"),
  sample: optional(
    one(
      { hostId, timeMs: time(), metric: text(), labels, value: number() },
      'A sample that the store rejected',
    ),
  ),
  record: optional(
    one({ schema: int(), bytes: int('How long it is') }, 'A whole record that could not be decoded'),
  ),
};
export type DeadLetterView = Infer<typeof deadLetter>;

const selection = {
  host: optional(text('Only samples of this host')),
  reason: optional(text('Only letters whose reason contains this')),
  limit: optional(int(`At most this many: 1 to ${MAX_PAGE_LIMIT}, ${DEFAULT_PAGE_LIMIT} by default`)),
};
export type DeadLetterSelection = Infer<typeof selection>;

const deadLetters = { letters: listOf(deadLetter), more: flag('There are more that match') };

const retried = {
  retried: int('Published to the bus again and no longer listed'),
  skipped: int('Records of a schema that this version cannot publish: still listed'),
  more: flag('The limit was reached: there may be more that match'),
};
export type RetriedDeadLetters = Infer<typeof retried>;

export const persistApi = defineApi({
  daemon: 'persist',
  calls: {
    /** Oldest first. */
    listDeadLetters: {
      summary: 'Samples and records that could not be stored, oldest first',
      access: 'read',
      http: 'GET /api/v1/deadletters',
      request: selection,
      answer: deadLetters,
    },
    /**
     * What the store rejects again comes back as a new letter with its new reason. Sent twice, a sample is stored once:
     * a failure in between loses nothing.
     */
    retryDeadLetters: {
      summary: 'Publishes dead letters to the bus again, oldest first',
      access: 'write',
      http: 'POST /api/v1/deadletters/retry',
      request: selection,
      answer: retried,
    },
  },
});

export type DeadLetterService = ServiceOf<typeof persistApi>;
