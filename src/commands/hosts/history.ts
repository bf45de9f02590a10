// minimon hosts history: what became of one host, and who did it.
import { Args, Flags } from '@oclif/core';
import { readAudit } from '../../api/audit.ts';
import { historyListing } from '../../terminal/audit-view.ts';
import {
  BaseCommand,
  clientFlags,
  outputFlags,
  renderOptions,
  TIME_FORMS,
} from '../../terminal/base-command.ts';
import { renderListing } from '../../terminal/output.ts';

export default class HostsHistory extends BaseCommand {
  static override description =
    'Show the locations a host was assigned to, and who moved, added or removed it, newest first\nWhat its alerts did: minimon alerts history --host HOST';
  static override examples = [
    '<%= config.bin %> hosts history web-17',
    '<%= config.bin %> hosts history web-17 --since 30d --json',
  ];
  static override args = { host: Args.string({ ignoreStdin: true, required: true, description: 'Host id' }) };
  static override flags = {
    since: Flags.string({ description: `Only changes since then: ${TIME_FORMS}`, helpValue: 'TIME' }),
    limit: Flags.integer({ description: 'At most this many', helpValue: 'N', min: 1, default: 100 }),
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(HostsHistory);
    const { since, limit } = flags;
    const sinceMs = since === undefined ? undefined : this.sinceMs(since, flags);
    const manage = await this.context.openManage(await this.settings(flags));
    const request = { host: args.host, limit, ...(sinceMs !== undefined && { sinceMs }) };
    const { changes, more } = await readAudit(manage, request);
    // A removed host has a history; of what never was a host the error names the nearest.
    if (changes.length === 0) await manage.getHost(args.host);
    const render = await renderOptions(flags, this.screen(flags));
    await this.print(renderListing(historyListing(args.host, changes), render));
    if (more) this.say(`These are the newest ${limit}: --limit shows more.`);
  }
}
