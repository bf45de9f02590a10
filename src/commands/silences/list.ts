// minimon silences list: active and scheduled silences.
import { Flags } from '@oclif/core';
import { BaseCommand, clientFlags, outputFlags, renderOptions } from '../../terminal/base-command.ts';
import { renderListing } from '../../terminal/output.ts';
import { silencesListing } from '../../terminal/silences-view.ts';

export default class SilencesList extends BaseCommand {
  static override description = 'List active and scheduled silences, newest first';
  static override examples = [
    '<%= config.bin %> silences list',
    '<%= config.bin %> silences list --expired -o json',
  ];
  static override flags = {
    expired: Flags.boolean({ description: 'Include silences that ended within the last 30 days' }),
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(SilencesList);
    const manage = await this.context.openManage(await this.settings(flags));
    const { silences, nowMs } = await manage.listSilences({ expired: flags.expired });
    const render = await renderOptions(flags, this.screen(flags));
    await this.print(renderListing(silencesListing(silences, nowMs), render));
  }
}
