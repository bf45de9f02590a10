// The manage service: the inventory of hosts and their locations, and the configuration of alerts.
import { HOST_STATES } from '../domain/host.ts';
import { defineApi, type HttpServiceOf, type ServiceOf } from './calls.ts';
import { enrolmentCalls } from './enrolments.ts';
import { inventoryChanges } from './inventory-changes.ts';
import { receiverCalls, receiverSetup } from './receivers.ts';
import { ruleCalls } from './rule-calls.ts';
import { rule } from './rule-fields.ts';
import {
  actor,
  counts,
  dryRun,
  duration,
  type Field,
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
  warnings,
} from './shapes.ts';
import { silence, silenceCalls } from './silences.ts';
import { tokenCalls } from './tokens.ts';

/** A host of the inventory, of the stream, or of both. */
const host = {
  hostId,
  id: optional(int("The inventory's number; absent for a host that only reports")),
  managed: flag(),
  location: optional(text()),
  state: oneOf(HOST_STATES, 'HOST_STATE', { otherwise: 'unknown' }),
  note: optional(text('Reason of the state, if there is one')),
  createdMs: optional(time()),
  updatedMs: optional(time()),
  firstSeenMs: optional(time()),
  lastSeenMs: optional(time()),
  intervalMs: optional(duration()),
  agentVersion: optional(text()),
  sources: optional(
    list(text(), { about: 'Sources that report it: minimon, telegraf, prometheus/node ...' }),
  ),
  facts: texts(),
  suggestion: optional(
    one(
      { location: text(), why: text('"same subnet as web-1" and the like') },
      'For unmanaged hosts: the suggested location, and why',
    ),
  ),
};
export type Host = Infer<typeof host>;
export type UnmanagedHost = Host;

const hostPage = { hosts: listOf(host), nextCursor, warnings };
export type HostPage = Infer<typeof hostPage>;

const location = {
  location: text(),
  hosts: int(),
  states: counts(HOST_STATES, 'How many hosts are in each state'),
};
export type Location = Infer<typeof location>;

const inventoryHost = {
  id: int(),
  hostId,
  // The catalog has it as undefined.
  location: optional(text('Absent after an unassign') as Field<string | undefined>),
  createdMs: time(),
  updatedMs: time(),
};

const assignment = { hostId, location: text() };
const outcome = {
  hostId,
  change: oneOf(['added', 'moved', 'unchanged'], 'CHANGE'),
  from: optional(text()),
  location: text(),
};
const hostsToChange = { hostIds: list(hostId, { nonEmpty: true }), actor, dryRun };
const departure = {
  hostId,
  change: oneOf(['unassigned', 'removed', 'unchanged'], 'CHANGE'),
  from: optional(text('The location it had')),
};
export type Departure = Infer<typeof departure>;
const departures = {
  hostIds: list(hostId, { about: 'Those of the request that were found' }),
  changes: listOf(departure, { about: 'What became of each of them' }),
};
export type Departures = Infer<typeof departures>;
const ofLocation = optional(text('Only hosts of this location'));

/** Ids and globs of one call. */
export const MAX_PATTERNS = 100;

