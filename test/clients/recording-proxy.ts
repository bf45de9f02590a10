// Stands between a client and report, and keeps what went through: every request with its bytes, and what it was answered.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export type Exchange = {
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly status: number;
  /** The header x-minimon-refused. */
  readonly refused: string;
  readonly answer: string;
};

export type RecordingProxy = {
  /** `host:port` for the client. */
  readonly address: string;
  /** In the order of their answers. */
  readonly exchanges: readonly Exchange[];
  stop(): Promise<void>;
};

/** `to`: where the server is now; undefined while it is away. */
export async function createRecordingProxy(to: () => string | undefined): Promise<RecordingProxy> {
  const exchanges: Exchange[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method, url: path = '/', headers } = incoming;
    const forward = async () => {
      const body = await buffer(incoming);
      const { host: _, ...rest } = headers;
      const host = to();
      if (host === undefined) throw new Error('it is away');
      const forwarded = request(`http://${host}${path}`, { method, headers: { ...rest, host } });
      forwarded.end(body);
      const answered = await new Promise<IncomingMessage>((resolve, reject) => {
        forwarded.once('response', resolve);
        forwarded.once('error', reject);
      });
      const answer = await buffer(answered);
      const { statusCode: status = 0 } = answered;
      const refused = String(answered.headers['x-minimon-refused'] ?? '');
      exchanges.push({ path, headers, body, status, refused, answer: answer.toString() });
      outgoing.writeHead(status, answered.headers);
      outgoing.end(answer);
    };
    // As a balancer whose server is away.
    forward().catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    exchanges,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
