// The part of manage's calls that silences alerts for a time.
import { defineCalls } from './calls.ts';
import {
  actor,
  duration,
  flag,
  hostId,
  type Infer,
  int,
  list,
  listOf,
  one,
  optional,
  text,
  time,
} from './shapes.ts';

export const silence = {
  id: text(),
  matchers: list(text(), { nonEmpty: true, about: 'location=725, host~web-*: all must match' }),
  reason: text(),
  author: text(),
  startsMs: time(),
  endsMs: time('Exclusive'),
  createdMs: time(),
};

export type SilenceView = Infer<typeof silence>;
const silenceMatchers = list(text(), { nonEmpty: true, about: 'location=725, host~web-*: all must match' });

export const silenceCalls = defineCalls({
  listSilences: {
    summary: 'Silences that are in force or will be, newest first',
    access: 'read',
    http: 'GET /api/v1/silences',
    request: { expired: optional(flag('Also silences that ended within the last 30 days')) },
    answer: { nowMs: time(), silences: listOf(silence) },
  },
  /** With `id` the end, start or reason of that one is changed. An instant and a duration exclude each other. */
  putSilence: {
    summary: 'Creates or changes a silence',
    access: 'write',
    http: 'POST /api/v1/silences',
    // Sent twice, it would silence twice.
    notIdempotent: true,
    request: {
      id: optional(text('Id, or unique prefix, of the silence to change')),
      matchers: optional(silenceMatchers),
      reason: optional(text('Required of a new one')),
      author: optional(text()),
      startsMs: optional(time('By default now')),
      endsMs: optional(time('Exclusive; by default an hour after the start')),
      forMs: optional(duration('Instead of an end: duration from the start, or from now if it has started')),
      actor,
    },
    answer: { silence: one(silence) },
    gives: 'silence',
  },
  expireSilence: {
    summary: 'Ends a silence now',
    access: 'write',
    http: 'POST /api/v1/silences/expire',
    request: { id: text('Id, or a unique prefix of it'), actor },
    answer: { silence: one(silence) },
    gives: 'silence',
  },
  /** BAD_EXPRESSION for a label that no alert has. What fires among them: listAlerts of warn. */
  previewMatchers: {
    summary: 'Which hosts a silence with these matchers would cover',
    access: 'read',
    http: 'GET /api/v1/silences/preview',
    alsoPost: true,
    request: { matchers: silenceMatchers },
    answer: {
      matchers: list(text(), { about: 'In canonical form' }),
      hosts: int('Matching hosts with a location; only the labels host and location select hosts'),
      ofHosts: int('Hosts with a location'),
      hostIds: list(hostId, { about: 'The first 20 that match' }),
      notes: list(text(), { about: 'Rules, hosts and locations named by matchers that do not exist' }),
    },
  },
});
