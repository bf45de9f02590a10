// minimon metrics list: the known metrics, their meaning, and how many hosts report each.
import { Flags } from '@oclif/core';
import { expandHosts } from '../../api/hosts.ts';
import { BaseCommand, clientFlags, outputFlags, renderOptions } from '../../terminal/base-command.ts';
import { metricsListing } from '../../terminal/metrics-listing.ts';
import { renderListing } from '../../terminal/output.ts';

export default class MetricsList extends BaseCommand {
  static override description =
    'List metrics: unit, meaning, and how many hosts reported each within a day; custom metrics come last';
  static override examples = [
    '<%= config.bin %> metrics list',
    '<%= config.bin %> metrics list --host web-17 -o wide',
    '<%= config.bin %> metrics list --location 725 --sort=-hosts',
  ];
  static override flags = {
    location: Flags.string({
      char: 'l',
      description: 'Count only hosts of this location',
      helpValue: 'LOCATION',
      exclusive: ['host'],
    }),
    host: Flags.string({
      char: 'H',
      description: 'Count only hosts with this id or glob; repeatable',
      helpValue: 'HOST',
      multiple: true,
    }),
    reported: Flags.boolean({ description: 'Only metrics that at least one host reports' }),
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(MetricsList);
    const { context } = this;
    const settings = await this.settings(flags);
    const analyze = await context.openAnalyze(settings);
    const { metrics, warnings } = await analyze.listMetrics({
      ...(flags.location !== undefined && { location: flags.location }),
      ...(flags.host && { hosts: await expandHosts(await context.openManage(settings), flags.host) }),
    });
    this.sayWarnings(warnings);
    const render = await renderOptions(flags, this.screen(flags));
    const shown = flags.reported ? metrics.filter(({ hosts }) => hosts > 0) : metrics;
    await this.print(renderListing(metricsListing(shown), render));
  }
}
