// One HTTP request with limits: a total timeout, a limit on the answer's size, no redirects, no
// connection to blocked addresses. Reports whether the request was sent, because "no answer" is then ambiguous.
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { messageOf } from '../domain/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { AddressGuard } from './address-guard.ts';

export type TlsOptions = {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
};

export type HttpRequest = {
  readonly url: string;
  readonly body: string | Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls?: TlsOptions | undefined;
};

export type HttpAnswer = {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** To the limit; `truncated` where there was more. */
  readonly body: string;
  readonly truncated: boolean;
};

export type HttpResult =
  | HttpAnswer
  /** Nothing reached the receiver. */
  | { readonly kind: 'not_sent'; readonly reason: string; readonly blocked?: boolean }
  /** The request went out in full and no whole answer came. */
  | { readonly kind: 'no_answer'; readonly reason: string };

/** POSTs; never rejects. */
export type HttpTransport = (request: HttpRequest, signal: AbortSignal) => Promise<HttpResult>;

export type HttpTransportOptions = {
  readonly clock: Clock;
  readonly guard: AddressGuard;
  /** From the lookup of the name to the last byte of the answer. */
  readonly timeoutMs?: number;
  readonly maxAnswerBytes?: number;
};

export const TRY_LIMIT_MS = 10_000;
const ANSWER_LIMIT_BYTES = 64 * 1024;

export function createHttpTransport(options: HttpTransportOptions): HttpTransport {
  const { clock, guard, timeoutMs = TRY_LIMIT_MS, maxAnswerBytes = ANSWER_LIMIT_BYTES } = options;
  return ({ url: address, body, headers, tls }, signal) =>
    new Promise((resolve) => {
      const url = new URL(address);
      const blocked = guard.errorOf(url.hostname);
      if (blocked !== undefined) return resolve({ kind: 'not_sent', reason: blocked, blocked: true });
      const secure = url.protocol === 'https:';
      const bytes = Buffer.from(body);
      let connected = false;
      let written = false;

      const request: ClientRequest = (secure ? httpsRequest : httpRequest)(url, {
        method: 'POST',
        // A connection a try: one left open may be closed by the other end just as the next request goes out.
        agent: false,
        lookup: guard.lookup,
        headers: {
          'user-agent': 'minimon',
          'accept-encoding': 'identity',
          ...headers,
          'content-length': String(bytes.length),
        },
        ...(secure ? definedTls(tls) : {}),
      });
      const finish = (result: HttpResult) => {
        limit.abort();
        signal.removeEventListener('abort', onAbort);
        // Errors after this, of the destroyed request or of its answer, tell nothing any more.
        request.on('error', () => {});
        request.destroy();
        resolve(result);
      };
      const fail = (reason: string, blockedNow = false) =>
        finish(
          written
            ? { kind: 'no_answer', reason }
            : { kind: 'not_sent', reason, ...(blockedNow ? { blocked: true } : {}) },
        );
      const onAbort = () => fail('stopped while sending');
      const onTimeout = () => {
        const stage = !connected ? 'no connection' : written ? 'no answer' : 'could not send all';
        fail(`timeout: ${stage} within ${timeoutMs / 1_000} s`);
      };
      const limit = new AbortController();
      clock.sleep(timeoutMs, limit.signal).then(onTimeout, () => {});
      signal.addEventListener('abort', onAbort, { once: true });

      request.on('socket', (socket) => {
        socket.once(secure ? 'secureConnect' : 'connect', () => {
          connected = true;
        });
      });
      request.on('finish', () => {
        written = true;
      });
      request.on('error', (error) =>
        fail(networkReason(error), (error as NodeJS.ErrnoException).code === 'EBLOCKED'),
      );
      request.on('response', (response) => readAnswer(response, maxAnswerBytes, finish));
      request.end(bytes);
    });
}

function readAnswer(response: IncomingMessage, maxBytes: number, finish: (result: HttpResult) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  const answer = (truncated: boolean): HttpAnswer => ({
    kind: 'answer',
    status: response.statusCode!,
    headers: headersOf(response),
    body: Buffer.concat(chunks).toString('utf8'),
    truncated,
  });
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk.subarray(0, maxBytes - length));
    length += chunk.length;
    if (length > maxBytes) finish(answer(true));
  });
  response.on('end', () => finish(answer(false)));
  // A refusal counts even where its text is cut off; success does not.
  response.on('error', () =>
    finish(
      response.statusCode! >= 300
        ? answer(true)
        : { kind: 'no_answer', reason: 'connection closed in the middle of the answer' },
    ),
  );
}

const headersOf = (response: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : String(value),
    ]),
  );

/** Only what is set: an option that is there but undefined counts as set for Node. */
export const definedTls = (tls: TlsOptions = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(tls).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

const HINTS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name cannot be resolved on the machine where warn runs',
  EAI_AGAIN: 'the DNS server does not answer',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'set tls.ca to its certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'set tls.ca to the certificate of its CA',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'set tls.ca to the certificate of its CA',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'set tls.ca to the certificate of its CA',
};

/** Node's advice about its command line, which does not help here. */
const NODE_ADVICE = /; if the root CA is installed locally.*$/;

/** What happened on the network, in one line. Without causes: some carry the whole URL. */
export function networkReason(error: unknown): string {
  // Both families tried and both failed.
  const errors = error instanceof AggregateError ? error.errors : [error];
  const text = [...new Set(errors.map(messageOf))].join('; ').replace(NODE_ADVICE, '');
  const code = (errors[0] as NodeJS.ErrnoException | undefined)?.code;
  const hint = code === undefined ? undefined : HINTS[code];
  return hint === undefined ? text : `${text} (${hint})`;
}
