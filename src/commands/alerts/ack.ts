// minimon alerts ack: acknowledges firing alerts, so that their notifications are not repeated.
import { Args, Flags } from '@oclif/core';
import { checkAlertFilter } from '../../api/rules.ts';
import { alertText } from '../../terminal/alerts-view.ts';
import { authorFlag, BaseCommand, clientFlags } from '../../terminal/base-command.ts';

const MAX_SHOWN = 20;

export default class AlertsAck extends BaseCommand {
  static override description =
    'Acknowledge firing alerts: their notifications are not repeated. New alerts, a higher severity and resolved alerts still notify. Exit code 1 when no alert matches';
  static override examples = [
    "<%= config.bin %> alerts ack disk-full --host web-17 --note 'disk ordered'",
    "<%= config.bin %> alerts ack 'disk-*' --location 725 --note 'known since the move'",
    '<%= config.bin %> alerts ack disk-full --undo',
  ];
  static override args = {
    alert: Args.string({
      ignoreStdin: true,
      required: true,
      description: 'Rule name or glob, or an alert id from `alerts firing -o name`',
    }),
  };
  static override flags = {
    host: Flags.string({ char: 'H', description: 'Only alerts of this host (glob)', helpValue: 'GLOB' }),
    location: Flags.string({
      char: 'l',
      description: 'Only alerts of this location (glob)',
      helpValue: 'GLOB',
    }),
    note: Flags.string({
      description: 'What is being done about it',
      helpValue: 'TEXT',
      exclusive: ['undo'],
    }),
    undo: Flags.boolean({ description: 'Remove the acknowledgement: notifications repeat again' }),
    author: authorFlag,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AlertsAck);
    const { host, location, note, undo } = flags;
    const settings = await this.settings(flags);
    const warn = await this.context.openWarn(settings);
    const { alerts, hint } = await warn.acknowledge({
      alert: args.alert,
      by: this.author(flags),
      ...(undo && { undo }),
      ...(host !== undefined && { host }),
      ...(location !== undefined && { location }),
      ...(note !== undefined && { note }),
    });
    if (alerts.length === 0) {
      // Without this check a mistyped name looks like a host without alerts.
      await checkAlertFilter(() => this.context.openManage(settings), { host, location });
      this.say(hint === undefined ? 'No firing alert matches.' : `No firing alert matches: ${hint}`);
      process.exitCode = 1;
      return;
    }
    for (const alert of alerts.slice(0, MAX_SHOWN)) this.say(alertText(alert));
    if (alerts.length > MAX_SHOWN) this.say(`and ${alerts.length - MAX_SHOWN} more`);
    this.say(`${alerts.length} ${undo ? 'repeated again' : 'acknowledged'}`);
  }
}
