// minimon hosts list: the hosts, the room each stands in, and how each is.
import { Flags } from '@oclif/core';
import { listAllHosts } from '../../api/pages.ts';
import { HOST_STATES } from '../../domain/host.ts';
import { BaseCommand, clientFlags } from '../../terminal/base-command.ts';
import { hostsListing, hostsSummary } from '../../terminal/hosts-view.ts';
import { renderListing } from '../../terminal/output.ts';
import { outputFlags, outputFormat, renderOptions } from '../../terminal/output-flags.ts';

export default class HostsList extends BaseCommand {
  static override description = 'List hosts: the room each stands in, its state, when it was last seen';
  static override examples = [
    '<%= config.bin %> hosts list --location 725',
    '<%= config.bin %> hosts list --all --state silent -o wide',
  ];
  static override flags = {
    location: Flags.string({ char: 'l', description: 'Only hosts of this location' }),
    state: Flags.option({ options: HOST_STATES, description: 'Only hosts in this state' })(),
    all: Flags.boolean({ char: 'a', description: 'Also hosts that report and are not managed' }),
    limit: Flags.integer({ description: 'At most so many', min: 1 }),
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(HostsList);
    const { location, state, all, limit } = flags;
    const manage = await this.context.openManage(await this.settings(flags));
    const { hosts, warnings } = await listAllHosts(manage, {
      all,
      ...(location !== undefined && { location }),
      ...(state !== undefined && { state }),
      ...(limit !== undefined && { limit }),
    });
    this.sayWarnings(warnings);
    const screen = this.screen(flags);
    const filtered = all || location !== undefined || state !== undefined;
    const empty = filtered
      ? 'No hosts match.'
      : 'No managed hosts yet. What reports: minimon hosts unmanaged';
    const summary =
      outputFormat(flags) === 'table' && screen.isTTY && hosts.length > 1 ? `\n${hostsSummary(hosts)}` : '';
    await this.print(renderListing(hostsListing(hosts, empty), renderOptions(flags, screen)) + summary);
  }
}
