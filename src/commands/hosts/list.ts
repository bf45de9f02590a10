// minimon hosts list: the hosts, each with its location and state.
import { Flags } from '@oclif/core';
import { listAllHosts } from '../../api/hosts.ts';
import { HOST_STATES } from '../../domain/host.ts';
import {
  BaseCommand,
  clientFlags,
  outputFlags,
  renderOptions,
  watchFlag,
} from '../../terminal/base-command.ts';
import { hostsListing, hostsSummary } from '../../terminal/hosts-view.ts';
import { renderListing } from '../../terminal/output.ts';
import { watchListing } from '../../terminal/watch.ts';

export default class HostsList extends BaseCommand {
  static override description = 'List hosts with location, state and when last seen';
  static override examples = [
    '<%= config.bin %> hosts list --location 725',
    '<%= config.bin %> hosts list --all --state silent -o wide',
  ];
  static override flags = {
    location: Flags.string({ char: 'l', description: 'Only hosts of this location', helpValue: 'LOCATION' }),
    state: Flags.option({ options: HOST_STATES, description: 'Only hosts in this state' })(),
    all: Flags.boolean({ char: 'a', description: 'Include hosts that report but are not managed' }),
    limit: Flags.integer({ description: 'At most this many', helpValue: 'N', min: 1 }),
    watch: watchFlag,
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(HostsList);
    const { location, state, all, limit } = flags;
    const manage = await this.context.openManage(await this.settings(flags));
    const screen = this.screen(flags);
    const render = await renderOptions(flags, screen);
    const filtered = all || location !== undefined || state !== undefined;
    const empty = filtered
      ? 'No hosts match.'
      : 'No managed hosts yet. Hosts that report: minimon hosts unmanaged';
    const read = async () => {
      const { hosts, warnings } = await listAllHosts(manage, {
        all,
        ...(location !== undefined && { location }),
        ...(state !== undefined && { state }),
        ...(limit !== undefined && { limit }),
      });
      if (!flags.watch) this.sayWarnings(warnings);
      return hosts;
    };
    if (flags.watch) {
      const listing = async () => hostsListing(await read(), empty);
      return watchListing({ read: listing, render, parts: this.liveParts(flags), name: 'hosts' });
    }
    const hosts = await read();
    const summary =
      render.format === 'table' && screen.isTTY && hosts.length > 1 ? `\n${hostsSummary(hosts)}` : '';
    await this.print(renderListing(hostsListing(hosts, empty), render) + summary);
  }
}
