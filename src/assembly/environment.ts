// The environment of this program: variables, its files and version, the data directory.
import { constants, existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The only reader of process.env. */
export const readEnvironment = (): Environment => ({ ...process.env });

/**
 * Whether nohup started this process. Node puts the signals that nohup ignores back to what they were, so it is told by
 * what else nohup leaves: its name from the shell, or a standard input that is open for writing alone.
 */
export function isUnderNohup(environment: Environment, fdinfo = '/proc/self/fdinfo/0'): boolean {
  if (basename(environment['_'] ?? '') === 'nohup') return true;
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(fdinfo, 'utf8'))?.[1] ?? '0';
    return (Number.parseInt(flags, 8) & 3) === constants.O_WRONLY;
  } catch {
    return false;
  }
}

/** What a daemon writes is for its own user: files 0600, directories 0700. */
export const keepPrivate = (): void => void process.umask(0o077);

/** The folder of package.json: the checkout, or dist with its own one beside the bundles. */
function programRoot(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
  }
  throw new Error(`no package.json above ${import.meta.dirname}`);
}

/** What starts the program: bin/minimon.js, wherever it was installed. */
export function launcherPath(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, 'bin/minimon.js');
    if (existsSync(path)) return path;
  }
  throw new Error(`no bin/minimon.js above ${import.meta.dirname}`);
}

export function programVersion(): string {
  return (JSON.parse(readFileSync(join(programRoot(), 'package.json'), 'utf8')) as { version: string })
    .version;
}

/** A worker thread's file by its source path below src, without the ending: `bus/embedded/log-worker`. */
export function workerUrl(path: string): URL {
  const built = join(programRoot(), `${path}.js`);
  return pathToFileURL(existsSync(built) ? built : join(programRoot(), 'src', `${path}.ts`));
}

/** Where a process keeps its files: --data, then systemd's state directory, then the user's. */
export function dataDirectory(configured: string | undefined, environment: Environment): string {
  if (configured) return resolve(configured);
  // systemd gives several, joined by colons; the first is ours.
  const state = environment['STATE_DIRECTORY']?.split(':')[0];
  if (state) return state;
  const home = environment['XDG_STATE_HOME'] || join(environment['HOME'] || homedir(), '.local', 'state');
  return join(home, 'minimon');
}

/** Where `tls init` keeps an authority: beside the system's configuration for root, else beside the user's. */
export function tlsDirectory(environment: Environment): string {
  if (process.getuid?.() === 0) return '/etc/minimon/tls';
  return join(userConfigDirectory(environment), 'tls');
}

/** Where a user's own configuration is. */
export function userConfigDirectory(environment: Environment): string {
  const home = environment['XDG_CONFIG_HOME'] || join(environment['HOME'] || homedir(), '.config');
  return join(home, 'minimon');
}

/** What may be lost at any time: names that completion offers. */
export function cacheDirectory(environment: Environment): string {
  const home = environment['XDG_CACHE_HOME'] || join(environment['HOME'] || homedir(), '.cache');
  return join(home, 'minimon');
}
