// minimon alerts list: the alert rules.

import { rulesListing } from '../../terminal/alerts-view.ts';
import { BaseCommand, clientFlags, outputFlags, renderOptions } from '../../terminal/base-command.ts';
import { renderListing } from '../../terminal/output.ts';

export default class AlertsList extends BaseCommand {
  static override description = 'List alert rules, built-in ones included';
  static override examples = ['<%= config.bin %> alerts list', '<%= config.bin %> alerts list --json'];
  static override flags = { ...outputFlags, ...clientFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(AlertsList);
    const manage = await this.context.openManage(await this.settings(flags));
    const render = await renderOptions(flags, this.screen(flags));
    await this.print(renderListing(rulesListing(await manage.listRules()), render));
  }
}
