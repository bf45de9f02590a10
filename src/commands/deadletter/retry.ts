// minimon deadletter retry: publishes dead letters to the bus again, once the cause is fixed.
import { Flags } from '@oclif/core';
import { ExpectedError } from '../../domain/errors.ts';
import { BaseCommand, clientFlags, yesFlag } from '../../terminal/base-command.ts';
import { letterFlags, lettersOf } from '../../terminal/deadletter-flags.ts';
import { lettersText, retrySummary } from '../../terminal/deadletter-view.ts';

export default class DeadletterRetry extends BaseCommand {
  static override description = 'Retry dead letters: publish their samples to the bus again';
  static override examples = [
    "<%= config.bin %> deadletter retry --reason 'type conflict'",
    '<%= config.bin %> deadletter retry --all --yes',
  ];
  static override flags = {
    ...letterFlags,
    all: Flags.boolean({ description: 'Retry all dead letters', exclusive: ['host', 'reason'] }),
    yes: yesFlag,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(DeadletterRetry);
    const { host, reason, all, yes } = flags;
    if (!all && host === undefined && reason === undefined) {
      throw new ExpectedError('USAGE', 'no dead letters were selected', {
        hint: 'Select them with --host or --reason, or use --all.',
      });
    }
    const persist = await this.context.openPersist(await this.settings(flags));
    const selection = lettersOf(flags);
    const { letters } = await persist.listDeadLetters(selection);
    if (letters.length === 0) return this.say('No dead letters match.');
    const action = `retry ${lettersText(letters.length)}`;
    if (!(await this.agreed({ action, yes }))) return;
    this.say(retrySummary(await persist.retryDeadLetters(selection)));
  }
}
