// Profiles as a listing. Secrets are never shown, only whether one is set.
import type { ProfileSummary } from '../assembly/client-settings.ts';
import type { Listing } from './output.ts';

type Row = ProfileSummary & { readonly inUse: boolean };

export const profilesListing = (rows: readonly Row[]): Listing<Row> => ({
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
