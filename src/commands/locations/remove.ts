// minimon locations remove: deletes a location; its hosts, if it has any, have none afterwards.
import { Args } from '@oclif/core';
import { listAllHosts } from '../../api/hosts.ts';
import { safeText } from '../../domain/safe-text.ts';
import { BaseCommand, changeFlags, clientFlags, renderOptions } from '../../terminal/base-command.ts';
import { confirmChanges } from '../../terminal/host-changes.ts';

export default class LocationsRemove extends BaseCommand {
  static override description =
    'Remove a location\nOne that has hosts is asked for, or takes --yes; they stay in the inventory, without a location.';
  static override examples = [
    '<%= config.bin %> locations remove 906',
    '<%= config.bin %> locations remove 725 --dry-run',
  ];
  static override args = {
    location: Args.string({ ignoreStdin: true, required: true, description: 'Location' }),
  };
  static override flags = { ...changeFlags, ...clientFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(LocationsRemove);
    const { location } = args;
    const manage = await this.context.openManage(await this.settings(flags));
    const { hosts } = await listAllHosts(manage, { location });
    const name = safeText(location);
    const with_ = hosts.length === 0 ? '' : `, with ${hosts.length} ${hosts.length === 1 ? 'host' : 'hosts'}`;
    if (flags['dry-run']) return this.say(`Dry run, nothing was changed. This would remove ${name}${with_}`);
    const leaving = hosts.map(({ hostId }) => ({ hostId, change: 'unassigned' as const, from: location }));
    const question = {
      action: `remove location ${name}${with_}`,
      yes: flags.yes || hosts.length === 0,
      streams: this.context,
      render: await renderOptions({}, this.screen(flags)),
    };
    if (!(await confirmChanges(leaving, question))) return this.say('Nothing was changed.');
    const request = { location, ...(hosts.length > 0 && { force: true }), actor: this.author(flags) };
    const { hostIds, notes } = await manage.removeLocation(request);
    this.say(`${name} removed${hostIds.length > 0 ? `; ${hostIds.length} hosts have no location now` : ''}`);
    this.sayWarnings(notes);
  }
}
