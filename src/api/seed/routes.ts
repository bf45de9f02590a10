// The seed's HTTP interface, unchanged: four calls on manage, FindRecordsByLocation on analyze, errors in its format.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { AnalyzeInBytes, AnalyzeService } from '../analyze.ts';
import type { HttpRoutes } from '../http/fastify.ts';
import { describeRoute, readRequest } from '../http/schemas.ts';
import { leaving, sendList } from '../http/send-list.ts';
import type { ManageService } from '../manage.ts';
import type { WireError } from '../status.ts';
import { type FindRecordsRequest, SEED_ACCESS, seedAnalyze, seedManage } from './calls.ts';

const failure = z.strictObject({ CODE: z.int(), MSG: z.string(), DATA: z.null() });
const answered = <Data extends z.ZodType>(data: Data) =>
  z.strictObject({ CODE: z.literal(200), MSG: z.string(), DATA: data });

const insertBody = z.strictObject({ HostID: z.string(), Location: z.string() });
const updateBody = z.strictObject({
  ID: z.int().optional().describe('This, or HostID'),
  HostID: z.string().optional(),
  Location: z.string(),
});
const seedHost = z.strictObject({
  ID: z.int(),
  CreatedAt: z.string().describe("RFC 3339 with milliseconds and the server's offset"),
  UpdatedAt: z.string(),
  DeletedAt: z.null(),
  HostID: z.string(),
  Location: z.string().describe('Empty after an unassign'),
});

const MANAGE = {
  insert: {
    summary: 'Seed: adds one host',
    body: insertBody,
    answer: answered(z.strictObject({ num: z.int() })),
    failure,
  },
  findAll: { summary: 'Seed: every managed host', answer: answered(z.array(seedHost)), failure },
  update: {
    summary: 'Seed: moves one host',
    body: updateBody,
    answer: z.strictObject({ code: z.literal(200), data: z.literal('ok'), msg: z.string() }),
    failure: z.strictObject({ code: z.int(), data: z.null(), msg: z.string() }),
  },
  findUnmanaged: {
    summary: 'Seed: hosts that report and have no location',
    answer: answered(z.array(z.string())),
    failure,
  },
};

const routeOf = (call: keyof typeof SEED_ACCESS, schemas: Parameters<typeof describeRoute>[0]) => ({
  schema: describeRoute(schemas),
  config: { access: SEED_ACCESS[call] },
});

export function manageSeedRoutes(service: ManageService): HttpRoutes {
  const seed = seedManage(service);
  return (app) => {
    answerFailuresAsSeed(app);
    app.post('/InsertAHost', routeOf('InsertAHost', MANAGE.insert), ({ body }) =>
      seed.InsertAHost(readRequest(insertBody, body)),
    );
    app.get('/FindAllHost', routeOf('FindAllHost', MANAGE.findAll), () => seed.FindAllHost());
    app.post('/UpdateHostMsg', routeOf('UpdateHostMsg', MANAGE.update), ({ body }) =>
      seed.UpdateHostMsg(readRequest(updateBody, body)),
    );
    app.get('/FindNotManagedHosts', routeOf('FindNotManagedHosts', MANAGE.findUnmanaged), () =>
      seed.FindNotManagedHosts(),
    );
  };
}

const SECONDS = 'Seconds since the epoch';
const inText = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/, `must be ${SECONDS.toLowerCase()}`)
  .transform(Number);
const names = {
  location: z.string(),
  metrics_type: z.string().describe('CPU_Rate, Mem_Rate, or a name of minimon'),
};
const findQuery = z.strictObject({
  ...names,
  start: inText.optional().describe(`${SECONDS}, inside the range; by default an hour before stop`),
  stop: inText.optional().describe(`${SECONDS}, outside the range; by default now`),
});
const findBody = z.strictObject({
  ...names,
  start: z.number().optional().describe(SECONDS),
  stop: z.number().optional().describe(SECONDS),
});
const FIND = {
  summary: 'Seed: raw points of one metric in a location',
  answer: z.array(
    z.strictObject({
      host_id: z.string(),
      metrics_type: z.string(),
      metrics_value: z.array(z.number()),
      time_stamp: z.array(z.int()).describe('Whole seconds since the epoch'),
    }),
  ),
  failure,
};

export function analyzeSeedRoutes(
  service: AnalyzeService,
  nowMs: () => number,
  inBytes?: AnalyzeInBytes,
): HttpRoutes {
  const seed = seedAnalyze(service, nowMs, inBytes);
  async function answer(request: FindRecordsRequest, reply: FastifyReply): Promise<unknown> {
    if (!seed.recordsInBytes) return seed.listRecords(request);
    const elements = await seed.recordsInBytes(request, { wire: 'json', signal: leaving(reply) });
    await sendList(reply, ['[', ']'], elements);
    return reply;
  }
  return (app) => {
    answerFailuresAsSeed(app);
    const call = 'FindRecordsByLocation';
    app.get(`/${call}`, routeOf(call, { ...FIND, querystring: findQuery }), ({ query }, reply) =>
      answer(readRequest(findQuery, query), reply),
    );
    app.post(`/${call}`, routeOf(call, { ...FIND, body: findBody }), ({ body }, reply) =>
      answer(readRequest(findBody, body), reply),
    );
  };
}

/** `code/data/msg` on UpdateHostMsg, `CODE/MSG/DATA` elsewhere; also for what the framework rejects. */
function answerFailuresAsSeed(app: FastifyInstance): void {
  app.addHook('preSerialization', async (request, reply, payload) => {
    if (reply.statusCode < 400) return payload;
    const { message, hint } = (payload as { error: WireError }).error;
    const text = hint === undefined ? message : `${message}. ${hint}`;
    return request.routeOptions.url?.endsWith('/UpdateHostMsg')
      ? { code: reply.statusCode, data: null, msg: text }
      : { CODE: reply.statusCode, MSG: text, DATA: null };
  });
}
