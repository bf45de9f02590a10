// TLS material of listeners and clients, reloaded from disk without a restart.
import { readFileSync, statSync } from 'node:fs';
import { ExpectedError, messageOf } from '../domain/errors.ts';

/** PEM texts; a path beside one names the file that it was read from. Plain data, so that it can go to a worker thread. */
export type TlsMaterial = {
  /** Who is trusted. On a server it also makes a client certificate obligatory. */
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly caPath?: string;
  readonly certPath?: string;
  readonly keyPath?: string;
};

/** Older versions have known weaknesses; said here because a flag of node could lower its default. */
const MIN_VERSION = 'TLSv1.2';

/** As node takes it, of listeners and clients alike. */
export const contextOptions = ({ ca, cert, key }: TlsMaterial) =>
  ({
    minVersion: MIN_VERSION,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  }) as const;

/** Throws what node says of PEM that cannot be used, or of a key that is not the certificate's. */
export const secureContext = (tls: TlsMaterial) =>
  process.getBuiltinModule('node:tls').createSecureContext(contextOptions(tls));

/** BAD_CONFIG for a listener without a certificate or its key. */
export function requireCertificate(tls: TlsMaterial): TlsMaterial {
  if (tls.cert && tls.key) return tls;
  throw new ExpectedError('BAD_CONFIG', 'a TLS listener needs both a certificate and its key', {
    hint: 'Set tls.cert and tls.key.',
  });
}

export type TlsReload = {
  /** What is used for the next connection. */
  current(): TlsMaterial;
  /** Reloads changed files; true if new material is in use. */
  refresh(): boolean;
  /** Why the current files are not used. */
  problem(): string | undefined;
};

const PARTS = ['ca', 'cert', 'key'] as const;

/** TLS material that is reloaded when its files change; invalid files keep the previous material in use. */
export function reloadingTls(initial: TlsMaterial): TlsReload {
  const paths = PARTS.flatMap((part) => initial[`${part}Path`] ?? []);
  let current = initial;
  let seen = stateOf(paths);
  let problem: string | undefined;
  return {
    current: () => current,
    problem: () => problem,
    refresh() {
      const state = stateOf(paths);
      if (state === seen) return false;
      seen = state;
      try {
        const read = readAgain(initial);
        secureContext(read);
        current = read;
        problem = undefined;
        return true;
      } catch (error) {
        // In the middle of a renewal a key may not fit its certificate yet: the next change is looked at again.
        problem = `${paths.join(', ')} changed and cannot be used: ${messageOf(error)}`;
        return false;
      }
    },
  };
}

function readAgain(initial: TlsMaterial): TlsMaterial {
  const read = PARTS.flatMap((part) => {
    const path = initial[`${part}Path`];
    return path === undefined ? [] : [[part, readFileSync(path, 'utf8')]];
  });
  return { ...initial, ...Object.fromEntries(read) };
}

/** A replaced file is another inode, a rewritten one has another time; a file that is gone is a state as well. */
const stateOf = (paths: readonly string[]): string =>
  paths
    .map((path) => {
      const { ino, mtimeMs, size } = statSync(path, { throwIfNoEntry: false }) ?? {};
      return [ino, mtimeMs, size].join(':');
    })
    .join(' ');
