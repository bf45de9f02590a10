// A gRPC service from a table of calls or from plain functions; errors become statuses, bugs are logged.
import { isUtf8 } from 'node:buffer';
import type {
  handleServerStreamingCall,
  handleUnaryCall,
  ServerUnaryCall,
  ServerWritableStream,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { bareHost } from '../../domain/address.ts';
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import { checkUnit } from '../../domain/instant.ts';
import { servedTo } from '../../runtime/caller.ts';
import type { Ends } from '../../runtime/local-peer.ts';
import type { Logger } from '../../runtime/logging.ts';
import { NotUtf8Error } from '../../wire/protobuf.ts';
import type { Access } from '../access.ts';
import {
  type AnyService,
  type Api,
  answerOf,
  argumentOf,
  type Call,
  rpcName,
  type ServiceOf,
} from '../calls.ts';
import { type Caller, certificateOf, FORWARDED_BY, type Gate } from '../gate.ts';
import { type AnswerInBytes, gather, type InBytes, type ListInBytes, withEmptyList } from '../in-bytes.ts';
import { SEED_ACCESS } from '../seed/calls.ts';
import { protoOf } from './codec.ts';
import { toGrpcStatus } from './failure.ts';
import { loadApi } from './proto.ts';

/** Answers once, or for a streaming method with every value of an iterable that ends with the signal. */
export type GrpcHandler<Request, Response> = (
  request: Request,
  call: { readonly signal: AbortSignal; readonly caller?: Caller | undefined },
) => Promise<Response> | AsyncIterable<Response>;

export type GrpcService = {
  readonly definition: ServiceDefinition;
  readonly handlers: Readonly<Record<string, GrpcHandler<unknown, unknown>>>;
  /** What the caller of each method must be allowed. */
  readonly access: Readonly<Record<string, Access>>;
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
  access: { readonly [Method in keyof HandlersOf<Definition>]: Access },
): GrpcService {
  return { definition, handlers: handlers as GrpcService['handlers'], access };
}

/** `seed` are the methods of the seed, which have their own requests and answers. */
export function apiGrpcService<A extends Api>(
  api: A,
  service: ServiceOf<A>,
  seed: Readonly<Record<string, ((request: never, call: never) => Promise<unknown>) | undefined>> = {},
  inBytes: InBytes<A> = {},
): GrpcService {
  const definition = loadApi(api);
  const handlers = Object.entries(api.calls).map(([name, call]) => {
    const rpc = rpcName(name, call);
    const bytes = inBytes[name] as AnswerInBytes | undefined;
    return [
      rpc,
      bytes ? bytesHandlerOf(call, definition[rpc]!, bytes) : handlerOf(call, (service as AnyService)[name]!),
    ];
  });
  const accesses = Object.entries(api.calls).map(([name, call]) => [rpcName(name, call), call.access]);
  return {
    definition,
    handlers: { ...Object.fromEntries(handlers), ...seed } as GrpcService['handlers'],
    access: { ...Object.fromEntries(accesses), ...SEED_ACCESS },
  };
}

const readerOf = (call: Call) => (wire: unknown) =>
  argumentOf(call, checkTimes(call, protoOf(call.request).read(wire)));

/** A message's fields may come in any order: the list's are put behind the others. */
function bytesHandlerOf(
  call: Call,
  { responseSerialize }: ServiceDefinition[string],
  serve: AnswerInBytes,
): GrpcHandler<unknown, unknown> {
  const read = readerOf(call);
  const write = async ({ rest, elements }: ListInBytes) => {
    const around = responseSerialize(protoOf(call.answer).write(withEmptyList(call, rest)));
    return Buffer.concat([around, ...(await gather(elements))]);
  };
  const ask = (wire: unknown, signal: AbortSignal) => serve(read(wire), { wire: 'protobuf', signal });
  if (!call.stream)
    return async (wire, { signal }) => write(await (ask(wire, signal) as Promise<ListInBytes>));
  return async function* (wire, { signal }) {
    for await (const given of ask(wire, signal) as AsyncIterable<ListInBytes>) yield await write(given);
  };
}

function handlerOf(call: Call, serve: AnyService[string]): GrpcHandler<unknown, unknown> {
  const read = readerOf(call);
  const write = (given: unknown) => protoOf(call.answer).write(answerOf(call, given));
  if (!call.stream) return async (wire) => write(await serve(read(wire)));
  return async function* (wire, { signal }) {
    for await (const given of serve(read(wire), signal) as AsyncIterable<unknown>) yield write(given);
  };
}

/** Numbers say nothing of their unit: seconds for milliseconds would be answered with nothing found. */
function checkTimes({ request }: Call, given: unknown): unknown {
  for (const [name, { kind }] of Object.entries(request)) {
    const value = (given as Record<string, unknown>)[name];
    if (kind.is === 'time' && value !== undefined) checkUnit(value as number, name.replace(/Ms$/, ''));
  }
  return given;
}

/** The same definition; what cannot be decoded is handed on as an error instead, and an answer may be a message in bytes. */
export const tolerantDefinition = (definition: ServiceDefinition): ServiceDefinition =>
  Object.fromEntries(
    Object.entries(definition).map(([name, method]) => [
      name,
      {
        ...method,
        requestDeserialize: tolerantly(method),
        responseSerialize: (answer: unknown) =>
          Buffer.isBuffer(answer) ? answer : method.responseSerialize(answer),
      },
    ]),
  );

/** grpc-js answers INTERNAL for bytes that are no such message: here they reach the handler, which rejects them as BAD_REQUEST. */
function tolerantly({ requestDeserialize }: ServiceDefinition[string]): (bytes: Buffer) => unknown {
  return (bytes) => {
    try {
      return requestDeserialize(strictlyRead(bytes));
    } catch (error) {
      return new ExpectedError('BAD_REQUEST', `the request could not be decoded: ${messageOf(error)}`);
    }
  };
}

/** protobufjs reads texts by this method of the buffer it is given, and would repair what is not UTF-8. */
function strictlyRead(bytes: Buffer): Buffer {
  return Object.defineProperty(bytes, 'utf8Slice', {
    value: (start: number, end: number) => {
      const text = bytes.toString('utf8', start, end);
      if (!text.includes('\ufffd') || isUtf8(bytes.subarray(start, end))) return text;
      throw new NotUtf8Error(bytes.subarray(start, end));
    },
  });
}

function checked(handler: GrpcHandler<unknown, unknown>): GrpcHandler<unknown, unknown> {
  return (request, call) => {
    if (request instanceof ExpectedError) throw request;
    return handler(request, call);
  };
}

/** Streams end with `ending`, since a server waits for them when it shuts down. */
export function implementationOf(
  { definition, handlers, access }: GrpcService,
  parts: { readonly logger: Logger; readonly ending: AbortSignal; readonly gate?: Gate | undefined },
): UntypedServiceImplementation {
  const fail = (error: unknown, path: string) => {
    if (!(error instanceof ExpectedError))
      parts.logger.error({ err: error, rpc: path }, 'a gRPC call failed');
    return toGrpcStatus(error);
  };
  return Object.fromEntries(
    Object.entries(definition).map(([name, method]) => {
      const handler = handlers[name];
      if (!handler) throw new Error(`no handler for ${method.path}`);
      const needed = access[name];
      if (!needed) throw new Error(`method ${method.path} does not say who may call it (access)`);
      const answer = checked(handler);
      const admit = admission(parts.gate, needed);
      return [
        name,
        method.responseStream
          ? streaming(answer, fail, { ...parts, admit })
          : unary(answer, fail, { access: needed, admit }),
      ];
    }),
  );
}

const CHANGES: readonly Access[] = ['write', 'admin', 'enrol'];

type Admit = (call: ServerCall) => Caller | Promise<Caller> | undefined;
type ServerCall = ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>;

function admission(gate: Gate | undefined, access: Access): Admit {
  if (!gate) return () => undefined;
  return (call) => {
    const [authorization] = call.metadata.get('authorization');
    return gate.admit(access, {
      authorization: authorization === undefined ? undefined : String(authorization),
      key: authorization === undefined && !isForwarded(call) ? innerOf(call).stream?.session : undefined,
      connection: () => ({
        ...innerOf(call).getConnectionInfo?.(),
        certificate: certificateOf(call.getAuthContext().sslPeerCertificate),
        isForwarded: isForwarded(call),
        isOpen: () => !call.cancelled && innerOf(call).stream?.session?.destroyed !== true,
      }),
    });
  };
}

const isForwarded = ({ metadata }: ServerCall): boolean =>
  FORWARDED_BY.some((name) => metadata.get(name).length > 0);

/** grpc-js shows both ends of a connection, and which it is, to interceptors alone: this is what they are given. */
const innerOf = (call: ServerCall) => (call as unknown as { readonly call: Inner }).call;
type Inner = {
  readonly stream?: { readonly session?: { readonly destroyed: boolean } };
  getConnectionInfo?(): Ends;
};

type Fail = (error: unknown, path: string) => ReturnType<typeof toGrpcStatus>;

/** `127.0.0.1:5012` and `[::1]:5012` without the port. */
const addressOf = (peer: string): string => bareHost(peer.replace(/:\d+$/, ''));

function unary(
  handler: GrpcHandler<unknown, unknown>,
  fail: Fail,
  { access, admit }: { readonly access: Access; readonly admit: Admit },
): handleUnaryCall<unknown, unknown> {
  return async (call, callback) => {
    let left: AbortController | undefined;
    // Made where it is asked for: most calls answer faster than anyone cancels.
    const context: { readonly signal: AbortSignal; caller: Caller | undefined } = {
      caller: undefined,
      get signal() {
        if (left) return left.signal;
        const made = new AbortController();
        left = made;
        const onLeft = () => made.abort(new ExpectedError('UNAVAILABLE', 'the caller cancelled the call'));
        if (call.cancelled) onLeft();
        else call.on('cancelled', onLeft);
        return made.signal;
      },
    };
    try {
      const admitted = admit(call);
      // Most are known at once, and reports are many.
      const caller = admitted instanceof Promise ? await admitted : admitted;
      context.caller = caller;
      const answer = () => handler(call.request, context) as Promise<unknown>;
      const by = () => ({
        ...{ name: caller?.name, tokenId: caller?.tokenId },
        address: addressOf(call.getPeer()),
      });
      callback(null, await (CHANGES.includes(access) ? servedTo(by(), answer) : answer()));
    } catch (error) {
      callback(fail(error, call.getPath()));
    }
  };
}

function streaming(
  handler: GrpcHandler<unknown, unknown>,
  fail: Fail,
  {
    ending,
    gate,
    admit,
  }: { readonly ending: AbortSignal; readonly gate?: Gate | undefined; readonly admit: Admit },
): handleServerStreamingCall<unknown, unknown> {
  return async (call) => {
    const left = new AbortController();
    call.on('cancelled', () => left.abort());
    const refused = new AbortController();
    const signal = AbortSignal.any([left.signal, ending, refused.signal]);
    let leave = () => {};
    try {
      const caller = await admit(call);
      if (gate && caller) leave = gate.whileAdmitted(caller, (error) => refused.abort(error));
      const answers = handler(call.request, { signal, caller }) as AsyncIterable<unknown>;
      for await (const answer of answers) {
        if (left.signal.aborted) return;
        // A reader that is slower than the writer makes it wait, so that answers do not pile up in memory.
        if (!call.write(answer)) await writable(call, signal);
        if (signal.aborted) break;
      }
      refused.signal.throwIfAborted();
      call.end();
    } catch (error) {
      const { aborted, reason } = refused.signal;
      if (ending.aborted) call.end();
      else if (!left.signal.aborted) call.emit('error', fail(aborted ? reason : error, call.getPath()));
    } finally {
      leave();
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
