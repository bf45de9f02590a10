// manage's answers as JSON and back: the routes write what the client reads. No schema is loaded here.
import type { z } from 'zod';
import type { AssignOutcome, InventoryHost } from '../../catalog/catalog.ts';
import type { Host, HostPage, UnmanagedHost } from '../manage.ts';
import { present } from '../present.ts';
import { fromInstant, fromOptionalInstant, toInstant, toOptionalInstant } from './instants.ts';
import type * as schemas from './manage-schemas.ts';

export type HostJson = z.output<typeof schemas.hostShape>;
export type HostsJson = z.output<typeof schemas.hostsAnswer>;
export type UnmanagedJson = z.output<typeof schemas.unmanagedAnswer>;
export type AssignJson = z.output<typeof schemas.assignAnswer>;
export type InventoryJson = z.output<typeof schemas.inventoryAnswer>;

export const hostToJson = (host: Host): HostJson => ({
  host_id: host.hostId,
  managed: host.managed,
  state: host.state,
  facts: host.facts,
  ...present({
    id: host.id,
    location: host.location,
    note: host.note,
    created_at: toOptionalInstant(host.createdMs),
    updated_at: toOptionalInstant(host.updatedMs),
    first_seen_at: toOptionalInstant(host.firstSeenMs),
    last_seen_at: toOptionalInstant(host.lastSeenMs),
    interval_ms: host.intervalMs,
    agent_version: host.agentVersion,
  }),
});

export const hostFromJson = (json: HostJson): Host => ({
  hostId: json.host_id,
  managed: json.managed,
  state: json.state,
  facts: json.facts,
  ...present({
    id: json.id,
    location: json.location,
    note: json.note,
    createdMs: fromOptionalInstant(json.created_at, 'created_at'),
    updatedMs: fromOptionalInstant(json.updated_at, 'updated_at'),
    firstSeenMs: fromOptionalInstant(json.first_seen_at, 'first_seen_at'),
    lastSeenMs: fromOptionalInstant(json.last_seen_at, 'last_seen_at'),
    intervalMs: json.interval_ms,
    agentVersion: json.agent_version,
  }),
});

export const hostPageToJson = (page: HostPage): HostsJson => ({
  hosts: page.hosts.map(hostToJson),
  ...present({ next_cursor: page.nextCursor }),
  warnings: [...page.warnings],
});

export const hostPageFromJson = (json: HostsJson): HostPage => ({
  hosts: json.hosts.map(hostFromJson),
  ...present({ nextCursor: json.next_cursor }),
  warnings: json.warnings,
});

export const unmanagedToJson = (host: UnmanagedHost): UnmanagedJson['hosts'][number] => ({
  ...hostToJson(host),
  ...present({ suggestion: host.suggestion }),
});

export const unmanagedFromJson = (json: UnmanagedJson['hosts'][number]): UnmanagedHost => ({
  ...hostFromJson(json),
  ...present({ suggestion: json.suggestion }),
});

export const outcomeToJson = ({ hostId, change, from, location }: AssignOutcome) => ({
  host_id: hostId,
  change,
  ...present({ from }),
  location,
});

export const outcomeFromJson = (json: AssignJson['outcomes'][number]): AssignOutcome => ({
  hostId: json.host_id,
  change: json.change,
  ...present({ from: json.from }),
  location: json.location,
});

export const inventoryToJson = (host: InventoryHost): InventoryJson['hosts'][number] => ({
  id: host.id,
  host_id: host.hostId,
  ...present({ location: host.location }),
  created_at: toInstant(host.createdMs),
  updated_at: toInstant(host.updatedMs),
});

export const inventoryFromJson = (json: InventoryJson['hosts'][number]): InventoryHost => ({
  id: json.id,
  hostId: json.host_id,
  location: json.location,
  createdMs: fromInstant(json.created_at),
  updatedMs: fromInstant(json.updated_at),
});
