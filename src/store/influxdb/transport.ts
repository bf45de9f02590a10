// Single requests to InfluxDB through its driver's transport: each ends with an answer, a failure or its signal.
import { promisify } from 'node:util';
import { constants, gzip, type ZlibOptions } from 'node:zlib';
import type {
  CommunicationObserver,
  flux as Flux,
  ParameterizedQuery,
  SendOptions,
} from '@influxdata/influxdb-client';
import type { InfluxTarget } from './failure.ts';

export type FluxTag = typeof Flux;

export type InfluxQuery = {
  readonly flux: ParameterizedQuery;
  /** Called for each line of the annotated CSV as it arrives; what it throws ends the query. */
  readonly onLine: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
};

/** PEM texts. */
export type InfluxTls = {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
};

type JsonRequest = {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
};

/** All reject with what the driver threw. */
export type InfluxTransport = {
  readonly flux: FluxTag;
  /** Resolves when the lines are stored. */
  write(text: string): Promise<void>;
  query(query: InfluxQuery): Promise<void>;
  /** Calls the server's API; resolves with the answer's JSON. */
  json(request: JsonRequest): Promise<unknown>;
  stats(): Readonly<Record<string, number>>;
};

type Sending = {
  readonly path: string;
  readonly body: string | Buffer;
  readonly options: SendOptions;
  readonly to?: Pick<CommunicationObserver<Uint8Array>, 'next' | 'complete'>;
  readonly signal?: AbortSignal | undefined;
};

const LINES = { 'content-type': 'text/plain; charset=utf-8', 'content-encoding': 'gzip' };
const DIALECT = {
  header: true,
  delimiter: ',',
  quoteChar: '"',
  commentPrefix: '#',
  annotations: ['datatype', 'group', 'default'],
};
const compress = promisify<string, ZlibOptions, Buffer>(gzip);

export async function openTransport(
  options: InfluxTarget & {
    readonly token: string;
    readonly tls?: InfluxTls | undefined;
    /** How long the server may be silent. */
    readonly timeoutMs: number;
    /** Aborts what is in flight. */
    readonly signal: AbortSignal;
  },
): Promise<InfluxTransport> {
  const { url, token, org, bucket, timeoutMs } = options;
  const { chunksToLines, flux, InfluxDB, setLogger } = await import('@influxdata/influxdb-client');
  // It logs what it also throws.
  setLogger({ error: () => {}, warn: () => {} });
  const { transport } = new InfluxDB({
    url,
    token,
    timeout: timeoutMs,
    ...(options.tls && { transportOptions: { ...options.tls } }),
  });
  const of = `org=${encodeURIComponent(org)}`;
  const queryPath = `/api/v2/query?${of}`;
  const writePath = `/api/v2/write?${of}&bucket=${encodeURIComponent(bucket)}&precision=ms`;
  const counts = { requests: 0, requests_failed: 0 };

  // Not the driver's write and query APIs: those leave a timed out request on its socket and lose lines that were
  // buffered when it failed; here a batch is one request, and its signal ends it.
  async function send({ path, body, options: more, to, signal }: Sending): Promise<void> {
    const over = new AbortController();
    counts.requests++;
    try {
      await new Promise<void>((resolve, reject) => {
        const signals = [over.signal, options.signal, ...(signal ? [signal] : [])];
        // It takes bytes as well as a string, but its types do not say so.
        transport.send(
          path,
          body as string,
          { ...more, signal: AbortSignal.any(signals) },
          { next: (chunk) => to?.next(chunk), error: reject, complete: () => resolve(to?.complete()) },
        );
      });
    } catch (error) {
      counts.requests_failed++;
      throw error;
    } finally {
      over.abort();
    }
  }

  async function query({ flux: text, onLine, signal }: InfluxQuery): Promise<void> {
    const aborted = new AbortController();
    let failed: unknown;
    const lines = chunksToLines({
      next(line) {
        if (failed !== undefined) return;
        try {
          onLine(line);
        } catch (error) {
          failed = error;
          // Not from inside the response's own event, where the driver still uses it.
          setImmediate(() => aborted.abort());
        }
      },
      error: () => {},
      complete: () => {},
    });
    const body = JSON.stringify({ query: text.toString(), dialect: DIALECT, type: 'flux' });
    try {
      await send({
        path: queryPath,
        body,
        options: { method: 'POST' },
        to: lines,
        signal: signal ? AbortSignal.any([signal, aborted.signal]) : aborted.signal,
      });
    } catch (error) {
      throw failed ?? error;
    }
    if (failed !== undefined) throw failed;
  }

  return {
    flux,
    query,
    async write(text) {
      // Compressed here: the driver knows only zlib's default, which costs more CPU than making the lines does.
      const body = await compress(text, { level: constants.Z_BEST_SPEED });
      await send({ path: writePath, body, options: { method: 'POST', headers: LINES } });
    },
    async json({ method, path, body, signal }) {
      const chunks: Uint8Array[] = [];
      const to = { next: (chunk: Uint8Array) => void chunks.push(chunk), complete: () => {} };
      await send({ path, body: body ? JSON.stringify(body) : '', options: { method }, to, signal });
      return JSON.parse(Buffer.concat(chunks).toString());
    },
    stats: () => ({ ...counts }),
  };
}
