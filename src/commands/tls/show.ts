// minimon tls show: the contents of certificates in a directory, in files, or of a listener.
import { statSync } from 'node:fs';
import { Args } from '@oclif/core';
import { peerCertificates } from '../../api/peer-certificates.ts';
import { tlsDirectory } from '../../assembly/environment.ts';
import { listTls } from '../../assembly/tls-directory.ts';
import { readAllFacts } from '../../assembly/tls-files.ts';
import { isAddress, parseAddress } from '../../domain/address.ts';
import { parseLasting } from '../../domain/duration.ts';
import { readCertificate } from '../../runtime/certificates.ts';
import { clientFlags } from '../../terminal/base-command.ts';
import { TlsCommand, tlsFlags } from '../../terminal/tls-command.ts';
import type { CertificateRow } from '../../terminal/tls-view.ts';

export default class TlsShow extends TlsCommand {
  static override description =
    'Show names, expiry and issuer of certificates: of a directory, of files, or of a listener at an address';
  static override examples = [
    '<%= config.bin %> tls show',
    '<%= config.bin %> tls show /etc/minimon/tls/server.crt',
    '<%= config.bin %> tls show monitor.example:8040 -o wide',
  ];
  static override strict = false;
  static override args = {
    targets: Args.string({
      ignoreStdin: true,
      description: 'Files, directories, or HOST:PORT of listeners [default: all of the directory]',
    }),
  };
  static override flags = { ...tlsFlags, timeout: clientFlags.timeout };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(TlsShow);
    const targets = argv as string[];
    if (targets.length === 0) {
      return this.showFiles(listTls(flags.dir ?? tlsDirectory(this.context.environment)), flags);
    }
    const timeoutMs = parseLasting(flags.timeout ?? '10s', '--timeout');
    const rows = await Promise.all(targets.map((target) => rowsOf(target, timeoutMs)));
    await this.showCertificates(rows.flat(), flags);
  }
}

async function rowsOf(target: string, timeoutMs: number): Promise<readonly CertificateRow[]> {
  if (statSync(target, { throwIfNoEntry: false })?.isDirectory())
    return listTls(target).map(({ file, ...facts }) => ({ ...facts, source: file }));
  if (!isAddress(target)) return readAllFacts(target).map((facts) => ({ ...facts, source: target }));
  const chain = await peerCertificates(parseAddress(target), timeoutMs);
  return chain.map((der) => ({ ...readCertificate(der), source: target }));
}
