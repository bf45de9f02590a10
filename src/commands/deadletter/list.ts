// minimon deadletter list: samples that persist could not store, each with the reason.
import { BaseCommand, clientFlags, outputFlags, renderOptions } from '../../terminal/base-command.ts';
import { letterFlags, lettersOf } from '../../terminal/deadletter-flags.ts';
import { deadLettersListing } from '../../terminal/deadletter-view.ts';
import { renderListing } from '../../terminal/output.ts';

export default class DeadletterList extends BaseCommand {
  static override description = 'List samples and records that could not be stored, oldest first';
  static override examples = [
    '<%= config.bin %> deadletter list --host web-17',
    "<%= config.bin %> deadletter list --reason 'type conflict' -o json",
  ];
  static override flags = {
    ...letterFlags,
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(DeadletterList);
    const persist = await this.context.openPersist(await this.settings(flags));
    const { letters, more } = await persist.listDeadLetters(lettersOf(flags));
    const render = await renderOptions(flags, this.screen(flags));
    await this.print(renderListing(deadLettersListing(letters), render));
    if (more)
      this.say(`There are more than ${flags.limit}: raise --limit, or narrow it with --host or --reason.`);
  }
}
