// minimon daemon report: receives ticks from agents and publishes them to the bus

import { settingsOf } from '../../assembly/flag-settings.ts';
import { runDaemon } from '../../assembly/run-daemon.ts';
import { BaseCommand } from '../../terminal/base-command.ts';
import { daemonFlags } from '../../terminal/daemon-flags.ts';

export default class DaemonReport extends BaseCommand {
  static override description = 'Run report: receives ticks from agents and publishes them to the bus';
  static override flags = daemonFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(DaemonReport);
    process.exitCode = await runDaemon('report', {
      ...this.context,
      file: flags.config,
      flags: settingsOf(flags),
    });
  }
}
