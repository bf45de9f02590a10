// minimon config use: sets the profile that commands use.
import { Args, Flags } from '@oclif/core';
import { useProfile } from '../../assembly/profiles.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { BaseCommand, unusedClientFlags } from '../../terminal/base-command.ts';

export default class ConfigUse extends BaseCommand {
  static override description =
    'Set the profile (server and token) that commands use from now on. --profile and MINIMON_PROFILE override it';
  static override examples = ['<%= config.bin %> config use prod', '<%= config.bin %> config use --none'];
  static override args = {
    name: Args.string({ ignoreStdin: true, description: 'Profile, as `config profiles` lists it' }),
  };
  static override flags = {
    none: Flags.boolean({ description: 'Use no profile, only the configuration file' }),
    ...unusedClientFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigUse);
    if ((args.name === undefined) === !flags.none) {
      throw new ExpectedError('USAGE', 'config use takes the name of a profile, or --none', {
        hint: 'List the profiles: minimon config profiles',
      });
    }
    useProfile(args.name, this.context.environment);
    this.say(
      args.name === undefined ? 'No profile is in use.' : `Commands now use the profile ${args.name}.`,
    );
  }
}
