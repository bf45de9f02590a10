// An HTTP listener: probes and metrics on plain node:http; a daemon with routes of its own gets fastify beside them.
import {
  createServer,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Duplex } from 'node:stream';
import type { Server as TlsServer } from 'node:tls';
import { parseAddress } from '../../domain/address.ts';
import type { ExpectedError } from '../../domain/errors.ts';
import type { Health } from '../../runtime/health.ts';
import { type Logger, silentLogger } from '../../runtime/logging.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { Gate } from '../gate.ts';
import { listenOn } from '../listener.ts';
import { httpStatusOf, wireError, wrongMethod } from '../status.ts';
import { contextOptions, requireCertificate, type TlsMaterial } from '../tls.ts';
import { drainBody } from './body-drain.ts';
import type { HttpRoutes } from './fastify.ts';
import { createRequestGuard } from './request-guard.ts';

export type HttpServerOptions = {
  /** Where to listen; port 0 takes any. */
  readonly address: string;
  readonly daemon: string;
  readonly health: Health;
  readonly metrics: Metrics;
  /** Names that are answered for beside the address itself and those of loopback; `*` is any. */
  readonly hosts?: readonly string[];
  readonly routes?: readonly HttpRoutes[];
  /** Title and text of /openapi.json, which is served when there are routes. */
  readonly openapi?: { readonly title: string; readonly description?: string };
  readonly tls?: TlsMaterial;
  /** Clients without a certificate are served too, where `tls` has an authority: the gate decides. */
  readonly certificatesOptional?: boolean | undefined;
  /** Of its routes; without it there is no authentication. Probes are open. */
  readonly gate?: Gate | undefined;
  readonly logger?: Logger;
  /** How long a request may take to arrive. Default {@link ARRIVAL}. */
  readonly arrival?: Arrival;
};

export type Arrival = {
  readonly headersMs: number;
  readonly wholeMs: number;
  readonly checkedEveryMs: number;
};

/** Request timeouts against slow clients (slowloris); long enough for 8 MiB on a slow line. */
const ARRIVAL: Arrival = { headersMs: 30_000, wholeMs: 120_000, checkedEveryMs: 5_000 };

export type HttpServer = {
  /** Resolves with the `host:port` that is bound; PORT_IN_USE and BAD_CONFIG name the address. */
  start(): Promise<string>;
  /** Another certificate, from the next connection on. Nothing on a listener of plain text. */
  setTls(tls: TlsMaterial): void;
  /** No new connections; requests in flight have `graceMs` (default 5 s) to end. Idempotent. */
  stop(graceMs?: number): Promise<void>;
};

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { address, daemon, routes = [], logger = silentLogger } = options;
  let server: Server | undefined;
  let closeApp: (() => Promise<void>) | undefined;
  let stopping: Promise<void> | undefined;

  async function listener(): Promise<RequestListener> {
    const probes = probeListener(options, logger);
    if (routes.length === 0) return guarded(probes.or(sendNotFound));
    // Only here: an agent, which has no routes, does not pay fastify's memory and start-up.
    const { createRoutesApp } = await import('./fastify.ts');
    const app = await createRoutesApp({ ...options, routes, logger });
    closeApp = app.close;
    return guarded(probes.or(app.handle));
  }

  function guarded(next: RequestListener): RequestListener {
    const guard = createRequestGuard(parseAddress(address).host, options.hosts ?? []);
    return (request, response) => {
      try {
        guard.check(request);
      } catch (error) {
        void drainBody(request).then(() =>
          sendError(response, httpStatusOf((error as ExpectedError).kind), wireError(error)),
        );
        return;
      }
      next(request, response);
    };
  }

  async function close(graceMs: number): Promise<void> {
    if (server?.listening) {
      const closed = new Promise((resolve) => server?.close(resolve));
      server.closeIdleConnections();
      const timer = setTimeout(() => server?.closeAllConnections(), graceMs);
      // Connections that become idle while we wait are not closed by themselves.
      const sweep = setInterval(() => server?.closeIdleConnections(), 50);
      await closed;
      clearTimeout(timer);
      clearInterval(sweep);
    }
    await closeApp?.();
  }

  return {
    async start() {
      server = await makeServer(options, await listener());
      return listenOn(server, address, daemon);
    },
    setTls(tls) {
      if (server && 'setSecureContext' in server)
        (server as unknown as TlsServer).setSecureContext(contextOptions(tls));
    },
    stop: (graceMs = 5_000) => (stopping ??= close(graceMs)),
  };
}

