// Starts a real nginx with a configuration that the test gives.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DebianTree, ensureDebian } from './debian-package.ts';
import { freePorts } from './ports.ts';
import { createServerProcess, listens } from './server-process.ts';

export type NginxOptions = {
  /** How many ports the configuration listens on. Default 1. */
  readonly ports?: number;
  /** A whole nginx.conf; process, log, pid and temporary paths in it are replaced by the test's own. */
  config(ports: readonly number[]): string;
};

export type Nginx = {
  /** `host:port` in the order of the ports. */
  readonly addresses: readonly string[];
  pid(): number | undefined;
  /** SIGHUP reads the configuration again. */
  kill(signal: NodeJS.Signals): Promise<void>;
  restart(): Promise<void>;
  /** The error and access log. */
  log(): string;
  stop(): Promise<void>;
};

export const ensureNginx = (): Promise<DebianTree> => ensureDebian('nginx-1.22', ['nginx-light']);

export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const { root, env } = await ensureNginx();
  const directory = mkdtempSync(join(tmpdir(), 'minimon-nginx-'));
  mkdirSync(join(directory, 'temp'));
  const ports = await freePorts(options.ports ?? 1);
  const file = join(directory, 'nginx.conf');
  writeFileSync(
    file,
    [
      'daemon off;',
      // One process: the workers of a killed master would live on.
      'master_process off;',
      'error_log stderr warn;',
      `pid ${join(directory, 'nginx.pid')};`,
      // As root it would give its temporary folders to another user.
      ...(process.getuid?.() === 0 ? ['user root;'] : []),
      rooted(options.config(ports), join(directory, 'temp')),
    ].join('\n'),
  );
  const server = createServerProcess({
    name: 'nginx',
    command: [join(root, 'usr', 'sbin', 'nginx'), '-p', directory, '-e', 'stderr', '-c', file],
    env,
    directory,
    stopSignal: 'SIGQUIT',
    ready: async () => (await Promise.all(ports.map(listens))).every(Boolean),
  });
  const stop = async () => {
    await server.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await server.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    addresses: ports.map((port) => `127.0.0.1:${port}`),
    pid: server.pid,
    kill: server.kill,
    restart: server.start,
    log: server.log,
    stop,
  };
}

/** The configuration with its paths under the temporary folder. */
function rooted(config: string, temp: string): string {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${join(temp, kind)};`)
    .join(' ');
  return config
    .replace(
      /^\s*(user|pid|daemon|master_process|error_log|access_log|worker_processes|load_module|include .*modules.*)\b[^;]*;/gm,
      '',
    )
    .replace(/\bhttp\s*\{/, `http { access_log /dev/stdout; ${paths}`);
}
