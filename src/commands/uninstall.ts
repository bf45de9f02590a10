// minimon uninstall: stops a service and removes its unit; keeps its data unless --purge-data.
import { Args, Flags } from '@oclif/core';
import { applySteps } from '../assembly/install/apply.ts';
import { installPlace } from '../assembly/install/place.ts';
import { dataOf, hasUnit, uninstallSteps } from '../assembly/install/plan.ts';
import { SERVICES, type ServiceName, unitName } from '../assembly/install/units.ts';
import { BaseCommand, changeFlags, outputFlags, renderOptions } from '../terminal/base-command.ts';
import { installListing } from '../terminal/install-view.ts';
import { renderListing } from '../terminal/output.ts';

export default class Uninstall extends BaseCommand {
  static override description = `Stop a service of this machine and remove its systemd unit

Keeps its data, the configuration and the user. --purge-data also deletes the data, after confirmation.
Needs root (sudo), or --user.`;
  static override examples = [
    '<%= config.bin %> uninstall agent',
    '<%= config.bin %> uninstall up --purge-data --dry-run',
  ];
  static override args = {
    service: Args.string({
      ignoreStdin: true,
      required: true,
      options: [...SERVICES],
      description: 'Service to remove',
    }),
  };
  static override flags = {
    ...changeFlags,
    'purge-data': Flags.boolean({ description: 'Delete what the service has stored' }),
    user: Flags.boolean({ description: "From your user's systemd" }),
    root: Flags.string({
      description: 'Root directory of an image to remove from',
      helpValue: 'DIR',
      exclusive: ['user'],
    }),
    ...outputFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Uninstall);
    const service = args.service as ServiceName;
    const { user, root, yes, 'purge-data': purgeData, 'dry-run': dryRun } = flags;
    const place = installPlace({ environment: this.context.environment, root, user, dryRun });
    const data = dataOf(service, place.data);
    if (purgeData && data.length > 0 && !dryRun) {
      const action = `delete all data of ${service} in ${data.join(', ')}`;
      if (!(await this.agreed({ action, yes }))) return;
    }
    const done = applySteps(uninstallSteps({ service, purgeData }, place), { dryRun });
    const render = await renderOptions(flags, this.screen(flags));
    await this.print(renderListing(installListing(done), render));
    if (dryRun) return this.say('Dry run, nothing was changed.');
    if (!purgeData && data.length > 0)
      this.say(`The data is left in ${data.join(', ')}; --purge-data deletes it.`);
    if (hasUnit(service, place))
      this.say(`${unitName(service)} was not written by minimon install, so it is only disabled.`);
  }
}
