// minimon locations list: the locations, with how many hosts each has, in which state, and how loaded they are.

import {
  BaseCommand,
  clientFlags,
  outputFlags,
  renderOptions,
  watchFlag,
} from '../../terminal/base-command.ts';
import { readLocationRows } from '../../terminal/location-rows.ts';
import { locationsListing, locationsWorstFirst } from '../../terminal/locations-view.ts';
import { renderListing } from '../../terminal/output.ts';
import { watchListing } from '../../terminal/watch.ts';

export default class LocationsList extends BaseCommand {
  static override description =
    'List locations: hosts by state, mean CPU, memory and fullest disk of those that report, and the worst host of each';
  static override examples = [
    '<%= config.bin %> locations list',
    '<%= config.bin %> locations list --sort=-cpu',
    '<%= config.bin %> locations list -o wide',
  ];
  static override flags = { watch: watchFlag, ...outputFlags, ...clientFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(LocationsList);
    const settings = await this.settings(flags);
    const [manage, analyze] = [
      await this.context.openManage(settings),
      await this.context.openAnalyze(settings),
    ];
    const render = await renderOptions(flags, this.screen(flags));
    const read = async () => {
      const { rows, warnings } = await readLocationRows({ manage, analyze }, this.context.nowMs());
      if (!flags.watch) this.sayWarnings(warnings);
      return locationsListing(rows);
    };
    if (flags.watch)
      return watchListing({
        read,
        render,
        parts: this.displayParts(flags),
        name: 'locations',
        worstFirst: locationsWorstFirst,
        isOfAll: true,
      });
    await this.print(renderListing(await read(), render));
  }
}
