// minimon locations list: the machine rooms, with how many hosts each has and how they are.
import { BaseCommand, clientFlags } from '../../terminal/base-command.ts';
import { locationsListing } from '../../terminal/locations-view.ts';
import { renderListing } from '../../terminal/output.ts';
import { outputFlags, renderOptions } from '../../terminal/output-flags.ts';

export default class LocationsList extends BaseCommand {
  static override description = 'List machine rooms, with how many hosts each has and how they are';
  static override flags = { ...outputFlags, ...clientFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(LocationsList);
    const manage = await this.context.openManage(await this.settings(flags));
    const { locations, warnings } = await manage.listLocations();
    this.sayWarnings(warnings);
    await this.print(renderListing(locationsListing(locations), renderOptions(flags, this.screen(flags))));
  }
}
