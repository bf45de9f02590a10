// Starts a real MariaDB 10.11 with one empty database and a user for it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command.ts';
import { type DebianTree, ensureDebian } from './debian-package.ts';
import { freePorts } from './ports.ts';
import { createServerProcess } from './server-process.ts';

export type Mariadb = {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** Runs a statement as the administrator and returns what the client prints (tab separated, no header). */
  sql(statement: string): Promise<string>;
  pid(): number | undefined;
  kill(signal: NodeJS.Signals): Promise<void>;
  restart(): Promise<void>;
  log(): string;
  stop(): Promise<void>;
};

/** The unpacked packages, with server, client and the script that makes a data folder. */
export const ensureMariadb = (): Promise<DebianTree> =>
  ensureDebian('mariadb-10.11', ['mariadb-server-core', 'mariadb-client-core', 'mariadb-common']);

export async function startMariadb(): Promise<Mariadb> {
  const { root, env } = await ensureMariadb();
  const usr = join(root, 'usr');
  // A socket's path may have 107 bytes.
  const directory = mkdtempSync(join(tmpdir(), 'minimon-mariadb-'));
  const data = join(directory, 'data');
  const socket = join(directory, 'socket');
  const [port] = await freePorts(1);
  const asUser = process.getuid?.() === 0 ? ['--user=root'] : [];
  const client = [
    join(usr, 'bin', 'mariadb'),
    '--no-defaults',
    '-uroot',
    `--socket=${socket}`,
    '--default-character-set=utf8mb4',
    '-NB',
  ];
  const sql = (statement: string) => run([...client, '-e', statement], { env });

  const server = createServerProcess({
    name: 'mariadb',
    command: [
      join(usr, 'sbin', 'mariadbd'),
      ...['--no-defaults', ...asUser, `--basedir=${usr}`, `--datadir=${data}`, `--socket=${socket}`],
      ...[
        `--lc-messages-dir=${join(usr, 'share', 'mysql')}`,
        `--plugin-dir=${join(usr, 'lib', 'mysql', 'plugin')}`,
      ],
      ...[`--port=${port}`, '--bind-address=127.0.0.1', `--pid-file=${join(directory, 'pid')}`],
      ...['--character-set-server=utf8mb4', '--innodb-buffer-pool-size=64M', '--skip-log-bin'],
      // As strict as MySQL is by default.
      '--sql-mode=ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO',
    ],
    env,
    directory,
    ready: async () => (await sql('SELECT 1')).trim() === '1',
  });
  const stop = async () => {
    await server.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  };
  const access = { database: 'monitor', user: 'monitor', password: 'a password of the tests' };
  try {
    await run(
      [
        join(usr, 'bin', 'mariadb-install-db'),
        ...['--no-defaults', ...asUser, `--basedir=${usr}`, `--datadir=${data}`],
        ...['--auth-root-authentication-method=normal', '--skip-test-db'],
      ],
      { env: { ...env, PATH: `${join(usr, 'bin')}:${join(usr, 'sbin')}:${process.env['PATH']}` } },
    );
    await server.start();
    await sql(
      [
        `CREATE DATABASE ${access.database} CHARACTER SET utf8mb4`,
        `CREATE USER '${access.user}'@'%' IDENTIFIED BY '${access.password}'`,
        `GRANT ALL ON ${access.database}.* TO '${access.user}'@'%'`,
      ].join(';'),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    host: '127.0.0.1',
    port: port!,
    ...access,
    sql,
    pid: server.pid,
    kill: server.kill,
    restart: server.start,
    log: server.log,
    stop,
  };
}
