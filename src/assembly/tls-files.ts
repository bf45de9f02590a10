// Certificate and key files of a directory: read with helpful errors, written atomically.

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ExpectedError, messageOf, systemWords } from '../domain/errors.ts';
import { compareBytes } from '../domain/names.ts';
import { type CertificateFacts, type KeyPair, readCertificate } from '../runtime/certificates.ts';
import { explained } from '../runtime/disk-errors.ts';
import { createFile, replaceFile } from '../runtime/replace-file.ts';

/** The name of the authority's files without their ending. */
export const AUTHORITY = 'ca';

const certFile = (directory: string, stem: string): string => join(directory, `${stem}.crt`);
const keyFile = (directory: string, stem: string): string => join(directory, `${stem}.key`);

/** The file of a certificate by what it is called: a host id may have characters that a file name has not. */
export function stemOf(name: string): string {
  const stem = encodeURIComponent(name).replace(/^\./, '%2E');
  if (stem.toLowerCase() !== AUTHORITY) return stem;
  throw new ExpectedError('USAGE', `${JSON.stringify(name)} is reserved for the files of the authority`, {
    hint: 'Choose another name for this certificate.',
  });
}

/** The certificates of a directory by file name without `.crt`; FILE_MISSING without a directory. */
export function stemsIn(directory: string): readonly string[] {
  let files: readonly string[];
  try {
    files = readdirSync(directory);
  } catch (error) {
    throw missing(directory, error);
  }
  return files.flatMap((file) => (file.endsWith('.crt') ? [file.slice(0, -4)] : [])).sort(compareBytes);
}

export const hasCertificate = (directory: string, stem: string): boolean =>
  existsSync(certFile(directory, stem));

/** BAD_CONFIG where the file is no certificate. */
export const readFacts = (file: string): CertificateFacts => readAllFacts(file)[0]!;

/** Of a file with several (an authority and those it is trusted beside): each. */
export function readAllFacts(file: string): readonly CertificateFacts[] {
  const bytes = readBytes(file);
  try {
    const texts = bytes
      .toString('latin1')
      .match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
    return (texts ?? [bytes]).map(readCertificate);
  } catch (error) {
    throw new ExpectedError('BAD_CONFIG', `${file} is not a certificate: ${messageOf(error)}`, {
      hint: 'It should be PEM text that begins with -----BEGIN CERTIFICATE-----.',
      cause: error,
    });
  }
}

export function readPair(directory: string, stem: string): KeyPair {
  return {
    cert: readBytes(certFile(directory, stem)).toString(),
    key: readBytes(keyFile(directory, stem)).toString(),
  };
}

/** A key that is there without its certificate: what an init that was cut off has left. */
export const orphanKey = (directory: string, stem: string): string | undefined =>
  existsSync(keyFile(directory, stem)) ? readBytes(keyFile(directory, stem)).toString() : undefined;

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw missing(file, error);
  }
}

function missing(path: string, error: unknown): ExpectedError {
  const isAuthority = /[\\/]ca\.(crt|key)$/.test(path);
  return new ExpectedError('FILE_MISSING', `cannot read ${path}: ${systemWords(error)}`, {
    hint: isAuthority
      ? 'Signing needs ca.crt and ca.key of the authority: run this on the machine that has them, or create an authority with minimon tls init.'
      : 'Name the directory with --dir, or create one with minimon tls init.',
    cause: error,
  });
}

export const makeTlsDirectory = (directory: string): void =>
  writing(directory, () => void mkdirSync(directory, { recursive: true, mode: 0o700 }));

/** Key first: without its certificate it is taken up again. CONFLICT where another process was faster. */
export function createPair(directory: string, stem: string, { cert, key }: KeyPair): string {
  const file = certFile(directory, stem);
  if (!existsSync(keyFile(directory, stem))) create(keyFile(directory, stem), key, 0o600);
  create(file, cert, 0o644);
  return file;
}

/** In place of what is there. With a new key a reader in between sees two that do not fit, and keeps what it has. */
export function replacePair(directory: string, stem: string, pair: KeyPair, parts: { key: boolean }): string {
  const file = certFile(directory, stem);
  if (parts.key) replace(keyFile(directory, stem), pair.key, 0o600);
  replace(file, pair.cert, 0o644);
  return file;
}

const create = (file: string, text: string, mode: number): void =>
  writing(file, () => createFile(file, text, { mode }));

const replace = (file: string, text: string, mode: number): void =>
  writing(file, () => replaceFile(file, text, { mode }));

function writing(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new ExpectedError('DATA_IN_USE', `another process created ${path} at the same time`, {
        hint: 'Run the command again: existing files are kept.',
        cause: error,
      });
    }
    const known = explained(error, path);
    if (!(known instanceof ExpectedError && known.code === 'DIR_NOT_WRITABLE')) throw known;
    throw new ExpectedError(known.code, known.message, {
      hint: 'Name a directory that this user can write with --dir DIR.',
      cause: error,
    });
  }
}

/** Sentences about keys beside these certificates (`x.crt`, `x.key`) that others can read. */
export const exposedKeys = (certificates: readonly string[]): readonly string[] =>
  certificates.flatMap((certificate) => {
    const file = certificate.replace(/\.crt$/, '.key');
    const { mode = 0 } = statSync(file, { throwIfNoEntry: false }) ?? {};
    return (mode & 0o004) === 0 ? [] : `${file} can be read by every user of this machine: chmod 600 it`;
  });
