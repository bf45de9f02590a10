// Shared by tls init, issue, renew and show: the certificate directory, and the output.
import { Flags } from '@oclif/core';
import type { TlsFile } from '../assembly/tls-directory.ts';
import { exposedKeys } from '../assembly/tls-files.ts';
import { MAX_LEAF_DAYS } from '../runtime/certificates.ts';
import { BaseCommand, outputFlags, renderOptions, unusedClientFlags } from './base-command.ts';
import { renderListing } from './output.ts';
import { type CertificateRow, certificatesListing, endWarnings } from './tls-view.ts';

export const tlsFlags = {
  dir: Flags.string({
    description:
      'Directory of the authority and its certificates [default: tls beside the configuration; for root /etc/minimon/tls]',
    helpValue: 'DIR',
  }),
  ...outputFlags,
  ...unusedClientFlags,
};

export const daysFlag = Flags.integer({
  description: 'How long a certificate is valid',
  helpValue: 'N',
  min: 1,
  max: MAX_LEAF_DAYS,
  default: MAX_LEAF_DAYS,
});

export abstract class TlsCommand extends BaseCommand {
  protected async showCertificates(
    rows: readonly CertificateRow[],
    flags: Parameters<typeof renderOptions>[0],
  ): Promise<void> {
    await this.print(
      renderListing(certificatesListing(rows), await renderOptions(flags, this.screen(flags))),
    );
    this.sayWarnings(endWarnings(rows, this.context.nowMs()));
  }

  protected async showFiles(
    files: readonly TlsFile[],
    flags: Parameters<typeof renderOptions>[0],
  ): Promise<void> {
    const rows = files.map(({ file, ...facts }) => ({ ...facts, source: file }));
    await this.showCertificates(rows, flags);
    this.sayWarnings(exposedKeys(files.map(({ file }) => file)));
  }
}
