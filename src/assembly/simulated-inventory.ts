// Puts simulated hosts into the inventory without undoing what an operator did, and never under a real host's id.
import type { ManageService } from '../api/manage.ts';
import { listAllHosts } from '../api/pages.ts';
import type { Assignment } from '../catalog/catalog.ts';
import type { Simulator } from '../daemons/simulate/simulator.ts';
import { ExpectedError } from '../domain/errors.ts';

export const simulatedFleet = (simulator: Pick<Simulator, 'fleet' | 'assignments'>) => ({
  hostIds: simulator.fleet.hosts.map((host) => host.hostId),
  assignments: simulator.assignments(),
});

/** Assigns only hosts that the inventory does not have. HOST_EXISTS when one of the ids is a real host's. */
export async function placeSimulated(
  manage: Pick<ManageService, 'listHosts' | 'assignHosts'>,
  fleet: { readonly hostIds: readonly string[]; readonly assignments: readonly Assignment[] },
): Promise<void> {
  const { hosts } = await listAllHosts(manage, { all: true });
  const known = new Map(hosts.map((host) => [host.hostId, host]));
  const real = fleet.hostIds.filter((hostId) => {
    const host = known.get(hostId);
    return host?.lastSeenMs !== undefined && host.facts['simulated'] !== 'true';
  });
  if (real.length > 0) {
    const named = `${real.slice(0, 3).join(', ')}${real.length > 3 ? ` and ${real.length - 3} more` : ''}`;
    throw new ExpectedError(
      'HOST_EXISTS',
      `real hosts report under ids that the simulation would use: ${named}`,
      {
        hint: 'Simulate on an installation of its own: minimon up --data DIR --port-offset 1000 --simulate N',
      },
    );
  }
  const assignments = fleet.assignments.filter(({ hostId }) => known.get(hostId)?.managed !== true);
  if (assignments.length > 0) await manage.assignHosts({ assignments, actor: 'simulate' });
}
