// minimon config profiles: the profiles, and which is in use.

import { readProfile } from '../../assembly/client-settings.ts';
import { chosenProfile, listProfiles } from '../../assembly/profiles.ts';
import { BaseCommand, clientFlags, outputFlags, renderOptions } from '../../terminal/base-command.ts';
import { renderListing } from '../../terminal/output.ts';
import { profilesListing } from '../../terminal/profiles-view.ts';

export default class ConfigProfiles extends BaseCommand {
  static override description = 'List profiles: server, TLS and token of each';
  static override examples = [
    '<%= config.bin %> config profiles',
    '<%= config.bin %> config profiles -o wide',
  ];
  static override flags = { profile: clientFlags.profile, ...outputFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigProfiles);
    const { environment } = this.context;
    const chosen = chosenProfile({ ...flags, server: undefined }, environment)?.name;
    const profiles = listProfiles(environment);
    const read = await Promise.all(profiles.map((profile) => readProfile(profile)));
    const rows = read.map((profile) => ({ ...profile, inUse: profile.name === chosen }));
    await this.print(renderListing(profilesListing(rows), await renderOptions(flags, this.screen(flags))));
  }
}
