// The files that `tls init` makes, as listeners and clients of a bench take them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export function tlsOf(directory: string, stem: 'server' | 'client') {
  const read = (name: string) => readFileSync(join(directory, name), 'utf8');
  return { ca: read('ca.crt'), cert: read(`${stem}.crt`), key: read(`${stem}.key`) };
}
