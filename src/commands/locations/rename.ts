// minimon locations rename: renames a location, and keeps its hosts.
import { Args } from '@oclif/core';
import { counted } from '../../domain/counting.ts';
import { safeText } from '../../domain/safe-text.ts';
import {
  BaseCommand,
  changeFlags,
  clientFlags,
  outputFlags,
  outputFormat,
  renderOptions,
} from '../../terminal/base-command.ts';
import { changesListing } from '../../terminal/host-changes.ts';
import { renderListing } from '../../terminal/output.ts';

export default class LocationsRename extends BaseCommand {
  static override description =
    'Rename a location; its hosts move with it\nRules, silences and receivers that name the old one are listed but not changed.';
  static override examples = [
    '<%= config.bin %> locations rename 752 725',
    '<%= config.bin %> locations rename 752 725 --dry-run',
  ];
  static override args = {
    location: Args.string({ ignoreStdin: true, required: true, description: 'Current name' }),
    name: Args.string({ ignoreStdin: true, required: true, description: 'New name' }),
  };
  static override flags = { 'dry-run': changeFlags['dry-run'], ...outputFlags, ...clientFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(LocationsRename);
    const dryRun = flags['dry-run'];
    const render = await renderOptions(flags, this.screen(flags));
    const manage = await this.context.openManage(await this.settings(flags));
    const request = { location: args.location, newName: args.name, actor: this.author(flags) };
    const { hostIds, notes } = await manage.renameLocation({ ...request, ...(dryRun && { dryRun }) });
    const [from, to] = [args.location, args.name];
    const changes = hostIds.map((hostId) => ({ hostId, change: 'moved' as const, from, location: to }));
    if ((dryRun && hostIds.length > 0) || flags.output !== undefined || flags.json)
      await this.print(renderListing(changesListing(changes), render));
    if (outputFormat(flags) === 'table') {
      const hosts = counted(hostIds.length, 'host');
      const named = `${safeText(from)} ${dryRun ? 'would be' : 'is now'} ${safeText(to)}, with ${hosts}`;
      this.say(dryRun ? `Dry run, nothing was changed. ${named}` : named);
    }
    this.sayWarnings(notes);
  }
}