export const manageApi = defineApi({
  daemon: 'manage',
  proto: { file: 'minimon/v1/manage.proto', service: 'minimon.v1.ManageService' },
  calls: {
    /** Managed hosts by id as bytes; with `all`, those that only report too. Default limit 1,000. */
    listHosts: {
      summary: 'Hosts in byte order of their ids',
      access: 'read',
      http: 'GET /api/v1/hosts',
      request: {
        location: ofLocation,
        state: optional(oneOf(HOST_STATES, 'HOST_STATE', { about: 'Only hosts in this state' })),
        all: optional(flag('Also hosts that report but are not managed')),
        patterns: optional(
          list(text(), { about: `Only hosts that one of these ids or globs names; at most ${MAX_PATTERNS}` }),
        ),
        ...page,
      },
      answer: hostPage,
    },
    /** Managed or reporting; HOST_UNKNOWN names the nearest. */
    getHost: {
      summary: 'One host',
      access: 'read',
      // Not in the path: an id may be "unmanaged", ".." or have a slash.
      http: 'GET /api/v1/hosts/by-id',
      request: { hostId },
      takes: 'hostId',
      answer: host,
    },
    listUnmanaged: {
      summary: 'Hosts that report and have no location, with a suggestion',
      access: 'read',
      http: 'GET /api/v1/hosts/unmanaged',
      request: { sinceMs: optional(time('Only hosts that reported since; default 24 h ago')) },
      answer: { hosts: listOf(host), warnings },
    },
    /** What analyze itself reads: never asks analyze. `locations` tells an empty location from an unknown one. */
    listAssignments: {
      summary: 'The location of each host, without states',
      access: 'read',
      http: 'GET /api/v1/assignments',
      request: { location: ofLocation },
      answer: {
        assignments: listOf(assignment),
        locations: list(text(), { about: 'Known locations, empty ones included' }),
      },
    },
    /** HOST_UNKNOWN for a host that is neither in the inventory nor reports, unless `new` says so. */
    assignHosts: {
      summary: 'Assigns hosts to locations, all or none: those that report are added, known ones moved',
      access: 'write',
      http: 'POST /api/v1/hosts/assign',
      request: {
        assignments: listOf(assignment, { nonEmpty: true }),
        actor,
        new: optional(flag('Also hosts that are neither in the inventory nor reporting')),
        dryRun,
      },
      answer: { outcomes: listOf(outcome) },
      gives: 'outcomes',
    },
    insertHost: {
      summary: 'Adds one host; 409 when it is there',
      access: 'write',
      http: 'POST /api/v1/hosts',
      // Sent twice, it would answer HOST_EXISTS for a success.
      notIdempotent: true,
      request: { ...assignment, actor },
      answer: { id: int() },
    },
    unassignHosts: {
      summary: 'Clears the location of hosts',
      access: 'write',
      http: 'POST /api/v1/hosts/unassign',
      request: hostsToChange,
      answer: departures,
    },
    removeHosts: {
      summary: 'Removes hosts; one that still reports shows as unmanaged again',
      access: 'write',
      http: 'POST /api/v1/hosts/remove',
      request: hostsToChange,
      answer: departures,
    },
    listLocations: {
      summary: 'Locations with the number of their hosts',
      access: 'read',
      http: 'GET /api/v1/locations',
      request: {},
      answer: { locations: listOf(location), warnings },
    },
    ...inventoryChanges,
    /** For the seed's FindAllHost. */
    findAllHosts: {
      summary: 'Every managed host as it is stored, without states',
      access: 'read',
      rpc: 'ListInventory',
      http: 'GET /api/v1/inventory',
      request: {},
      answer: { hosts: listOf(inventoryHost) },
      gives: 'hosts',
    },
    /** For the seed's UpdateHostMsg: by the inventory's number or by host id. */
    updateHost: {
      summary: 'Moves one managed host, by its number or its id',
      access: 'write',
      http: 'POST /api/v1/hosts/update',
      request: {
        id: optional(int('This, or host_id')),
        hostId: optional(hostId),
        location: text(),
        actor,
      },
      answer: {},
    },
    ...ruleCalls,
    ...receiverCalls,
    ...silenceCalls,
    ...tokenCalls,
    ...enrolmentCalls,
    /** For warn: all of it at the start, then what changed; receivers with their secrets. */
    watchAlertConfiguration: {
      summary: 'The configuration of alerts, then each change of it',
      access: 'service',
      stream: true,
      request: {},
      answer: {
        part: oneOf(['all', 'configuration', 'assignments'], 'CONFIGURATION_PART', {
          about: 'configuration: rules, silences and receivers as they are now; assignments: changes of them',
        }),
        more: flag('Belongs together with the message that follows: large inventories come in parts'),
        version: int(),
        rules: listOf(rule),
        silences: listOf(silence),
        receivers: listOf(receiverSetup),
        assignments: listOf(assignment),
        unassigned: list(hostId, { about: 'Hosts that have no location any more, or are removed' }),
      },
    },
  },
});

export type ManageService = ServiceOf<typeof manageApi>;
/** What commands can call. */
export type ManageClient = HttpServiceOf<typeof manageApi>;
