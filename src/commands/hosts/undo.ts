// minimon hosts undo: undoes a change of hosts or locations.
import { Args, Flags } from '@oclif/core';
import { ExpectedError } from '../../domain/errors.ts';
import { changeText } from '../../terminal/audit-view.ts';
import {
  BaseCommand,
  changeFlags,
  clientFlags,
  outputFlags,
  outputFormat,
  renderOptions,
} from '../../terminal/base-command.ts';
import { changesListing, confirmChanges, doneChanges, namedHosts } from '../../terminal/host-changes.ts';
import { renderListing } from '../../terminal/output.ts';

export default class HostsUndo extends BaseCommand {
  static override description =
    'Undo the last change of hosts or locations, or one listed by minimon audit\nAll hosts of a change are restored together. An undo can be undone, too, by its number.';
  static override examples = [
    '<%= config.bin %> hosts undo --dry-run',
    '<%= config.bin %> hosts undo',
    '<%= config.bin %> hosts undo 1204 --yes',
  ];
  static override args = {
    id: Args.string({
      ignoreStdin: true,
      description: 'Number of the change, as minimon audit shows it [default: the last that was not undone]',
    }),
  };
  static override flags = {
    force: Flags.boolean({ description: 'Also restore hosts that were changed since' }),
    ...changeFlags,
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(HostsUndo);
    const manage = await this.context.openManage(await this.settings(flags));
    const request = {
      ...(args.id !== undefined && { id: changeNumber(args.id) }),
      ...(flags.force && { force: true }),
      actor: this.author(flags),
    };
    const render = await renderOptions(flags, this.screen(flags));
    const planned = await manage.undoChange({ ...request, dryRun: true });
    const { id, actor } = planned.change;
    const what = `change ${id} by ${actor}: ${changeText(planned.change)}`;
    if (flags['dry-run']) {
      await this.print(renderListing(changesListing(planned.hosts), render));
      return this.say(`Dry run, nothing was changed. This would undo ${what}`);
    }
    if (!flags.yes) this.say(`This undoes ${what}`);
    const changed = planned.hosts.filter(({ change }) => change !== 'unchanged');
    const names = namedHosts(changed.map(({ hostId }) => hostId));
    const action = changed.length === 0 ? `undo change ${id}` : `restore ${names}`;
    const question = { action, yes: flags.yes, streams: this.context, render };
    if (!(await confirmChanges(changed, question))) return this.say('Nothing was changed.');
    // The change that was shown, even if there is a newer one by now.
    const { hosts } = await manage.undoChange({ ...request, id });
    if (hosts.length > 0 || outputFormat(flags) !== 'table') await this.print(doneChanges(hosts, render));
    if (outputFormat(flags) === 'table') this.say(`Undone: ${what}`);
  }
}

function changeNumber(text: string): number {
  const id = Number(text.replace(/^#/, ''));
  if (Number.isSafeInteger(id) && id > 0) return id;
  throw new ExpectedError('USAGE', `${JSON.stringify(text.slice(0, 40))} is not the number of a change`, {
    hint: 'List the changes with their numbers: minimon audit',
  });
}
