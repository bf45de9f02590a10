// Shared by hosts remove and hosts unassign: selecting hosts, preview, confirmation, result.
import { Args } from '@oclif/core';
import { expandDeparting } from '../api/hosts.ts';
import type { Departures } from '../api/manage.ts';
import {
  BaseCommand,
  changeFlags,
  clientFlags,
  outputFlags,
  outputFormat,
  renderOptions,
} from './base-command.ts';
import {
  changesListing,
  checkAllFound,
  confirmChanges,
  doneChanges,
  namedHosts,
  undoHint,
} from './host-changes.ts';
import { renderListing } from './output.ts';

type Verb = 'remove' | 'unassign';

const CALLS = { remove: 'removeHosts', unassign: 'unassignHosts' } as const;
const PAST = { remove: 'removed', unassign: 'unassigned' } as const;

export const departingArgs = {
  hosts: Args.string({ ignoreStdin: true, required: true, description: 'Host ids or globs' }),
};
export const departingFlags = { ...changeFlags, ...outputFlags, ...clientFlags };

type Parsed = {
  readonly argv: readonly unknown[];
  readonly flags: Parameters<typeof renderOptions>[0] & {
    readonly yes: boolean;
    readonly 'dry-run': boolean;
  };
};

export abstract class DepartingCommand extends BaseCommand {
  protected async depart(verb: Verb, { argv, flags }: Parsed): Promise<void> {
    const manage = await this.context.openManage(await this.settings(flags));
    const hostIds = await expandDeparting(manage, argv as string[]);
    const render = await renderOptions(flags, this.screen(flags));
    const change = (dryRun: boolean): Promise<Departures> =>
      manage[CALLS[verb]]({ hostIds, actor: this.author(flags), ...(dryRun && { dryRun }) });

    const dryRun = flags['dry-run'];
    if (!dryRun && !flags.yes) {
      const { changes } = await change(true);
      checkAllFound(hostIds.length > 0 && changes.length === 0 ? hostIds : [], [], '');
      const action = `${verb} ${namedHosts(changes.map(({ hostId }) => hostId))}`;
      const question = { action, yes: false, streams: this.context, render };
      if (!(await confirmChanges(changes, question))) return this.say('Nothing was changed.');
    }
    const { changes } = await change(dryRun);
    const found = changes.map(({ hostId }) => hostId);
    const done = `${namedHosts(found)} ${dryRun ? 'would be ' : ''}${PAST[verb]}`;
    const asked = flags.output !== undefined || flags.json || dryRun;
    if (found.length > 0 && (asked || found.length > 1))
      await this.print(
        dryRun ? renderListing(changesListing(changes), render) : doneChanges(changes, render),
      );
    checkAllFound(hostIds, found, done);
    if (outputFormat(flags) !== 'table') return;
    this.say(dryRun ? `${done} (dry run: nothing was changed)` : done + undoHint(found.length));
  }
}
