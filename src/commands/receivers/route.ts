// minimon receivers route: which receivers an alert with these labels would notify now, and why.
import { Args } from '@oclif/core';
import { BaseCommand, clientFlags, outputFlags, renderOptions } from '../../terminal/base-command.ts';
import { renderListing } from '../../terminal/output.ts';
import { routedListing } from '../../terminal/receivers-view.ts';

export default class ReceiversRoute extends BaseCommand {
  static override description = 'Show which receivers an alert with these labels would notify now, and why';
  static override examples = [
    '<%= config.bin %> receivers route location=725 severity=critical',
    '<%= config.bin %> receivers route rule=disk-full location=725',
  ];
  static override strict = false;
  static override args = {
    label: Args.string({
      ignoreStdin: true,
      required: true,
      description: 'Labels of the alert, LABEL=VALUE',
    }),
  };
  static override flags = { ...outputFlags, ...clientFlags };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(ReceiversRoute);
    const warn = await this.context.openWarn(await this.settings(flags));
    const { receivers, silenced } = await warn.routeOf(argv as string[]);
    await this.print(renderListing(routedListing(receivers), await renderOptions(flags, this.screen(flags))));
    if (silenced !== undefined) this.say(`No receiver is notified: ${silenced}`);
    else if (!receivers.some(({ told }) => told))
      this.say('No receiver would be notified: no route matches, and there is no default receiver.');
  }
}
