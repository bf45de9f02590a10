// minimon deadletter list: what persist could not store, and why.
import { Flags } from '@oclif/core';
import { BaseCommand, clientFlags, outputFlags, renderOptions } from '../../terminal/base-command.ts';
import { deadLettersListing } from '../../terminal/deadletter-view.ts';
import { renderListing } from '../../terminal/output.ts';

export default class DeadletterList extends BaseCommand {
  static override description = 'List samples and records that could not be stored, oldest first';
  static override examples = [
    '<%= config.bin %> deadletter list --host web-17',
    "<%= config.bin %> deadletter list --reason 'type conflict' -o json",
  ];
  static override flags = {
    host: Flags.string({ description: 'Only samples of this host', helpValue: 'HOST' }),
    reason: Flags.string({ description: 'Only those whose reason contains this', helpValue: 'TEXT' }),
    limit: Flags.integer({
      description: 'At most this many',
      helpValue: 'N',
      min: 1,
      max: 10_000,
      default: 1_000,
    }),
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(DeadletterList);
    const { host, reason, limit } = flags;
    const persist = await this.context.openPersist(await this.settings(flags));
    const { letters, more } = await persist.listDeadLetters({
      limit,
      ...(host !== undefined && { host }),
      ...(reason !== undefined && { reason }),
    });
    const render = await renderOptions(flags, this.screen(flags));
    await this.print(renderListing(deadLettersListing(letters), render));
    if (more) this.say(`There are more than ${limit}: raise --limit, or choose with --host or --reason.`);
  }
}
