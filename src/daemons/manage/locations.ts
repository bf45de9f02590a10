// Locations with host counts by state; renaming and removing them.
import type { ManageService } from '../../api/manage.ts';
import type { AlertConfigurationRecords, AlertRecords } from '../../catalog/alert-configuration.ts';
import { parseMatcher } from '../../domain/expression/matcher.ts';
import type { HostState } from '../../domain/host.ts';
import { checkLocation } from '../../domain/names.ts';
import { locationUnknown } from '../../domain/unknown-names.ts';
import { actorOf, UNNAMED_ACTOR } from '../../runtime/caller.ts';
import { stateOf } from './host-view.ts';
import { inventoryEntries, type ServiceParts } from './inventory-entries.ts';
import { warningsOf } from './reporting-hosts.ts';

export function createLocations({
  inventory,
  reporting,
  clock,
  logger,
  records,
}: ServiceParts & { readonly records: Pick<AlertConfigurationRecords, 'read'> }): Pick<
  ManageService,
  'listLocations' | 'renameLocation' | 'removeLocation'
> {
  async function unknown(location: string) {
    const known = await inventory.locations();
    return locationUnknown(
      location,
      known.map((one) => one.location),
    );
  }

  return {
    async renameLocation({ location, newName, actor = UNNAMED_ACTOR, dryRun = false }) {
      checkLocation(location);
      checkLocation(newName);
      const hostIds = await inventory.renameLocation({ from: location, to: newName, dryRun }, actor);
      if (hostIds === undefined) throw await unknown(location);
      if (!dryRun)
        logger.info({ actor: actorOf(actor), location, newName, hosts: hostIds.length }, 'location renamed');
      return { hostIds, notes: naming(location, await records.read()) };
    },

    async removeLocation({ location, force = false, actor = UNNAMED_ACTOR, dryRun = false }) {
      checkLocation(location);
      const hostIds = await inventory.removeLocation(location, { actor, force, dryRun });
      if (hostIds === undefined) throw await unknown(location);
      if (!dryRun)
        logger.info({ actor: actorOf(actor), location, hosts: hostIds.length }, 'location removed');
      return { hostIds, notes: naming(location, await records.read()) };
    },

    async listLocations() {
      const [locations, view] = await Promise.all([inventory.locations(), reporting.current()]);
      const at = { view, nowMs: clock.nowMs() };
      const states = new Map<string, Partial<Record<HostState, number>>>();
      for await (const { hostId, location } of inventoryEntries(inventory)) {
        if (location === undefined) continue;
        const counts = states.get(location) ?? {};
        states.set(location, counts);
        const state = stateOf(view.hosts.get(hostId), at);
        counts[state] = (counts[state] ?? 0) + 1;
      }
      return {
        locations: locations.map((one) => ({ ...one, states: states.get(one.location) ?? {} })),
        warnings: warningsOf(view),
      };
    },
  };
}

/** The rules, silences and receivers that name a location as it is: they do not change with it. */
function naming(location: string, { rules, silences, receivers }: AlertRecords): readonly string[] {
  const names = (matchers: readonly string[]) =>
    matchers
      .map((text) => parseMatcher(text))
      .some(({ label, value }) => label === 'location' && value === location);
  const notes = [
    ...rules.filter(({ locations }) => locations.includes(location)).map(({ name }) => `rule ${name}`),
    ...silences.filter(({ matchers }) => names(matchers)).map(({ id }) => `silence ${id}`),
    ...receivers.filter(({ matchers }) => names(matchers)).map(({ name }) => `receiver ${name}`),
  ];
  return notes.map((note) => `${note} still names location ${location}`);
}
