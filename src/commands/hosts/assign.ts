// minimon hosts assign: assigns hosts to a location.
import { Args, Flags } from '@oclif/core';
import { expandHosts } from '../../api/hosts.ts';
import type { ManageClient } from '../../api/manage.ts';
import type { Assignment } from '../../catalog/catalog.ts';
import { parseAssignmentLines } from '../../domain/assignment-lines.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { checkId } from '../../domain/names.ts';
import {
  BaseCommand,
  clientFlags,
  outputFlags,
  outputFormat,
  renderOptions,
} from '../../terminal/base-command.ts';
import { assignListing, assignSummary } from '../../terminal/hosts-view.ts';
import { renderListing } from '../../terminal/output.ts';
import { askAssignments, readInput } from '../../terminal/prompts.ts';

export default class HostsAssign extends BaseCommand {
  static override description =
    'Assign hosts to a location; unknown hosts are added to the inventory\nWithout arguments, on a terminal, it asks.';
  static override examples = [
    '<%= config.bin %> hosts assign web-1 web-2 --location 725',
    "<%= config.bin %> hosts assign 'web-*' --location 725",
    '<%= config.bin %> hosts assign -f hosts.tsv',
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
    'no-input': Flags.boolean({ description: 'Never ask' }),
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(HostsAssign);
    const manage = await this.context.openManage(await this.settings(flags));
    const assignments = await this.assignments(manage, argv as string[], flags);
    if (assignments.length === 0) return this.say('Nothing to assign: every reporting host has a location.');
    const outcomes = await manage.assignHosts({ assignments, actor: this.author(flags) });
    const isList = flags.output !== undefined || flags.json || (outcomes.length > 1 && outcomes.length <= 20);
    const format = outputFormat(flags);
    if (isList)
      await this.print(
        renderListing(assignListing(outcomes), await renderOptions(flags, this.screen(flags))),
      );
    if (format === 'table') this.say(assignSummary(outcomes));
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
      throw new ExpectedError('USAGE', '--location is missing', {
        hint: `minimon hosts assign ${words.join(' ')} --location 725`,
      });
    }
    return (await expandHosts(manage, words)).map((hostId) => ({ hostId, location }));
  }
}
