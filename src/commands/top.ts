// minimon top: a live, interactive screen of hosts, locations and alerts.
import { Flags } from '@oclif/core';
import { ExpectedError } from '../domain/errors.ts';
import { BaseCommand, clientFlags } from '../terminal/base-command.ts';
import { showTop } from '../terminal/top/top.ts';

export default class Top extends BaseCommand {
  static override description =
    'Watch hosts, locations and alerts on one screen, worst first; ? shows the keys';
  static override examples = ['<%= config.bin %> top', '<%= config.bin %> top --location 725'];
  static override flags = {
    location: Flags.string({ char: 'l', description: 'Only hosts of this location', helpValue: 'LOCATION' }),
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Top);
    const { context } = this;
    const screen = this.screen(flags);
    if (context.stdin.isTTY !== true || !screen.cursor) {
      throw new ExpectedError('USAGE', 'top needs a terminal', {
        hint: 'In a script use minimon metrics --watch --json.',
      });
    }
    const settings = await this.settings(flags);
    const [analyze, manage, warn] = await Promise.all([
      context.openAnalyze(settings),
      context.openManage(settings),
      context.openWarn(settings),
    ]);
    await showTop({
      services: { analyze, manage, warn },
      parts: this.displayParts(flags),
      nowMs: context.nowMs,
      location: flags.location,
    });
  }
}
