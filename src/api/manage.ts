// The manage service as its callers see it, over whichever wire.
import type { Assignment, AssignOutcome } from '../catalog/catalog.ts';
import type { HostState } from '../domain/host.ts';
import type { Facts } from '../domain/tick.ts';

/** A host of the inventory, of the stream, or of both. */
export type Host = {
  readonly hostId: string;
  /** The inventory's number; absent for a host that only reports. */
  readonly id?: number;
  readonly managed: boolean;
  readonly location?: string;
  readonly state: HostState;
  /** Why, where the state alone does not say (refused: the reason; conflict: the machine ids; a clone's twin). */
  readonly note?: string;
  readonly createdMs?: number;
  readonly updatedMs?: number;
  readonly firstSeenMs?: number;
  readonly lastSeenMs?: number;
  readonly intervalMs?: number;
  readonly agentVersion?: string;
  readonly facts: Facts;
};

export type UnmanagedHost = Host & {
  /** A room it may stand in, and how that was concluded ("agent's hint", "same subnet as web-1", "named like db-3"). */
  readonly suggestion?: { readonly location: string; readonly why: string };
};

export type Location = {
  readonly location: string;
  readonly hosts: number;
  readonly states: Readonly<Partial<Record<HostState, number>>>;
};

export type HostPage = {
  readonly hosts: readonly Host[];
  readonly nextCursor?: string;
  readonly warnings: readonly string[];
};

export type ManageService = {
  /** Managed hosts by id as bytes; with `all`, those that only report too. Default limit 1,000. */
  listHosts(request: {
    readonly location?: string;
    readonly state?: HostState;
    readonly all?: boolean;
    readonly limit?: number;
    readonly cursor?: string;
  }): Promise<HostPage>;
  /** Managed or reporting; HOST_UNKNOWN names the nearest. */
  getHost(hostId: string): Promise<Host>;
  /** Hosts that reported in the last 24 h (`sinceMs` changes it) and have no location. */
  listUnmanaged(request: {
    readonly sinceMs?: number;
  }): Promise<{ readonly hosts: readonly UnmanagedHost[]; readonly warnings: readonly string[] }>;
  /** Only ids and locations, without asking analyze: what analyze itself reads. `known` tells an empty room from none. */
  listAssignments(request: {
    readonly location?: string;
  }): Promise<{ readonly assignments: readonly Assignment[]; readonly locations: readonly string[] }>;
  assignHosts(request: {
    readonly assignments: readonly Assignment[];
    readonly actor?: string;
  }): Promise<readonly AssignOutcome[]>;
  insertHost(request: Assignment & { readonly actor?: string }): Promise<{ readonly id: number }>;
  unassignHosts(request: {
    readonly hostIds: readonly string[];
    readonly actor?: string;
  }): Promise<readonly string[]>;
  removeHosts(request: {
    readonly hostIds: readonly string[];
    readonly actor?: string;
  }): Promise<readonly string[]>;
  listLocations(): Promise<{ readonly locations: readonly Location[]; readonly warnings: readonly string[] }>;
  /** The seed's FindAllHost and UpdateHostMsg (by its numeric ID or by HostID). */
  findAllHosts(): Promise<readonly import('../catalog/catalog.ts').InventoryHost[]>;
  updateHost(request: {
    readonly id?: number;
    readonly hostId?: string;
    readonly location: string;
    readonly actor?: string;
  }): Promise<void>;
};
