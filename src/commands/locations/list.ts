// minimon locations list: the locations, with how many hosts each has and in which state.
import {
  BaseCommand,
  clientFlags,
  outputFlags,
  renderOptions,
  watchFlag,
} from '../../terminal/base-command.ts';
import { locationsListing } from '../../terminal/hosts-view.ts';
import { renderListing } from '../../terminal/output.ts';
import { watchListing } from '../../terminal/watch.ts';

export default class LocationsList extends BaseCommand {
  static override description = 'List locations, with how many hosts each has and in which state';
  static override examples = ['<%= config.bin %> locations list --sort=-hosts'];
  static override flags = { watch: watchFlag, ...outputFlags, ...clientFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(LocationsList);
    const manage = await this.context.openManage(await this.settings(flags));
    const render = await renderOptions(flags, this.screen(flags));
    const read = async () => {
      const { locations, warnings } = await manage.listLocations();
      if (!flags.watch) this.sayWarnings(warnings);
      return locationsListing(locations);
    };
    if (flags.watch) return watchListing({ read, render, parts: this.liveParts(flags), name: 'locations' });
    await this.print(renderListing(await read(), render));
  }
}
