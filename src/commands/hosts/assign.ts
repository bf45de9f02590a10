// minimon hosts assign: assigns hosts to a location.
import { Args, Flags } from '@oclif/core';
import { expandHosts } from '../../api/hosts.ts';
import type { ManageClient } from '../../api/manage.ts';
import type { Assignment } from '../../catalog/catalog.ts';
import { parseAssignmentLines } from '../../domain/assignment-lines.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { checkId } from '../../domain/names.ts';
import { askAssignments } from '../../terminal/ask-assignments.ts';
import {
  BaseCommand,
  changeFlags,
  clientFlags,
  newLocationFlag,
  outputFlags,
  outputFormat,
  renderOptions,
} from '../../terminal/base-command.ts';
import {
  assignSummary,
  changesListing,
  confirmChanges,
  doneChanges,
  MOVES_UNASKED,
  moveAction,
  overwritten,
  undoHint,
} from '../../terminal/host-changes.ts';
import { confirmNewLocations, newLocations, newLocationsText } from '../../terminal/new-locations.ts';
import { renderListing } from '../../terminal/output.ts';
import { readInput } from '../../terminal/read-input.ts';

export default class HostsAssign extends BaseCommand {
  static override description =
    'Assign hosts to a location; hosts that report are added to the inventory\nWithout arguments, on a terminal, it asks which. Moving more than three hosts, or creating another location, asks for confirmation or needs --yes.';
  static override examples = [
    '<%= config.bin %> hosts assign web-1 web-2 --location 725',
    "<%= config.bin %> hosts assign 'web-*' --location 725",
    "<%= config.bin %> hosts assign 'web-*' --location 726 --dry-run",
    '<%= config.bin %> hosts assign -f hosts.tsv --new',
  ];
  static override strict = false;
  static override args = {
    hosts: Args.string({ ignoreStdin: true, description: 'Host ids, or globs over known hosts' }),
  };
  static override flags = {
    location: Flags.string({ char: 'l', description: 'Location to assign to', helpValue: 'LOCATION' }),
    file: Flags.string({
      char: 'f',
      description: 'Read host<TAB>location lines from a file, or - for stdin',
      helpValue: 'FILE',
    }),
    new: Flags.boolean({ description: 'Also add hosts that have never reported' }),
    ...newLocationFlag,
    ...changeFlags,
    'no-input': Flags.boolean({ description: 'Never prompt' }),
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(HostsAssign);
    const manage = await this.context.openManage(await this.settings(flags));
    const assignments = await this.assignments(manage, argv as string[], flags);
    if (assignments.length === 0) return this.say('Nothing to assign: every reporting host has a location.');
    const request = { assignments, actor: this.author(flags), ...(flags.new && { new: true }) };
    const render = await renderOptions(flags, this.screen(flags));
    const dryRun = flags['dry-run'];
    const streams = { ...this.context, noInput: flags['no-input'] };
    // The prompt already marked new locations as new.
    const isTyped = argv.length > 0 || flags.file !== undefined || flags.location !== undefined;
    const made =
      isTyped && !flags['new-location'] && !(flags.yes && !dryRun)
        ? await newLocations(
            manage,
            assignments.map(({ location }) => location),
          )
        : [];
    if (made.length > 0 && !dryRun && !(await confirmNewLocations(made, streams)))
      return this.say('Nothing was changed.');
    if (!dryRun && !flags.yes && assignments.length > MOVES_UNASKED) {
      const moves = overwritten(await manage.assignHosts({ ...request, dryRun: true }));
      const question = { action: moveAction(moves), yes: moves.length <= MOVES_UNASKED, streams, render };
      if (!(await confirmChanges(moves, question))) return this.say('Nothing was changed.');
    }
    const outcomes = await manage.assignHosts({ ...request, ...(dryRun && { dryRun }) });
    if (dryRun) await this.print(renderListing(changesListing(outcomes), render));
    else if (flags.output !== undefined || flags.json || outcomes.length > 1)
      await this.print(doneChanges(outcomes, render));
    if (outputFormat(flags) !== 'table') return;
    const changed = outcomes.filter(({ change }) => change !== 'unchanged').length;
    const summary = assignSummary(outcomes).trimEnd();
    this.say(dryRun ? `Dry run, nothing was changed: ${summary}` : summary + undoHint(changed));
    if (dryRun && made.length > 0) this.sayWarnings([newLocationsText(made)]);
  }

  private async assignments(
    manage: ManageClient,
    words: readonly string[],
    flags: {
      readonly location?: string | undefined;
      readonly file?: string | undefined;
      readonly 'no-input': boolean;
    },
  ): Promise<readonly Assignment[]> {
    const { location, file } = flags;
    if (location !== undefined) checkId(location, 'location');
    if (file !== undefined) {
      if (words.length > 0) throw new ExpectedError('USAGE', 'give hosts or a file, not both');
      const text = await readInput(file, this.context.stdin);
      return parseAssignmentLines(text, { source: file === '-' ? 'standard input' : file, location });
    }
    if (words.length === 0)
      return askAssignments(manage, { ...this.context, noInput: flags['no-input'] }, location);
    if (location === undefined) {
      const ids = words.filter((word) => !word.startsWith('-'));
      const hint =
        ids.length < words.length
          ? 'Arguments after -- are host ids: put flags before it.'
          : ids.length < 2
            ? `minimon hosts assign ${ids.join(' ')} --location 725`
            : `Give the location as a flag: minimon hosts assign ${ids.slice(0, -1).join(' ')} --location ${ids.at(-1)}`;
      throw new ExpectedError('USAGE', '--location is missing', { hint });
    }
    return (await expandHosts(manage, words)).map((hostId) => ({ hostId, location }));
  }
}
