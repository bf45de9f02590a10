// The fastify application of a daemon: our error shape, a body limit, an OpenAPI document.
import { createServer, type RequestListener } from 'node:http';
import { fastifySwagger } from '@fastify/swagger';
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';
import { ExpectedError } from '../../domain/errors.ts';
import { decodeUtf8 } from '../../domain/utf8.ts';
import { servedTo } from '../../runtime/caller.ts';
import type { Logger } from '../../runtime/logging.ts';
import type { Access } from '../access.ts';
import type { Gate } from '../gate.ts';
import { httpStatusOf, wireError, wrongMethod } from '../status.ts';
import { drainBody } from './body-drain.ts';
import { checkCallers } from './callers.ts';

/** 10,000 assignments with the longest names fit. */
const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

/** Adds routes to an application of their own: hooks and error handlers set there do not leave it. */
export type HttpRoutes = (app: FastifyInstance) => void | Promise<void>;

type RoutesAppOptions = {
  readonly daemon: string;
  readonly routes: readonly HttpRoutes[];
  readonly openapi?: { readonly title: string; readonly description?: string };
  /** Without it there is no authentication. */
  readonly gate?: Gate | undefined;
  readonly logger: Logger;
};

export async function createRoutesApp(
  options: RoutesAppOptions,
): Promise<{ handle: RequestListener; close(): Promise<void> }> {
  const { daemon, routes, openapi, gate, logger } = options;
  let handle: RequestListener | undefined;
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    // Longer than any id, so that one over the limit is rejected by its own rule and not as an unknown path.
    routerOptions: { maxParamLength: 16_384, querystringParser: readQuery },
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
  readJsonBodies(app);
  app.setErrorHandler(async (error, request, reply) => {
    const failure = requestError(error);
    if (!(failure instanceof ExpectedError)) {
      logger.error(
        { err: error, method: request.method, path: request.routeOptions.url },
        'a request failed',
      );
    }
    const retryAfterMs = failure instanceof ExpectedError ? failure.retryAfterMs : undefined;
    if (retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(retryAfterMs / 1_000));
    await drainBody(request.raw);
    return reply.status(statusOf(failure)).send(errorBody(failure));
  });
  const methodsAt = new Map<string, string[]>();
  checkCallers(app, gate);
  app.addHook('onRoute', (route) => {
    const { url, method, config, handler } = route;
    if (!config?.access)
      throw new Error(`route ${method} ${url} does not say who may call it (config.access)`);
    // Which the audit log and the limits of a report ask for.
    if (!isOnlyRead(config.access)) {
      route.handler = function (request, reply) {
        const { name, mayReport, tokenId } = request.caller ?? {};
        const by = { name, mayReport, tokenId, address: request.ip };
        return servedTo(by, () => handler.call(this, request, reply));
      };
    }
    methodsAt.set(url, [...(methodsAt.get(url) ?? []), ...[method].flat()]);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!;
    const asked = `${request.method} ${path.slice(0, 200)}`;
    const allowed = methodsAt.get(path);
    if (allowed !== undefined) {
      reply.header('allow', allowed.join(', '));
      return reply.status(405).send(errorBody(wrongMethod(asked, allowed)));
    }
    return reply.status(404).send({
      error: {
        code: 'NOT_FOUND',
        message: `${daemon} serves nothing at ${asked}`,
        hint: 'GET /openapi.json lists all paths.',
      },
    });
  });
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
  app.get('/openapi.json', { schema: { hide: true }, config: { access: 'open' } }, () => app.swagger());
  await app.ready();
  if (!handle) throw new Error('fastify made no listener');
  return { handle, close: () => app.close() };
}

const isOnlyRead = (access: Access): boolean => access === 'open' || access === 'read';

/** JSON in UTF-8 and nothing else: a page of another site can send other types without asking first. */
function readJsonBodies(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      checkJsonType(request.headers);
      const text = decodeUtf8(body as Buffer, 'the body', 'BAD_REQUEST');
      if (text === '') throw new ExpectedError('BAD_REQUEST', 'the body is empty', { hint: JSON_BODIES });
      parseJson(request, text, done);
    } catch (error) {
      done(error as Error);
    }
  });
}

const JSON_BODIES = 'Bodies are JSON in UTF-8 with content-type: application/json.';

function checkJsonType(headers: FastifyRequest['headers']): void {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(headers['content-type'] ?? '')?.[1];
  const encoding = headers['content-encoding'] ?? 'identity';
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    throw new ExpectedError('WRONG_TYPE', `the body is in ${charset}`, { hint: JSON_BODIES });
  }
  if (encoding !== 'identity') {
    throw new ExpectedError('WRONG_TYPE', `the body has content-encoding ${encoding}`, { hint: JSON_BODIES });
  }
}

/** What is given several times is a list. (That it can be decoded is known: request-guard.ts.) */
function readQuery(query: string): Record<string, string | string[]> {
  const found: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of new URLSearchParams(query)) {
    const before = found[name];
    found[name] = before === undefined ? value : [...[before].flat(), value];
  }
  return found;
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
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new ExpectedError('WRONG_TYPE', message ?? 'the body is not JSON', { hint: JSON_BODIES });
  }
  const hint =
    code === 'FST_ERR_BAD_URL'
      ? 'Percent-encode it like %E5%8C%97%E4%BA%AC; a % itself is %25.'
      : JSON_BODIES;
  return new ExpectedError('BAD_REQUEST', message ?? 'the request could not be read', { hint });
}

const statusOf = (error: unknown): number =>
  httpStatusOf(error instanceof ExpectedError ? error.kind : 'internal');
const errorBody = (error: unknown) => ({ error: wireError(error) });
