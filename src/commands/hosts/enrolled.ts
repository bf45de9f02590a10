// minimon hosts enrolled: lists enrolled hosts with their machines, and machines waiting to replace one.

import { readPages } from '../../api/pages.ts';
import { BaseCommand, clientFlags, outputFlags, renderOptions } from '../../terminal/base-command.ts';
import { enrolmentsListing } from '../../terminal/enrolments-view.ts';
import { renderListing } from '../../terminal/output.ts';

export default class HostsEnrolled extends BaseCommand {
  static override description = 'List enrolled hosts, and machines that wait for permission to replace one';
  static override examples = ['<%= config.bin %> hosts enrolled', '<%= config.bin %> hosts enrolled -o json'];
  static override flags = { ...outputFlags, ...clientFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(HostsEnrolled);
    const manage = await this.context.openManage(await this.settings(flags));
    const { enrolments, nowMs } = await readPages('enrolments', (at) => manage.listEnrolments(at));
    const render = await renderOptions(flags, this.screen(flags));
    const listing = enrolmentsListing(enrolments, { nowMs, wide: render.format === 'wide' });
    await this.print(renderListing(listing, render));
  }
}
