// minimon silences expire: ends silences now.
import { Args } from '@oclif/core';
import { ExpectedError } from '../../domain/errors.ts';
import { authorFlag, BaseCommand, clientFlags, yesFlag } from '../../terminal/base-command.ts';
import { zonedTime } from '../../terminal/silences-view.ts';

export default class SilencesExpire extends BaseCommand {
  static override description =
    'End silences now; alerts that still fire notify again. An unknown id does not keep the others from ending';
  static override examples = ['<%= config.bin %> silences expire 4f2a'];
  static override strict = false;
  static override args = {
    id: Args.string({ ignoreStdin: true, required: true, description: 'Ids, or unique prefixes of ids' }),
  };
  static override flags = {
    // Accepted for symmetry with other commands; expiring asks nothing, because nothing is lost.
    yes: { ...yesFlag, hidden: true },
    author: authorFlag,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(SilencesExpire);
    const manage = await this.context.openManage(await this.settings(flags));
    const screen = this.screen(flags);
    const ids = argv as string[];
    const failed: ExpectedError[] = [];
    for (const id of ids) {
      try {
        const silence = await manage.expireSilence({ id, actor: this.author(flags) });
        this.say(`${silence.id}: ${silence.matchers.join(' ')} ended ${zonedTime(silence.endsMs, screen)}`);
      } catch (error) {
        if (!(error instanceof ExpectedError)) throw error;
        failed.push(error);
      }
    }
    if (failed.length === 0) return;
    const [{ code, hint }] = failed as [ExpectedError];
    const isNone = failed.length === ids.length && failed.every((error) => error.code === code);
    const message = failed.map((error) => error.message).join('\n');
    throw new ExpectedError(isNone ? code : 'PARTLY_DONE', message, { hint });
  }
}
