// JSON over node:http for the commands: kept connections, a timeout, the server's errors as its own. Loads nothing else.
import type { Agent, request as httpRequest, IncomingMessage, RequestOptions } from 'node:http';
import { ExpectedError } from '../../domain/errors.ts';
import { codeOfHttpStatus, fromWire, timedOut, unreachable } from '../status.ts';
import type { TlsMaterial } from '../tls.ts';

export type HttpClientOptions = {
  /** `http://127.0.0.1:8020` or `https://...`; a bare `host:port` means http. */
  readonly baseUrl: string;
  /** For a whole answer. Default 10 s. */
  readonly timeoutMs?: number;
  readonly tls?: TlsMaterial;
};

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export type HttpClient = {
  get<Answer>(path: string, query?: Query): Promise<Answer>;
  post<Answer>(path: string, body: unknown): Promise<Answer>;
  stop(): Promise<void>;
};

/** Longer ones would meet the limits of servers and proxies on the request line. */
const MAX_URL = 4_000;

export const fitsUrl = (path: string, query: Query): boolean =>
  path.length + queryText(query).length <= MAX_URL;

export function createHttpClient(daemon: string, options: HttpClientOptions): HttpClient {
  const { timeoutMs = 10_000, tls } = options;
  const base = parseBase(options.baseUrl);
  let transport: Promise<Transport> | undefined;

  async function send<Answer>(method: 'GET' | 'POST', path: string, body?: string): Promise<Answer> {
    transport ??= openTransport(base, tls);
    const { open, agent } = await transport;
    // Only what may be sent twice goes over a kept connection, which can be closed just as it is used again.
    const kept = method === 'GET' ? agent : undefined;
    const call = { open, agent: kept, base, method, path, body, timeoutMs, daemon };
    try {
      return await exchange<Answer>(call);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      return exchange<Answer>({ ...call, agent: undefined });
    }
  }

  return {
    get: (path, query = {}) => send('GET', path + queryText(query)),
    post: (path, body) => send('POST', path, JSON.stringify(body)),
    stop: async () => (await transport)?.agent.destroy(),
  };
}

type Transport = { readonly open: typeof httpRequest; readonly agent: Agent };

async function openTransport(base: URL, tls: TlsMaterial | undefined): Promise<Transport> {
  if (base.protocol === 'http:') {
    // An import of node:http reads all its exports, and the one called WebSocket loads undici, http2 and tls with it:
    // 20 ms of every command's start.
    const http = process.getBuiltinModule('node:http');
    return { open: http.request, agent: new http.Agent({ keepAlive: true }) };
  }
  const https = await import('node:https');
  return { open: https.request as typeof httpRequest, agent: new https.Agent({ keepAlive: true, ...tls }) };
}

class StaleConnection extends Error {}

type Exchange = {
  readonly open: typeof httpRequest;
  /** Undefined: a connection for this request alone. */
  readonly agent: Agent | undefined;
  readonly base: URL;
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
  readonly timeoutMs: number;
  readonly daemon: string;
};

function exchange<Answer>({ open, agent, base, timeoutMs, daemon, ...call }: Exchange): Promise<Answer> {
  const headers = {
    accept: 'application/json',
    ...(call.body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(call.body) }),
  };
  const options: RequestOptions = { method: call.method, headers, agent: agent ?? false };
  return new Promise((resolve, reject) => {
    const request = open(new URL(call.path, base), options);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      request.destroy();
    }, timeoutMs);
    const fail = (error: Error) => {
      clearTimeout(timer);
      if (late) reject(timedOut(daemon, base.host, timeoutMs));
      else if (request.reusedSocket && isReset(error)) reject(new StaleConnection());
      else reject(unreachable(daemon, base.host, reasonOf(error), error));
    };
    request.on('error', fail);
    request.on('response', (response) => {
      readText(response).then((text) => {
        clearTimeout(timer);
        try {
          resolve(readAnswer<Answer>({ response, text, daemon, host: base.host }));
        } catch (error) {
          reject(error);
        }
      }, fail);
    });
    request.end(call.body);
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function readAnswer<Answer>(answer: {
  readonly response: IncomingMessage;
  readonly text: string;
  readonly daemon: string;
  readonly host: string;
}): Answer {
  const { response, text, daemon, host } = answer;
  const status = response.statusCode ?? 0;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ExpectedError(
      'UNREACHABLE',
      `what answers at ${host} is not minimon's ${daemon} (HTTP ${status})`,
      {
        hint: 'Check the address and the port.',
      },
    );
  }
  if (status >= 200 && status < 300) return value as Answer;
  const error = (value as { error?: { code?: string; message?: string; hint?: string } }).error;
  throw fromWire(
    {
      code: error?.code,
      message: error?.message ?? `the ${daemon} service at ${host} answered HTTP ${status}`,
      hint: error?.hint,
    },
    codeOfHttpStatus(status),
  );
}

const isReset = (error: Error): boolean =>
  ['ECONNRESET', 'EPIPE'].includes((error as { code?: string }).code ?? '');

/** Both of a name's addresses may have failed: node gives an AggregateError without a message then. */
function reasonOf(error: Error): string {
  const [first] = error instanceof AggregateError ? (error.errors as Error[]) : [error];
  const code = (first as { code?: string } | undefined)?.code;
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (code === 'ECONNRESET') return 'the connection was cut';
  return first?.message ?? 'no connection';
}

function parseBase(baseUrl: string): URL {
  const text = /^https?:\/\//.test(baseUrl) ? baseUrl : `http://${baseUrl}`;
  if (URL.canParse(text)) return new URL(text);
  throw new ExpectedError('BAD_CONFIG', `${JSON.stringify(baseUrl)} is not the address of a server`, {
    hint: 'Write it like 127.0.0.1:8020 or https://monitor.example:8020.',
  });
}

function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) parameters.append(name, String(one));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
