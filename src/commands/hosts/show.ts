// minimon hosts show: details of one host.
import { Args } from '@oclif/core';
import {
  BaseCommand,
  clientFlags,
  outputFlags,
  outputFormat,
  renderOptions,
} from '../../terminal/base-command.ts';
import { hostPageObject, hostSections, readHostPage } from '../../terminal/host-page.ts';
import { hostDetails, hostFields, hostsListing } from '../../terminal/hosts-view.ts';
import { renderData, renderListing } from '../../terminal/output.ts';

export default class HostsShow extends BaseCommand {
  static override description =
    'Show one host: location, state, facts, last values with their trend, alerts, and recent events';
  static override examples = [
    '<%= config.bin %> hosts show web-17',
    '<%= config.bin %> hosts show web-17 --json',
  ];
  static override args = { host: Args.string({ ignoreStdin: true, required: true, description: 'Host id' }) };
  static override flags = { ...outputFlags, ...clientFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(HostsShow);
    const settings = await this.settings(flags);
    const manage = await this.context.openManage(settings);
    const host = await manage.getHost(args.host);
    const screen = this.screen(flags);
    const format = outputFormat(flags);
    const render = await renderOptions(flags, screen);
    if (format === 'csv' || format === 'name')
      return void (await this.print(renderListing(hostsListing([host]), render)));
    const [analyze, warn] = await Promise.all([
      this.context.openAnalyze(settings),
      this.context.openWarn(settings),
    ]);
    const page = await readHostPage({ analyze, manage, warn }, host.hostId, this.context.nowMs());
    this.sayWarnings(page.warnings);
    if (format === 'json' || format === 'yaml')
      await this.print(renderData({ ...hostFields(host), ...hostPageObject(page) }, render));
    else await this.print(hostDetails(host, screen) + hostSections(page, render));
  }
}
