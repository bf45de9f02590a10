// A service over HTTP for the commands, from its table of calls. Loads neither gRPC nor zod nor fastify.
import { ExpectedError } from '../../domain/errors.ts';
import { authorization, type Bearer, tokenHint } from '../bearer.ts';
import { type Api, CALL_TIMEOUT_MS, type Call, givenOf, type HttpServiceOf, requestOf } from '../calls.ts';
import type { Shape } from '../shapes.ts';
import { codeOfHttpStatus, fromWire } from '../status.ts';
import type { TlsMaterial } from '../tls.ts';
import {
  type Exchange,
  exchange,
  type HttpAnswer,
  openTransport,
  parseBase,
  StaleConnection,
  type Transport,
} from './exchange.ts';
import { jsonKey, jsonOf, queryKey } from './json.ts';

export type HttpClientOptions = {
  /** `http://127.0.0.1:8020` or `https://...`; a bare `host:port` means http. */
  readonly baseUrl: string;
  /** For a whole answer. Default 10 s. */
  readonly timeoutMs?: number;
  readonly tls?: TlsMaterial | undefined;
  readonly bearer?: Bearer | undefined;
  readonly onCall?: OnCall | undefined;
  /** Told with each answer what the server's clock shows, in whole seconds. */
  readonly onServerTime?: ((serverMs: number) => void) | undefined;
};

/** Told of each call as it begins (`GET http://127.0.0.1:8040/api/v1/hosts`); what it returns, of how it ended. */
export type OnCall = (call: string) => (outcome: string) => void;

export type HttpClient<A extends Api> = HttpServiceOf<A> & { stop(): Promise<void> };

/** Longer ones would meet the limits of servers and proxies on the request line. */
const MAX_URL = 4_000;

/** Every call of the table that has a path. Errors are the server's own, or say what the network did. */
export function createHttpClient<A extends Api>(api: A, options: HttpClientOptions): HttpClient<A> {
  const { timeoutMs = CALL_TIMEOUT_MS, tls } = options;
  const base = parseBase(options.baseUrl);
  const { daemon } = api;
  let transport: Promise<Transport> | undefined;

  async function send(request: Pick<Exchange, 'method' | 'path' | 'body'>): Promise<unknown> {
    const shown = authorization(options.bearer, { hosts: [base.hostname], tls });
    transport ??= openTransport(base, tls);
    const { open, agent } = await transport;
    const call = { ...request, base, timeoutMs, daemon, tls, authorization: shown };
    // Only what may be sent twice reuses a connection: the server can close it at the same moment.
    const reused = request.method === 'GET' ? agent : undefined;
    const onEnd = options.onCall?.(`${request.method} ${new URL(request.path, base)}`);
    const answer = await exchange(open, reused, call)
      .catch((error: unknown) => {
        if (!(error instanceof StaleConnection)) throw error;
        return exchange(open, undefined, call);
      })
      .catch((error: unknown) => {
        onEnd?.('no answer');
        throw error;
      });
    if (!Number.isNaN(answer.dateMs)) options.onServerTime?.(answer.dateMs);
    onEnd?.(`${answer.status}, ${Buffer.byteLength(answer.text)} bytes`);
    return readAnswer(answer, { daemon, host: base.host, hasToken: shown !== undefined });
  }

  const functions = Object.entries(api.calls).flatMap(([name, call]) => {
    if (call.http === undefined || call.stream) return [];
    const ask = async (argument: unknown) => {
      const json = jsonOf(call.request).write(requestOf(call, argument));
      const answer = await send(requestFor(call, json));
      return givenOf(call, jsonOf(call.answer).read(answer));
    };
    return [[name, ask] as const];
  });
  return {
    ...Object.fromEntries(functions),
    stop: async () => (await transport)?.agent.destroy(),
  } as unknown as HttpClient<A>;
}

function requestFor(call: Call, json: Record<string, unknown>): Pick<Exchange, 'method' | 'path' | 'body'> {
  const [method, path = ''] = call.http!.split(' ');
  const body = JSON.stringify(json);
  if (method === 'POST') return { method, path, body };
  const url = path + queryText(call.request, json);
  // An empty list of hosts means none; a query string cannot say that.
  const sayable = !Object.values(json).some((value) => Array.isArray(value) && value.length === 0);
  if (call.alsoPost && (url.length > MAX_URL || !sayable)) return { method: 'POST', path, body };
  return { method: 'GET', path: url };
}

function queryText(shape: Shape, json: Record<string, unknown>): string {
  const parameters = new URLSearchParams();
  for (const [name, { kind }] of Object.entries(shape)) {
    const value = json[jsonKey(name, kind)];
    if (value === undefined) continue;
    const several =
      kind.is === 'texts'
        ? Object.entries(value as object).map(([label, of]) => `${label}=${of}`)
        : Array.isArray(value)
          ? value
          : [value];
    for (const one of several) parameters.append(queryKey(name, kind), String(one));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

type Asked = { readonly daemon: string; readonly host: string; readonly hasToken: boolean };

function readAnswer({ status, text }: HttpAnswer, { daemon, host, hasToken }: Asked): unknown {
  const fallback = codeOfHttpStatus(status);
  const isRefusal = fallback === 'UNAUTHENTICATED' || fallback === 'NOT_ALLOWED';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    if (isRefusal) value = {};
    else
      throw new ExpectedError(
        'UNREACHABLE',
        `the server at ${host} is not minimon's ${daemon} (HTTP ${status})`,
        { hint: 'Check the address and the port.' },
      );
  }
  if (status >= 200 && status < 300) return value;
  const { error } = value as { error?: { code?: string; message?: string; hint?: string } };
  // A path that is not served is, to its caller, a call that this server does not know.
  if (error?.code === 'NOT_FOUND' || error?.code === 'WRONG_METHOD')
    throw new ExpectedError('UNIMPLEMENTED', `${daemon} at ${host} does not implement this call`, {
      hint: 'It has another version than this command: compare minimon --version there and here.',
    });
  throw fromWire(
    {
      code: error?.code,
      message: error?.message ?? `the ${daemon} service at ${host} answered HTTP ${status}`,
      hint: error?.hint ?? (isRefusal ? tokenHint(fallback, hasToken) : undefined),
    },
    fallback,
  );
}
