// minimon alerts list: the alert rules, each with its health.
import { messageOf } from '../../domain/errors.ts';
import { BaseCommand, clientFlags, outputFlags, renderOptions } from '../../terminal/base-command.ts';
import { renderListing } from '../../terminal/output.ts';
import { rulesListing } from '../../terminal/rules-view.ts';

export default class AlertsList extends BaseCommand {
  static override description =
    'List alert rules, built-in ones included: matching series, firing alerts and errors of each';
  static override examples = ['<%= config.bin %> alerts list', '<%= config.bin %> alerts list --json'];
  static override flags = { ...outputFlags, ...clientFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(AlertsList);
    const settings = await this.settings(flags);
    const manage = await this.context.openManage(settings);
    const warn = await this.context.openWarn(settings);
    const [rules, receivers, health] = await Promise.all([
      manage.listRules(),
      manage.listReceivers(),
      warn.listRuleHealth().catch((error: unknown) => {
        this.say(`The health of rules is not available: ${messageOf(error)}`);
        return undefined;
      }),
    ]);
    this.sayWarnings(health?.warnings ?? []);
    const byName = new Map(health?.rules.map((one) => [one.name, one]));
    const known = new Set(receivers.map(({ name }) => name));
    const rows = rules.map((rule) => ({
      ...rule,
      health: byName.get(rule.name),
      missing: rule.notify.filter((name) => !known.has(name)),
    }));
    await this.print(renderListing(rulesListing(rows), await renderOptions(flags, this.screen(flags))));
  }
}
