// /api/v1 on manage: hosts, and the rooms they stand in.
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import type { ManageService } from '../manage.ts';
import { present } from '../present.ts';
import { fromOptionalInstant } from './instants.ts';
import {
  hostPageToJson,
  hostToJson,
  inventoryToJson,
  outcomeToJson,
  unmanagedToJson,
} from './manage-codec.ts';
import * as schemas from './manage-schemas.ts';
import { describeRoute, readRequest } from './request.ts';
import type { HttpRoutes } from './server.ts';

export function manageRoutes(service: ManageService): HttpRoutes {
  return (app) => {
    readingRoutes(app, service);
    changingRoutes(app, service);
  };
}

function readingRoutes(app: FastifyInstance, service: ManageService): void {
  const get = route(app, 'get');
  get('/hosts', {
    summary: 'Hosts in byte order of their ids',
    querystring: schemas.hostsQuery,
    answer: schemas.hostsAnswer,
    async handle({ location, state, all, limit, cursor }) {
      return hostPageToJson(await service.listHosts(present({ location, state, all, limit, cursor })));
    },
  });
  get('/hosts/by-id', {
    summary: 'One host, by any id (in a path, ids like "unmanaged" would mean something else)',
    querystring: schemas.hostQuery,
    answer: schemas.hostShape,
    handle: async ({ host_id }) => hostToJson(await service.getHost(host_id)),
  });
  get('/hosts/:host_id', {
    summary: 'One host',
    params: schemas.hostParams,
    answer: schemas.hostShape,
    handle: async ({ host_id }) => hostToJson(await service.getHost(host_id)),
  });
  get('/hosts/unmanaged', {
    summary: 'Hosts that report and have no location, with a suggestion',
    querystring: schemas.unmanagedQuery,
    answer: schemas.unmanagedAnswer,
    async handle({ since_at }) {
      const sinceMs = fromOptionalInstant(since_at, 'since_at');
      const { hosts, warnings } = await service.listUnmanaged(present({ sinceMs }));
      return { hosts: hosts.map(unmanagedToJson), warnings };
    },
  });
  get('/assignments', {
    summary: 'Which host stands where, without states',
    querystring: schemas.assignmentsQuery,
    answer: schemas.assignmentsAnswer,
    async handle({ location }) {
      const { assignments, locations } = await service.listAssignments(present({ location }));
      return {
        assignments: assignments.map(({ hostId, location }) => ({ host_id: hostId, location })),
        locations,
      };
    },
  });
  get('/locations', {
    summary: 'Rooms with the number of their hosts',
    answer: schemas.locationsAnswer,
    handle: () => service.listLocations(),
  });
  get('/inventory', {
    summary: 'Every managed host as it is stored, without states',
    answer: schemas.inventoryAnswer,
    handle: async () => ({ hosts: (await service.findAllHosts()).map(inventoryToJson) }),
  });
}

function changingRoutes(app: FastifyInstance, service: ManageService): void {
  const post = route(app, 'post');
  post('/hosts', {
    summary: 'Adds one host; 409 when it is there',
    body: schemas.insertBody,
    answer: schemas.insertAnswer,
    handle: ({ host_id, location, actor }) =>
      service.insertHost({ hostId: host_id, location, ...present({ actor }) }),
  });
  post('/hosts/assign', {
    summary: 'Puts hosts into rooms, all or none: unknown ones are added, known ones moved',
    body: schemas.assignBody,
    answer: schemas.assignAnswer,
    async handle({ assignments, actor }) {
      const wanted = assignments.map(({ host_id, location }) => ({ hostId: host_id, location }));
      const outcomes = await service.assignHosts({ assignments: wanted, ...present({ actor }) });
      return { outcomes: outcomes.map(outcomeToJson) };
    },
  });
  post('/hosts/unassign', {
    summary: 'Takes hosts out of their rooms',
    body: schemas.hostIdsBody,
    answer: schemas.hostIdsAnswer,
    handle: async ({ host_ids, actor }) => ({
      host_ids: await service.unassignHosts({ hostIds: host_ids, ...present({ actor }) }),
    }),
  });
  post('/hosts/remove', {
    summary: 'Ends hosts; one that still reports shows as unmanaged again',
    body: schemas.hostIdsBody,
    answer: schemas.hostIdsAnswer,
    handle: async ({ host_ids, actor }) => ({
      host_ids: await service.removeHosts({ hostIds: host_ids, ...present({ actor }) }),
    }),
  });
  post('/hosts/update', {
    summary: 'Moves one managed host, by its number or its id',
    body: schemas.updateBody,
    answer: schemas.updateAnswer,
    async handle({ id, host_id, location, actor }) {
      await service.updateHost({ location, ...present({ id, hostId: host_id, actor }) });
      return {};
    },
  });
}

type RouteOptions<Input extends z.ZodObject> = {
  readonly summary: string;
  /** Where the input comes from; one of them, or none. */
  readonly querystring?: Input;
  readonly params?: Input;
  readonly body?: Input;
  readonly answer: z.ZodType;
  handle(input: z.output<Input>): Promise<unknown>;
};

function route(app: FastifyInstance, method: 'get' | 'post') {
  return <Input extends z.ZodObject>(path: string, options: RouteOptions<Input>): void => {
    const { handle, ...described } = options;
    app[method](`/api/v1${path}`, { schema: describeRoute(described) }, async (request) => {
      const { body, params, querystring } = options;
      if (body) return handle(readRequest(body, request.body));
      if (params) return handle(readRequest(params, request.params));
      return handle(querystring ? readRequest(querystring, request.query) : ({} as z.output<Input>));
    });
  };
}
