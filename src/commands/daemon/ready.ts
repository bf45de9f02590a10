// minimon daemon ready: whether the daemons of this machine are ready; the health check of containers and units.
import { Flags } from '@oclif/core';
import { DAEMONS, type DaemonName } from '../../assembly/config-schema.ts';
import { askDaemons } from '../../assembly/daemon-readiness.ts';
import { settingsOf } from '../../assembly/flag-settings.ts';
import { didYouMean } from '../../domain/did-you-mean.ts';
import { parseLasting } from '../../domain/duration.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { safeLines } from '../../domain/safe-text.ts';
import { BaseCommand } from '../../terminal/base-command.ts';
import { daemonFlags } from '../../terminal/daemon-flags.ts';

export default class DaemonReady extends BaseCommand {
  static override description =
    'Check the readiness of daemons on this machine; without names, of all that run here';
  static override hidden = true;
  static override strict = false;
  static override usage = 'daemon ready [NAME...]';
  static override examples = ['<%= config.bin %> daemon ready report'];
  static override flags = {
    set: daemonFlags.set,
    'port-offset': daemonFlags['port-offset'],
    timeout: Flags.string({ description: 'Timeout per daemon', helpValue: '5s', default: '5s' }),
  };

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(DaemonReady);
    const answers = await askDaemons({
      environment: this.context.environment,
      file: flags.config,
      flags: settingsOf(flags),
      daemons: (argv as string[]).map(daemonName),
      timeoutMs: parseLasting(flags.timeout, '--timeout'),
    });
    await this.print(answers.map(({ text }) => `${safeLines(text)}\n`).join(''));
    const unready = answers.filter(({ ready }) => !ready).map(({ daemon }) => daemon);
    if (unready.length > 0)
      throw new ExpectedError('UNAVAILABLE', `not ready: ${unready.join(', ')}`, {
        hint: 'See the reasons above.',
      });
  }
}

function daemonName(text: string): DaemonName {
  const known = DAEMONS.find((name) => name === text);
  if (known) return known;
  throw new ExpectedError('USAGE', `unknown daemon ${JSON.stringify(text)}`, {
    hint: didYouMean(text, DAEMONS, `Daemons: ${DAEMONS.join(', ')}.`),
  });
}
