// The seed's shape of a failure, for every route of a seed interface (also for what the framework refuses).
import type { FastifyInstance } from 'fastify';
import type { WireError } from '../status.ts';

/** `code/data/msg` on UpdateHostMsg, `CODE/MSG/DATA` elsewhere: so the seed has it. */
export function answerFailuresAsSeed(app: FastifyInstance): void {
  app.addHook('preSerialization', async (request, reply, payload) => {
    if (reply.statusCode < 400) return payload;
    const { message, hint } = (payload as { error: WireError }).error;
    const text = hint === undefined ? message : `${message}. ${hint}`;
    return request.routeOptions.url?.endsWith('/UpdateHostMsg')
      ? { code: reply.statusCode, data: null, msg: text }
      : { CODE: reply.statusCode, MSG: text, DATA: null };
  });
}
