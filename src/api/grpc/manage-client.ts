// ManageService for callers over gRPC: analyze's view of the rooms.
import { HOST_STATES } from '../../domain/host.ts';
import type { ManageService } from '../manage.ts';
import { present } from '../present.ts';
import type { TlsMaterial } from '../tls.ts';
import { wireMs } from './analyze-codec.ts';
import { openChannel } from './channel.ts';
import {
  hostFromWire,
  inventoryFromWire,
  outcomeFromWire,
  stateToWire,
  unmanagedFromWire,
} from './manage-codec.ts';
import { loadManageService } from './manage-server.ts';

export type ManageClient = ManageService & { stop(): Promise<void> };

export function createManageClient(options: {
  /** `host:port`, or several with commas. */
  readonly address: string;
  /** Default 10 s. */
  readonly timeoutMs?: number;
  readonly tls?: TlsMaterial;
}): ManageClient {
  const { address, ...rest } = options;
  const rpc = loadManageService();
  const channel = openChannel({ daemon: 'manage', to: address, ...rest });
  const idsOf = (hostIds: readonly string[], actor: string | undefined) => ({
    host_ids: [...hostIds],
    ...present({ actor }),
  });
  return {
    async listHosts({ location, state, all = false, limit, cursor }) {
      const page = await channel.call(rpc.ListHosts, {
        state: state ? stateToWire(state) : 'HOST_STATE_UNSPECIFIED',
        all,
        ...present({ location, limit, cursor }),
      });
      return {
        hosts: page.hosts.map(hostFromWire),
        warnings: page.warnings,
        ...present({ nextCursor: page.next_cursor }),
      };
    },
    getHost: async (hostId) => hostFromWire(await channel.call(rpc.GetHost, { host_id: hostId })),
    async listUnmanaged({ sinceMs }) {
      const request = sinceMs === undefined ? {} : { since_ms: wireMs('since', sinceMs) };
      const { hosts, warnings } = await channel.call(rpc.ListUnmanaged, request);
      return { hosts: hosts.map(unmanagedFromWire), warnings };
    },
    async listAssignments({ location }) {
      const { assignments, locations } = await channel.call(rpc.ListAssignments, present({ location }));
      return {
        assignments: assignments.map(({ host_id, location }) => ({ hostId: host_id, location })),
        locations,
      };
    },
    async assignHosts({ assignments, actor }) {
      const { outcomes } = await channel.call(rpc.AssignHosts, {
        assignments: assignments.map(({ hostId, location }) => ({ host_id: hostId, location })),
        ...present({ actor }),
      });
      return outcomes.map(outcomeFromWire);
    },
    async insertHost({ hostId, location, actor }) {
      const { id } = await channel.call(rpc.InsertHost, { host_id: hostId, location, ...present({ actor }) });
      return { id };
    },
    unassignHosts: async ({ hostIds, actor }) =>
      (await channel.call(rpc.UnassignHosts, idsOf(hostIds, actor))).host_ids,
    removeHosts: async ({ hostIds, actor }) =>
      (await channel.call(rpc.RemoveHosts, idsOf(hostIds, actor))).host_ids,
    async listLocations() {
      const { locations, warnings } = await channel.call(rpc.ListLocations, {});
      const known = (states: Record<string, number>) =>
        Object.fromEntries(HOST_STATES.flatMap((state) => (states[state] ? [[state, states[state]]] : [])));
      return { locations: locations.map((one) => ({ ...one, states: known(one.states) })), warnings };
    },
    findAllHosts: async () => (await channel.call(rpc.ListInventory, {})).hosts.map(inventoryFromWire),
    async updateHost({ id, hostId, location, actor }) {
      await channel.call(rpc.UpdateHost, { location, ...present({ id, host_id: hostId, actor }) });
    },
    stop: channel.stop,
  };
}
