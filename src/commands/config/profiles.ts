// minimon config profiles: the profiles, and which is in use.

import { type ProfileSummary, readProfile } from '../../assembly/client-settings.ts';
import { chosenProfile, listProfiles } from '../../assembly/profiles.ts';
import { BaseCommand, clientFlags, outputFlags, renderOptions } from '../../terminal/base-command.ts';
import { type Listing, renderListing } from '../../terminal/output.ts';

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

type Row = ProfileSummary & { readonly inUse: boolean };

/** Secrets are never shown, only whether one is set. */
const profilesListing = (rows: readonly Row[]): Listing<Row> => ({
  columns: [
    { key: 'in_use', title: 'IN USE', value: (row) => row.inUse, cell: (row) => (row.inUse ? '*' : '') },
    { key: 'name', title: 'PROFILE', value: (row) => row.name },
    { key: 'server', title: 'SERVER', min: 8, value: (row) => row.server },
    { key: 'tls', title: 'TLS', value: (row) => row.tls, cell: (row) => (row.tls ? 'yes' : 'no') },
    { key: 'token', title: 'TOKEN', value: (row) => row.token, cell: (row) => (row.token ? 'yes' : 'no') },
    { key: 'problem', title: 'PROBLEM', min: 8, drop: 1, value: (row) => row.problem },
    { key: 'file', title: 'FILE', min: 10, drop: 2, value: (row) => row.file },
  ],
  rows,
  name: (row) => row.name,
  empty: 'No profiles. A profile is a file of settings: ~/.config/minimon/profiles/prod.yaml',
});
