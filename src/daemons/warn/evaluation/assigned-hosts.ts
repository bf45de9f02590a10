// The hosts that have a location, from manage: assigned hosts are evaluated, the state of unassigned ones is dropped.
import type { Evaluator } from '../../../domain/alerting/evaluator.ts';
import type { Watched } from './configuration-watch.ts';

export function createAssignedHosts(
  evaluator: Pick<Evaluator, 'setHost' | 'removeHost' | 'hosts'>,
  onUnassigned: (hostId: string) => void,
) {
  const locations = new Map<string, string>();

  function unassign(hostId: string, atMs: number): void {
    if (!locations.delete(hostId)) return;
    evaluator.removeHost(hostId, atMs);
    onUnassigned(hostId);
  }

  return {
    hosts: (): Iterable<string> => locations.keys(),
    list: () => [...locations].map(([hostId, location]) => ({ hostId, location })),
    /** Returns whether nothing was heard yet of one that is new. */
    apply(received: readonly Watched[], atMs: number): { readonly isUnheard: boolean } {
      let isUnheard = false;
      if (received[0]?.part === 'all') {
        const all = new Set(received.flatMap((part) => part.assignments.map(({ hostId }) => hostId)));
        for (const hostId of [...locations.keys()]) if (!all.has(hostId)) unassign(hostId, atMs);
      }
      for (const { unassigned, assignments } of received) {
        for (const hostId of unassigned) unassign(hostId, atMs);
        for (const { hostId, location } of assignments) {
          if (locations.get(hostId) === location) continue;
          evaluator.setHost(hostId, location, atMs);
          locations.set(hostId, location);
          isUnheard ||= evaluator.hosts.get(hostId)?.sources.length === 0;
        }
      }
      return { isUnheard };
    },
  };
}
