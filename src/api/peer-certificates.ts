// The certificates that a listener shows, whoever signed them.
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { type Address, formatAddress } from '../domain/address.ts';
import { ExpectedError, messageOf } from '../domain/errors.ts';

/** DER, the listener's own first. UNREACHABLE for a port that speaks no TLS, TIMEOUT. */
export async function peerCertificates(
  { host, port }: Address,
  timeoutMs: number,
): Promise<readonly Buffer[]> {
  const { connect } = process.getBuiltinModule('node:tls');
  const address = formatAddress({ host, port });
  const isName = !/^[\d.]+$|:/.test(host);
  const socket = connect({
    ...{ host, port, ALPNProtocols: ['h2', 'http/1.1'] },
    ...(isName && { servername: host }),
    // It is looked at, nothing is sent.
    rejectUnauthorized: false,
  });
  try {
    return await new Promise((resolve, reject) => {
      socket.setTimeout(timeoutMs, () =>
        reject(
          new ExpectedError(
            'TIMEOUT',
            `the TLS handshake with ${address} timed out after ${timeoutMs / 1_000} s`,
            {
              hint: 'It may be overloaded, or speak another protocol.',
            },
          ),
        ),
      );
      socket.once('secureConnect', () => resolve(chainOf(socket)));
      socket.once('error', (error) => reject(failure(address, error)));
    });
  } finally {
    socket.destroy();
  }
}

function chainOf(socket: TLSSocket): readonly Buffer[] {
  const found: Buffer[] = [];
  const seen = new Set<string>();
  // The last one is its own issuer.
  for (
    let at: Partial<ReturnType<TLSSocket['getPeerCertificate']>> & { issuerCertificate?: PeerCertificate } =
      socket.getPeerCertificate(true);
    at.raw && at.fingerprint256 && !seen.has(at.fingerprint256);
    at = at.issuerCertificate ?? {}
  ) {
    seen.add(at.fingerprint256);
    found.push(at.raw);
  }
  return found;
}

function failure(address: string, error: Error): ExpectedError {
  const message = messageOf(error);
  const isPlain = /wrong version number|packet length too long|disconnected before secure/i.test(message);
  const code = (error as NodeJS.ErrnoException).code ?? message;
  return new ExpectedError(
    'UNREACHABLE',
    isPlain ? `${address} does not speak TLS` : `no TLS listener answers at ${address} (${code})`,
    {
      hint: isPlain
        ? 'It uses plain text; set tls.cert and tls.key there for TLS.'
        : 'Check the address and the port.',
      cause: error,
    },
  );
}
