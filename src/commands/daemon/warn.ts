// minimon daemon warn: reads ticks from the bus, evaluates alert rules, notifies receivers

import { settingsOf } from '../../assembly/flag-settings.ts';
import { runDaemon } from '../../assembly/run-daemon.ts';
import { BaseCommand } from '../../terminal/base-command.ts';
import { daemonFlags } from '../../terminal/daemon-flags.ts';

export default class DaemonWarn extends BaseCommand {
  static override description =
    'Run warn: reads ticks from the bus, evaluates alert rules, notifies receivers';
  static override flags = daemonFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(DaemonWarn);
    process.exitCode = await runDaemon('warn', {
      ...this.context,
      file: flags.config,
      flags: settingsOf(flags),
    });
  }
}
