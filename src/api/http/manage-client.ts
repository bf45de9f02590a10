// ManageService for the commands over HTTP.
import type { ManageService } from '../manage.ts';
import { present } from '../present.ts';
import { createHttpClient, type HttpClientOptions } from './client.ts';
import { toOptionalInstant } from './instants.ts';
import {
  type AssignJson,
  type HostJson,
  type HostsJson,
  hostFromJson,
  hostPageFromJson,
  type InventoryJson,
  inventoryFromJson,
  outcomeFromJson,
  type UnmanagedJson,
  unmanagedFromJson,
} from './manage-codec.ts';

export type ManageHttpClient = ManageService & { stop(): Promise<void> };

export function createManageHttpClient(options: HttpClientOptions): ManageHttpClient {
  const http = createHttpClient('manage', options);
  type HostIds = { host_ids: string[] };
  return {
    listHosts: async (request) => hostPageFromJson(await http.get<HostsJson>('/api/v1/hosts', request)),
    getHost: async (hostId) =>
      hostFromJson(await http.get<HostJson>('/api/v1/hosts/by-id', { host_id: hostId })),
    async listUnmanaged({ sinceMs }) {
      const query = { since_at: toOptionalInstant(sinceMs) };
      const { hosts, warnings } = await http.get<UnmanagedJson>('/api/v1/hosts/unmanaged', query);
      return { hosts: hosts.map(unmanagedFromJson), warnings };
    },
    async listAssignments({ location }) {
      type Answer = { assignments: { host_id: string; location: string }[]; locations: string[] };
      const { assignments, locations } = await http.get<Answer>('/api/v1/assignments', { location });
      return {
        assignments: assignments.map(({ host_id, location }) => ({ hostId: host_id, location })),
        locations,
      };
    },
    async assignHosts({ assignments, actor }) {
      const wanted = assignments.map(({ hostId, location }) => ({ host_id: hostId, location }));
      const { outcomes } = await http.post<AssignJson>('/api/v1/hosts/assign', {
        assignments: wanted,
        ...present({ actor }),
      });
      return outcomes.map(outcomeFromJson);
    },
    insertHost: ({ hostId, location, actor }) =>
      http.post<{ id: number }>('/api/v1/hosts', { host_id: hostId, location, ...present({ actor }) }),
    unassignHosts: async ({ hostIds, actor }) =>
      (await http.post<HostIds>('/api/v1/hosts/unassign', { host_ids: hostIds, ...present({ actor }) }))
        .host_ids,
    removeHosts: async ({ hostIds, actor }) =>
      (await http.post<HostIds>('/api/v1/hosts/remove', { host_ids: hostIds, ...present({ actor }) }))
        .host_ids,
    listLocations: () => http.get('/api/v1/locations'),
    findAllHosts: async () =>
      (await http.get<InventoryJson>('/api/v1/inventory')).hosts.map(inventoryFromJson),
    async updateHost({ id, hostId, location, actor }) {
      const body = { location, ...present({ id, host_id: hostId, actor }) };
      await http.post('/api/v1/hosts/update', body);
    },
    stop: http.stop,
  };
}
