// ManageService over gRPC, with the seed's four calls beside ours.
import { HOST_STATES } from '../../domain/host.ts';
import type { ManageServiceDefinition } from '../generated/minimon/v1/ManageService.ts';
import type { ManageService } from '../manage.ts';
import { present } from '../present.ts';
import { seedManage } from '../seed/manage-answers.ts';
import {
  hostToWire,
  inventoryToWire,
  outcomeToWire,
  stateFromWire,
  unmanagedToWire,
} from './manage-codec.ts';
import { loadService } from './proto.ts';
import { type GrpcService, grpcService } from './service.ts';

export const loadManageService = () =>
  loadService<ManageServiceDefinition>('minimon/v1/manage.proto', 'minimon.v1.ManageService');

export function manageGrpcService(service: ManageService): GrpcService {
  const seed = seedManage(service);
  return grpcService<ManageServiceDefinition>(loadManageService(), {
    async ListHosts({ location, state, all, limit, cursor }) {
      const request = present({ location, state: stateFromWire(state), limit, cursor });
      const page = await service.listHosts({ ...request, all });
      return {
        hosts: page.hosts.map(hostToWire),
        warnings: [...page.warnings],
        ...present({ next_cursor: page.nextCursor }),
      };
    },
    GetHost: async ({ host_id }) => hostToWire(await service.getHost(host_id)),
    async ListUnmanaged({ since_ms }) {
      const { hosts, warnings } = await service.listUnmanaged(present({ sinceMs: since_ms }));
      return { hosts: hosts.map(unmanagedToWire), warnings: [...warnings] };
    },
    async ListAssignments({ location }) {
      const { assignments, locations } = await service.listAssignments(present({ location }));
      return {
        assignments: assignments.map(({ hostId, location }) => ({ host_id: hostId, location })),
        locations: [...locations],
      };
    },
    async AssignHosts({ assignments, actor }) {
      const wanted = assignments.map(({ host_id, location }) => ({ hostId: host_id, location }));
      const outcomes = await service.assignHosts({ assignments: wanted, ...present({ actor }) });
      return { outcomes: outcomes.map(outcomeToWire) };
    },
    InsertHost: ({ host_id, location, actor }) =>
      service.insertHost({ hostId: host_id, location, ...present({ actor }) }),
    UnassignHosts: async ({ host_ids, actor }) => ({
      host_ids: [...(await service.unassignHosts({ hostIds: host_ids, ...present({ actor }) }))],
    }),
    RemoveHosts: async ({ host_ids, actor }) => ({
      host_ids: [...(await service.removeHosts({ hostIds: host_ids, ...present({ actor }) }))],
    }),
    async UpdateHost({ id, host_id, location, actor }) {
      await service.updateHost({ location, ...present({ id, hostId: host_id, actor }) });
      return {};
    },
    async ListLocations() {
      const { locations, warnings } = await service.listLocations();
      return {
        locations: locations.map(({ location, hosts, states }) => ({
          location,
          hosts,
          states: Object.fromEntries(
            HOST_STATES.flatMap((state) => (states[state] ? [[state, states[state]]] : [])),
          ),
        })),
        warnings: [...warnings],
      };
    },
    ListInventory: async () => ({ hosts: (await service.findAllHosts()).map(inventoryToWire) }),
    InsertAHost: (request) => seed.insertAHost(request),
    async FindAllHost() {
      const answer = await seed.findAllHost();
      // A message field cannot be null as the seed's JSON has it: it is absent.
      return { ...answer, DATA: answer.DATA.map(({ DeletedAt: _, ...host }) => host) };
    },
    UpdateHostMsg: (request) => seed.updateHostMsg(request),
    FindNotManagedHosts: () => seed.findNotManagedHosts(),
  });
}
