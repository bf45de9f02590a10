// minimon config show: every setting with its value and where it comes from; secrets are masked.
import { Args, Flags } from '@oclif/core';
import { loadConfig } from '../../assembly/config-load.ts';
import { exposedSecrets } from '../../assembly/exposed-secrets.ts';
import { chosenProfile } from '../../assembly/profiles.ts';
import { BaseCommand, clientFlags, outputFlags, renderOptions } from '../../terminal/base-command.ts';
import { settingsListing, settingsRows } from '../../terminal/config-view.ts';
import { renderListing } from '../../terminal/output.ts';

export default class ConfigShow extends BaseCommand {
  static override description = 'Show every setting, its value and its environment variable';
  static override examples = [
    '<%= config.bin %> config show',
    '<%= config.bin %> config show agent --origin',
  ];
  static override args = {
    section: Args.string({ ignoreStdin: true, description: 'Only settings whose key begins with this' }),
  };
  static override flags = {
    origin: Flags.boolean({ description: 'Include where each value comes from' }),
    profile: clientFlags.profile,
    ...outputFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigShow);
    const { environment } = this.context;
    const profile = chosenProfile(flags, environment);
    const loaded = await loadConfig({ environment, file: flags.config, profile });
    this.sayWarnings(exposedSecrets(loaded));
    const rows = settingsRows(loaded, args.section);
    await this.print(
      renderListing(settingsListing(rows, flags.origin), await renderOptions(flags, this.screen(flags))),
    );
  }
}
