// minimon daemon manage: keeps the inventory of hosts and their locations

import { settingsOf } from '../../assembly/flag-settings.ts';
import { runDaemon } from '../../assembly/run-daemon.ts';
import { BaseCommand } from '../../terminal/base-command.ts';
import { daemonFlags } from '../../terminal/daemon-flags.ts';

export default class DaemonManage extends BaseCommand {
  static override description = 'Run manage: keeps the inventory of hosts and their locations';
  static override flags = daemonFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(DaemonManage);
    process.exitCode = await runDaemon('manage', {
      ...this.context,
      file: flags.config,
      flags: settingsOf(flags),
    });
  }
}
