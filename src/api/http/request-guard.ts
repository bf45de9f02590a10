// Rejects requests of foreign web pages. A browser sends any page's requests to 127.0.0.1: DNS rebinding
// is detected by the Host header, other sites by the Origin header (CSRF).
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { bareHost, isLoopback } from '../../domain/address.ts';
import { ExpectedError } from '../../domain/errors.ts';

export type RequestGuard = {
  /** Throws WRONG_HOST, NOT_ALLOWED or BAD_REQUEST. An absolute URI becomes the path in it. */
  check(request: IncomingMessage): void;
};

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * `bound` is the host that is listened on. On loopback only its names are answered, and `hosts`; elsewhere also every
 * literal address (a page cannot make a name of one), so that probes and scrapes by address go through.
 */
export function createRequestGuard(bound: string, hosts: readonly string[]): RequestGuard {
  const own = hostName(bound);
  const named = new Set(hosts.map((host) => hostName(host)));
  const anyAddress = !isLoopback(own);
  const isKnown = (host: string): boolean =>
    isLoopback(host) || host === own || named.has(host) || named.has('*') || (anyAddress && isIP(host) !== 0);

  return {
    check(request) {
      checkQuery(request.url ?? '');
      const asked = askedHost(request);
      if (asked === undefined) return;
      const host = parseHost(asked);
      if (host === undefined || !isKnown(host.name)) throw wrongHost(asked);
      const { origin } = request.headers;
      if (origin === undefined || READS.has(request.method ?? '')) return;
      if (!isOwnOrigin(origin, host, named)) throw foreignOrigin(origin);
    },
  };
}

/** What is no UTF-8 would be repaired, and be another text. */
function checkQuery(url: string): void {
  const cut = url.indexOf('?');
  if (cut < 0) return;
  for (const part of url.slice(cut + 1).split(/[&=]/)) {
    try {
      decodeURIComponent(part);
    } catch {
      throw new ExpectedError(
        'BAD_REQUEST',
        `the query has ${shown(part)}, which is not valid percent-encoded UTF-8`,
        { hint: 'Encode it like %E5%8C%97%E4%BA%AC; a % itself is %25.' },
      );
    }
  }
}

type Host = { readonly name: string; readonly port: string };

/** Undefined for HTTP/1.0 without a Host, which no browser sends. */
function askedHost(request: IncomingMessage): string | undefined {
  const absolute = /^(https?:\/\/[^/?#]*)(.*)$/i.exec(request.url ?? '');
  if (absolute) {
    request.url = absolute[2]!.startsWith('/') ? absolute[2]! : `/${absolute[2]!}`;
    return absolute[1]!.replace(/^https?:\/\//i, '');
  }
  const { host } = request.headers;
  if (host === undefined && request.httpVersionMajor === 1 && request.httpVersionMinor === 0)
    return undefined;
  if (host !== undefined && host !== '') return host;
  throw new ExpectedError('BAD_REQUEST', 'the request has no Host header', {
    hint: 'HTTP/1.1 requires one: Host: 127.0.0.1',
  });
}

const hostName = (host: string): string => bareHost(host.toLowerCase()).replace(/\.$/, '');

function parseHost(text: string): Host | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[^\s:/@[\]]+)(?::(\d{1,5}))?$/i.exec(text);
  return match ? { name: hostName(match[1]!), port: match[2] ?? '' } : undefined;
}

/** The page is one of this listener, or of a name that is configured (a proxy in front, say). */
function isOwnOrigin(origin: string, host: Host, named: ReadonlySet<string>): boolean {
  const match = /^(https?):\/\/(.+)$/i.exec(origin);
  const from = match ? parseHost(match[2]!) : undefined;
  if (!from) return false;
  const usual = match![1]!.toLowerCase() === 'https' ? '443' : '80';
  const samePort = (from.port || usual) === (host.port || usual);
  return (from.name === host.name && samePort) || named.has(from.name);
}

const shown = (text: string): string => JSON.stringify(text.slice(0, 100));

const wrongHost = (asked: string): ExpectedError =>
  new ExpectedError('WRONG_HOST', `the Host ${shown(asked)} is not a name of this listener`, {
    hint: 'Use its address or localhost, or add the name to http.hosts in the configuration (MINIMON_HTTP_HOSTS).',
  });

const foreignOrigin = (origin: string): ExpectedError =>
  new ExpectedError('NOT_ALLOWED', `pages of ${shown(origin)} may not change anything here`, {
    hint: 'Leave the Origin header out, or add its host to http.hosts in the configuration (MINIMON_HTTP_HOSTS).',
  });
