// minimon install: installs a service on this machine: systemd unit, user and initial configuration.
import { Args, Flags } from '@oclif/core';
import { settingsOf } from '../assembly/flag-settings.ts';
import { applySteps } from '../assembly/install/apply.ts';
import { configFor } from '../assembly/install/example-config.ts';
import { installPlace } from '../assembly/install/place.ts';
import { installSteps } from '../assembly/install/plan.ts';
import { SERVICES, type ServiceName, unitName } from '../assembly/install/units.ts';
import { readJoinText } from '../assembly/join-text.ts';
import { ExpectedError } from '../domain/errors.ts';
import { BaseCommand, outputFlags, outputFormat, renderOptions } from '../terminal/base-command.ts';
import { installListing, writtenFiles } from '../terminal/install-view.ts';
import { renderListing } from '../terminal/output.ts';
import { readInput } from '../terminal/read-input.ts';

export default class Install extends BaseCommand {
  static override description =
    `Install a service on this machine: systemd unit, user and initial configuration

Install agent on every host. up is the whole system on one machine; the other services are its parts, for several machines.
A second run changes nothing; a newer minimon updates the unit. An existing configuration, and a unit that
minimon did not write, are kept. Needs root (sudo), or --user.`;
  static override examples = [
    '<%= config.bin %> install agent --dry-run',
    '<%= config.bin %> install agent --report 10.0.0.6:8000 --location 725 --now',
    '<%= config.bin %> install agent --report monitor.example:8000 --join join.token --now',
    '<%= config.bin %> install up --user --now',
  ];
  static override args = {
    service: Args.string({
      ignoreStdin: true,
      required: true,
      options: [...SERVICES],
      description: 'Service to install',
    }),
  };
  static override flags = {
    'dry-run': Flags.boolean({ description: 'Show the steps and files, and change nothing' }),
    now: Flags.boolean({ description: 'Also enable the service and start it' }),
    user: Flags.boolean({ description: "Install into your user's systemd, without root" }),
    root: Flags.string({
      description: 'Root directory of an image to install into; nothing is started',
      helpValue: 'DIR',
      exclusive: ['user', 'now'],
    }),
    report: Flags.string({
      description: 'host:port of a report service, written to the configuration; repeatable',
      helpValue: 'HOST:PORT',
      multiple: true,
    }),
    join: Flags.string({
      description:
        'For agent: file with the output of hosts enroll, or - for stdin; the agent exchanges it for a credential',
      helpValue: 'FILE',
      exclusive: ['user'],
    }),
    location: Flags.string({
      description: 'Location of this host, written to the configuration',
      helpValue: '725',
    }),
    set: Flags.string({
      description: 'Setting written to the configuration (list them: minimon config show); repeatable',
      helpValue: 'KEY=VALUE',
      multiple: true,
    }),
    ...outputFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Install);
    const service = args.service as ServiceName;
    const { report, location, set, user, now, root, 'dry-run': dryRun } = flags;
    if (flags.join !== undefined && service !== 'agent')
      throw new ExpectedError('USAGE', `--join is for agent; ${service} has no host credential`);
    const hint = 'Pipe it in: ssh HOST sudo minimon install agent --join - < join.token';
    const join =
      flags.join === undefined
        ? undefined
        : readJoinText(await readInput(flags.join, this.context.stdin, hint), {
            what: 'what --join names',
            code: 'USAGE',
          });
    const settings = settingsOf({ report, location, set });
    const config = { text: await configFor(settings), isExample: settings.length === 0 };
    const place = installPlace({ environment: this.context.environment, root, user, dryRun });
    const done = applySteps(installSteps({ service, config, now, join }, place), { dryRun });
    const render = await renderOptions(flags, this.screen(flags));
    await this.print(renderListing(installListing(done), render));
    const isTable = ['table', 'wide'].includes(outputFormat(flags));
    if (dryRun && isTable) await this.print(writtenFiles(done));
    if (dryRun) return this.say('Dry run, nothing was changed.');
    const left = done.filter(({ outcome }) => outcome === 'left').map(({ what }) => what);
    if (left.length > 0) {
      throw new ExpectedError(
        'PARTLY_DONE',
        `not written, because the file has other content: ${left.join(', ')}`,
        {
          hint: 'minimon did not write it. Edit it, or move it away and run the command again; --dry-run shows what would be written.',
        },
      );
    }
    if (now) return;
    const systemctl = user ? 'systemctl --user' : 'systemctl';
    this.say(`Next: check the configuration, then ${systemctl} enable --now ${unitName(service)}`);
  }
}
