// Creates, renews and reads certificates of a private authority. Sole home of @peculiar/x509, loaded only to create
// one.
import { createPrivateKey, type webcrypto, X509Certificate } from 'node:crypto';
import { isIP, isIPv6 } from 'node:net';

/** `server`: for listeners and for the calls between daemons; `client`: only to show to a listener. */
export type CertificateKind = 'authority' | 'server' | 'client';

export type CertificateFacts = {
  readonly kind: CertificateKind;
  /** The common name of its subject. */
  readonly name: string;
  /** Host names and addresses that it is good for. */
  readonly hosts: readonly string[];
  /** Of a client's: what its holder may do beside reporting the host of its name. */
  readonly scopes: readonly string[];
  readonly issuer: string;
  readonly fromMs: number;
  /** From here on it is not accepted. */
  readonly endMs: number;
  /** SHA-256 of the certificate, in hexadecimal with colons. */
  readonly fingerprint: string;
};

export type KeyPair = {
  /** PEM. */
  readonly cert: string;
  /** PEM (PKCS 8). */
  readonly key: string;
};

const DAY_MS = 86_400_000;
/** What browsers and TLS libraries accept at most, and what everybody can plan with. */
export const MAX_LEAF_DAYS = 398;
/** From here on a certificate should be renewed. */
const RENEW_WITHIN_MS = 30 * DAY_MS;
const AUTHORITY_DAYS = 3_650;
/** A host whose clock is a little behind accepts a new certificate all the same. */
const BACKDATED_MS = 3_600_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

type Library = typeof import('@peculiar/x509');

async function load(): Promise<Library> {
  // The library keeps its schemas as metadata, and takes the polyfill as a global.
  await import('reflect-metadata');
  const loaded = await import('@peculiar/x509');
  // Bundled, a dynamic import of CommonJS has a default export alone.
  return (loaded as { readonly default?: Library }).default ?? loaded;
}

export type NewAuthority = {
  readonly name: string;
  readonly nowMs: number;
  /** Keeps this key, so that what it signed stays valid. PEM. */
  readonly key?: string | undefined;
};

/** An authority for ten years; it signs certificates and no further authorities. */
export async function makeAuthority({ name, nowMs, key }: NewAuthority): Promise<KeyPair> {
  const x509 = await load();
  const keys = await keysOf(key);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: distinguishedName(x509, name),
    notBefore: wholeSecond(nowMs - BACKDATED_MS),
    notAfter: wholeSecond(nowMs + AUTHORITY_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: pemText(certificate.toString('pem')), key: key ?? (await pemOf(keys.privateKey)) };
}

export type NewCertificate = {
  readonly authority: KeyPair;
  readonly kind: Exclude<CertificateKind, 'authority'>;
  readonly name: string;
  /** Host names and addresses. */
  readonly hosts: readonly string[];
  readonly scopes?: readonly string[] | undefined;
  readonly nowMs: number;
  /** 1 to {@link MAX_LEAF_DAYS}; never longer than the authority's own. */
  readonly days: number;
  /** Keeps this key. PEM. */
  readonly key?: string | undefined;
};

