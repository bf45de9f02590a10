// Certificates for a test, made by openssl: an authority, what it signs, and an authority that nobody trusts.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Certificates = {
  readonly directory: string;
  readonly ca: string;
  readonly otherCa: string;
  /** A certificate for the names, as `DNS:localhost` or `IP:127.0.0.1`, and its key. */
  readonly sign: (
    name: string,
    ...names: readonly string[]
  ) => { readonly cert: string; readonly key: string };
};

export function makeCertificates(): Certificates {
  const directory = mkdtempSync(join(tmpdir(), 'minimon-tls-'));
  const openssl = (...args: readonly string[]) =>
    execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  const read = (file: string) => readFileSync(join(directory, file), 'utf8');
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  for (const name of ['ca', 'other']) {
    const files = ['-keyout', `${name}.key`, '-out', `${name}.crt`];
    openssl('req', '-x509', ...newKey, '-days', '2', '-subj', `/CN=${name}`, ...files);
  }
  return {
    directory,
    ca: read('ca.crt'),
    otherCa: read('other.crt'),
    sign(name, ...names) {
      openssl('req', ...newKey, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
      writeFileSync(join(directory, `${name}.ext`), `subjectAltName=${names.join(',')}\n`);
      const authority = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'];
      openssl(
        'x509',
        '-req',
        '-in',
        `${name}.csr`,
        ...authority,
        '-extfile',
        `${name}.ext`,
        '-out',
        `${name}.crt`,
      );
      return { cert: read(`${name}.crt`), key: read(`${name}.key`) };
    },
  };
}
