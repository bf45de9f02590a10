// What an HTTP request's connection says of its caller; tokens in URLs are refused.
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { ExpectedError } from '../../domain/errors.ts';
import { withoutTokens } from '../../runtime/token.ts';
import { type Connection, certificateOf, FORWARDED_BY } from '../gate.ts';

export const isForwarded = (headers: IncomingMessage['headers']): boolean =>
  FORWARDED_BY.some((name) => name in headers);

export function connectionOf({ socket, headers }: IncomingMessage): Connection {
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  const tls = socket as Partial<TLSSocket>;
  return {
    ...{ remoteAddress, remotePort, localAddress, localPort },
    certificate: tls.authorized ? certificateOf(tls.getPeerCertificate?.()) : undefined,
    isForwarded: isForwarded(headers),
    isOpen: () => !socket.destroyed,
  };
}

/** Proxies, browsers and logs keep URLs. */
export function refuseTokenInUrl(url: string): void {
  if (!/[?&](?:access_token|token|authorization)=/i.test(url) && withoutTokens(url) === url) return;
  throw new ExpectedError('BAD_REQUEST', 'the URL holds a token, which proxies and logs would keep', {
    hint: 'Send it as a header: authorization: Bearer TOKEN. Revoke this one if it was real.',
  });
}
