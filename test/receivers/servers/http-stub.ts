// A real HTTP server that keeps what it gets and answers as it is told, also wrongly.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';

export type Received = {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type Answer =
  | { readonly status: number; readonly body?: string | object; readonly headers?: Record<string, string> }
  /** Closes the connection once the request is read. */
  | 'hang up'
  /** Reads the request and says nothing. */
  | 'hang'
  /** 200, then a byte now and then for ever. */
  | 'drip'
  /** 200 and a body without end, as fast as it is read. */
  | 'endless'
  /** 200 and half of the body that was promised. */
  | 'half'
  /** 500 and half of its text. */
  | 'half error'
  /** 300 and half of its text. */
  | 'half redirect';

export type HttpStub = {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  /** Resolves with the first request. */
  readonly reached: Promise<void>;
  /** Bytes that were handed to the connections. */
  written(): number;
  /** Answers that were given whole. */
  answered(): number;
  /** The most connections that were open at the same time. */
  mostConnections(): number;
};

export type StubOptions = {
  readonly tls?: { readonly cert: string; readonly key: string };
  /** `::1` for IPv6. */
  readonly host?: string;
};

export async function startHttpStub(
  t: TestContext,
  answer: (request: Received, count: number) => Answer | Promise<Answer>,
  options: StubOptions = {},
): Promise<HttpStub> {
  const { host = '127.0.0.1' } = options;
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  let written = 0;
  let answered = 0;
  let mostConnections = 0;
  let onReached = () => {};
  const reached = new Promise<void>((resolve) => {
    onReached = resolve;
  });

  const onRequest = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const kept: Received = {
      method: request.method!,
      url: request.url!,
      headers: request.headers as Record<string, string>,
      body: Buffer.concat(chunks).toString('utf8'),
    };
    received.push(kept);
    onReached();
    send(await answer(kept, received.length), response);
  };

  function send(what: Answer, response: ServerResponse): void {
    if (what === 'hang') return;
    if (what === 'hang up') return void response.socket!.destroy();
    if (what === 'half' || what === 'half error' || what === 'half redirect') {
      const status = { half: 200, 'half error': 500, 'half redirect': 300 }[what];
      response.writeHead(status, { 'content-length': '100' });
      response.write('half of it', () => response.socket!.destroy());
      return;
    }
    if (what === 'drip') {
      response.writeHead(200);
      const timer = setInterval(() => response.write('.'), 5);
      timers.add(timer);
      return;
    }
    if (what === 'endless') {
      response.writeHead(200);
      const chunk = Buffer.alloc(16 * 1024, 'x');
      const more = () => {
        while (!response.destroyed && response.write(chunk)) written += chunk.length;
      };
      response.on('drain', more);
      more();
      return;
    }
    const { status, body = '', headers = {} } = what;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, {
      'content-type': typeof body === 'string' ? 'text/plain' : 'application/json',
      ...headers,
    });
    response.end(text);
    answered++;
  }

  const handler = (request: IncomingMessage, response: ServerResponse) => {
    onRequest(request, response).catch(() => response.destroy());
  };
  const server = options.tls ? createTlsServer(options.tls, handler) : createServer(handler);
  // Of TLS the outer one: Node crashes where a socket is destroyed under its TLS.
  server.on(options.tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    sockets.add(socket);
    mostConnections = Math.max(mostConnections, sockets.size);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((listening) => server.listen(0, host, listening));
  t.after(async () => {
    for (const timer of timers) clearInterval(timer);
    for (const socket of sockets) socket.destroy();
    await new Promise((closed) => server.close(closed));
  });
  const { port } = server.address() as AddressInfo;
  const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const scheme = options.tls ? 'https' : 'http';
  return {
    url: `${scheme}://${authority}`,
    port,
    received,
    reached,
    written: () => written,
    answered: () => answered,
    mostConnections: () => mostConnections,
  };
}
