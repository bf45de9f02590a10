// minimon hosts show: everything known about one host.
import { Args } from '@oclif/core';
import {
  BaseCommand,
  clientFlags,
  outputFlags,
  outputFormat,
  renderOptions,
} from '../../terminal/base-command.ts';
import { hostDetails, hostObject, hostsListing } from '../../terminal/hosts-view.ts';
import { renderData, renderListing } from '../../terminal/output.ts';

export default class HostsShow extends BaseCommand {
  static override description = 'Show one host: location, state, times and facts';
  static override examples = [
    '<%= config.bin %> hosts show web-17',
    '<%= config.bin %> hosts show web-17 --json',
  ];
  static override args = { host: Args.string({ ignoreStdin: true, required: true, description: 'Host id' }) };
  static override flags = { ...outputFlags, ...clientFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(HostsShow);
    const manage = await this.context.openManage(await this.settings(flags));
    const host = await manage.getHost(args.host);
    const screen = this.screen(flags);
    const format = outputFormat(flags);
    const render = await renderOptions(flags, screen);
    if (format === 'json' || format === 'yaml') await this.print(renderData(hostObject(host), render));
    else if (format === 'csv' || format === 'name')
      await this.print(renderListing(hostsListing([host]), render));
    else await this.print(hostDetails(host, screen));
  }
}
