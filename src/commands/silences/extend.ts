// minimon silences extend: changes the end of a silence.
import { Args, Flags } from '@oclif/core';
import { resolveSpan } from '../../domain/time-ahead.ts';
import { authorFlag, BaseCommand, clientFlags } from '../../terminal/base-command.ts';
import { spanFlags } from '../../terminal/silence-flags.ts';
import { silenceText } from '../../terminal/silences-view.ts';

export default class SilencesExtend extends BaseCommand {
  static override description = 'Change the end of a silence, to later or earlier';
  static override examples = ['<%= config.bin %> silences extend 4f2a --for 2h'];
  static override args = {
    id: Args.string({ ignoreStdin: true, required: true, description: 'Id, or a unique prefix of it' }),
  };
  static override flags = {
    ...spanFlags('Duration from now, or from its start if it has not started'),
    reason: Flags.string({ description: 'New reason', aliases: ['comment'] }),
    author: authorFlag,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SilencesExtend);
    const screen = this.screen(flags);
    const { notes, ...span } = resolveSpan({
      until: flags.until,
      for: flags.for ?? (flags.until === undefined && flags.reason === undefined ? '1h' : undefined),
      nowMs: screen.nowMs,
      utc: screen.utc,
    });
    const manage = await this.context.openManage(await this.settings(flags));
    for (const note of notes) this.say(note);
    const silence = await manage.putSilence({
      id: args.id,
      ...span,
      ...(flags.reason !== undefined && { reason: flags.reason }),
      actor: this.author(flags),
    });
    this.say(`${silence.id}: ${silence.matchers.join(' ')} ${silenceText(silence, screen)}`);
  }
}
