// What a listener or a client needs to speak TLS: PEM texts, not paths.
import { ExpectedError } from '../domain/errors.ts';

export type TlsMaterial = {
  /** Who is trusted. On a server it also makes a client certificate obligatory. */
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
};

/** BAD_CONFIG for a listener without a certificate or its key. */
export function requireCertificate({ ca, cert, key }: TlsMaterial) {
  if (cert && key) return { cert, key, ca };
  throw new ExpectedError('BAD_CONFIG', 'a TLS listener needs both a certificate and its key', {
    hint: 'Set tls.cert and tls.key.',
  });
}
