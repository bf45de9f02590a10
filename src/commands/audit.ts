// minimon audit: who changed what, when and from where.
import { Flags } from '@oclif/core';
import { readAudit, withoutChanges } from '../api/audit.ts';
import { checkAlertFilter } from '../api/rules.ts';
import { auditListing } from '../terminal/audit-view.ts';
import {
  BaseCommand,
  clientFlags,
  outputFlags,
  renderOptions,
  TIME_FORMS,
} from '../terminal/base-command.ts';
import { renderListing } from '../terminal/output.ts';

export default class Audit extends BaseCommand {
  static override description = 'Show who changed what, when and from where, newest first';
  static override examples = [
    '<%= config.bin %> audit',
    '<%= config.bin %> audit --location 725 --since 7d',
    '<%= config.bin %> audit --host web-17 --json',
  ];
  static override flags = {
    host: Flags.string({ char: 'H', description: 'Only changes of this host', helpValue: 'HOST' }),
    location: Flags.string({
      char: 'l',
      description: 'Only changes that moved a host into or out of this location',
      helpValue: 'LOCATION',
    }),
    actor: Flags.string({ description: 'Only changes by this person or token', helpValue: 'NAME' }),
    since: Flags.string({ description: `Only changes since: ${TIME_FORMS}`, helpValue: 'TIME' }),
    limit: Flags.integer({ description: 'At most this many', helpValue: 'N', min: 1, default: 100 }),
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Audit);
    const { host, location, actor, since, limit } = flags;
    const sinceMs = since === undefined ? undefined : this.sinceMs(since, flags);
    const manage = await this.context.openManage(await this.settings(flags));
    const { changes, more } = await readAudit(manage, {
      limit,
      ...(host !== undefined && { host }),
      ...(location !== undefined && { location }),
      ...(actor !== undefined && { actor }),
      ...(sinceMs !== undefined && { sinceMs }),
    });
    // A removed host or location still has changes; one without any may be mistyped.
    if (changes.length === 0)
      await checkAlertFilter(async () => manage, await withoutChanges(manage, { location, host }));
    await this.print(renderListing(auditListing(changes), await renderOptions(flags, this.screen(flags))));
    if (more) this.say(`These are the newest ${limit}: --limit shows more.`);
  }
}
