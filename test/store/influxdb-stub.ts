// Stands where InfluxDB would, for answers that a real one never gives: 429, 503, silence, a proxy's own errors.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

export type StubAnswer = {
  /** 0: never answers; -1: the connection is reset. */
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** An answer, or what makes one of the lines that came. */
export type StubScript = StubAnswer | ((lines: readonly string[]) => StubAnswer);

export type StubRequest = { readonly what: string; readonly lines: readonly string[]; isClosed: boolean };

export type InfluxStub = {
  readonly url: string;
  /** Of writes and queries, in order. */
  readonly requests: readonly StubRequest[];
  writes(): readonly StubRequest[];
  /** What comes next, `write`, `query` or `bucket`; the last answer of a kind stays. Default: 204, nothing, a bucket. */
  answer(what: 'write' | 'query' | 'bucket', ...answers: StubScript[]): void;
  stop(): Promise<void>;
};

export const STORED: StubAnswer = { status: 204 };
const json = (status: number, body: object): StubAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
export const BUCKET = json(200, { buckets: [{ retentionRules: [{ everySeconds: 35 * 86_400 }] }] });
export const ORGANIZATION = json(200, { orgs: [{ id: '1' }] });
export const verdict = (status: number, code: string, message: string): StubAnswer =>
  json(status, { code, message });

export async function startInfluxStub(
  options: { readonly port?: number; readonly tls?: { readonly cert: string; readonly key: string } } = {},
): Promise<InfluxStub> {
  const { port = 0, tls } = options;
  const requests: StubRequest[] = [];
  const scripts: Record<string, StubScript[]> = {
    write: [STORED],
    query: [{ status: 200, headers: { 'content-type': 'text/csv' }, body: '\r\n' }],
    bucket: [BUCKET],
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
    const path = request.url ?? '';
    const what = path.startsWith('/api/v2/write')
      ? 'write'
      : path.startsWith('/api/v2/query')
        ? 'query'
        : 'bucket';
    const entry: StubRequest = {
      what: `${request.method} ${what}`,
      lines: text.split('\n'),
      isClosed: false,
    };
    request.socket.setMaxListeners(0).once('close', () => {
      entry.isClosed = true;
    });
    requests.push(entry);
    const script = scripts[what]!;
    const next = script.length > 1 ? script.shift()! : script[0]!;
    const answer = typeof next === 'function' ? next(entry.lines) : next;
    if (answer.status === 0) return;
    if (answer.status < 0) return void request.socket.resetAndDestroy();
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  const listener = (request: IncomingMessage, response: ServerResponse) => {
    handle(request, response).catch((error) => response.destroy(error));
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    writes: () => requests.filter(({ what }) => what === 'POST write'),
    answer(what, ...answers) {
      scripts[what] = answers;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
