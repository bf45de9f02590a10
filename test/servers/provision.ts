// Fetches and builds the real servers: `node test/servers/provision.ts [names]`, and prints what and how long.
import { pathToFileURL } from 'node:url';
import { ensureAlertmanager } from './alertmanager.ts';
import type { ServerName } from './backends.ts';
import { ensureEtcd } from './etcd.ts';
import { ensureInfluxdb } from './influxdb-build.ts';
import { ensureKafka } from './kafka-distribution.ts';
import { ensureMariadb } from './mariadb.ts';
import { ensureNginx } from './nginx.ts';

const ENSURE: Readonly<Record<ServerName, () => Promise<unknown>>> = {
  kafka: () => ensureKafka('4.1.1'),
  'kafka-zookeeper': () => ensureKafka('3.9.1'),
  influxdb: ensureInfluxdb,
  mariadb: ensureMariadb,
  etcd: ensureEtcd,
  nginx: ensureNginx,
  alertmanager: ensureAlertmanager,
};

/** One after the other: each uses all cores. Exit code 1 when one failed, 2 for a name that is none. */
export async function provision(
  ensure: Readonly<Record<string, () => Promise<unknown>>>,
  names: readonly string[],
): Promise<number> {
  const all = Object.keys(ensure);
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length > 0) {
    process.stderr.write(`There is no ${unknown.join(', ')} here; there are ${all.join(', ')}.\n`);
    return 2;
  }
  let code = 0;
  for (const name of names.length > 0 ? names : all) {
    const began = performance.now();
    try {
      await ensure[name]!();
      process.stdout.write(
        `${name.padEnd(16)} ready after ${((performance.now() - began) / 1_000).toFixed(1)} s\n`,
      );
    } catch (error) {
      process.stderr.write(`${name.padEnd(16)} failed: ${error instanceof Error ? error.message : error}\n`);
      code = 1;
    }
  }
  return code;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exitCode = await provision(ENSURE, process.argv.slice(2));
