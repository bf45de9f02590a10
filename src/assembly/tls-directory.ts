// A directory with a private authority and its certificates: `tls init`, `issue`, `renew` and `show`.
import { isIP } from 'node:net';
import { join } from 'node:path';
import { domainToASCII } from 'node:url';
import { bareHost } from '../domain/address.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { ExpectedError, messageOf } from '../domain/errors.ts';
import { checkId } from '../domain/names.ts';
import {
  type CertificateFacts,
  canonicalHost,
  isSignedBy,
  type KeyPair,
  makeAuthority,
  makeCertificate,
  readCertificate,
} from '../runtime/certificates.ts';
import {
  AUTHORITY,
  createPair,
  hasCertificate,
  makeTlsDirectory,
  orphanKey,
  readFacts,
  readPair,
  replacePair,
  stemOf,
  stemsIn,
} from './tls-files.ts';

export type TlsFile = CertificateFacts & {
  /** Its path. */
  readonly file: string;
  /** Undefined where it was only looked at. */
  readonly outcome?: 'created' | 'kept' | 'renewed' | 'failed' | undefined;
  /** Why, where that needs a word. */
  readonly reason?: string | undefined;
};

type Place = { readonly directory: string; readonly nowMs: number; readonly days: number };

/** Of every server's certificate: probes and commands of the same machine call it so. */
const LOOPBACK = ['localhost', '127.0.0.1', '::1'];

/** Makes what is missing of an authority, a server's certificate for the hosts, and a client's. */
export async function initTls(
  place: Place & { readonly hosts: readonly string[]; readonly machine: string },
): Promise<readonly TlsFile[]> {
  const { directory, nowMs, machine } = place;
  const named = place.hosts.map(checkedHost);
  const hosts = named.length > 0 ? named : isHost(machine) ? [checkedHost(machine)] : [];
  makeTlsDirectory(directory);
  const authority = hasCertificate(directory, AUTHORITY)
    ? keep(directory, AUTHORITY)
    : await create(directory, AUTHORITY, () =>
        makeAuthority({ name: `minimon CA of ${machine}`, nowMs, key: orphanKey(directory, AUTHORITY) }),
      );
  return [
    authority,
    await issue(place, 'server', { kind: 'server', name: hosts[0] ?? machine, hosts }),
    await issue(place, 'client', { kind: 'client', name: 'operator', hosts: [], scopes: ['admin'] }),
  ];
}

export type Issued = {
  /** The certificate's name: a host id, or whose it is. */
  readonly name: string;
  readonly kind: 'server' | 'client';
  /** Host names and addresses under which it is called; empty: of a server its name. */
  readonly hosts: readonly string[];
  /** What a client may do beside reporting the host of its name. */
  readonly scopes?: readonly string[];
};

/** A certificate for a further host or client; one that is there is kept. */
export async function issueTls(place: Place & Issued): Promise<TlsFile> {
  const { name, kind, scopes = [] } = place;
  checkId(name, 'name');
  const named = place.hosts.map(checkedHost);
  const hosts = named.length === 0 && kind === 'server' && isHost(name) ? [checkedHost(name)] : named;
  if (kind === 'server' && hosts.length === 0) {
    throw new ExpectedError(
      'USAGE',
      `${JSON.stringify(name)} is not a host name, so clients could not verify this server`,
      { hint: 'Give the DNS names or addresses of the server: --host NAME, repeatable.' },
    );
  }
  readPair(place.directory, AUTHORITY);
  return issue(place, stemOf(name), { name, kind, hosts, scopes });
}

async function issue(place: Place, stem: string, wanted: Issued): Promise<TlsFile> {
  const { directory, nowMs, days } = place;
  const hosts = wanted.kind === 'server' ? [...new Set([...wanted.hosts, ...LOOPBACK])] : wanted.hosts;
  if (hasCertificate(directory, stem)) return keep(directory, stem, { ...wanted, hosts });
  const authority = readPair(directory, AUTHORITY);
  const key = orphanKey(directory, stem);
  return create(directory, stem, () => makeCertificate({ authority, ...wanted, hosts, nowMs, days, key }));
}

async function create(directory: string, stem: string, make: () => Promise<KeyPair>): Promise<TlsFile> {
  const pair = await make();
  return { ...readCertificate(pair.cert), file: createPair(directory, stem, pair), outcome: 'created' };
}

/** What is there, and what it lacks of what was wanted. */
function keep(directory: string, stem: string, wanted?: Issued): TlsFile {
  const file = join(directory, `${stem}.crt`);
  const facts = readFacts(file);
  const lacking = wanted?.hosts.filter((host) => !facts.hosts.includes(host)) ?? [];
  const forbidden = wanted?.scopes?.filter((scope) => !facts.scopes.includes(scope)) ?? [];
  const reason =
    wanted && facts.kind !== wanted.kind
      ? `it is a ${facts.kind}'s`
      : lacking.length > 0
        ? `not for ${lacking.join(', ')}: minimon tls renew ${stem} --add-host NAME`
        : forbidden.length > 0
          ? `without the scope ${forbidden.join(' ')}: remove ${stem}.crt first`
          : undefined;
  return { ...facts, file, outcome: 'kept', reason };
}

