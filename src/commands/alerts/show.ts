// minimon alerts show: one rule with its health and open alerts.
import { Args } from '@oclif/core';
import { findRule } from '../../api/rules.ts';
import { messageOf } from '../../domain/errors.ts';
import { alertsListing } from '../../terminal/alerts-view.ts';
import {
  BaseCommand,
  clientFlags,
  outputFlags,
  outputFormat,
  renderOptions,
} from '../../terminal/base-command.ts';
import { renderData, renderListing } from '../../terminal/output.ts';
import { ruleDetails, ruleDetailsObject, rulesListing } from '../../terminal/rules-view.ts';

export default class AlertsShow extends BaseCommand {
  static override description = 'Show one alert rule: its fields, its health, and its open alerts';
  static override examples = [
    '<%= config.bin %> alerts show high-cpu',
    '<%= config.bin %> alerts show high-cpu --json',
  ];
  static override args = {
    rule: Args.string({ ignoreStdin: true, required: true, description: 'Name of the rule' }),
  };
  static override flags = { ...outputFlags, ...clientFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AlertsShow);
    const settings = await this.settings(flags);
    const rule = await findRule(await this.context.openManage(settings), args.rule);
    const warn = await this.context.openWarn(settings);
    const [health, open] = await Promise.all([
      warn.listRuleHealth(),
      warn.listAlerts({ rule: rule.name, pending: true }),
    ]).catch((error: unknown) => {
      this.say(`Health and alerts are not available: ${messageOf(error)}`);
      return [undefined, undefined];
    });
    const details = {
      rule: { ...rule, health: health?.rules.find(({ name }) => name === rule.name) },
      alerts: open?.alerts ?? [],
      evaluatedMs: health?.evaluatedMs,
    };
    const screen = this.screen(flags);
    const format = outputFormat(flags);
    const render = await renderOptions(flags, screen);
    if (format === 'json' || format === 'yaml') {
      await this.print(renderData(ruleDetailsObject(details), render));
    } else if (format === 'csv' || format === 'name') {
      await this.print(renderListing(rulesListing([details.rule]), render));
    } else {
      await this.print(ruleDetails(details, screen));
      if (details.alerts.length > 0)
        await this.print(`\n${renderListing(alertsListing(details.alerts), render)}`);
    }
  }
}
