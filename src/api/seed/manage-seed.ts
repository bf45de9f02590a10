// The seed's HTTP interface of manage, to the letter: InsertAHost, FindAllHost, UpdateHostMsg, FindNotManagedHosts.
import { z } from 'zod';
import { describeRoute, readRequest } from '../http/request.ts';
import type { HttpRoutes } from '../http/server.ts';
import type { ManageService } from '../manage.ts';
import { answerFailuresAsSeed } from './failures.ts';
import { seedManage } from './manage-answers.ts';

const insertBody = z.strictObject({ HostID: z.string(), Location: z.string() });
const updateBody = z.strictObject({
  ID: z.int().optional().describe('This, or HostID'),
  HostID: z.string().optional(),
  Location: z.string(),
});
const failure = z.strictObject({ CODE: z.int(), MSG: z.string(), DATA: z.null() });
const answered = <Data extends z.ZodType>(data: Data) =>
  z.strictObject({ CODE: z.literal(200), MSG: z.string(), DATA: data });
const seedHost = z.strictObject({
  ID: z.int(),
  CreatedAt: z.string().describe("RFC 3339 with milliseconds and the server's offset"),
  UpdatedAt: z.string(),
  DeletedAt: z.null(),
  HostID: z.string(),
  Location: z.string().describe('Empty after an unassign'),
});

export function manageSeedRoutes(service: ManageService): HttpRoutes {
  const seed = seedManage(service);
  return (app) => {
    answerFailuresAsSeed(app);
    app.post(
      '/InsertAHost',
      {
        schema: describeRoute({
          summary: 'Seed: adds one host',
          body: insertBody,
          answer: answered(z.strictObject({ num: z.int() })),
          failure,
        }),
      },
      (request) => seed.insertAHost(readRequest(insertBody, request.body)),
    );
    app.get(
      '/FindAllHost',
      {
        schema: describeRoute({
          summary: 'Seed: every managed host',
          answer: answered(z.array(seedHost)),
          failure,
        }),
      },
      () => seed.findAllHost(),
    );
    app.post(
      '/UpdateHostMsg',
      {
        schema: describeRoute({
          summary: 'Seed: moves one host',
          body: updateBody,
          answer: z.strictObject({ code: z.literal(200), data: z.literal('ok'), msg: z.string() }),
          failure: z.strictObject({ code: z.int(), data: z.null(), msg: z.string() }),
        }),
      },
      (request) => seed.updateHostMsg(readRequest(updateBody, request.body)),
    );
    app.get(
      '/FindNotManagedHosts',
      {
        schema: describeRoute({
          summary: 'Seed: hosts that report and have no location',
          answer: answered(z.array(z.string())),
          failure,
        }),
      },
      () => seed.findNotManagedHosts(),
    );
  };
}
