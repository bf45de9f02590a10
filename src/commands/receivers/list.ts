// minimon receivers list: the receivers of alert notifications.
import { messageOf } from '../../domain/errors.ts';
import { BaseCommand, clientFlags, outputFlags, renderOptions } from '../../terminal/base-command.ts';
import { renderListing } from '../../terminal/output.ts';
import { receiversListing } from '../../terminal/receivers-view.ts';

export default class ReceiversList extends BaseCommand {
  static override description =
    'List receivers without their secrets, and which have a backlog, since when and why';
  static override examples = ['<%= config.bin %> receivers list'];
  static override flags = { ...outputFlags, ...clientFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(ReceiversList);
    const settings = await this.settings(flags);
    const manage = await this.context.openManage(settings);
    const warn = await this.context.openWarn(settings);
    const [receivers, health] = await Promise.all([
      manage.listReceivers(),
      warn.listReceiverHealth().catch((error: unknown) => {
        this.say(`The states of receivers are not available: ${messageOf(error)}`);
        return undefined;
      }),
    ]);
    const rows = receivers.map((receiver) => ({
      ...receiver,
      health: health?.receivers.find(({ name }) => name === receiver.name),
    }));
    const render = await renderOptions(flags, this.screen(flags));
    await this.print(renderListing(receiversListing(rows), render));
  }
}
