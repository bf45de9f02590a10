// Prometheus remote write 1.0 and 2.0: detects the version, decompresses. Status codes make each sender retry on
// our errors and drop data on its own.
import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ExpectedError } from '../../domain/errors.ts';
import type { Logger } from '../../runtime/logging.ts';
import { DecodeError } from '../../wire/protobuf.ts';
import { createUnsnappy, type Unsnappy } from '../../wire/snappy.ts';
import { PUSH_LIMITS, type RemoteAnswer, type RemoteWriteService } from '../push.ts';
import { drainBody } from './body-drain.ts';
import type { HttpRoutes } from './fastify.ts';
import { judgeFailure, PUSHED, sayRefused, takeBytes } from './push-routes.ts';

const unzstd = promisify(zstdDecompress);
const PATHS = ['/api/v1/write', '/api/v1/push', '/prometheus/v1/write'];
const VERSIONS: ReadonlyMap<string, 1 | 2> = new Map([
  ['', 1],
  ['prometheus.writerequest', 1],
  ['io.prometheus.write.v2.request', 2],
]);

export function remoteWriteRoutes({
  service,
  logger,
}: {
  readonly service: RemoteWriteService;
  readonly logger: Logger;
}): HttpRoutes {
  const unsnappy = createUnsnappy();
  return (app) => {
    takeBytes(app);
    app.setErrorHandler(async (error, request, reply) => {
      await drainBody(request.raw);
      const { status, message } = judgeFailure(reply, error, logger);
      // 413 would make vmagent keep the block for ever.
      return reply
        .status(status === 413 ? 400 : status)
        .type('text/plain; charset=utf-8')
        .send(`${message}\n`);
    });
    for (const path of PATHS) {
      app.post(path, PUSHED, async (request, reply) => {
        const version = versionOf(request.headers['content-type'] ?? '');
        const found = decompressed(request, unsnappy);
        // The service reads it before it waits for anything: until then nobody else may use the memory.
        const body = found instanceof Uint8Array ? found : await found;
        return answer(reply, await service.remoteWrite({ body, version }), { version, request });
      });
    }
  };
}

/** The content type alone decides; the header of the version is what a client can do. */
function versionOf(contentType: string): 1 | 2 {
  const [type = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase());
  const proto = parameters.find((parameter) => parameter.startsWith('proto=')) ?? 'proto=';
  const version = VERSIONS.get(proto.slice('proto='.length).replaceAll('"', ''));
  if (type === 'application/x-protobuf' && version !== undefined) return version;
  throw new ExpectedError('WRONG_TYPE', `content-type ${contentType.slice(0, 100)} is not supported here`, {
    hint: 'Send application/x-protobuf: remote write 1.0, or 2.0 with proto=io.prometheus.write.v2.Request.',
  });
}

function decompressed(
  { body, headers }: FastifyRequest,
  unsnappy: Unsnappy,
): Uint8Array | Promise<Uint8Array> {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  const encoding = headers['content-encoding'] ?? 'none';
  if (encoding !== 'snappy' && encoding !== 'zstd') {
    throw new ExpectedError('WRONG_TYPE', `content-encoding ${encoding.slice(0, 40)} is not supported here`, {
      hint: 'Send snappy (the block format) or zstd.',
    });
  }
  const malformed = (error: unknown) => {
    const why =
      error instanceof DecodeError
        ? error.message
        : `it cannot be decompressed within ${PUSH_LIMITS.decodedBytes / 2 ** 20} MiB`;
    return new ExpectedError('BAD_REQUEST', `the body is not ${encoding}: ${why}`, {
      hint: 'Send less in a request.',
      cause: error,
    });
  };
  if (encoding === 'zstd')
    return unzstd(bytes, { maxOutputLength: PUSH_LIMITS.decodedBytes }).catch((error) => {
      throw malformed(error);
    });
  try {
    return unsnappy(bytes, PUSH_LIMITS.decodedBytes);
  } catch (error) {
    throw malformed(error);
  }
}

function answer(
  reply: FastifyReply,
  { refused, reason, written }: RemoteAnswer,
  { version, request }: { readonly version: 1 | 2; readonly request: FastifyRequest },
) {
  if (version === 2) {
    // Without them Prometheus counts the whole request as failed.
    reply.header('x-prometheus-remote-write-samples-written', written.samples);
    reply.header('x-prometheus-remote-write-histograms-written', written.histograms);
    reply.header('x-prometheus-remote-write-exemplars-written', written.exemplars);
  }
  if (refused === 0) return reply.status(204).send();
  sayRefused(reply, { refused, reason });
  // It would send the same again and again.
  if ((request.headers['user-agent'] ?? '').startsWith('Telegraf/')) return reply.status(204).send();
  return reply
    .status(400)
    .type('text/plain; charset=utf-8')
    .send(`${refused} rejected, the rest is stored: ${reason}\n`);
}
