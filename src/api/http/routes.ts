// The HTTP routes of a service, from its table of calls.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { ExpectedError } from '../../domain/errors.ts';
import { type AnyService, type Api, answerOf, argumentOf, type Call, type HttpServiceOf } from '../calls.ts';
import type { AnswerInBytes, InBytes, ListInBytes } from '../in-bytes.ts';
import type { Shape } from '../shapes.ts';
import type { HttpRoutes } from './fastify.ts';
import { jsonKey, jsonOf, queryKey, readJsonRequest } from './json.ts';
import { bodySchema, describeRoute, querySchema, readRequest } from './schemas.ts';
import { frameOf, leaving, sendList } from './send-list.ts';

export function apiRoutes<A extends Api>(
  api: A,
  service: HttpServiceOf<A>,
  nowMs: () => number,
  inBytes: InBytes<A> = {},
): HttpRoutes {
  return (app) => {
    for (const [name, call] of Object.entries(api.calls)) {
      const [method, path] = call.http?.split(' ') ?? [];
      if (!path) continue;
      const serve = (request: unknown, signal: AbortSignal) => {
        const given = (service as AnyService)[name]!(request, ...(call.stream ? [signal] : []));
        return call.stream ? lastOf(given as AsyncIterable<unknown>) : (given as Promise<unknown>);
      };
      const route = { call, path, serve, nowMs, inBytes: inBytes[name] as AnswerInBytes | undefined };
      if (method === 'GET') getRoute(app, route);
      if (method === 'POST' || call.alsoPost) postRoute(app, route);
    }
  };
}

type Route = {
  readonly call: Call;
  readonly path: string;
  /** The signal aborts when the client leaves. */
  serve(request: unknown, signal: AbortSignal): Promise<unknown>;
  nowMs(): number;
  readonly inBytes: AnswerInBytes | undefined;
};

function getRoute(app: FastifyInstance, route: Route): void {
  const { summary, request, answer, access } = route.call;
  const querystring = querySchema(request);
  const schema = describeRoute({ summary, querystring, answer: bodySchema(answer) });
  const jsonOfQuery = queryReader(request);
  app.get(route.path, { schema, config: { access } }, ({ query }, reply) =>
    answerTo(route, reply, jsonOfQuery(readRequest(querystring, query))),
  );
}

function postRoute(app: FastifyInstance, route: Route): void {
  const { summary, request, answer, access } = route.call;
  const body = bodySchema(request);
  const schema = describeRoute({ summary, body, answer: bodySchema(answer) });
  app.post(route.path, { schema, config: { access } }, (posted, reply) =>
    answerTo(route, reply, readRequest(body, posted.body)),
  );
}

async function answerTo(route: Route, reply: FastifyReply, json: unknown): Promise<unknown> {
  const { call, serve, nowMs, inBytes } = route;
  const request = argumentOf(call, readJsonRequest(call.request, json, nowMs()));
  const signal = leaving(reply);
  if (inBytes) {
    const { rest, elements } = await (inBytes(request, { wire: 'json', signal }) as Promise<ListInBytes>);
    await sendList(reply, frameOf(call, rest), elements);
    return reply;
  }
  return jsonOf(call.answer).write(answerOf(call, await serve(request, signal)));
}

async function lastOf(answers: AsyncIterable<unknown>): Promise<unknown> {
  let last: unknown;
  for await (const answer of answers) last = answer;
  if (last === undefined) throw new ExpectedError('UNAVAILABLE', 'the daemon is shutting down');
  return last;
}

/** From the keys of a query string to those of a body. */
function queryReader(shape: Shape): (query: Record<string, unknown>) => Record<string, unknown> {
  const keys = Object.entries(shape).map(
    ([name, { kind }]) => [jsonKey(name, kind), queryKey(name, kind)] as const,
  );
  return (query) => Object.fromEntries(keys.map(([key, asked]) => [key, query[asked]]));
}
