// The locations, with how many of their hosts are in which state.
import type { ManageService } from '../../api/manage.ts';
import type { HostState } from '../../domain/host.ts';
import { stateOf } from './host-view.ts';
import { inventoryEntries, type ServiceParts } from './inventory-entries.ts';
import { warningsOf } from './reporting-hosts.ts';

export function createLocations({
  inventory,
  reporting,
  clock,
}: ServiceParts): Pick<ManageService, 'listLocations'> {
  return {
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
