// minimon silences expire: ends silences now.
import { Args } from '@oclif/core';
import { authorFlag, BaseCommand, clientFlags } from '../../terminal/base-command.ts';
import { zonedTime } from '../../terminal/silences-view.ts';

export default class SilencesExpire extends BaseCommand {
  static override description = 'End silences now; what still fires is told';
  static override examples = ['<%= config.bin %> silences expire 4f2a'];
  static override strict = false;
  static override args = {
    id: Args.string({ ignoreStdin: true, required: true, description: 'Ids, or the beginnings of them' }),
  };
  static override flags = { author: authorFlag, ...clientFlags };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(SilencesExpire);
    const manage = await this.context.openManage(await this.settings(flags));
    const screen = this.screen(flags);
    for (const id of argv as string[]) {
      const silence = await manage.expireSilence({ id, actor: this.author(flags) });
      this.say(`${silence.id}: ${silence.matchers.join(' ')} ended ${zonedTime(silence.endsMs, screen)}`);
    }
  }
}
