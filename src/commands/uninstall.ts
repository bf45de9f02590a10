// minimon uninstall: stops a service of this machine and removes its unit; its data stays unless it is said.
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

Its data, the configuration and the user stay; --purge-data deletes the data too, and asks first.
Without --user it is for root (sudo).`;
  static override examples = [
    '<%= config.bin %> uninstall agent',
    '<%= config.bin %> uninstall up --purge-data --dry-run',
  ];
  static override args = {
    service: Args.string({
      ignoreStdin: true,
      required: true,
      options: [...SERVICES],
      description: 'Which service',
    }),
  };
  static override flags = {
    ...changeFlags,
    'purge-data': Flags.boolean({ description: 'Delete what the service has stored' }),
    user: Flags.boolean({ description: 'From your own systemd' }),
    root: Flags.string({
      description: 'Remove below this directory, the root of an image',
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
      this.say(`${unitName(service)} is the package's or your own, and is disabled only.`);
  }
}