async function makeServer(
  { tls, gate, certificatesOptional = false, arrival = ARRIVAL }: HttpServerOptions,
  handle: RequestListener,
): Promise<Server> {
  // The guard asks for a Host itself: node's own refusal has no body.
  const requests = {
    requireHostHeader: false,
    headersTimeout: arrival.headersMs,
    requestTimeout: arrival.wholeMs,
    connectionsCheckingInterval: arrival.checkedEveryMs,
  };
  if (!tls) return createServer(requests, handle).on('clientError', answerMalformed);
  const context = contextOptions(requireCertificate(tls));
  const { createServer: createTlsServer } = process.getBuiltinModule('node:https');
  const clients = {
    requestCert: tls.ca !== undefined,
    rejectUnauthorized: !(certificatesOptional && gate),
  };
  const server = createTlsServer({ ...requests, ...context, ...clients }, handle);
  return server.on('clientError', answerMalformed);
}

/** What node's parser refuses before there is a request: without this it answers a bare 400. */
function answerMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, message, hint] = malformed(error.code);
  const body = JSON.stringify({ error: { code: 'BAD_REQUEST', message, hint } });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function malformed(code = ''): readonly [status: number, message: string, hint: string] {
  if (code === 'HPE_HEADER_OVERFLOW')
    return [431, 'the headers are over 16 KiB', 'Send a long query as the body of a POST.'];
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return [408, 'the request did not arrive in time', 'Send it again.'];
  if (code === 'HPE_INVALID_URL')
    return [
      400,
      'the URL has a character that is not allowed in one',
      'Percent-encode it: %E5%8C%97%E4%BA%AC.',
    ];
  return [
    400,
    'this is not an HTTP/1.1 request',
    'Check the scheme: http:// or https://, and not a gRPC port.',
  ];
}

function probeListener(options: HttpServerOptions, logger: Logger) {
  return {
    or:
      (next: RequestListener): RequestListener =>
      (request, response) => {
        const [path = '', query = ''] = (request.url ?? '').split('?', 2);
        if (request.method !== 'GET' && request.method !== 'HEAD') {
          if (!PROBES.includes(path)) return next(request, response);
          void drainBody(request).then(() =>
            sendWrongMethod(response, ['GET', 'HEAD'], `${request.method} ${path}`),
          );
          return;
        }
        answerProbe(options, path, new URLSearchParams(query)).then(
          (answer) => {
            if (!answer) return next(request, response);
            response.writeHead(answer.status, { 'content-type': answer.type, 'cache-control': 'no-store' });
            response.end(answer.body);
          },
          (error: unknown) => {
            logger.error({ err: error, path }, 'answering a health or metrics request failed');
            sendError(response, 500, wireError(error));
          },
        );
      },
  };
}

const PROBES: readonly string[] = ['/livez', '/readyz', '/metrics'];

const sendNotFound: RequestListener = (request, response) => {
  const error = {
    code: 'NOT_FOUND',
    message: 'nothing is served at this path',
    hint: 'This daemon serves /livez, /readyz?verbose and /metrics.',
  };
  void drainBody(request).then(() => sendError(response, 404, error));
};

function sendWrongMethod(response: ServerResponse, allowed: readonly string[], asked: string): void {
  response.setHeader('allow', allowed.join(', '));
  sendError(response, 405, wireError(wrongMethod(asked, allowed)));
}

function sendError(response: ServerResponse, status: number, error: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ error }));
}

type ProbeAnswer = { readonly status: number; readonly type: string; readonly body: string };
type ProbeParts = Pick<HttpServerOptions, 'daemon' | 'health' | 'metrics'>;

const TEXT = 'text/plain; charset=utf-8';
const METRICS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/** `/livez`: the process answers. `/readyz`: it can work now, else 503. Undefined for any other path. */
async function answerProbe(
  parts: ProbeParts,
  path: string,
  query: URLSearchParams,
): Promise<ProbeAnswer | undefined> {
  switch (path) {
    case '/livez':
      return { status: 200, type: TEXT, body: 'ok\n' };
    case '/readyz':
      return readiness(parts, query.has('verbose'));
    case '/metrics':
      return { status: 200, type: METRICS_TEXT, body: await parts.metrics.text() };
    default:
      return undefined;
  }
}

function readiness({ daemon, health }: ProbeParts, verbose: boolean): ProbeAnswer {
  const { ready, checks, notes } = health.report();
  const status = ready ? 200 : 503;
  const last = ready ? `${daemon} is ready` : `${daemon} is not ready`;
  const lines = checks.map(({ name, reason }) =>
    reason === undefined ? `[+] ${name} ok` : `[-] ${name}: ${reason}`,
  );
  const shown = verbose
    ? [...lines, ...notes.map((note) => `[i] ${note}`)]
    : lines.filter((line) => line.startsWith('[-]'));
  const body = verbose || !ready ? [...shown, last].join('\n') : 'ok';
  return { status, type: TEXT, body: `${body}\n` };
}
