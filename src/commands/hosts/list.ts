// minimon hosts list: the hosts, each with its location and state.
import { Flags } from '@oclif/core';
import type { Host, ManageClient } from '../../api/manage.ts';
import { listHostsIn } from '../../api/scope.ts';
import { filterHosts, readFilter } from '../../assembly/filter-hosts.ts';
import { unknownHosts } from '../../assembly/metrics-selection.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { HOST_STATES } from '../../domain/host.ts';
import {
  BaseCommand,
  clientFlags,
  outputFlags,
  renderOptions,
  watchFlag,
} from '../../terminal/base-command.ts';
import { hostsListing, hostsSummaries, hostsWorstFirst } from '../../terminal/hosts-view.ts';
import { renderListing } from '../../terminal/output.ts';
import { watchListing } from '../../terminal/watch.ts';

export default class HostsList extends BaseCommand {
  static override description = 'List hosts with location, state and when last seen';
  static override examples = [
    '<%= config.bin %> hosts list --location 725',
    '<%= config.bin %> hosts list --all --state silent -o wide',
    "<%= config.bin %> hosts list --location '7*' --top 10",
    "<%= config.bin %> hosts list --where 'disk.usage > 80 and cpu.usage > 50'",
  ];
  static override flags = {
    location: Flags.string({
      char: 'l',
      description: 'Only hosts of this location or glob; repeatable',
      helpValue: 'LOCATION',
      multiple: true,
    }),
    state: Flags.option({ options: HOST_STATES, description: 'Only hosts in this state' })(),
    all: Flags.boolean({ char: 'a', description: 'Include hosts that report but are not managed' }),
    where: Flags.string({
      description: 'Only hosts that meet this condition now, written as in rules',
      helpValue: 'EXPRESSION',
    }),
    limit: Flags.integer({ description: 'At most this many', helpValue: 'N', min: 1 }),
    top: Flags.integer({
      description: 'Only the N worst hosts: silent ones first, then late ones',
      helpValue: 'N',
      min: 1,
      exclusive: ['limit'],
    }),
    watch: watchFlag,
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(HostsList);
    const { location, state, all, limit, top } = flags;
    const expression = flags.where === undefined ? undefined : readFilter(flags.where);
    const settings = await this.settings(flags);
    const manage = await this.context.openManage(settings);
    const screen = this.screen(flags);
    const render = await renderOptions(flags, screen);
    const filtered = all || location !== undefined || state !== undefined || expression !== undefined;
    const empty = filtered
      ? 'No hosts match. List all known hosts: minimon hosts list --all'
      : 'No managed hosts yet. Assign reporting hosts: minimon hosts assign';
    const read = async () => {
      const { hosts, warnings } = await listHostsIn(manage, {
        all,
        ...(location !== undefined && { locations: location }),
        ...(state !== undefined && { state }),
        ...(limit !== undefined && expression === undefined && { limit }),
      });
      if (!flags.watch) this.sayWarnings(warnings);
      const worst = (some: readonly Host[]) =>
        top === undefined ? some : hostsWorstFirst(some).slice(0, top);
      if (expression === undefined) return worst(hosts);
      const analyze = await this.context.openAnalyze(settings);
      const found = await filterHosts({ analyze }, hosts, { expression, nowMs: this.context.nowMs() });
      if (found.unknown > 0 && !flags.watch) this.sayWarnings([unknownHosts(found.unknown)]);
      return worst(found.hosts.slice(0, limit));
    };
    if (flags.watch) {
      const listing = async () => hostsListing(await read(), empty);
      return watchListing({
        read: listing,
        render,
        parts: this.displayParts(flags),
        name: 'hosts',
        summary: hostsSummaries,
        worstFirst: hostsWorstFirst,
        isOfAll: !filtered || (all && location === undefined && state === undefined && !expression),
      });
    }
    const hosts = await read();
    const forEyes = render.format === 'table' && screen.isTTY;
    const summary = forEyes && hosts.length > 1 ? `\n${hostsSummaries(hosts)[0]}\n` : '';
    const more =
      forEyes && !filtered && limit === undefined && top === undefined ? await moreReport(manage) : '';
    await this.print(renderListing(hostsListing(hosts, empty), render) + summary + more);
  }
}

/** A note about hosts that the list omits; left out while analyze is down. */
async function moreReport(manage: Pick<ManageClient, 'listUnmanaged'>): Promise<string> {
  const count = await manage.listUnmanaged({}).then(
    ({ hosts }) => hosts.length,
    (error: unknown) => {
      if (error instanceof ExpectedError) return 0;
      throw error;
    },
  );
  if (count === 0) return '';
  return `${count} more ${count === 1 ? 'reports' : 'report'} without a location: minimon hosts unmanaged\n`;
}
