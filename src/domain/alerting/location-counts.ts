// How many hosts of each location are silent, unknown, or meet the condition of a share: recounted where one changed.
import type { Host } from './host.ts';
import type { ShareCondition } from './rule-set.ts';

type Count = {
  of: number;
  among: number;
  /** Neither: unknown. */
  unknown: number;
};
export type ShareCount = Readonly<Count>;

export type LocationPresence = {
  readonly hosts: Set<Host>;
  /** Of each share condition that covers a host of it. */
  readonly counts: ReadonlyMap<ShareCondition, ShareCount>;
  /** Hosts whose state is known, and those of them that are silent. */
  readonly all: Omit<ShareCount, 'unknown'>;
};

type Location = {
  hosts: Set<Host>;
  counts: Map<ShareCondition, Count>;
  all: Omit<Count, 'unknown'>;
  stale: boolean;
};

export function createLocationCounts() {
  const locations = new Map<string, Location>();
  let isComplete = true;

  function locationOf(name: string): Location {
    let location = locations.get(name);
    if (location === undefined) {
      location = { hosts: new Set(), counts: new Map(), all: { of: 0, among: 0 }, stale: true };
      locations.set(name, location);
    }
    return location;
  }

  function noteChangeOfAll(): void {
    for (const location of locations.values()) location.stale = true;
  }

  return {
    all: locations as ReadonlyMap<string, LocationPresence>,
    enter(host: Host): void {
      const location = locationOf(host.location);
      location.hosts.add(host);
      location.stale = true;
    },
    leave(host: Host, name: string): void {
      const location = locationOf(name);
      location.hosts.delete(host);
      location.stale = true;
      if (location.hosts.size === 0) locations.delete(name);
    },
    /** Of the host, to be counted. */
    noteChange(host: Host): void {
      locationOf(host.location).stale = true;
    },
    noteChangeOfAll,
    /** False while hosts not seen yet may have reported before this evaluator started: they are unknown. */
    setComplete(complete: boolean): void {
      isComplete = complete;
      noteChangeOfAll();
    },
    /** Counts the locations where something changed. */
    count(conditions: readonly ShareCondition[]): void {
      for (const location of locations.values()) if (location.stale) count(location, conditions, isComplete);
    },
  };
}

function count(location: Location, conditions: readonly ShareCondition[], isComplete: boolean): void {
  location.stale = false;
  location.counts.clear();
  location.all = { of: 0, among: 0 };
  for (const host of location.hosts) {
    const isNew = host.sources.length === 0;
    if (isNew && isComplete) continue;
    if (!isNew && host.known) {
      location.all.among++;
      if (host.silent) location.all.of++;
    }
    for (const condition of conditions) countHost(host, condition, location.counts);
  }
}

function countHost(host: Host, condition: ShareCondition, counts: Map<ShareCondition, Count>): void {
  if (host.scopes[condition.scope] !== 1) return;
  const count = counts.get(condition) ?? { of: 0, among: 0, unknown: 0 };
  counts.set(condition, count);
  if (condition.tests === undefined && host.silenced) return;
  if (host.sources.length === 0 || !host.known) count.unknown++;
  else if (condition.tests === undefined) {
    count.among++;
    if (host.silent) count.of++;
  } else if (!host.silent) {
    count.among++;
    if (host.trueConditions?.has(condition)) count.of++;
  }
}
