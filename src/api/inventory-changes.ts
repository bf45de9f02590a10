// The calls of manage for the audit log, undo, and renaming and removing locations.
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
  detail: texts('Further details'),
};

const auditedChange = {
  id: int('For undo'),
  timeMs: time(),
  actor: text(),
  address: optional(text('Of the client; absent of what minimon did by itself')),
  undoes: optional(int('The change that this one undid')),
  entries: listOf(auditEntry, { about: 'One per host or rule; what one call does is one change' }),
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
    summary: 'Renames a location; its hosts move with it',
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
    summary: 'Removes a location; if it has hosts only with force, and they are left without a location',
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
    summary: 'Undoes a change of hosts or locations',
    access: 'write',
    http: 'POST /api/v1/hosts/undo',
    notIdempotent: true,
    request: {
      id: optional(int('Id in the audit log; default the newest that was not undone')),
      force: optional(flag('Also restore hosts that were changed since')),
      actor,
      dryRun,
    },
    answer: { change: one(auditedChange), hosts: listOf(hostChange, { about: 'The outcome for each host' }) },
  },
});
