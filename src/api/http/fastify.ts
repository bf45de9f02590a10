// The fastify application of a daemon: our error shape, a body limit, an OpenAPI document.
import { createServer, type RequestListener } from 'node:http';
import { fastifySwagger } from '@fastify/swagger';
import { type FastifyError, type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import { ExpectedError } from '../../domain/errors.ts';
import type { Logger } from '../../runtime/logging.ts';
import { httpStatusOf, wireError } from '../status.ts';

/** 10,000 assignments with the longest names fit. */
const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

/** Adds routes to an application of their own: hooks and error handlers set there do not leave it. */
export type HttpRoutes = (app: FastifyInstance) => void | Promise<void>;

type RoutesAppOptions = {
  readonly daemon: string;
  readonly routes: readonly HttpRoutes[];
  readonly openapi?: { readonly title: string; readonly description?: string };
  readonly logger: Logger;
};

export async function createRoutesApp(
  options: RoutesAppOptions,
): Promise<{ handle: RequestListener; close(): Promise<void> }> {
  const { daemon, routes, openapi, logger } = options;
  let handle: RequestListener | undefined;
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    // Longer than any id, so that one over the limit is rejected by its own rule and not as an unknown path.
    routerOptions: { maxParamLength: 16_384 },
    forceCloseConnections: false,
    serverFactory: (listener) => {
      handle = listener as RequestListener;
      // Never listens: the listener is called by the server that answers the probes first.
      return createServer();
    },
    frameworkErrors: (error, _request, reply) => {
      // Its types do not allow our body.
      (reply as FastifyReply).status(400).send(errorBody(requestError(error)));
    },
  });
  // Requests are checked by the routes' own codecs, and answers are plain data: the schemas only describe them.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler((error, request, reply) => {
    const failure = requestError(error);
    if (!(failure instanceof ExpectedError)) {
      logger.error(
        { err: error, method: request.method, path: request.routeOptions.url },
        'a request failed',
      );
    }
    const retryAfterMs = failure instanceof ExpectedError ? failure.retryAfterMs : undefined;
    if (retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(retryAfterMs / 1_000));
    return reply.status(statusOf(failure)).send(errorBody(failure));
  });
  app.setNotFoundHandler((request, reply) =>
    reply.status(404).send({
      error: {
        code: 'UNIMPLEMENTED',
        message: `${daemon} serves nothing at ${request.method} ${request.url.split('?', 1)[0]?.slice(0, 200)}`,
        hint: 'GET /openapi.json lists what it serves.',
      },
    }),
  );
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: openapi?.title ?? `minimon ${daemon}`,
        version: 'v1',
        ...(openapi?.description ? { description: openapi.description } : {}),
      },
    },
  });
  for (const add of routes) await app.register(async (scope) => add(scope));
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  await app.ready();
  if (!handle) throw new Error('fastify made no listener');
  return { handle, close: () => app.close() };
}

/** What fastify rejects by itself (body not JSON, too large, of another type), as our errors. */
function requestError(error: unknown): unknown {
  const { code, message, statusCode } = error as Partial<FastifyError>;
  if (error instanceof ExpectedError || statusCode === undefined || statusCode >= 500) return error;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new ExpectedError(
      'TOO_LARGE',
      `the body is over the limit of ${BODY_LIMIT_BYTES / 1_048_576} MiB`,
      {
        hint: 'Send it in several requests.',
      },
    );
  }
  return new ExpectedError('BAD_REQUEST', message ?? 'the request could not be read', {
    hint: 'Bodies are JSON with content-type: application/json.',
  });
}

const statusOf = (error: unknown): number =>
  httpStatusOf(error instanceof ExpectedError ? error.kind : 'internal');
const errorBody = (error: unknown) => ({ error: wireError(error) });
