// minimon receivers list: whom alerts are told to.
import { receiversListing } from '../../terminal/alerts-view.ts';
import { BaseCommand, clientFlags, outputFlags, renderOptions } from '../../terminal/base-command.ts';
import { renderListing } from '../../terminal/output.ts';

export default class ReceiversList extends BaseCommand {
  static override description = 'List receivers, without their secrets';
  static override examples = ['<%= config.bin %> receivers list'];
  static override flags = { ...outputFlags, ...clientFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(ReceiversList);
    const manage = await this.context.openManage(await this.settings(flags));
    const render = await renderOptions(flags, this.screen(flags));
    await this.print(renderListing(receiversListing(await manage.listReceivers()), render));
  }
}
