// The manage service: the inventory of hosts and their locations.
import { HOST_STATES } from '../domain/host.ts';
import { defineApi, type ServiceOf } from './calls.ts';
import {
  counts,
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

/** A host of the inventory, of the stream, or of both. */
const host = {
  hostId,
  id: optional(int("The inventory's number; absent for a host that only reports")),
  managed: flag(),
  location: optional(text()),
  state: oneOf(HOST_STATES, 'HOST_STATE', { otherwise: 'unknown' }),
  note: optional(text('Why, where the state alone does not say')),
  createdMs: optional(time()),
  updatedMs: optional(time()),
  firstSeenMs: optional(time()),
  lastSeenMs: optional(time()),
  intervalMs: optional(duration()),
  agentVersion: optional(text()),
  facts: texts(),
  suggestion: optional(
    one(
      { location: text(), why: text('"same subnet as web-1" and the like') },
      'Of unmanaged hosts: a location that may be its own, and how that was concluded',
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
const actor = optional(text('Who does this, for the audit log'));
const hostsToChange = { hostIds: list(hostId, { nonEmpty: true }), actor };
const changedHosts = { hostIds: list(hostId, { about: 'Those of the request that were found' }) };
const ofLocation = optional(text('Only hosts of this location'));

export const manageApi = defineApi({
  daemon: 'manage',
  proto: { file: 'minimon/v1/manage.proto', service: 'minimon.v1.ManageService' },
  calls: {
    /** Managed hosts by id as bytes; with `all`, those that only report too. Default limit 1,000. */
    listHosts: {
      summary: 'Hosts in byte order of their ids',
      http: 'GET /api/v1/hosts',
      request: {
        location: ofLocation,
        state: optional(oneOf(HOST_STATES, 'HOST_STATE', { about: 'Only hosts in this state' })),
        all: optional(flag('Also hosts that report and are not managed')),
        ...page,
      },
      answer: hostPage,
    },
    /** Managed or reporting; HOST_UNKNOWN names the nearest. */
    getHost: {
      summary: 'One host',
      // Not in the path: an id may be "unmanaged", ".." or have a slash.
      http: 'GET /api/v1/hosts/by-id',
      request: { hostId },
      takes: 'hostId',
      answer: host,
    },
    listUnmanaged: {
      summary: 'Hosts that report and have no location, with a suggestion',
      http: 'GET /api/v1/hosts/unmanaged',
      request: { sinceMs: optional(time('Who reported since then; by default 24 h ago')) },
      answer: { hosts: listOf(host), warnings },
    },
    /** What analyze itself reads: never asks analyze. `locations` tells an empty location from an unknown one. */
    listAssignments: {
      summary: 'The location of each host, without states',
      http: 'GET /api/v1/assignments',
      request: { location: ofLocation },
      answer: {
        assignments: listOf(assignment),
        locations: list(text(), { about: 'Known locations, empty ones included' }),
      },
    },
    assignHosts: {
      summary: 'Assigns hosts to locations, all or none: unknown ones are added, known ones moved',
      http: 'POST /api/v1/hosts/assign',
      request: { assignments: listOf(assignment, { nonEmpty: true }), actor },
      answer: { outcomes: listOf(outcome) },
      gives: 'outcomes',
    },
    insertHost: {
      summary: 'Adds one host; 409 when it is there',
      http: 'POST /api/v1/hosts',
      // Sent twice, it would answer HOST_EXISTS for a success.
      notIdempotent: true,
      request: { ...assignment, actor },
      answer: { id: int() },
    },
    unassignHosts: {
      summary: 'Empties the location of hosts',
      http: 'POST /api/v1/hosts/unassign',
      request: hostsToChange,
      answer: changedHosts,
      gives: 'hostIds',
    },
    removeHosts: {
      summary: 'Removes hosts; one that still reports shows as unmanaged again',
      http: 'POST /api/v1/hosts/remove',
      request: hostsToChange,
      answer: changedHosts,
      gives: 'hostIds',
    },
    listLocations: {
      summary: 'Locations with the number of their hosts',
      http: 'GET /api/v1/locations',
      request: {},
      answer: { locations: listOf(location), warnings },
    },
    /** For the seed's FindAllHost. */
    findAllHosts: {
      summary: 'Every managed host as it is stored, without states',
      rpc: 'ListInventory',
      http: 'GET /api/v1/inventory',
      request: {},
      answer: { hosts: listOf(inventoryHost) },
      gives: 'hosts',
    },
    /** For the seed's UpdateHostMsg: by the inventory's number or by host id. */
    updateHost: {
      summary: 'Moves one managed host, by its number or its id',
      http: 'POST /api/v1/hosts/update',
      request: {
        id: optional(int('This, or host_id')),
        hostId: optional(hostId),
        location: text(),
        actor,
      },
      answer: {},
    },
  },
});

export type ManageService = ServiceOf<typeof manageApi>;
