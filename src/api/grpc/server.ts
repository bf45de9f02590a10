// A gRPC listener over plain functions: status of errors, health, and a stop that lets calls in flight end.
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import type { Health } from '../../runtime/health.ts';
import { type Logger, silentLogger } from '../../runtime/logging.ts';
import { listenFailure, parseAddress } from '../address.ts';
import type { TlsMaterial } from '../tls.ts';
import { quietGrpc, toGrpcStatus } from './failure.ts';
import { createHealthService } from './health.ts';

/** Over the service's own limit of 1 MiB, so that a request in between still gets an answer that names the limit. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;

/** Answers once, or for a streaming method with every value of an iterable that ends with the signal. */
export type GrpcHandler<Request, Response> = (
  request: Request,
  call: { readonly signal: AbortSignal },
) => Promise<Response> | AsyncIterable<Response>;

export type GrpcService = {
  readonly definition: ServiceDefinition;
  readonly handlers: Readonly<Record<string, GrpcHandler<unknown, unknown>>>;
};

type HandlersOf<Definition> = {
  readonly [Method in keyof Definition as string extends Method
    ? never
    : Method]: Definition[Method] extends MethodDefinition<
    infer _Request,
    infer Response,
    infer Decoded,
    infer _DecodedResponse
  >
    ? GrpcHandler<Decoded, Response>
    : never;
};

/** Binds a generated service definition to a function for each of its methods. */
export function grpcService<Definition>(
  definition: Definition & ServiceDefinition,
  handlers: HandlersOf<Definition>,
): GrpcService {
  return { definition, handlers: handlers as GrpcService['handlers'] };
}

export type GrpcServer = {
  /** Resolves with the `host:port` that is bound; PORT_IN_USE and BAD_CONFIG name the address. */
  start(): Promise<string>;
  /** NOT_SERVING at once, no new calls; those in flight have `graceMs` (default 10 s) to end, then they are cut. */
  stop(graceMs?: number): Promise<void>;
};

export type GrpcServerOptions = {
  readonly address: string;
  readonly services: readonly GrpcService[];
  readonly health: Health;
  /** Named in errors and logs. */
  readonly daemon?: string;
  readonly tls?: TlsMaterial;
  readonly logger?: Logger;
  /** How long NOT_SERVING is shown before new calls are refused, for balancers that ask. Default 0. */
  readonly noticeMs?: number;
};

export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  const { address, services, health, daemon = 'daemon', logger = silentLogger, noticeMs = 0 } = options;
  quietGrpc();
  const server = new Server({
    'grpc.max_receive_message_length': MAX_REQUEST_BYTES,
    'grpc.max_send_message_length': -1,
  });
  const healthService = createHealthService(health);
  for (const { definition, handlers } of [...services, healthService.service]) {
    const tolerant = Object.fromEntries(
      Object.entries(definition).map(([name, method]) => [
        name,
        { ...method, requestDeserialize: tolerantly(method) },
      ]),
    );
    server.addService(tolerant, implementationOf(definition, handlers, logger));
  }
  let stopping: Promise<void> | undefined;

  async function drain(graceMs: number): Promise<void> {
    healthService.stop();
    if (noticeMs > 0) await new Promise((resolve) => setTimeout(resolve, noticeMs));
    let timer: NodeJS.Timeout | undefined;
    const cut = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        logger.warn({ graceMs }, 'gRPC calls were still in flight after the grace time; cutting them');
        server.forceShutdown();
        resolve();
      }, graceMs);
    });
    const ended = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    await Promise.race([ended, cut]);
    clearTimeout(timer);
  }

  return {
    async start() {
      const { host, port } = parseAddress(address);
      const shown = host.includes(':') ? `[${host}]` : host;
      const credentials = serverCredentials(options.tls);
      const bound = await new Promise<number>((resolve, reject) => {
        server.bindAsync(`${shown}:${port}`, credentials, (error, boundPort) =>
          error ? reject(listenFailure(address, error, daemon)) : resolve(boundPort),
        );
      });
      return `${shown}:${bound}`;
    },
    stop: (graceMs = 10_000) => (stopping ??= drain(graceMs)),
  };
}

function serverCredentials(tls: TlsMaterial | undefined): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure();
  if (!tls.cert || !tls.key) {
    throw new ExpectedError('BAD_CONFIG', 'a TLS listener needs both a certificate and its key', {
      hint: 'Set tls.cert and tls.key.',
    });
  }
  const bytes = (pem: string | Buffer) => Buffer.from(pem as string);
  const ca = tls.ca ? bytes(tls.ca) : null;
  const pair = { cert_chain: bytes(tls.cert), private_key: bytes(tls.key) };
  return ServerCredentials.createSsl(ca, [pair], ca !== null);
}

/** grpc-js answers INTERNAL for bytes that are no such message: here they reach the handler, to be refused by us. */
function tolerantly({ requestDeserialize }: ServiceDefinition[string]): (bytes: Buffer) => unknown {
  return (bytes) => {
    try {
      return requestDeserialize(bytes);
    } catch (error) {
      return new ExpectedError('BAD_REQUEST', `the request could not be decoded: ${messageOf(error)}`);
    }
  };
}

function checked(handler: GrpcHandler<unknown, unknown>): GrpcHandler<unknown, unknown> {
  return (request, call) => {
    if (request instanceof ExpectedError) throw request;
    return handler(request, call);
  };
}

function implementationOf(
  definition: ServiceDefinition,
  handlers: GrpcService['handlers'],
  logger: Logger,
): UntypedServiceImplementation {
  const refuse = (error: unknown, path: string) => {
    if (!(error instanceof ExpectedError)) logger.error({ err: error, rpc: path }, 'a gRPC call failed');
    return toGrpcStatus(error);
  };
  return Object.fromEntries(
    Object.entries(definition).map(([name, method]) => {
      const handler = handlers[name];
      if (!handler) throw new Error(`no handler for ${method.path}`);
      const answer = checked(handler);
      return [name, method.responseStream ? streaming(answer, refuse) : unary(answer, refuse)];
    }),
  );
}

type Refuse = (error: unknown, path: string) => ReturnType<typeof toGrpcStatus>;

/** One signal for calls that are not told about their end: most answer faster than anyone cancels. */
const NEVER = new AbortController().signal;

function unary(handler: GrpcHandler<unknown, unknown>, refuse: Refuse): handleUnaryCall<unknown, unknown> {
  return async (call, callback) => {
    try {
      callback(null, await (handler(call.request, { signal: NEVER }) as Promise<unknown>));
    } catch (error) {
      callback(refuse(error, call.getPath()));
    }
  };
}

function streaming(
  handler: GrpcHandler<unknown, unknown>,
  refuse: Refuse,
): handleServerStreamingCall<unknown, unknown> {
  return async (call) => {
    const abort = new AbortController();
    call.on('cancelled', () => abort.abort());
    try {
      const answers = handler(call.request, { signal: abort.signal }) as AsyncIterable<unknown>;
      for await (const answer of answers) {
        if (abort.signal.aborted) return;
        // A reader that is slower than the writer makes it wait, so that answers do not pile up in memory.
        if (!call.write(answer)) await writable(call, abort.signal);
      }
      call.end();
    } catch (error) {
      if (!abort.signal.aborted) call.emit('error', refuse(error, call.getPath()));
    }
  };
}

function writable(stream: NodeJS.EventEmitter, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    stream.once('drain', done);
    signal.addEventListener('abort', done);
  });
}
