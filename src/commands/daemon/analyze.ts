// minimon daemon analyze: answers queries by host and by location

import { settingsOf } from '../../assembly/flag-settings.ts';
import { runDaemon } from '../../assembly/run-daemon.ts';
import { BaseCommand } from '../../terminal/base-command.ts';
import { daemonFlags } from '../../terminal/daemon-flags.ts';

export default class DaemonAnalyze extends BaseCommand {
  static override description = 'Run analyze: answers queries by host and by location';
  static override flags = daemonFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(DaemonAnalyze);
    process.exitCode = await runDaemon('analyze', {
      ...this.context,
      file: flags.config,
      flags: settingsOf(flags),
    });
  }
}
