// The initial configuration written by packages and `minimon install`: given settings, and examples.
import { fileKey } from '../config-layers.ts';
import { loadConfig } from '../config-load.ts';
import type { Setting } from '../flag-settings.ts';

const HEADER = `# minimon on this machine: its services and the commands of its users. Unset settings have their default.
#   minimon config show --origin     what holds, and where it comes from
#   minimon config validate          checks this file
# No secrets here, every user can read it: the services take each from a file of its own, for root alone, in
# /etc/minimon/credentials/SERVICE, that is called as the setting (store.token, catalog.password, tls.key).
`;

const EXAMPLES = `
# An agent: where the reports are, and the location to suggest for this host.
#discovery:
#  reports: [10.0.0.6:8000, 10.0.0.7:8000]
#agent:
#  location: "725"

# The commands: where the services are, if not on this machine.
#server: monitor.example

# The services on several machines, with servers of their own; see docs/running-a-cluster.md.
#bus:
#  kind: kafka
#  brokers: [kafka1:9092, kafka2:9092, kafka3:9092]
#store:
#  kind: influxdb
#  url: http://influxdb:8086
#  org: ops
#catalog:
#  kind: mysql
#  host: database
#  user: monitor
#  database: monitor
`;

export const EXAMPLE_CONFIG = HEADER + EXAMPLES;

/** The text of the file. BAD_CONFIG for a setting that is unknown or wrong, USAGE for a secret. */
export async function configFor(settings: readonly Setting[]): Promise<string> {
  if (settings.length === 0) return EXAMPLE_CONFIG;
  // Nothing of this machine: only what was given is checked, and written.
  const { given, origins } = await loadConfig({ environment: {}, file: '/dev/null', flags: settings });
  const own = snakeTree(given, [], new Set(origins.keys()));
  const yaml = (await import('yaml')).default;
  return `${HEADER}\n${yaml.stringify(own)}${EXAMPLES}`;
}

/** As in a file: keys with underscores, and only what was set. */
function snakeTree(
  tree: Readonly<Record<string, unknown>>,
  path: readonly string[],
  set: ReadonlySet<string>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(tree).flatMap(([name, value]): [string, unknown][] => {
      const here = [...path, name];
      const key = fileKey(here);
      if (set.has(key)) return [[fileKey([name]), value]];
      if (value === null || typeof value !== 'object' || Array.isArray(value)) return [];
      const below = snakeTree(value as Record<string, unknown>, here, set);
      return Object.keys(below).length > 0 ? [[fileKey([name]), below]] : [];
    }),
  );
}
