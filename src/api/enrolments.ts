// The enrolment calls of manage: hosts exchange join tokens for credentials, operators allow replacements.
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
  tokenId: text('Id of the requested credential: distinguishes two copies of a machine'),
  address: optional(text()),
  askedMs: time('Time of its last request'),
};

const enrolment = {
  hostId,
  machineId: optional(text('Absent: none is enrolled yet')),
  tokenId: optional(text('Of its credential')),
  enrolledMs: optional(time()),
  renewedMs: optional(time()),
  endsMs: optional(time('Exclusive')),
  revoked: flag('Its credential was revoked'),
  waiting: optional(one(waitingMachine, 'Another machine waiting to replace this host')),
};
export type EnrolmentInfo = Infer<typeof enrolment>;

/** The part of a host-generated credential that is sent to manage. */
const credential = {
  hostId,
  machineId: text('32 hexadecimal digits'),
  id: text('Id of the new credential, a token that the host generated'),
  hash: text('SHA-256 of it, in hexadecimal'),
};
const lasts = { endsMs: time('Exclusive'), renewMs: time('When to renew it') };

export const enrolmentCalls = defineCalls({
  /** TOKEN_EXISTS where one of this name may still be used. */
  createJoinToken: {
    summary: 'Creates a join token, which hosts exchange for credentials; only this answer has it',
    access: 'admin',
    http: 'POST /api/v1/enrolments/tokens',
    notIdempotent: true,
    request: {
      name: text('1 to 128 bytes of printable Unicode'),
      hosts: int('How many may join with it, at least 1'),
      endsMs: time('Exclusive'),
      location: optional(text('Location for hosts that have none')),
      actor,
    },
    answer: { token: text('The secret'), info: one(tokenInfo) },
  },
  /** HOST_ENROLLED where another machine is; asked again with the same credential, the answer is the same. */
  joinHost: {
    summary: 'Enrolls the host that sends a join token: its credential is valid from now on',
    access: 'enrol',
    http: 'POST /api/v1/enrolments/join',
    request: credential,
    answer: { ...lasts, location: optional(text()) },
  },
  /** HOST_ENROLLED where the credential was renewed by another machine, or came to one with a disk that was copied. */
  renewCredential: {
    summary: 'Replaces the credential that the host sends; the old one stays valid for some minutes',
    access: 'enrol',
    http: 'POST /api/v1/enrolments/renew',
    request: credential,
    answer: lasts,
  },
  /** MACHINE_UNKNOWN where what names it is neither the one that asks nor a whole id. */
  replaceHost: {
    summary:
      'Lets another machine replace this host: the named one, or if none is waiting the next one within an hour',
    access: 'admin',
    http: 'POST /api/v1/enrolments/replace',
    request: {
      hostId,
      machine: optional(
        text(
          'Machine id, or for a waiting machine at least its first eight digits or the id of the requested credential; required if a machine is waiting',
        ),
      ),
      actor,
    },
    answer: { untilMs: time('Exclusive'), waiting: optional(one(waitingMachine)) },
  },
  listEnrolments: {
    summary: 'Enrolled hosts with their machines, and machines waiting to replace one',
    access: 'read',
    http: 'GET /api/v1/enrolments',
    request: { ...page, hostId: optional(text('Of this host alone')) },
    answer: { nowMs: time(), enrolments: listOf(enrolment), nextCursor },
  },
});