export type Renewal = Place & {
  /** File names without their ending, or names of certificates; none means all but the authority. */
  readonly names: readonly string[];
  /** Only those that end within this time. */
  readonly ifDueMs: number | undefined;
  /** Host names and addresses beside those that each has. */
  readonly addedHosts: readonly string[];
  readonly newKey: boolean;
  readonly dryRun: boolean;
};

/** Signs certificates of the directory again. The authority only where it is named, and with its key: what it signed stays valid. */
export async function renewTls(renewal: Renewal): Promise<readonly TlsFile[]> {
  const { directory, names } = renewal;
  const authority = readPair(directory, AUTHORITY);
  const known = stemsIn(directory).map((stem) => ({
    stem,
    facts: readFacts(join(directory, `${stem}.crt`)),
  }));
  const wanted = names.map((name) => {
    const found = known.find(({ stem, facts }) => stem === name || facts.name === name);
    if (found) return found;
    throw new ExpectedError('FILE_MISSING', `no certificate ${JSON.stringify(name)} in ${directory}`, {
      hint: didYouMean(
        name,
        known.flatMap(({ stem, facts }) => [stem, facts.name]),
        'List them: minimon tls show. Create one: minimon tls issue',
      ),
    });
  });
  const chosen = names.length > 0 ? [...new Set(wanted)] : known.filter(({ stem }) => stem !== AUTHORITY);
  const results: TlsFile[] = [];
  for (const { stem, facts } of chosen) results.push(await renew(renewal, authority, { stem, facts }));
  return results;
}

async function renew(
  renewal: Renewal,
  authority: KeyPair,
  { stem, facts }: { readonly stem: string; readonly facts: CertificateFacts },
): Promise<TlsFile> {
  const { directory, nowMs, days, ifDueMs, newKey, dryRun } = renewal;
  const file = join(directory, `${stem}.crt`);
  if (ifDueMs !== undefined && facts.endMs - nowMs > ifDueMs)
    return { ...facts, file, outcome: 'kept', reason: 'not due' };
  try {
    const old = readPair(directory, stem);
    if (!isSignedBy(old.cert, authority.cert))
      throw new Error(`signed by another authority: ${facts.issuer}`);
    const { name, kind, scopes } = facts;
    const hosts = [...new Set([...facts.hosts, ...renewal.addedHosts.map(checkedHost)])];
    const key = newKey ? undefined : old.key;
    const isAuthority = kind === 'authority';
    const pair = isAuthority
      ? await makeAuthority({ name, nowMs, key: old.key })
      : await makeCertificate({ authority, kind, name, hosts, scopes, nowMs, days, key });
    if (!dryRun) replacePair(directory, stem, pair, { key: newKey && !isAuthority });
    return {
      ...readCertificate(pair.cert),
      file,
      outcome: 'renewed',
      reason: dryRun ? 'dry run' : undefined,
    };
  } catch (error) {
    return { ...facts, file, outcome: 'failed', reason: messageOf(error) };
  }
}

/** What is there, the authority first. FILE_MISSING without a directory. */
export function listTls(directory: string): readonly TlsFile[] {
  const stems = stemsIn(directory).toSorted((a, b) => Number(b === AUTHORITY) - Number(a === AUTHORITY));
  return stems.map((stem) => {
    const file = join(directory, `${stem}.crt`);
    return { ...readFacts(file), file };
  });
}

/** Labels of letters, digits, hyphens and underscores; the first may be a star. */
const HOST_NAME = /^(?:\*\.)?(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*$/;

const isHost = (text: string): boolean => asHost(text) !== undefined;

/** As a certificate has it: in lower case, international names in their ASCII form. */
function checkedHost(text: string): string {
  const host = asHost(text);
  if (host !== undefined) return host;
  throw new ExpectedError('USAGE', `${JSON.stringify(text)} is neither a host name nor an address`, {
    hint: 'Give it without scheme and port: db.example, *.room.example, 10.0.0.7, ::1.',
  });
}

function asHost(text: string): string | undefined {
  const host = bareHost(text).replace(/\.$/, '');
  if (isIP(host)) return canonicalHost(host);
  // The conversion reads a URL's host: of what is ASCII it would cut or translate more than letters.
  const isAscii = /^[\u0021-\u007e]*$/.test(host);
  const name = isAscii
    ? host.toLowerCase()
    : /[\u0000-\u002c/:-@[-`{-\u007f]/.test(host)
      ? ''
      : domainToASCII(host);
  return HOST_NAME.test(name) && !/^[\d.]+$/.test(name) ? name : undefined;
}
