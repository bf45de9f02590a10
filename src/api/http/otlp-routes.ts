// OpenTelemetry over HTTP, protobuf and JSON: answers in the encoding of the request, as its specification has them.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ExpectedError } from '../../domain/errors.ts';
import type { Logger } from '../../runtime/logging.ts';
import { createProtoWriter } from '../../wire/protobuf.ts';
import type { OtlpService, PushAnswer } from '../push.ts';
import { drainBody } from './body-drain.ts';
import type { HttpRoutes } from './fastify.ts';
import { decompressed, judgeFailure, PUSHED, takeBytes } from './push-routes.ts';

const PATHS = ['/v1/metrics', '/otlp/v1/metrics'];
const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';
/** Codes of google.rpc. */
const CODES: Readonly<Record<number, number>> = { 400: 3, 401: 16, 403: 7, 413: 3, 415: 3, 503: 14 };

export function otlpRoutes({
  service,
  logger,
}: {
  readonly service: OtlpService;
  readonly logger: Logger;
}): HttpRoutes {
  return (app) => {
    takeBytes(app);
    app.setErrorHandler(async (error, request, reply) => {
      await drainBody(request.raw);
      const { status, message } = judgeFailure(reply, error, logger);
      return sendStatus(reply.status(status), { request, code: CODES[status] ?? 2, message });
    });
    for (const path of PATHS) {
      app.post(path, PUSHED, async (request, reply) => {
        const type = typeOf(request);
        if (type !== PROTOBUF && type !== JSON_TYPE) {
          throw new ExpectedError('WRONG_TYPE', `content-type ${type.slice(0, 100)} is not supported here`, {
            hint: `Send ${PROTOBUF} or ${JSON_TYPE}.`,
          });
        }
        const body = await decompressed(request);
        return sendAnswer(reply, request, await service.otlp({ body, isJson: type === JSON_TYPE }));
      });
    }
  };
}

const typeOf = ({ headers }: FastifyRequest): string =>
  (headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();

const isJson = (request: FastifyRequest): boolean => typeOf(request) === JSON_TYPE;

/** Partial success: rejected points are in a 200 answer, which the client logs as a warning. */
function sendAnswer(reply: FastifyReply, request: FastifyRequest, { refused, reason }: PushAnswer) {
  if (isJson(request)) {
    const partialSuccess = { rejectedDataPoints: String(refused), errorMessage: reason };
    return reply.type(JSON_TYPE).send(JSON.stringify(refused > 0 ? { partialSuccess } : {}));
  }
  const writer = createProtoWriter();
  if (refused > 0) {
    writer.message(1, () => {
      writer.varint(1, refused);
      writer.string(2, reason);
    });
  }
  return reply.type(PROTOBUF).send(writer.finish());
}

function sendStatus(
  reply: FastifyReply,
  {
    request,
    code,
    message,
  }: { readonly request: FastifyRequest; readonly code: number; readonly message: string },
) {
  if (isJson(request)) return reply.type(JSON_TYPE).send(JSON.stringify({ code, message }));
  const writer = createProtoWriter();
  writer.varint(1, code);
  writer.string(2, message);
  return reply.type(PROTOBUF).send(writer.finish());
}
