// manage.proto's messages to and from the service's own types.
import type { AssignOutcome, InventoryHost } from '../../catalog/catalog.ts';
import { HOST_STATES, type HostState } from '../../domain/host.ts';
import type { AssignOutcome__Output } from '../generated/minimon/v1/AssignOutcome.ts';
import type { Host__Output } from '../generated/minimon/v1/Host.ts';
import type { HostState as WireState } from '../generated/minimon/v1/HostState.ts';
import type { InventoryHost__Output } from '../generated/minimon/v1/InventoryHost.ts';
import type { UnmanagedHost__Output } from '../generated/minimon/v1/UnmanagedHost.ts';
import type { Host, UnmanagedHost } from '../manage.ts';
import { present } from '../present.ts';

export const stateToWire = (state: HostState) =>
  `HOST_STATE_${state.toUpperCase() as Uppercase<HostState>}` as const;

/** Undefined for UNSPECIFIED and for a state this version does not know. */
export const stateFromWire = (wire: WireState): HostState | undefined =>
  HOST_STATES.find((state) => stateToWire(state) === wire);

export const hostToWire = (host: Host) => ({
  host_id: host.hostId,
  managed: host.managed,
  state: stateToWire(host.state),
  facts: { ...host.facts },
  ...present({
    id: host.id,
    location: host.location,
    note: host.note,
    created_ms: host.createdMs,
    updated_ms: host.updatedMs,
    first_seen_ms: host.firstSeenMs,
    last_seen_ms: host.lastSeenMs,
    interval_ms: host.intervalMs,
    agent_version: host.agentVersion,
  }),
});

export const hostFromWire = (wire: Host__Output): Host => ({
  hostId: wire.host_id,
  managed: wire.managed,
  state: stateFromWire(wire.state) ?? 'unknown',
  facts: wire.facts,
  ...present({
    id: wire.id,
    location: wire.location,
    note: wire.note,
    createdMs: wire.created_ms,
    updatedMs: wire.updated_ms,
    firstSeenMs: wire.first_seen_ms,
    lastSeenMs: wire.last_seen_ms,
    intervalMs: wire.interval_ms,
    agentVersion: wire.agent_version,
  }),
});

export const unmanagedToWire = (host: UnmanagedHost) => ({
  host: hostToWire(host),
  suggestion: host.suggestion ? { ...host.suggestion } : null,
});

export const unmanagedFromWire = ({ host, suggestion }: UnmanagedHost__Output): UnmanagedHost => ({
  ...hostFromWire(host!),
  ...(suggestion ? { suggestion } : {}),
});

const CHANGES = { added: 'CHANGE_ADDED', moved: 'CHANGE_MOVED', unchanged: 'CHANGE_UNCHANGED' } as const;

export const outcomeToWire = ({ hostId, change, from, location }: AssignOutcome) => ({
  host_id: hostId,
  change: CHANGES[change],
  location,
  ...present({ from }),
});

export const outcomeFromWire = ({
  host_id,
  change,
  from,
  location,
}: AssignOutcome__Output): AssignOutcome => ({
  hostId: host_id,
  change: change === 'CHANGE_ADDED' ? 'added' : change === 'CHANGE_MOVED' ? 'moved' : 'unchanged',
  location,
  ...present({ from }),
});

export const inventoryToWire = (host: InventoryHost) => ({
  id: host.id,
  host_id: host.hostId,
  created_ms: host.createdMs,
  updated_ms: host.updatedMs,
  ...present({ location: host.location }),
});

export const inventoryFromWire = (wire: InventoryHost__Output): InventoryHost => ({
  id: wire.id,
  hostId: wire.host_id,
  location: wire.location,
  createdMs: wire.created_ms,
  updatedMs: wire.updated_ms,
});
