// minimon tls init: creates a private certificate authority, a server and a client certificate.
import { hostname } from 'node:os';
import { Flags } from '@oclif/core';
import { tlsDirectory } from '../../assembly/environment.ts';
import { initTls } from '../../assembly/tls-directory.ts';
import { daysFlag, TlsCommand, tlsFlags } from '../../terminal/tls-command.ts';

export default class TlsInit extends TlsCommand {
  static override description =
    'Create a private certificate authority, a certificate for the daemons of this machine and one for commands; existing files are kept';
  static override examples = [
    '<%= config.bin %> tls init',
    '<%= config.bin %> tls init --host monitor.example --host 10.0.0.7 --dir /etc/minimon/tls',
  ];
  static override flags = {
    host: Flags.string({
      description:
        'Name or address that clients use to reach the daemons; repeatable [default: the host name]',
      helpValue: 'NAME',
      multiple: true,
    }),
    days: daysFlag,
    ...tlsFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(TlsInit);
    const { environment, nowMs } = this.context;
    const directory = flags.dir ?? tlsDirectory(environment);
    const files = await initTls({
      ...{ directory, days: flags.days, hosts: flags.host ?? [] },
      ...{ machine: hostname(), nowMs: nowMs() },
    });
    await this.showFiles(files, flags);
    this.say(
      `For the daemons, set tls.ca_file, tls.cert_file and tls.key_file to ca.crt, server.crt and server.key of ${directory}.
For commands on another machine, copy ca.crt, client.crt and client.key there and set client.tls.ca_file, client.tls.cert_file and client.tls.key_file.
Keep ca.key here: whoever has it can sign for any name.`,
    );
  }
}
