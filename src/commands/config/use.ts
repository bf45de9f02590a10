// minimon config use: which profile commands take from now on.
import { Args, Flags } from '@oclif/core';
import { useProfile } from '../../assembly/profiles.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { BaseCommand, unusedClientFlags } from '../../terminal/base-command.ts';

export default class ConfigUse extends BaseCommand {
  static override description =
    'Use a profile for commands from now on: other services, and another token. --profile and MINIMON_PROFILE stand over it';
  static override examples = ['<%= config.bin %> config use prod', '<%= config.bin %> config use --none'];
  static override args = {
    name: Args.string({ ignoreStdin: true, description: 'Profile, as `config profiles` lists it' }),
  };
  static override flags = {
    none: Flags.boolean({ description: 'Use none any more: the configuration file alone' }),
    ...unusedClientFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigUse);
    if ((args.name === undefined) === !flags.none) {
      throw new ExpectedError('USAGE', 'config use takes the name of a profile, or --none', {
        hint: 'minimon config profiles lists them.',
      });
    }
    useProfile(args.name, this.context.environment);
    this.say(
      args.name === undefined ? 'No profile is in use.' : `Commands use the profile ${args.name} now.`,
    );
  }
}
