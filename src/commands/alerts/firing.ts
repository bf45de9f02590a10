// minimon alerts firing: the alerts that are open now.
import { Flags } from '@oclif/core';
import { checkAlertFilter } from '../../api/rules.ts';
import { alertsListing, alertsSummaries } from '../../terminal/alerts-view.ts';
import {
  BaseCommand,
  clientFlags,
  outputFlags,
  renderOptions,
  watchFlag,
} from '../../terminal/base-command.ts';
import { renderListing } from '../../terminal/output.ts';
import { watchListing } from '../../terminal/watch.ts';

export default class AlertsFiring extends BaseCommand {
  static override description = 'List firing alerts, most severe first';
  static override examples = [
    '<%= config.bin %> alerts firing --location 725',
    '<%= config.bin %> alerts firing --pending -o wide',
  ];
  static override flags = {
    location: Flags.string({
      char: 'l',
      description: 'Only alerts of this location (glob)',
      helpValue: 'GLOB',
    }),
    rule: Flags.string({ description: 'Only alerts of this rule (glob)', helpValue: 'GLOB' }),
    pending: Flags.boolean({ description: 'Include pending alerts' }),
    watch: watchFlag,
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(AlertsFiring);
    const { location, rule, pending } = flags;
    const settings = await this.settings(flags);
    const warn = await this.context.openWarn(settings);
    const render = await renderOptions(flags, this.screen(flags));
    let isChecked = rule === undefined && location === undefined;
    const read = async () => {
      const { alerts, warnings } = await warn.listAlerts({
        pending,
        ...(location !== undefined && { location }),
        ...(rule !== undefined && { rule }),
      });
      // Without this check a mistyped name looks like a rule that does not fire.
      if (alerts.length === 0 && !isChecked)
        await checkAlertFilter(() => this.context.openManage(settings), { rule, location });
      isChecked = true;
      if (!flags.watch) this.sayWarnings(warnings);
      return alertsListing(alerts);
    };
    if (flags.watch)
      return watchListing({
        ...{ read, render, parts: this.displayParts(flags), name: 'alerts' },
        summary: alertsSummaries,
      });
    await this.print(renderListing(await read(), render));
  }
}
