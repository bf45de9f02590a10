// The calls of manage about changes that were made: the audit log, undo; and about locations as a whole.
import { defineCalls } from './calls.ts';
import {
  actor,
  dryRun,
  flag,
  hostId,
  type Infer,
  int,
  list,
  listOf,
  nextCursor,
  one,
  oneOf,
  optional,
  page,
  text,
  texts,
  time,
} from './shapes.ts';

const auditEntry = {
  action: text('host.move, rule.add, receiver.remove ...'),
  subject: text("A host's id, a location, a rule's name ..."),
  before: optional(text('Of hosts their location, of rules their expression; absent: none')),
  after: optional(text('The same afterwards')),
  detail: texts('What else is known of it'),
};

const auditedChange = {
  id: int('For undo'),
  timeMs: time(),
  actor: text(),
  address: optional(text('Of the client; absent of what minimon did by itself')),
  undoes: optional(int('The change that this one took back')),
  entries: listOf(auditEntry, { about: 'One of each host or rule: what is done at once is one change' }),
};
export type AuditedChange = Infer<typeof auditedChange>;

const hostChange = {
  hostId,
  change: oneOf(['added', 'moved', 'unassigned', 'removed', 'unchanged'], 'CHANGE'),
  from: optional(text()),
  location: optional(text()),
};

export const inventoryChanges = defineCalls({
  /** LOCATION_EXISTS where there is one of the new name: hosts are joined by assigning them. */
  renameLocation: {
    summary: 'Gives a location another name; its hosts go with it',
    access: 'write',
    http: 'POST /api/v1/locations/rename',
    notIdempotent: true,
    request: { location: text(), newName: text(), actor, dryRun },
    answer: {
      hostIds: list(hostId),
      notes: list(text(), { about: 'Rules and silences that name the old one' }),
    },
  },
  removeLocation: {
    summary: 'Removes a location; one with hosts only with force, and they have none then',
    access: 'write',
    http: 'POST /api/v1/locations/remove',
    notIdempotent: true,
    request: { location: text(), force: optional(flag()), actor, dryRun },
    answer: {
      hostIds: list(hostId),
      notes: list(text(), { about: 'Rules and silences that name it' }),
    },
  },
  /** The newest million entries are kept. */
  listAudit: {
    summary: 'What was changed, by whom and from where, newest first',
    access: 'read',
    http: 'GET /api/v1/audit',
    request: {
      host: optional(text('Only changes of this host')),
      location: optional(text('Only changes that moved a host into or out of this location')),
      actor: optional(text('Only changes by this person or token')),
      sinceMs: optional(time()),
      ...page,
    },
    answer: { changes: listOf(auditedChange), nextCursor },
  },
  /** HOST_CHANGED where some of its hosts were changed since. */
  undoChange: {
    summary: 'Takes a change of hosts or locations back',
    access: 'write',
    http: 'POST /api/v1/hosts/undo',
    notIdempotent: true,
    request: {
      id: optional(int('Of the audit log; by default the newest that was not taken back')),
      force: optional(flag('Also of hosts that were changed since')),
      actor,
      dryRun,
    },
    answer: { change: one(auditedChange), hosts: listOf(hostChange, { about: 'What became of each' }) },
  },
});
