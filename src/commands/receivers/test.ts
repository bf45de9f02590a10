// minimon receivers test: sends a test message through warn, and fails if the receiver does not accept it.
import { Args } from '@oclif/core';
import { ExpectedError } from '../../domain/errors.ts';
import { BaseCommand, clientFlags, outputFlags, renderOptions } from '../../terminal/base-command.ts';
import { renderListing } from '../../terminal/output.ts';
import { testedListing } from '../../terminal/receivers-view.ts';

/** Longer than warn's timeout of 10 s for a receiver. */
const TIMEOUT_MS = 20_000;

export default class ReceiversTest extends BaseCommand {
  static override description =
    'Send a test message to a receiver, the way alerts are sent, and show the result';
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
    const what = `${args.name} did not accept the test message: ${failed[0]!.text ?? failed[0]!.outcome}`;
    throw new ExpectedError(failed.length < tested.results.length ? 'PARTLY_DONE' : 'NOT_SENT', what, {
      hint: 'Fix what the receiver reports, or change its options with minimon receivers add --replace, and test again.',
    });
  }
}
