// minimon locations remove: deletes a location; its hosts are left without one.
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
import { changesListing, confirmChanges } from '../../terminal/host-changes.ts';
import { renderListing } from '../../terminal/output.ts';

export default class LocationsRemove extends BaseCommand {
  static override description =
    'Remove a location\nIf it has hosts, it asks for confirmation or needs --yes; the hosts stay in the inventory without a location.';
  static override examples = [
    '<%= config.bin %> locations remove 906',
    '<%= config.bin %> locations remove 725 --dry-run',
  ];
  static override args = {
    location: Args.string({ ignoreStdin: true, required: true, description: 'Location' }),
  };
  static override flags = { ...changeFlags, ...outputFlags, ...clientFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(LocationsRemove);
    const { location } = args;
    const render = await renderOptions(flags, this.screen(flags));
    const manage = await this.context.openManage(await this.settings(flags));
    const request = { location, actor: this.author(flags) };
    const leaving = (hostIds: readonly string[]) =>
      hostIds.map((hostId) => ({ hostId, change: 'unassigned' as const, from: location }));
    const planned = await manage.removeLocation({ ...request, force: true, dryRun: true });
    const count = planned.hostIds.length;
    const name = safeText(location);
    const with_ = count === 0 ? '' : `, with ${counted(count, 'host')}`;
    const isText = outputFormat(flags) === 'table';
    const isAsked = flags.output !== undefined || flags.json;
    if (flags['dry-run']) {
      if (isAsked || count > 0)
        await this.print(renderListing(changesListing(leaving(planned.hostIds)), render));
      if (isText) this.say(`Dry run, nothing was changed. This would remove ${name}${with_}`);
      return this.sayWarnings(planned.notes);
    }
    const question = {
      action: `remove location ${name}${with_}`,
      yes: flags.yes || count === 0,
      streams: this.context,
      render,
    };
    if (!(await confirmChanges(leaving(planned.hostIds), question))) return this.say('Nothing was changed.');
    const { hostIds, notes } = await manage.removeLocation({ ...request, ...(count > 0 && { force: true }) });
    if (isAsked) await this.print(renderListing(changesListing(leaving(hostIds)), render));
    const left = hostIds.length === 1 ? '1 host has' : `${hostIds.length} hosts have`;
    if (isText)
      this.say(hostIds.length === 0 ? `${name} removed` : `${name} removed; ${left} no location now`);
    this.sayWarnings(notes);
  }
}
