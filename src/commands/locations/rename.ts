// minimon locations rename: gives a location another name; its hosts go with it.
import { Args } from '@oclif/core';
import { safeText } from '../../domain/safe-text.ts';
import { BaseCommand, clientFlags } from '../../terminal/base-command.ts';

export default class LocationsRename extends BaseCommand {
  static override description =
    'Give a location another name; its hosts go with it\nRules, silences and receivers that name the old one are listed, and stay as they are.';
  static override examples = ['<%= config.bin %> locations rename 752 725'];
  static override args = {
    location: Args.string({ ignoreStdin: true, required: true, description: 'Its name now' }),
    name: Args.string({ ignoreStdin: true, required: true, description: 'Its new name' }),
  };
  static override flags = { ...clientFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(LocationsRename);
    const manage = await this.context.openManage(await this.settings(flags));
    const request = { location: args.location, newName: args.name, actor: this.author(flags) };
    const { hostIds, notes } = await manage.renameLocation(request);
    const [from, to] = [safeText(args.location), safeText(args.name)];
    this.say(`${from} is now ${to}, with ${hostIds.length} ${hostIds.length === 1 ? 'host' : 'hosts'}`);
    this.sayWarnings(notes);
  }
}
