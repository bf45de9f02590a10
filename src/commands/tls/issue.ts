// minimon tls issue: signs a certificate for another machine, person or script.
import { Args, Flags } from '@oclif/core';
import { tlsDirectory } from '../../assembly/environment.ts';
import { issueTls } from '../../assembly/tls-directory.ts';
import { daysFlag, TlsCommand, tlsFlags } from '../../terminal/tls-command.ts';

export default class TlsIssue extends TlsCommand {
  static override description =
    'Sign a certificate for another machine (--server) or for a client (--client); an existing one is kept';
  static override examples = [
    '<%= config.bin %> tls issue report-2.example --server --host 10.0.0.8',
    '<%= config.bin %> tls issue web-1 --client',
    '<%= config.bin %> tls issue ann --client --scope write',
  ];
  static override args = {
    name: Args.string({
      ignoreStdin: true,
      required: true,
      description: 'Common name of the certificate: the host id of an agent, the DNS name of a server',
    }),
  };
  static override flags = {
    ...tlsFlags,
    client: Flags.boolean({ description: 'Client certificate', exactlyOne: ['client', 'server'] }),
    scope: Flags.option({
      options: ['read', 'write', 'service', 'admin'] as const,
      description: 'Scope of its holder, in addition to reporting as the host of its name; repeatable',
      multiple: true,
      dependsOn: ['client'],
    })(),
    server: Flags.boolean({ description: 'Server certificate, also valid for calls between daemons' }),
    host: Flags.string({
      description: 'DNS name or address of the server; repeatable [default: NAME]',
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
