// Which hosts stand in which location, as manage last told: kept for five seconds, and kept on while manage is down.
import type { ManageService } from '../../api/manage.ts';
import { checkLocation } from '../../domain/checked-ids.ts';
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import { didYouMean } from '../../domain/names.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';

const FRESH_MS = 5_000;

export type Room = {
  /** Host ids in byte order. */
  readonly hosts: readonly string[];
  /** Says so when the answer is an old one. */
  readonly warnings: readonly string[];
};

export type Rooms = {
  /** LOCATION_UNKNOWN names the nearest; UNAVAILABLE when manage never answered. */
  hostsOf(location: string): Promise<Room>;
  /** Whether the host is assigned to any location; false when nobody can tell. */
  isAssigned(hostId: string): Promise<boolean>;
  /** Every assigned host, for suggestions; empty when nobody can tell. */
  assigned(): Promise<Iterable<string>>;
  /** Why manage does not answer, as of the last attempt. */
  lastError(): string | undefined;
};

type Answer = {
  readonly byLocation: ReadonlyMap<string, readonly string[]>;
  readonly hosts: ReadonlySet<string>;
  readonly asOfMs: number;
};

export function createRooms(parts: {
  readonly manage: Pick<ManageService, 'listAssignments'>;
  readonly clock: Clock;
  readonly logger: Logger;
}): Rooms {
  const { manage, clock, logger } = parts;
  let answer: Answer | undefined;
  let failure: unknown;
  let triedMs = Number.NEGATIVE_INFINITY;
  let loading: Promise<void> | undefined;

  async function load(): Promise<void> {
    try {
      // All of them: a room that is first asked for while manage is down is then known too.
      const { assignments, locations } = await manage.listAssignments({});
      const byLocation = new Map<string, string[]>(locations.map((location) => [location, []]));
      for (const { hostId, location } of assignments) {
        const room = byLocation.get(location);
        if (room) room.push(hostId);
        else byLocation.set(location, [hostId]);
      }
      const hosts = new Set(assignments.map((one) => one.hostId));
      answer = { byLocation, hosts, asOfMs: clock.nowMs() };
      failure = undefined;
    } catch (error) {
      if (failure === undefined) {
        logger.warn(
          { error: messageOf(error) },
          'manage does not answer; going on with the rooms it told last',
        );
      }
      failure = error ?? new Error('no reason was given');
    }
    triedMs = clock.nowMs();
  }

  function loadOnce(): Promise<void> {
    loading ??= load().finally(() => {
      loading = undefined;
    });
    return loading;
  }

  async function current(): Promise<Answer | undefined> {
    // A failure is kept as long as an answer: not every query of an outage waits for its own timeout.
    if (clock.nowMs() - triedMs >= FRESH_MS) await loadOnce();
    return answer;
  }

  /** Asks once more for what is not in the answer: whoever just assigned a host looks at its room next. */
  async function currentWith(isIn: (answer: Answer) => boolean): Promise<Answer | undefined> {
    const before = answer;
    const known = await current();
    if (known && known === before && failure === undefined && !isIn(known)) await loadOnce();
    return answer;
  }

  return {
    async hostsOf(location) {
      checkLocation(location);
      const known = await currentWith((told) => told.byLocation.has(location));
      if (!known) {
        throw new ExpectedError(
          'UNAVAILABLE',
          `which hosts stand in ${location} is not known: manage does not answer (${messageOf(failure)})`,
          { hint: 'Start manage or look at its log; queries by host work meanwhile.', cause: failure },
        );
      }
      const warnings =
        failure === undefined
          ? []
          : [
              `manage does not answer (${messageOf(failure)}): rooms are as of ${new Date(known.asOfMs).toISOString()}`,
            ];
      const hosts = known.byLocation.get(location);
      if (hosts) return { hosts, warnings };
      throw new ExpectedError('LOCATION_UNKNOWN', `no host was ever assigned to location ${location}`, {
        hint: didYouMean(location, known.byLocation.keys(), 'See the locations with: minimon locations list'),
      });
    },
    isAssigned: async (hostId) =>
      (await currentWith((told) => told.hosts.has(hostId)))?.hosts.has(hostId) ?? false,
    assigned: async () => (await current())?.hosts ?? [],
    lastError: () =>
      failure === undefined
        ? undefined
        : `manage does not answer (${messageOf(failure)}): rooms may be out of date`,
  };
}
