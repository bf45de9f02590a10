// The catalog contract: the inventory of hosts and their locations, alert configuration, sent notifications.
import type { Acknowledgements } from './acknowledgements.ts';
import type { AlertConfigurationRecords } from './alert-configuration.ts';
import type { AlertHistory } from './alert-history.ts';
import type { AlertStates } from './alert-states.ts';
import type { AuditLog } from './audit.ts';
import type { Enrolments } from './enrolments.ts';
import type { Notifications } from './notifications.ts';
import type { Tokens } from './tokens.ts';
import type { WarnLease } from './warn-lease.ts';

export type InventoryHost = {
  /** The seed's numeric ID; never used again after a removal. */
  readonly id: number;
  readonly hostId: string;
  /** Undefined after `unassign`. */
  readonly location: string | undefined;
  readonly createdMs: number;
  readonly updatedMs: number;
};

export type Assignment = { readonly hostId: string; readonly location: string };

export type AssignOutcome = {
  readonly hostId: string;
  readonly change: 'added' | 'moved' | 'unchanged';
  readonly from?: string;
  readonly location: string;
};

/** A host that left its location or the inventory; `from` is absent where it had no location. */
export type Departure = { readonly hostId: string; readonly from?: string };

/** What became of one host. */
export type HostChange = {
  readonly hostId: string;
  readonly change: 'added' | 'moved' | 'unassigned' | 'removed' | 'unchanged';
  readonly from?: string;
  readonly location?: string;
};

export type Inventory = {
  /** A page in byte order of host id, after `afterHostId`. */
  list(query: {
    readonly location?: string;
    readonly hosts?: readonly string[];
    readonly afterHostId?: string;
    readonly limit: number;
  }): Promise<readonly InventoryHost[]>;
  find(by: { readonly hostId: string } | { readonly id: number }): Promise<InventoryHost | undefined>;
  /** One transaction for all: adds unknown hosts, moves known ones. Order of outcomes = order of assignments. */
  assign(assignments: readonly Assignment[], actor: string): Promise<readonly AssignOutcome[]>;
  /** Adds one host; HOST_EXISTS if it is there (the seed's InsertAHost). */
  insert(assignment: Assignment, actor: string): Promise<InventoryHost>;
  /** What `assign` would do now. */
  planAssign(assignments: readonly Assignment[]): Promise<readonly AssignOutcome[]>;
  /** Which of the hosts are there, as `unassign` and `remove` would find them now. */
  planDepartures(hostIds: readonly string[]): Promise<readonly Departure[]>;
  /** Empties the location. Returns the hosts that were found. */
  unassign(hostIds: readonly string[], actor: string): Promise<readonly Departure[]>;
  /** Ends hosts. Returns the hosts that were found. */
  remove(hostIds: readonly string[], actor: string): Promise<readonly Departure[]>;
  /**
   * Takes a change of the audit log back: its hosts are as before. CHANGE_UNKNOWN; BAD_REQUEST for one of no hosts or
   * locations; HOST_CHANGED where some were changed since, unless forced.
   */
  undo(
    id: number,
    by: { readonly actor: string; readonly force?: boolean; readonly dryRun?: boolean },
  ): Promise<readonly HostChange[]>;
  /** The hosts that moved with it; undefined for a location that never was. LOCATION_EXISTS where `to` is one. */
  renameLocation(
    names: { readonly from: string; readonly to: string; readonly dryRun?: boolean },
    actor: string,
  ): Promise<readonly string[] | undefined>;
  /** The hosts that have no location now; undefined for one that never was. LOCATION_IN_USE for one with hosts, unless forced. */
  removeLocation(
    location: string,
    by: { readonly actor: string; readonly force?: boolean; readonly dryRun?: boolean },
  ): Promise<readonly string[] | undefined>;
  /** When each host that was removed after `sinceMs` was, also one that was added again. */
  removedSince(sinceMs: number): Promise<ReadonlyMap<string, number>>;
  /** Grows with each change of a host or its location, by any process: cheap to poll every second. */
  version(): Promise<number>;
  /**
   * Ids of hosts that were added, moved, unassigned or removed after `afterVersion`, those of at most `limit` changes, and
   * the version to go on from: `afterVersion` itself when nothing changed.
   */
  changedHosts(query: {
    readonly afterVersion: number;
    readonly limit: number;
  }): Promise<{ readonly version: number; readonly hostIds: readonly string[]; readonly more: boolean }>;
  /** Every location that has hosts now or ever had one, in byte order, with the number now. */
  locations(): Promise<readonly { readonly location: string; readonly hosts: number }[]>;
};

export type Catalog = {
  readonly inventory: Inventory;
  readonly audit: AuditLog;
  readonly alertConfiguration: AlertConfigurationRecords;
  readonly alertStates: AlertStates;
  readonly acknowledgements: Acknowledgements;
  readonly alertHistory: AlertHistory;
  readonly notifications: Notifications;
  readonly warnLease: WarnLease;
  readonly tokens: Tokens;
  readonly enrolments: Enrolments;
  unhealthy(): string | undefined;
  stop(): Promise<void>;
};
