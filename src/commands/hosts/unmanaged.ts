// minimon hosts unmanaged: hosts that report and have no location, with a suggestion for each.
import { Flags } from '@oclif/core';
import { counted } from '../../domain/counting.ts';
import {
  BaseCommand,
  changeFlags,
  clientFlags,
  outputFlags,
  outputFormat,
  renderOptions,
  TIME_FORMS,
} from '../../terminal/base-command.ts';
import { assignSummary, changesListing } from '../../terminal/host-changes.ts';
import { unmanagedListing } from '../../terminal/hosts-view.ts';
import { renderListing } from '../../terminal/output.ts';

export default class HostsUnmanaged extends BaseCommand {
  static override description = 'List hosts that report and have no location, with a suggestion for each';
  static override examples = [
    '<%= config.bin %> hosts unmanaged',
    '<%= config.bin %> hosts unmanaged --apply',
  ];
  static override flags = {
    since: Flags.string({
      description: `Only hosts that reported since: ${TIME_FORMS}`,
      helpValue: 'TIME',
      default: '24h',
    }),
    apply: Flags.boolean({ description: 'Assign each host to its suggested location' }),
    ...changeFlags,
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(HostsUnmanaged);
    const sinceMs = this.sinceMs(flags.since, flags);
    const manage = await this.context.openManage(await this.settings(flags));
    const { hosts, warnings } = await manage.listUnmanaged({ sinceMs });
    this.sayWarnings(warnings);
    const render = await renderOptions(flags, this.screen(flags));
    if (!flags.apply) {
      await this.print(renderListing(unmanagedListing(hosts), render));
      return;
    }
    const assignments = hosts.flatMap(({ hostId, suggestion }) =>
      suggestion ? [{ hostId, location: suggestion.location }] : [],
    );
    if (assignments.length === 0) return this.say('Nothing to assign: no unmanaged host has a suggestion.');
    const dryRun = flags['dry-run'];
    const request = { assignments, actor: this.author(flags), ...(dryRun && { dryRun }) };
    if (!flags.yes && !dryRun)
      this.context.stderr.write(
        renderListing(unmanagedListing(hosts.filter((host) => host.suggestion)), {
          ...render,
          format: 'table',
        }),
      );
    const action = `assign ${counted(assignments.length, 'host')} as suggested`;
    if (!(await this.agreed({ action, yes: flags.yes || dryRun }))) return;
    const outcomes = await manage.assignHosts(request);
    await this.print(renderListing(changesListing(outcomes), render));
    if (outputFormat(flags) !== 'table') return;
    this.say(`${dryRun ? 'Dry run, nothing was changed: ' : ''}${assignSummary(outcomes)}`);
  }
}
