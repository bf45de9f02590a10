// minimon alerts why: why a rule fires or does not, and whom it notifies.
import { Args, Flags } from '@oclif/core';
import { ExpectedError } from '../../domain/errors.ts';
import { safeText } from '../../domain/safe-text.ts';
import {
  BaseCommand,
  clientFlags,
  outputFlags,
  outputFormat,
  renderOptions,
} from '../../terminal/base-command.ts';
import { renderData, renderListing, rowObjects } from '../../terminal/output.ts';
import { whyListing } from '../../terminal/why-view.ts';

export default class AlertsWhy extends BaseCommand {
  static override description =
    'Explain why a rule fires or does not, and whom it notifies: values, thresholds, silences, routes and the answers of receivers';
  static override examples = [
    '<%= config.bin %> alerts why disk-full --host web-17',
    '<%= config.bin %> alerts why room-dark --location 725',
  ];
  static override args = {
    rule: Args.string({ ignoreStdin: true, required: true, description: 'Name of the rule' }),
  };
  static override flags = {
    host: Flags.string({ char: 'H', description: 'On this host', helpValue: 'HOST' }),
    location: Flags.string({ char: 'l', description: 'In this location', helpValue: 'LOCATION' }),
    ...outputFlags,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AlertsWhy);
    const { host, location } = flags;
    const settings = await this.settings(flags);
    const warn = await this.context.openWarn(settings);
    const { summary, steps, warnings } = await warn
      .explain({
        rule: args.rule,
        ...(host !== undefined && { host }),
        ...(location !== undefined && { location }),
      })
      .catch(async (error: unknown) => {
        if (!(error instanceof ExpectedError) || error.code !== 'HOST_UNKNOWN' || host === undefined)
          throw error;
        const manage = await this.context.openManage(settings);
        // A host that reports but has no location gets a better hint than an unknown one.
        if ((await manage.getHost(host)).location !== undefined) throw error;
        throw new ExpectedError(
          'HOST_UNKNOWN',
          `${host} has no location, and rules evaluate only hosts with a location`,
          {
            hint: `Assign it: minimon hosts assign ${host} --location LOCATION`,
          },
        );
      });
    this.sayWarnings(warnings);
    const render = await renderOptions(flags, this.screen(flags));
    const listing = whyListing(steps);
    const format = outputFormat(flags);
    if (format === 'json' || format === 'yaml') {
      const data = { rule: args.rule, summary, steps: rowObjects(listing.columns, listing.rows) };
      await this.print(renderData(data, render));
      return;
    }
    if (format !== 'csv' && format !== 'name') await this.print(`${safeText(summary)}\n`);
    await this.print(renderListing(listing, render));
  }
}
