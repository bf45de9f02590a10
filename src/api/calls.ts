// A service as a table of calls: from it come its type, its HTTP routes and clients, its gRPC service and clients.
import type { Access } from './access.ts';
import type { Infer, Shape } from './shapes.ts';

/** Of a call over gRPC and HTTP, where its client has no other one. */
export const CALL_TIMEOUT_MS = 10_000;

export type Call = {
  /** One line for OpenAPI. */
  readonly summary: string;
  /** The method in the .proto; by default the call's name with a capital. */
  readonly rpc?: string;
  /** `GET /api/v1/hosts` or `POST ...`; without it the call is served over gRPC alone. */
  readonly http?: `${'GET' | 'POST'} /api/v1/${string}`;
  /** Also served as a POST to the same path, for requests too long for a URL. */
  readonly alsoPost?: true;
  /** What its caller must be allowed. */
  readonly access: Access;
  readonly request: Shape;
  /** The function takes this one field instead of the request as an object. */
  readonly takes?: string;
  readonly answer: Shape;
  /** The function gives this one field instead of the answer as an object. */
  readonly gives?: string;
  /** The field of the answer that is one long list, whose elements may come as bytes (see in-bytes.ts). */
  readonly list?: string;
  /** Answers again and again, over gRPC. One that is `finite` ends by itself, and may have `http`: the last answer. */
  readonly stream?: true | 'finite';
  /** A second time it would do something else than the first: never sent again by itself. */
  readonly notIdempotent?: true;
};

export type Api<Calls extends Readonly<Record<string, Call>> = Readonly<Record<string, Call>>> = {
  /** The daemon that serves it, as errors name it. */
  readonly daemon: string;
  /** Absent for a service that is served over HTTP alone. */
  readonly proto?: { readonly file: string; readonly service: string };
  readonly calls: Calls;
};

export const defineApi = <const Calls extends Readonly<Record<string, Call>>>(api: Api<Calls>): Api<Calls> =>
  api;

/** Part of a table, written in a file of its own. */
export const defineCalls = <const Calls extends Readonly<Record<string, Call>>>(calls: Calls): Calls => calls;

type Part<S extends Shape, Name> = Name extends keyof Infer<S> ? Infer<S>[Name] : Infer<S>;
type Request<C extends Call> = Part<C['request'], C['takes']>;
type Answer<C extends Call> = Part<C['answer'], C['gives']>;
type Answered<C extends Call> = keyof C['answer'] extends never ? Promise<void> : Promise<Answer<C>>;

export type FunctionOf<C extends Call> = C extends { readonly stream: true | 'finite' }
  ? (request: Request<C>, signal: AbortSignal) => AsyncIterable<Answer<C>>
  : keyof C['request'] extends never
    ? () => Answered<C>
    : (request: Request<C>) => Answered<C>;

/** The service behind the table: a function for each call. */
export type ServiceOf<A extends Api> = { [K in keyof A['calls']]: FunctionOf<A['calls'][K]> };

/** What can be called over HTTP as it can over gRPC: streams are not. */
export type HttpServiceOf<A extends Api> = {
  [K in keyof A['calls'] as A['calls'][K] extends { readonly stream: true | 'finite' }
    ? never
    : A['calls'][K] extends { readonly http: string }
      ? K
      : never]: FunctionOf<A['calls'][K]>;
};

/** A service's functions as the servers call them, whatever the call. */
export type AnyService = Readonly<Record<string, (request: unknown, signal?: AbortSignal) => unknown>>;

export const rpcName = (name: string, { rpc }: Call): string =>
  rpc ?? name.charAt(0).toUpperCase() + name.slice(1);

/** The request object as the service's function takes it, and back. */
export const argumentOf = ({ takes }: Call, request: unknown): unknown =>
  takes === undefined ? request : (request as Record<string, unknown>)[takes];
export const requestOf = ({ takes }: Call, argument: unknown): unknown =>
  takes === undefined ? (argument ?? {}) : { [takes]: argument };

/** The answer object for what the service's function gave, and back. */
export const answerOf = ({ gives }: Call, given: unknown): unknown =>
  gives === undefined ? (given ?? {}) : { [gives]: given };
export const givenOf = ({ gives, answer }: Call, object: unknown): unknown => {
  if (gives !== undefined) return (object as Record<string, unknown>)[gives];
  return Object.keys(answer).length === 0 ? undefined : object;
};
