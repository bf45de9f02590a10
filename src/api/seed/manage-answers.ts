// The seed's four calls on manage and their answers to the letter; HTTP and gRPC both send what is made here.
import { ExpectedError } from '../../domain/errors.ts';
import type { ManageService } from '../manage.ts';
import { present } from '../present.ts';
import { localRfc3339 } from './local-time.ts';

/** Who the audit log names for changes made through the seed's calls, which have no actor. */
const ACTOR = 'seed interface';

export function seedManage(service: ManageService) {
  return {
    async insertAHost(request: { readonly HostID: string; readonly Location: string }) {
      await service.insertHost({ hostId: request.HostID, location: request.Location, actor: ACTOR });
      return { CODE: 200, MSG: 'Insert success!', DATA: { num: 1 } };
    },
    async findAllHost() {
      const hosts = await service.findAllHosts();
      return {
        CODE: 200,
        MSG: 'Find success!',
        DATA: hosts.map((host) => ({
          ID: host.id,
          CreatedAt: localRfc3339(host.createdMs),
          UpdatedAt: localRfc3339(host.updatedMs),
          DeletedAt: null,
          HostID: host.hostId,
          Location: host.location ?? '',
        })),
      };
    },
    /** By its numeric ID or by HostID; both must mean the same host when both are given. */
    async updateHostMsg(request: {
      readonly ID?: number | undefined;
      readonly HostID?: string | undefined;
      readonly Location: string;
    }) {
      const { ID, HostID, Location } = request;
      if (ID === undefined && HostID === undefined) {
        throw new ExpectedError('BAD_REQUEST', 'the request names no host', { hint: 'Give ID or HostID.' });
      }
      await service.updateHost({
        location: Location,
        actor: ACTOR,
        ...present({ id: ID, hostId: HostID }),
      });
      return { code: 200, data: 'ok', msg: '更新成功' };
    },
    async findNotManagedHosts() {
      const { hosts } = await service.listUnmanaged({});
      return { CODE: 200, MSG: 'Find success!', DATA: hosts.map((host) => host.hostId) };
    },
  };
}
