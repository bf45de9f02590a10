// minimon daemon persist: consumes the bus and writes the store

import { settingsOf } from '../../assembly/flag-settings.ts';
import { runDaemon } from '../../assembly/run-daemon.ts';
import { BaseCommand } from '../../terminal/base-command.ts';
import { daemonFlags } from '../../terminal/daemon-flags.ts';

export default class DaemonPersist extends BaseCommand {
  static override description = 'Run persist: consumes the bus and writes the store';
  static override flags = daemonFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(DaemonPersist);
    process.exitCode = await runDaemon('persist', {
      ...this.context,
      file: flags.config,
      flags: settingsOf(flags),
    });
  }
}
