// minimon silences add: mutes matching alerts for a time; shows what it covers before it is saved.
import { Args, Flags } from '@oclif/core';
import { DEFAULT_SILENCE_MS } from '../../domain/alerting/configuration.ts';
import { messageOf } from '../../domain/errors.ts';
import { resolveSpan } from '../../domain/time-ahead.ts';
import { authorFlag, BaseCommand, clientFlags } from '../../terminal/base-command.ts';
import { createPrompts } from '../../terminal/prompts.ts';
import { spanFlags } from '../../terminal/silence-flags.ts';
import { coversAll, coverText, silenceText } from '../../terminal/silences-view.ts';

export default class SilencesAdd extends BaseCommand {
  static override description =
    'Mute notifications of matching alerts for a time. All matchers must match: label=value, label!=value, label~glob, label!~glob. Prints the id';
  static override examples = [
    "<%= config.bin %> silences add location=725 'host~web-*' --for 2h --reason 'disk swap'",
    "<%= config.bin %> silences add rule=cpu --until 07:00 --reason 'nightly build'",
    "<%= config.bin %> silences add location=726 --starts 22:00 --for 30m --reason 'power test' --dry-run",
  ];
  static override strict = false;
  static override args = {
    matcher: Args.string({
      ignoreStdin: true,
      required: true,
      description: 'location=725, host~web-*, rule=cpu',
    }),
  };
  static override flags = {
    ...spanFlags('Duration from the start [default: 1h]'),
    starts: Flags.string({
      description: 'Start, in the forms of --until [default: now]',
      helpValue: 'TIME',
      aliases: ['start'],
    }),
    reason: Flags.string({
      description: 'Why, shown in lists and the audit log',
      required: true,
      aliases: ['comment'],
    }),
    author: authorFlag,
    'dry-run': Flags.boolean({ description: 'Show what it would cover, and save nothing' }),
    yes: Flags.boolean({
      char: 'y',
      description: 'Do not ask before silencing all hosts, or names that do not exist',
    }),
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(SilencesAdd);
    const matchers = argv as string[];
    const screen = this.screen(flags);
    const { notes, ...span } = resolveSpan({
      starts: flags.starts,
      until: flags.until,
      for: flags.for,
      nowMs: screen.nowMs,
      utc: screen.utc,
    });
    const settings = await this.settings(flags);
    const manage = await this.context.openManage(settings);
    const preview = await manage.previewMatchers({ matchers });
    const warn = await this.context.openWarn(settings);
    const alerts = await warn.listAlerts({ matchers }).catch((error: unknown) => {
      this.sayWarnings([`firing alerts are not available: ${messageOf(error)}`]);
      return undefined;
    });
    for (const note of notes) this.say(note);
    this.say(coverText(preview, alerts?.alerts));
    for (const note of preview.notes) this.say(`Note: ${note}`);
    if (flags['dry-run']) {
      const startsMs = span.startsMs ?? screen.nowMs;
      const endsMs = span.endsMs ?? startsMs + (span.forMs ?? DEFAULT_SILENCE_MS);
      this.say(`would be ${silenceText({ startsMs, endsMs }, screen)}`);
      this.say('Nothing was saved.');
      return;
    }
    const action = coversAll(preview)
      ? `silence all ${preview.hosts} hosts`
      : preview.notes.length > 0
        ? 'silence names that do not exist'
        : undefined;
    if (action !== undefined) {
      const agreed = await createPrompts(this.context).confirm({ action, yes: flags.yes });
      if (!agreed) return this.say('Nothing was saved.');
    }
    const author = this.author(flags);
    const silence = await manage.putSilence({
      matchers,
      reason: flags.reason,
      author,
      actor: author,
      ...span,
    });
    await this.print(`${silence.id}\n`);
    this.say(`${silenceText(silence, screen)}; to revoke it: minimon silences expire ${silence.id}`);
  }
}
