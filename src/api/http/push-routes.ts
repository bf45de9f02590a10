// Ingest routes for other agents: InfluxDB's write calls, and the calls its clients make before. Status codes are
// chosen so make each client keep what is our fault and drop what is its own.
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ExpectedError } from '../../domain/errors.ts';
import type { Logger } from '../../runtime/logging.ts';
import { type Precision, PUSH_LIMITS, type PushAnswer, type PushService } from '../push.ts';
import { drainBody } from './body-drain.ts';
import type { HttpRoutes } from './fastify.ts';

const unzip = promisify(gunzip);
const RETRY_AFTER_S = '5';
/** InfluxDB 1's and 2's words. */
const PRECISION_WORDS: ReadonlyMap<string, Precision> = new Map([
  ['', 'ns'],
  ['n', 'ns'],
  ['ns', 'ns'],
  ['u', 'us'],
  ['us', 'us'],
  ['ms', 'ms'],
  ['s', 's'],
  ['m', 'm'],
  ['h', 'h'],
]);

type Query = Readonly<Record<string, string | string[]>>;

export function pushRoutes({
  service,
  logger,
}: {
  readonly service: PushService;
  readonly logger: Logger;
}): HttpRoutes {
  return (app) => {
    takeBytes(app);
    app.setErrorHandler(async (error, request, reply) => {
      await drainBody(request.raw);
      return sendFailure(reply, { error, isV1: !request.url.startsWith('/api/v2/'), logger });
    });

    async function write(request: FastifyRequest, reply: FastifyReply) {
      const query = request.query as Query;
      const body = await decompressed(request);
      const { 'user-agent': client = '' } = request.headers;
      const answer = await service.lineProtocol({ body, precision: precisionOf(query), client });
      if (answer.refused > 0) sayRefused(reply, answer);
      return reply.status(204).send();
    }

    // Clients ask these before they show a token.
    const open = { schema: { hide: true }, config: { access: 'open' } } as const;
    app.post('/write', PUSHED, write);
    app.post('/api/v2/write', PUSHED, write);
    app.get('/ping', open, (_request, reply) => reply.status(204).send());
    app.get('/health', open, () => ({ name: 'minimon', status: 'pass' }));
    app.route({ ...PUSHED, method: ['GET', 'POST'], url: '/query', handler: answerQuery });
  };
}

/** Of every route that takes samples. */
export const PUSHED = {
  ...{ schema: { hide: true }, bodyLimit: PUSH_LIMITS.receivedBytes },
  config: { access: 'report' },
} as const;

/** Bodies of any content type as bytes: what they are is decided where they are read. */
export function takeBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: PUSH_LIMITS.receivedBytes },
    (_request, body, done) => done(null, body),
  );
}

/** What clients of InfluxDB 1 ask once before they write: databases mean nothing here, so each is there. */
function answerQuery(request: FastifyRequest, reply: FastifyReply) {
  const form = Buffer.isBuffer(request.body) ? new URLSearchParams(request.body.toString()).get('q') : null;
  const [asked = form ?? ''] = [(request.query as Query)['q'] ?? []].flat();
  if (/^\s*(?:CREATE\s+DATABASE|SHOW\s+DATABASES)\b/i.test(asked)) return { results: [{ statement_id: 0 }] };
  return reply.status(400).send({ error: 'report does not serve queries; use analyze' });
}

function precisionOf(query: Query): Precision {
  const [word = ''] = [query['precision'] ?? ''].flat();
  const precision = PRECISION_WORDS.get(word);
  if (precision !== undefined) return precision;
  throw new ExpectedError('BAD_REQUEST', `precision ${JSON.stringify(word.slice(0, 20))} is unknown`, {
    hint: 'Use ns, us, ms, s, m or h.',
  });
}

/** A body with gzip or none. */
export async function decompressed(request: FastifyRequest): Promise<Uint8Array> {
  const { body } = request;
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return bytes;
  if (encoding !== 'gzip') {
    throw new ExpectedError('WRONG_TYPE', `content-encoding ${encoding.slice(0, 40)} is not supported here`, {
      hint: 'Send gzip, or none.',
    });
  }
  try {
    return await unzip(bytes, { maxOutputLength: PUSH_LIMITS.decodedBytes, chunkSize: chunkFor(bytes) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new ExpectedError('BAD_REQUEST', 'the body is not gzip, as its content-encoding says', {
      hint: 'Send gzip, or no content-encoding.',
      cause: error,
    });
  }
}

/** Most bodies in one piece: each is a way to another thread and back. */
const chunkFor = ({ length }: Uint8Array): number => Math.min(256 * 1024, Math.max(16 * 1024, 8 * length));

const tooLarge = () =>
  new ExpectedError(
    'TOO_LARGE',
    `the body is over the limit of ${PUSH_LIMITS.receivedBytes / 2 ** 20} MiB, ${PUSH_LIMITS.decodedBytes / 2 ** 20} MiB decompressed`,
    { hint: 'Send it in several requests.' },
  );

/** InfluxDB 2's words. */
const V2_CODES: Readonly<Partial<Record<number, string>>> = {
  401: 'unauthorized',
  403: 'forbidden',
  413: 'request too large',
  503: 'unavailable',
};

/** Never 429, 500, 404 or 422: some client would drop for it what it should keep, or keep it for ever. */
function sendFailure(
  reply: FastifyReply,
  { error, isV1, logger }: { readonly error: unknown; readonly isV1: boolean; readonly logger: Logger },
) {
  const { status, message } = judgeFailure(reply, error, logger);
  if (isV1) return reply.status(status).send({ error: message });
  const code = V2_CODES[status] ?? 'invalid';
  return reply.status(status).send({ code, message });
}

/** The status of a failure and what to say of it; ours is to be tried again, and a bug is logged. */
export function judgeFailure(reply: FastifyReply, error: unknown, logger: Logger) {
  const status = statusOf(error);
  if (status === 503) {
    reply.header('retry-after', RETRY_AFTER_S);
    if (!(error instanceof ExpectedError)) logger.error({ err: error }, 'a pushed request failed');
  }
  return { status, message: error instanceof Error ? error.message : String(error) };
}

function statusOf(error: unknown): 400 | 401 | 403 | 413 | 415 | 503 {
  if ((error as { code?: string }).code === 'FST_ERR_CTP_BODY_TOO_LARGE') return 413;
  if (error instanceof ExpectedError) {
    if (error.kind === 'too_large') return 413;
    if (error.kind === 'wrong_type') return 415;
    if (error.kind === 'usage') return 400;
    if (error.kind === 'unauthenticated') return 401;
    if (error.kind === 'not_allowed') return 403;
    return 503;
  }
  const { statusCode = 500 } = error as { statusCode?: number };
  return statusCode >= 400 && statusCode < 500 ? 400 : 503;
}

/** In a header, for clients that keep no answer's body. Names in a reason may be any text. */
export const sayRefused = (reply: FastifyReply, { refused, reason }: PushAnswer) =>
  reply.header('x-minimon-refused', `${refused}; ${reason.replace(/[^\x20-\x7e]/g, '?').slice(0, 500)}`);
