// Which hosts are assigned to which location, as manage last answered: fresh for five seconds, used on while it is down.
import type { ManageService } from '../api/manage.ts';
import { ExpectedError, messageOf } from '../domain/errors.ts';
import { formatInstant } from '../domain/instant.ts';
import { checkLocation } from '../domain/names.ts';
import { locationUnknown } from '../domain/unknown-names.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logging.ts';
import { createAnswerCache } from './answer-cache.ts';

const FRESH_MS = 5_000;

export type LocationHosts = {
  /** Host ids in byte order. */
  readonly hosts: readonly string[];
  /** Says so when the answer is an old one. */
  readonly warnings: readonly string[];
};

export type Locations = {
  /** LOCATION_UNKNOWN names the nearest; UNAVAILABLE when manage never answered. */
  hostsOf(location: string): Promise<LocationHosts>;
  /** Whether the host is assigned to any location; false when manage never answered. */
  isAssigned(hostId: string): Promise<boolean>;
  /** Host id -> location. UNAVAILABLE when manage never answered. */
  all(): Promise<{ readonly places: ReadonlyMap<string, string>; readonly warnings: readonly string[] }>;
  /** Every assigned host, for suggestions; empty when manage never answered. */
  assigned(): Promise<Iterable<string>>;
  /** Why manage does not answer, as of the last attempt. */
  lastError(): string | undefined;
};

export function createLocations(parts: {
  readonly manage: Pick<ManageService, 'listAssignments'>;
  readonly clock: Clock;
  readonly logger: Logger;
}): Locations {
  const inventory = createAnswerCache({
    ...parts,
    freshMs: FRESH_MS,
    warning: 'manage does not answer; going on with the locations of its last answer',
    // All of them: a location that is first asked for while manage is down is then known too.
    async load() {
      const { assignments, locations } = await parts.manage.listAssignments({});
      const byLocation = new Map<string, string[]>(locations.map((location) => [location, []]));
      for (const { hostId, location } of assignments) {
        const hosts = byLocation.get(location);
        if (hosts) hosts.push(hostId);
        else byLocation.set(location, [hostId]);
      }
      return { byLocation, hosts: new Map(assignments.map((one) => [one.hostId, one.location])) };
    },
  });
  const failure = (error: unknown) => `manage does not answer (${messageOf(error)})`;

  const outdated = (error: unknown, asOfMs: number | undefined): string[] =>
    error === undefined ? [] : [`${failure(error)}: locations are as of ${formatInstant(asOfMs!)}`];

  return {
    async hostsOf(location) {
      checkLocation(location);
      const { value, asOfMs, error } = await inventory.current(({ byLocation }) => byLocation.has(location));
      if (!value) {
        throw new ExpectedError('UNAVAILABLE', `the hosts of ${location} are not known: ${failure(error)}`, {
          hint: 'Start manage or look at its log; queries by host work meanwhile.',
          cause: error,
        });
      }
      const hosts = value.byLocation.get(location);
      if (hosts) return { hosts, warnings: outdated(error, asOfMs) };
      throw locationUnknown(location, value.byLocation.keys());
    },
    async isAssigned(hostId) {
      const { value } = await inventory.current(({ hosts }) => hosts.has(hostId));
      return value?.hosts.has(hostId) ?? false;
    },
    async all() {
      const { value, asOfMs, error } = await inventory.current();
      if (value) return { places: value.hosts, warnings: outdated(error, asOfMs) };
      throw new ExpectedError('UNAVAILABLE', `the locations of hosts are not known: ${failure(error)}`, {
        hint: 'Start manage or look at its log.',
        cause: error,
      });
    },
    assigned: async () => (await inventory.current()).value?.hosts.keys() ?? [],
    lastError() {
      const { error } = inventory.last();
      return error === undefined ? undefined : `${failure(error)}: locations may be out of date`;
    },
  };
}
