// One HTTP request over node:http with a timeout; network errors become our errors. Loads nothing else.
import type { Agent, request as httpRequest, IncomingMessage, RequestOptions } from 'node:http';
import { connectionWords, ExpectedError } from '../../domain/errors.ts';
import { CUT_OFF, timedOut, unreachable } from '../network-errors.ts';
import { contextOptions, type TlsMaterial } from '../tls.ts';

export type Exchange = {
  readonly base: URL;
  readonly method: 'GET' | 'POST';
  /** With its query. */
  readonly path: string;
  readonly body?: string | undefined;
  /** The header of this name. */
  readonly authorization?: string | undefined;
  readonly timeoutMs: number;
  /** The daemon that is called, as errors name it. */
  readonly daemon: string;
  /** Of the transport, for errors. */
  readonly tls: TlsMaterial | undefined;
};

export type HttpAnswer = {
  readonly status: number;
  readonly text: string;
  /** The server's clock, in whole seconds; NaN where it does not say. */
  readonly dateMs: number;
};

/** The server closed a reused connection while the request was sent: a GET may be sent on another. */
export class StaleConnection extends Error {}

export type Transport = {
  readonly open: typeof httpRequest;
  /** Keeps connections; undefined in an exchange gives it a connection of its own. */
  readonly agent: Agent;
};

export async function openTransport(base: URL, tls: TlsMaterial | undefined): Promise<Transport> {
  if (base.protocol === 'http:') {
    // An import of node:http reads all its exports, and the one called WebSocket loads undici, http2 and tls with it:
    // 20 ms of every command's start.
    const http = process.getBuiltinModule('node:http');
    return { open: http.request, agent: new http.Agent({ keepAlive: true }) };
  }
  const https = process.getBuiltinModule('node:https');
  const context = contextOptions(tls ?? {});
  const open = (url: URL, options: RequestOptions) => https.request(url, { ...options, ...context });
  return { open: open as typeof httpRequest, agent: new https.Agent({ keepAlive: true, ...context }) };
}

export function exchange(
  open: Transport['open'],
  agent: Agent | undefined,
  { base, method, path, body, authorization, timeoutMs, daemon, tls }: Exchange,
): Promise<HttpAnswer> {
  const headers = {
    accept: 'application/json',
    ...(authorization !== undefined && { authorization }),
    ...(body !== undefined && {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    }),
  };
  return new Promise((resolve, reject) => {
    const request = open(new URL(path, base), { method, headers, agent: agent ?? false });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      request.destroy();
    }, timeoutMs);
    const fail = (error: Error) => {
      clearTimeout(timer);
      if (late) reject(timedOut(daemon, base.host, timeoutMs));
      else if (request.reusedSocket && isReset(error)) reject(new StaleConnection());
      else reject(unreachable({ daemon, address: base.host, detail: reasonOf(error), cause: error, tls }));
    };
    request.on('error', fail);
    request.on('response', (response) => {
      readText(response).then((text) => {
        clearTimeout(timer);
        const dateMs = Date.parse(response.headers.date ?? '');
        resolve({ status: response.statusCode ?? 0, text, dateMs });
      }, fail);
    });
    request.end(body);
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const isReset = (error: Error): boolean =>
  ['ECONNRESET', 'EPIPE'].includes((error as { code?: string }).code ?? '');

const reasonOf = (error: Error): string =>
  (error as NodeJS.ErrnoException).code === 'ECONNRESET' ? CUT_OFF : connectionWords(error);

export function parseBase(baseUrl: string): URL {
  const text = /^https?:\/\//.test(baseUrl) ? baseUrl : `http://${baseUrl}`;
  if (URL.canParse(text)) return new URL(text);
  throw new ExpectedError('BAD_CONFIG', `${JSON.stringify(baseUrl)} is not the address of a server`, {
    hint: 'For example 127.0.0.1:8020 or https://monitor.example:8020.',
  });
}

export type ReadinessAnswer = {
  readonly ready: boolean;
  /** What `/readyz?verbose` says, a check a line. */
  readonly text: string;
};

/** Asks a daemon's `/readyz`. UNREACHABLE when nothing listens, TIMEOUT when it does not answer in time. */
export async function askReadiness(question: {
  readonly daemon: string;
  /** `host:port` that can be called. */
  readonly address: string;
  readonly timeoutMs: number;
  readonly tls?: TlsMaterial | undefined;
}): Promise<ReadinessAnswer> {
  const { daemon, address, timeoutMs, tls } = question;
  const base = new URL(`${tls ? 'https' : 'http'}://${address}`);
  const { open, agent } = await openTransport(base, tls);
  try {
    const call = { base, method: 'GET', path: '/readyz?verbose', timeoutMs, daemon, tls } as const;
    const { status, text } = await exchange(open, agent, call);
    return { ready: status === 200, text: text.trimEnd() };
  } finally {
    agent.destroy();
  }
}
