// minimon alerts history: state changes of alerts and their notifications.
import { Flags } from '@oclif/core';
import { readPages } from '../../api/pages.ts';
import { checkAlertFilter } from '../../api/rules.ts';
import { resolveTime } from '../../domain/time-range.ts';
import { historyListing } from '../../terminal/alert-history-view.ts';
import {
  BaseCommand,
  clientFlags,
  outputFlags,
  renderOptions,
  TIME_FORMS,
} from '../../terminal/base-command.ts';
import { renderListing } from '../../terminal/output.ts';

const MAX_PAGE = 1_000;

export default class AlertsHistory extends BaseCommand {
  static override description =
    'List state changes of alerts and their notifications in the last 90 days, newest first';
  static override examples = [
    '<%= config.bin %> alerts history --location 725 --since 2h',
    "<%= config.bin %> alerts history --rule 'disk-*' --host web-17 -o json",
  ];
  static override flags = {
    rule: Flags.string({ description: 'Only of these rules (glob)', helpValue: 'GLOB' }),
    host: Flags.string({ char: 'H', description: 'Only of these hosts (glob)', helpValue: 'GLOB' }),
    location: Flags.string({ char: 'l', description: 'Only of these locations (glob)', helpValue: 'GLOB' }),
    since: Flags.string({ description: `Start: ${TIME_FORMS}`, helpValue: 'TIME' }),
    until: Flags.string({ description: 'End, in the same forms [default: now]', helpValue: 'TIME' }),
    limit: Flags.integer({ description: 'At most this many', helpValue: 'N', min: 1, default: 100 }),
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(AlertsHistory);
    const { rule, host, location, since, until, limit } = flags;
    const screen = this.screen(flags);
    const now = { nowMs: screen.nowMs, utc: screen.utc };
    const query = {
      ...(rule !== undefined && { rule }),
      ...(host !== undefined && { host }),
      ...(location !== undefined && { location }),
      ...(since !== undefined && { sinceMs: this.sinceMs(since, flags) }),
      ...(until !== undefined && { untilMs: resolveTime(until, now) }),
    };
    const settings = await this.settings(flags);
    const warn = await this.context.openWarn(settings);
    const { entries, nextCursor } = await readPages(
      'entries',
      (at) => warn.listHistory({ ...query, ...at }),
      {
        limit,
        atOnce: MAX_PAGE,
      },
    );
    // A removed rule still has history; a name without any is more likely mistyped.
    if (entries.length === 0)
      await checkAlertFilter(() => this.context.openManage(settings), { rule, location });
    await this.print(renderListing(historyListing(entries), await renderOptions(flags, screen)));
    if (nextCursor !== undefined)
      this.say(`There may be more than ${limit}: raise --limit, or narrow it with --since.`);
  }
}
