// minimon hosts history: changes, silences and alerts of one host.
import { Args, Flags } from '@oclif/core';
import { MAX_PAGE_LIMIT } from '../../domain/page-cursor.ts';
import {
  BaseCommand,
  clientFlags,
  outputFlags,
  renderOptions,
  TIME_FORMS,
} from '../../terminal/base-command.ts';
import { historyListing, readHostHistory } from '../../terminal/host-history.ts';
import { renderListing } from '../../terminal/output.ts';

export default class HostsHistory extends BaseCommand {
  static override description =
    'Show the history of a host, newest first: who moved, added or removed it, when it was silent and recovered, and its alerts\nStates are derived from gaps between its samples. Without --since, states and alerts go back 7 days.';
  static override examples = [
    '<%= config.bin %> hosts history web-17',
    '<%= config.bin %> hosts history web-17 --since 30d --json',
  ];
  static override args = { host: Args.string({ ignoreStdin: true, required: true, description: 'Host id' }) };
  static override flags = {
    since: Flags.string({ description: `Start: ${TIME_FORMS}`, helpValue: 'TIME' }),
    limit: Flags.integer({
      description: 'At most this many',
      helpValue: 'N',
      min: 1,
      max: MAX_PAGE_LIMIT,
      default: 100,
    }),
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(HostsHistory);
    const { since, limit } = flags;
    const sinceMs = since === undefined ? undefined : this.sinceMs(since, flags);
    const settings = await this.settings(flags);
    const { context } = this;
    const [manage, analyze, warn] = await Promise.all([
      context.openManage(settings),
      context.openAnalyze(settings),
      context.openWarn(settings),
    ]);
    const asked = { hostId: args.host, sinceMs, limit, nowMs: context.nowMs() };
    const { rows, more, warnings } = await readHostHistory({ analyze, manage, warn }, asked);
    this.sayWarnings(warnings);
    const render = await renderOptions(flags, this.screen(flags));
    await this.print(renderListing(historyListing(rows), render));
    if (more) this.say(`These are the newest ${limit}: --limit shows more.`);
  }
}
