// minimon tls issue: a certificate for a further machine, person or script.
import { Args, Flags } from '@oclif/core';
import { tlsDirectory } from '../../assembly/environment.ts';
import { issueTls } from '../../assembly/tls-directory.ts';
import { daysFlag, TlsCommand, tlsFlags } from '../../terminal/tls-command.ts';

export default class TlsIssue extends TlsCommand {
  static override description =
    'Sign a certificate for a further machine (--server) or for who calls (--client); one that is there is kept';
  static override examples = [
    '<%= config.bin %> tls issue report-2.example --server --host 10.0.0.8',
    '<%= config.bin %> tls issue web-1 --client',
    '<%= config.bin %> tls issue ann --client --scope write',
  ];
  static override args = {
    name: Args.string({
      ignoreStdin: true,
      required: true,
      description: 'Name in the certificate: of a host its id, of a server a name under which it is called',
    }),
  };
  static override flags = {
    ...tlsFlags,
    client: Flags.boolean({ description: 'To show to a listener', exactlyOne: ['client', 'server'] }),
    scope: Flags.option({
      options: ['read', 'write', 'service', 'admin'] as const,
      description: 'What its holder may do beside reporting the host of its name; repeatable',
      multiple: true,
      dependsOn: ['client'],
    })(),
    server: Flags.boolean({ description: 'For a listener, and for its own calls' }),
    host: Flags.string({
      description: 'Name or address under which it is called; repeatable [default: NAME]',
      helpValue: 'HOST',
      multiple: true,
    }),
    days: daysFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(TlsIssue);
    const { environment, nowMs } = this.context;
    const file = await issueTls({
      directory: flags.dir ?? tlsDirectory(environment),
      name: args.name,
      kind: flags.server ? 'server' : 'client',
      hosts: flags.host ?? [],
      scopes: flags.scope ?? [],
      days: flags.days,
      nowMs: nowMs(),
    });
    await this.showFiles([file], flags);
  }
}