/** A certificate that the authority signs. A server's is good for the daemon's own calls too, which show it. */
export async function makeCertificate(wanted: NewCertificate): Promise<KeyPair> {
  const { authority, kind, name, hosts, scopes = [], nowMs, days, key } = wanted;
  const x509 = await load();
  const issuer = new x509.X509Certificate(authority.cert);
  const keys = await keysOf(key);
  const uses = [x509.ExtendedKeyUsage.clientAuth];
  if (kind === 'server') uses.unshift(x509.ExtendedKeyUsage.serverAuth);
  // What an authority that ends sooner signs for longer is refused with it.
  const endMs = Math.min(nowMs + days * DAY_MS - BACKDATED_MS, issuer.notAfter.getTime());
  const certificate = await x509.X509CertificateGenerator.create({
    subject: distinguishedName(x509, name, scopes),
    issuer: issuer.subjectName,
    notBefore: wholeSecond(Math.max(nowMs - BACKDATED_MS, issuer.notBefore.getTime())),
    notAfter: wholeSecond(endMs),
    signingAlgorithm: ALGORITHM,
    signingKey: (await keysOf(authority.key)).privateKey,
    publicKey: keys.publicKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(uses),
      ...(hosts.length > 0 ? [new x509.SubjectAlternativeNameExtension(hosts.map(alternativeName))] : []),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { cert: pemText(certificate.toString('pem')), key: key ?? (await pemOf(keys.privateKey)) };
}

/** As UTF-8 whatever it is: as a plain text of the library's, a `#` at its beginning would mean bytes. */
const distinguishedName = (x509: Library, name: string, scopes: readonly string[] = []) =>
  new x509.Name([
    { CN: [{ utf8String: name }] },
    ...scopes.map((scope) => ({ O: [{ utf8String: `${SCOPE_PREFIX}${scope}` }] })),
  ]);

/** Scopes stand as organizations of the subject, where Kubernetes has its groups. */
const SCOPE_PREFIX = 'minimon:';

export const scopesOfOrganizations = (organizations: unknown): readonly string[] =>
  [organizations]
    .flat()
    .flatMap((one) =>
      typeof one === 'string' && one.startsWith(SCOPE_PREFIX) ? [one.slice(SCOPE_PREFIX.length)] : [],
    );

const alternativeName = (host: string) => ({
  type: isIP(host) ? ('ip' as const) : ('dns' as const),
  value: host,
});

/** Certificates have whole seconds. */
const wholeSecond = (ms: number): Date => new Date(Math.floor(ms / 1_000) * 1_000);

const pemText = (pem: string): string => `${pem.trim()}\n`;

async function keysOf(pem: string | undefined): Promise<webcrypto.CryptoKeyPair> {
  const { subtle } = globalThis.crypto;
  if (pem === undefined) return subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const key = createPrivateKey(pem);
  const jwk = key.export({ format: 'jwk' });
  const { d: _, ...open } = jwk;
  const [privateKey, publicKey] = await Promise.all([
    subtle.importKey('jwk', jwk, ALGORITHM, true, ['sign']),
    subtle.importKey('jwk', open, ALGORITHM, true, ['verify']),
  ]);
  return { privateKey, publicKey };
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = Buffer.from(await globalThis.crypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${bytes.replace(/.{1,64}/g, '$&\n')}-----END PRIVATE KEY-----\n`;
}

/** What a certificate says, as PEM or DER. Throws what node says of anything else. Of several in one text, the first. */
export function readCertificate(bytes: string | Buffer): CertificateFacts {
  const certificate = new X509Certificate(bytes);
  const { subject, issuer } = certificate.toLegacyObject();
  const uses = certificate.keyUsage ?? [];
  const isServer = uses.includes('1.3.6.1.5.5.7.3.1') || uses.length === 0;
  return {
    kind: certificate.ca ? 'authority' : isServer ? 'server' : 'client',
    name: commonName(subject) ?? certificate.subject,
    hosts: hostsOf(certificate.subjectAltName),
    scopes: scopesOfOrganizations((subject as { readonly O?: unknown } | undefined)?.O),
    issuer: commonName(issuer) ?? certificate.issuer,
    fromMs: certificate.validFromDate.getTime(),
    endMs: certificate.validToDate.getTime(),
    fingerprint: certificate.fingerprint256,
  };
}

/** Whether `cert` was signed with the key of the authority `by`. */
export function isSignedBy(cert: string | Buffer, by: string | Buffer): boolean {
  const authority = new X509Certificate(by);
  const certificate = new X509Certificate(cert);
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

export const endsSoon = ({ endMs }: Pick<CertificateFacts, 'endMs'>, nowMs: number): boolean =>
  endMs - nowMs < RENEW_WITHIN_MS;

/** `DNS:localhost, IP Address:127.0.0.1`; what has a comma or a quote in it is written as JSON. */
function hostsOf(text: string | undefined): readonly string[] {
  const parts = (text ?? '').match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? [];
  return parts.flatMap((part) => {
    const [, kind, value = ''] = /^\s*(DNS|IP Address):(.*)$/s.exec(part) ?? [];
    if (kind === undefined) return [];
    const host = value.startsWith('"') ? (JSON.parse(value) as string) : value;
    return canonicalHost(host);
  });
}

/** An IPv6 address has many spellings; names are returned as they are. */
export const canonicalHost = (host: string): string =>
  isIPv6(host) ? new URL(`http://[${host}]`).hostname.slice(1, -1) : host;

/** Unescaped, as `subject` has it not. */
const commonName = (of: { readonly CN?: string | readonly string[] } | undefined): string | undefined =>
  [of?.CN].flat()[0];
