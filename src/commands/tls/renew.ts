// minimon tls renew: renews certificates, manually or from a timer.
import { Args, Flags } from '@oclif/core';
import { tlsDirectory } from '../../assembly/environment.ts';
import { renewTls } from '../../assembly/tls-directory.ts';
import { parseDuration } from '../../domain/duration.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { daysFlag, TlsCommand, tlsFlags } from '../../terminal/tls-command.ts';

export default class TlsRenew extends TlsCommand {
  static override description =
    'Renew certificates with the names that they have. Running daemons reload them within 10 s. Exit code 0: renewed, or nothing was due; 7: some could not be renewed';
  static override examples = [
    '<%= config.bin %> tls renew --if-due 30d',
    '<%= config.bin %> tls renew server --add-host monitor.example',
    '<%= config.bin %> tls renew ca',
  ];
  static override strict = false;
  static override args = {
    names: Args.string({
      ignoreStdin: true,
      description: 'Certificates as listed by `tls show`; `ca` is the authority [default: all but ca]',
    }),
  };
  static override flags = {
    'if-due': Flags.string({
      description: 'Only certificates that expire within this time; for timers',
      helpValue: '30d',
    }),
    'add-host': Flags.string({
      description: 'Additional DNS name or address of the server; repeatable',
      helpValue: 'HOST',
      multiple: true,
    }),
    'new-key': Flags.boolean({ description: 'Also create a new private key' }),
    'dry-run': Flags.boolean({ description: 'Show what would be renewed, and change nothing' }),
    days: daysFlag,
    ...tlsFlags,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(TlsRenew);
    const { environment, nowMs } = this.context;
    const due = flags['if-due'];
    const files = await renewTls({
      directory: flags.dir ?? tlsDirectory(environment),
      names: argv as string[],
      ifDueMs: due === undefined ? undefined : parseDuration(due),
      addedHosts: flags['add-host'] ?? [],
      newKey: flags['new-key'],
      dryRun: flags['dry-run'],
      days: flags.days,
      nowMs: nowMs(),
    });
    await this.showFiles(files, flags);
    const failed = files.filter(({ outcome }) => outcome === 'failed');
    if (failed.length === 0) return;
    throw new ExpectedError(
      'PARTLY_DONE',
      `${failed.length} of ${files.length} certificates were not renewed`,
      {
        hint: `${failed[0]!.file}: ${failed[0]!.reason}`,
      },
    );
  }
}
