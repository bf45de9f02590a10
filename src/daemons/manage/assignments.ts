// Assigning hosts to locations.
import type { Departures, ManageService } from '../../api/manage.ts';
import type { AssignOutcome } from '../../catalog/catalog.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { checkHostId, checkLocation } from '../../domain/names.ts';
import { actorOf, UNNAMED_ACTOR } from '../../runtime/caller.ts';
import {
  checkHostIds,
  inventoryEntries,
  neverSeen,
  type ServiceParts,
  unknownHost,
} from './inventory-entries.ts';

const PAST = { unassign: 'unassigned', remove: 'removed' } as const;

export function createAssignments({
  inventory,
  reporting,
  logger,
}: ServiceParts): Pick<
  ManageService,
  'listAssignments' | 'assignHosts' | 'insertHost' | 'unassignHosts' | 'removeHosts' | 'updateHost'
> {
  /** For changes of hosts that must be in the inventory: nothing found is an error, something found is a result. */
  async function changeHosts(
    { hostIds, actor = UNNAMED_ACTOR, dryRun }: Parameters<ManageService['unassignHosts']>[0],
    change: 'unassign' | 'remove',
  ): Promise<Departures> {
    await checkHostIds(hostIds, { inventory, reporting });
    const found = await (dryRun ? inventory.planDepartures(hostIds) : inventory[change](hostIds, actor));
    if (found.length === 0 && hostIds.length > 0)
      throw await unknownHost(inventory, hostIds[0]!, await reporting.current());
    if (!dryRun) logger.info({ actor: actorOf(actor), hosts: found.length }, `hosts ${PAST[change]}`);
    return {
      hostIds: found.map(({ hostId }) => hostId),
      changes: found.map(({ hostId, from }) => ({
        hostId,
        change: change === 'unassign' && from === undefined ? 'unchanged' : PAST[change],
        ...(from !== undefined && { from }),
      })),
    };
  }

  /** HOST_UNKNOWN for hosts that never reported: they may be mistyped. */
  async function checkSeen(hostIds: readonly string[]): Promise<void> {
    if (hostIds.length === 0) return;
    const view = await reporting.current(({ hosts }) => hostIds.every((hostId) => hosts.has(hostId)));
    const unseen = hostIds.filter((hostId) => !view.hosts.has(hostId));
    if (unseen.length > 0) throw await neverSeen(unseen, { inventory, view });
  }

  return {
    async listAssignments({ location }) {
      if (location !== undefined) checkLocation(location);
      const assignments: { hostId: string; location: string }[] = [];
      for await (const entry of inventoryEntries(inventory, location === undefined ? {} : { location })) {
        if (entry.location !== undefined)
          assignments.push({ hostId: entry.hostId, location: entry.location });
      }
      return { assignments, locations: (await inventory.locations()).map((one) => one.location) };
    },

    async assignHosts({ assignments, actor = UNNAMED_ACTOR, new: takeNew, dryRun }) {
      checkAssignments(assignments);
      if (dryRun || !takeNew) {
        const planned = await inventory.planAssign(assignments);
        if (!takeNew) await checkSeen(planned.filter(isAdded).map(({ hostId }) => hostId));
        if (dryRun) return planned;
      }
      const outcomes = await inventory.assign(assignments, actor);
      const changed = outcomes.filter((outcome) => outcome.change !== 'unchanged').length;
      logger.info({ actor: actorOf(actor), hosts: outcomes.length, changed }, 'hosts assigned');
      return outcomes;
    },

    async insertHost({ hostId, location, actor = UNNAMED_ACTOR }) {
      checkHostId(hostId);
      checkLocation(location);
      const { id } = await inventory.insert({ hostId, location }, actor);
      logger.info({ actor: actorOf(actor), host: hostId, location }, 'host added');
      return { id };
    },

    unassignHosts: (request) => changeHosts(request, 'unassign'),
    removeHosts: (request) => changeHosts(request, 'remove'),

    async updateHost({ id, hostId, location, actor = UNNAMED_ACTOR }) {
      checkLocation(location);
      if (hostId !== undefined) checkHostId(hostId);
      const entry = await inventory.find(byOf(id, hostId));
      if (!entry) {
        if (hostId !== undefined) throw await unknownHost(inventory, hostId, await reporting.current());
        throw new ExpectedError('HOST_UNKNOWN', `no host has the ID ${id}`, {
          hint: 'FindAllHost lists the hosts with their IDs.',
        });
      }
      if (hostId !== undefined && entry.hostId !== hostId) {
        throw new ExpectedError(
          'BAD_REQUEST',
          `ID ${id} belongs to ${entry.hostId}, but the request also names HostID ${hostId}`,
          {
            hint: 'Give ID or HostID; one is enough.',
          },
        );
      }
      await inventory.assign([{ hostId: entry.hostId, location }], actor);
      logger.info({ actor: actorOf(actor), host: entry.hostId, location }, 'host moved');
    },
  };
}

function checkAssignments(assignments: Parameters<ManageService['assignHosts']>[0]['assignments']): void {
  const wanted = new Map<string, string>();
  for (const { hostId, location } of assignments) {
    checkHostId(hostId);
    checkLocation(location);
    const other = wanted.get(hostId);
    if (other !== undefined && other !== location) {
      throw new ExpectedError('BAD_REQUEST', `${hostId} is assigned to both ${other} and ${location}`, {
        hint: 'Name each host once. Nothing was changed.',
      });
    }
    wanted.set(hostId, location);
  }
}

const isAdded = ({ change }: AssignOutcome): boolean => change === 'added';

function byOf(id: number | undefined, hostId: string | undefined): { id: number } | { hostId: string } {
  if (id !== undefined) {
    if (Number.isSafeInteger(id) && id > 0) return { id };
    throw new ExpectedError('BAD_REQUEST', `ID is ${id}; it must be a whole number from 1`);
  }
  if (hostId !== undefined) return { hostId };
  throw new ExpectedError('BAD_REQUEST', 'ID and HostID are both missing', {
    hint: 'Give one of them.',
  });
}
