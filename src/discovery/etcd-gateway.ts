// etcd's JSON gateway over plain HTTP: calls and watches, trying the next member when one does not answer.
// Not the etcd3 package: it brings a second gRPC client and does not put a key again after an expired lease, which is all
// that is wanted here; the gateway is part of every etcd since 3.4 and needs four calls.
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connectionWords, ExpectedError } from '../domain/errors.ts';

export type EtcdTls = {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
};

export type EtcdAccess = {
  /** `http://host:port` of members. */
  readonly endpoints: readonly string[];
  readonly tls?: EtcdTls | undefined;
  /** How long a member may take for an answer. Default 5 s. */
  readonly timeoutMs?: number;
};

export type EtcdGateway = {
  /** Rejects with UNAVAILABLE when no member answers, and with etcd's own error when it rejects the call. */
  call(path: string, body: object, signal?: AbortSignal): Promise<Record<string, unknown>>;
  /** Calls back for each message of a stream until it ends, breaks or the signal comes. */
  stream(
    path: string,
    body: object,
    to: { readonly onMessage: (message: Record<string, unknown>) => void; readonly signal: AbortSignal },
  ): Promise<void>;
};

export const ETCD_TIMEOUT_MS = 5_000;

/** Keys and values are base64 there. */
export const encodeText = (text: string): string => Buffer.from(text).toString('base64');
export const decodeText = (base64: unknown): string => Buffer.from(String(base64 ?? ''), 'base64').toString();

/** The end of the range of all keys with a prefix. */
export function prefixEnd(prefix: string): string {
  const bytes = Buffer.from(prefix);
  bytes[bytes.length - 1]! += 1;
  return bytes.toString('base64');
}

export function createEtcdGateway({ endpoints, tls, timeoutMs = ETCD_TIMEOUT_MS }: EtcdAccess): EtcdGateway {
  let current = 0;

  function open(
    url: URL,
    body: object,
    { signal, limitMs }: { readonly signal: AbortSignal | undefined; readonly limitMs: number },
  ): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const secure = url.protocol === 'https:';
    const bytes = Buffer.from(JSON.stringify(body));
    const options = {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': bytes.length },
      ...(signal && { signal }),
      ...(secure && tls),
    };
    const request = (secure ? httpsRequest : httpRequest)(url, options, resolve);
    const timer = setTimeout(() => request.destroy(new Error('timed out')), limitMs);
    request.once('response', () => clearTimeout(timer));
    request.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    request.end(bytes);
    return promise;
  }

  /** Tries the members in turn, from the one that answered last. */
  async function onAny<T>(use: (base: string) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const failures: string[] = [];
    for (let tries = 0; tries < endpoints.length; tries++) {
      const base = endpoints[current % endpoints.length]!;
      try {
        return await use(base);
      } catch (error) {
        signal?.throwIfAborted();
        // An answer that the others would give as well; 5xx is a member without a leader.
        if (error instanceof ExpectedError || (statusOf(error) ?? 500) < 500) throw error;
        failures.push(`${new URL(base).host}: ${connectionWords(error)}`);
        current++;
      }
    }
    throw new ExpectedError('UNAVAILABLE', `etcd does not answer (${failures.join('; ')})`, {
      hint: 'Start etcd or check discovery.endpoints; minimon keeps retrying.',
    });
  }

  return {
    call: (path, body, signal) =>
      onAny(async (base) => {
        const limit = AbortSignal.timeout(timeoutMs);
        const response = await open(new URL(path, base), body, {
          signal: signal ? AbortSignal.any([signal, limit]) : limit,
          limitMs: timeoutMs,
        });
        let text = '';
        for await (const chunk of response.setEncoding('utf8')) text += chunk;
        if (response.statusCode === 200) return JSON.parse(text) as Record<string, unknown>;
        throw rejection(response.statusCode ?? 0, text);
      }, signal),

    stream: (path, body, { onMessage, signal }) =>
      onAny(async (base) => {
        const response = await open(new URL(path, base), body, { signal, limitMs: timeoutMs });
        if (response.statusCode !== 200) {
          response.resume();
          throw rejection(response.statusCode ?? 0, 'it did not open the stream');
        }
        for await (const line of linesOf(response)) {
          const { result, error } = JSON.parse(line) as Record<string, Record<string, unknown> | undefined>;
          if (error) throw new Error(String(error['message'] ?? 'the stream ended with an error'));
          if (result) onMessage(result);
        }
      }, signal),
  };
}

/** A message a line. Not by readline, which never ends when its input breaks. */
async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of response.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    yield* lines.filter((line) => line !== '');
  }
}

function rejection(status: number, text: string): Error {
  let reason = text.slice(0, 200);
  try {
    const { error, message } = JSON.parse(text) as Record<string, unknown>;
    reason = String(message ?? error ?? reason);
  } catch {
    // A proxy's page, not JSON: its beginning has to do.
  }
  if (status === 401 || status === 403) {
    return new ExpectedError('BAD_CONFIG', `etcd rejected the request: ${reason}`, {
      hint: 'minimon needs access without a user; give it a client certificate or an etcd of its own.',
    });
  }
  return Object.assign(new Error(`${status}: ${reason}`), { status });
}

/** The HTTP status of a member's rejection; undefined when none answered. */
export const statusOf = (error: unknown): number | undefined => (error as { status?: number } | null)?.status;
