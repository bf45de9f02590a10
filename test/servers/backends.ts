// Which backends a test run is asked for: MINIMON_TEST_BACKENDS is unset (embedded only), `all` or a comma list.

/** Servers that a suite can need; the embedded backends are always there. */
export const SERVERS = [
  'kafka',
  'kafka-zookeeper',
  'influxdb',
  'mariadb',
  'etcd',
  'nginx',
  'alertmanager',
] as const;
export type ServerName = (typeof SERVERS)[number];

const KINDS = {
  bus: ['kafka', 'kafka-zookeeper'],
  store: ['influxdb'],
  catalog: ['mariadb'],
  discovery: ['etcd', 'nginx'],
} as const satisfies Record<string, readonly ServerName[]>;
export type BackendKind = keyof typeof KINDS;

/** The names in a variable of the environment. Throws for one that is none: a typing error must not skip a suite. */
export function namesIn(variable: string, known: readonly string[]): ReadonlySet<string> {
  const names = (process.env[variable] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'embedded');
  if (names.includes('all')) return new Set(known);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new Error(`${variable} names ${unknown}; it knows embedded, all, ${known.join(', ')}`);
  return new Set(names);
}

const wanted = () => namesIn('MINIMON_TEST_BACKENDS', SERVERS);

/** `embedded` and the servers of this kind that the run asks for. */
export const backends = (kind: BackendKind): readonly (ServerName | 'embedded')[] => {
  const names = wanted();
  return ['embedded', ...KINDS[kind].filter((name) => names.has(name))];
};

/** For the `skip` option of a suite: false where the run asks for the server, else the reason to print. */
export const skipReason = (name: ServerName): string | false =>
  wanted().has(name) ? false : `needs a real server: npm run test:servers, or MINIMON_TEST_BACKENDS=${name}`;
