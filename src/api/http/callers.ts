// Who makes an HTTP request, and whether that is let in: asked of the gate before anything of it is read.
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { ExpectedError } from '../../domain/errors.ts';
import { withoutTokens } from '../../runtime/token.ts';
import type { Access } from '../access.ts';
import { type Caller, type Connection, certificateOf, FORWARDED_BY, type Gate } from '../gate.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the caller must be allowed; a route without it is not served. */
    access: Access;
  }
  interface FastifyRequest {
    /** Undefined where callers are not checked. */
    caller: Caller | undefined;
  }
}

export function checkCallers(app: FastifyInstance, gate: Gate | undefined): void {
  app.decorateRequest('caller', undefined);
  if (!gate) return;
  app.addHook('onRequest', async (request, reply) => {
    const { access } = request.routeOptions.config ?? {};
    if (request.is404 || access === undefined) return;
    refuseTokenInUrl(request.url);
    const { socket, headers } = request.raw;
    try {
      request.caller = await gate.admit(access, {
        authorization: headers.authorization,
        // What one request says of its proxy does not hold for the next.
        key: isForwarded(headers) ? undefined : socket,
        connection: () => connectionOf(request.raw),
      });
    } catch (error) {
      if (error instanceof ExpectedError && error.code === 'UNAUTHENTICATED')
        reply.header('www-authenticate', 'Bearer realm="minimon"');
      throw error;
    }
  });
}

const isForwarded = (headers: IncomingMessage['headers']): boolean =>
  FORWARDED_BY.some((name) => name in headers);

function connectionOf({ socket, headers }: IncomingMessage): Connection {
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
function refuseTokenInUrl(url: string): void {
  if (!/[?&](?:access_token|token|authorization)=/i.test(url) && withoutTokens(url) === url) return;
  throw new ExpectedError('BAD_REQUEST', 'the URL contains a token, which proxies and logs would store', {
    hint: 'Send it as a header: authorization: Bearer TOKEN. Revoke this one if it was real.',
  });
}
