// minimon receivers test: sends a test message from where warn runs, and fails where the receiver does not take it.
import { Args } from '@oclif/core';
import { ExpectedError } from '../../domain/errors.ts';
import { BaseCommand, clientFlags, outputFlags, renderOptions } from '../../terminal/base-command.ts';
import { renderListing } from '../../terminal/output.ts';
import { testedListing } from '../../terminal/receivers-view.ts';

/** Warn gives a receiver 10 s. */
const TIMEOUT_MS = 20_000;

export default class ReceiversTest extends BaseCommand {
  static override description =
    'Send a test message to a receiver, as an alert would be sent, and say what came of it';
  static override examples = ['<%= config.bin %> receivers test ops'];
  static override args = {
    name: Args.string({ ignoreStdin: true, required: true, description: 'Name of the receiver' }),
  };
  static override flags = { ...outputFlags, ...clientFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ReceiversTest);
    const settings = await this.settings(flags);
    const timeoutMs = Math.max(settings.timeoutMs, TIMEOUT_MS);
    const warn = await this.context.openWarn({ ...settings, timeoutMs });
    const tested = await warn.testReceiver(args.name);
    await this.print(renderListing(testedListing(tested), await renderOptions(flags, this.screen(flags))));
    const failed = tested.results.filter(({ outcome }) => outcome !== 'sent');
    if (failed.length === 0) return;
    const what = `${args.name} did not take the test message: ${failed[0]!.text ?? failed[0]!.outcome}`;
    throw new ExpectedError(failed.length < tested.results.length ? 'PARTLY_DONE' : 'NOT_SENT', what, {
      hint: 'Mend what the receiver says, or set it again with minimon receivers add, and test again.',
    });
  }
}
