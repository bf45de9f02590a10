// The part of manage's calls by which hosts come by credentials of their own, and by which somebody lets them.
import { defineCalls } from './calls.ts';
import {
  actor,
  flag,
  hostId,
  type Infer,
  int,
  listOf,
  nextCursor,
  one,
  optional,
  page,
  text,
  time,
} from './shapes.ts';
import { tokenInfo } from './tokens.ts';

const waitingMachine = {
  machineId: text(),
  tokenId: text('Of the credential that it asks for: says which of two copies it is'),
  address: optional(text()),
  askedMs: time('When it asked last'),
};

const enrolment = {
  hostId,
  machineId: optional(text('Absent: none is enrolled yet')),
  tokenId: optional(text('Of its credential')),
  enrolledMs: optional(time()),
  renewedMs: optional(time()),
  endsMs: optional(time('Exclusive')),
  revoked: flag('Its credential was revoked'),
  waiting: optional(one(waitingMachine, 'Another machine that asks to be this host')),
};
export type EnrolmentInfo = Infer<typeof enrolment>;

/** What a host shows of the credential that it made for itself. */
const credential = {
  hostId,
  machineId: text('32 hexadecimal digits'),
  id: text('Of the new credential, a token that the host made itself'),
  hash: text('SHA-256 of it, in hexadecimal'),
};
const lasts = { endsMs: time('Exclusive'), renewMs: time('From when on it is to be renewed') };

export const enrolmentCalls = defineCalls({
  /** TOKEN_EXISTS where one of this name may still be used. */
  createJoinToken: {
    summary: 'Makes a join token, which hosts exchange for credentials of their own; it is shown here alone',
    access: 'admin',
    http: 'POST /api/v1/enrolments/tokens',
    notIdempotent: true,
    request: {
      name: text('1 to 128 bytes of printable Unicode'),
      hosts: int('How many may join with it, at least 1'),
      endsMs: time('Exclusive'),
      location: optional(text('Where hosts without a location are put')),
      actor,
    },
    answer: { token: text('The secret'), info: one(tokenInfo) },
  },
  /** HOST_ENROLLED where another machine is; asked again with the same credential, the answer is the same. */
  joinHost: {
    summary: 'Enrols the host that shows a join token: its credential counts from now on',
    access: 'enrol',
    http: 'POST /api/v1/enrolments/join',
    request: credential,
    answer: { ...lasts, location: optional(text()) },
  },
  /** HOST_ENROLLED where the credential was renewed by another machine, or came to one with a disk that was copied. */
  renewCredential: {
    summary:
      'Puts a new credential in the place of the one that the host shows, which goes on for some minutes',
    access: 'enrol',
    http: 'POST /api/v1/enrolments/renew',
    request: credential,
    answer: lasts,
  },
  /** MACHINE_UNKNOWN where what names it is neither the one that asks nor a whole id. */
  replaceHost: {
    summary:
      'Lets another machine be this host: the one that is named, or where none asks the next one within the hour',
    access: 'admin',
    http: 'POST /api/v1/enrolments/replace',
    request: {
      hostId,
      machine: optional(
        text(
          'Its machine id, or of the one that asks eight digits or more of its beginning or the id of the credential that it asks for; needed where one asks',
        ),
      ),
      actor,
    },
    answer: { untilMs: time('Exclusive'), waiting: optional(one(waitingMachine)) },
  },
  listEnrolments: {
    summary: 'Which machine each enrolled host is, and machines that ask to be one',
    access: 'read',
    http: 'GET /api/v1/enrolments',
    request: { ...page, hostId: optional(text('Of this host alone')) },
    answer: { nowMs: time(), enrolments: listOf(enrolment), nextCursor },
  },
});
